/* The cache of decoded blocks: see block_cache.h for the rules.
 *
 * A block is LOADING, READY or FAILED.  While it is in the table it can be found; a block
 * that was dropped or failed is detached (no longer in the table) and lives on until its
 * last pin.  Threads that wait for a load hold a pin, so that what they wait for cannot
 * be evicted before they wake; READY blocks without pins are in the LRU list and may go
 * at any time.  One mutex is enough: it is held for a look-up, never while loading,
 * allocating or freeing voxels.  Waits are short and repeated, because a reader that goes
 * away cannot signal. */
#include "core/cache/block_cache.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/cache/block_table.h"

enum { WAIT_MS = 20 }; /* between two looks at the cancel token */

struct block_cache {
  size_t budget;
  pthread_mutex_t lock;
  pthread_cond_t changed; /* a load ended, or room was made while room_waiters */
  /* all protected by lock */
  unsigned room_waiters;
  size_t lent;         /* charged by others; <= budget / 2 */
  size_t charged;      /* cost of all blocks but the alone one; <= budget - lent */
  size_t idle;         /* the part of it in the LRU list */
  struct block *alone; /* the one block larger than the budget, or NULL */
  struct block lru;    /* ring: lru.newer is the oldest */
  struct block_table table;
  struct block_stats stats;
  block_cache_give_fn *give; /* NULL: nobody gives back what is lent */
  void *give_ctx;
  unsigned giving; /* calls of give under way */
};

static size_t cost_of(size_t size)
{
  return block_memory_size(size) + sizeof(struct block);
}

static struct block_prefix *prefix_of(const void *data)
{
  return (struct block_prefix *)((uintptr_t)data - BLOCK_PREFIX);
}

/* LOADING, of nobody; NULL without memory. */
static struct block *new_block(const struct block_key *key, size_t size)
{
  struct block *block = calloc(1, sizeof *block);
  if (block)
    *block = (struct block){.key = *key, .size = size, .cost = cost_of(size)};
  return block;
}

/* Refuses what neither fits the budget nor may be loaded alone. */
static int check_size(const struct block_cache *cache, size_t size, struct err *err)
{
  const size_t overhead = BLOCK_PREFIX + BLOCK_PAGE + sizeof(struct block);
  if (size <= BLOCK_CACHE_ALONE ||
      (cache->budget > overhead && size <= cache->budget - overhead))
    return 0;
  return err_set(err, EIO,
                 "a block of %zu bytes does not fit the cache of %zu bytes: "
                 "mount with cache=%zuM or more",
                 size, cache->budget, (size >> 20) + 2);
}

/* --- budget, pins, eviction (lock held) -------------------------------------------- */

/* What all blocks together may take. */
static size_t room_of(const struct block_cache *cache)
{
  return cache->budget - cache->lent;
}

static size_t bytes_held(const struct block_cache *cache)
{
  return cache->lent + cache->charged + (cache->alone ? cache->alone->cost : 0);
}

static void note_peak(struct block_cache *cache)
{
  if (bytes_held(cache) > cache->stats.peak)
    cache->stats.peak = bytes_held(cache);
}

static void charge(struct block_cache *cache, struct block *block)
{
  if (block->alone)
    cache->alone = block;
  else
    cache->charged += block->cost;
  note_peak(cache);
}

static void discharge(struct block_cache *cache, struct block *block)
{
  if (block->alone)
    cache->alone = NULL;
  else
    cache->charged -= block->cost;
}

static void lru_add(struct block_cache *cache, struct block *block)
{
  block->newer = &cache->lru;
  block->older = cache->lru.older;
  block->older->newer = block->newer->older = block;
  cache->idle += block->cost;
}

static void lru_remove(struct block_cache *cache, struct block *block)
{
  block->older->newer = block->newer;
  block->newer->older = block->older;
  cache->idle -= block->cost;
}

static void pin(struct block_cache *cache, struct block *block)
{
  if (block->pins++ == 0 && !block->alone)
    lru_remove(cache, block);
}

/* Takes an idle block out of the cache and puts it on the list of garbage. */
static void evict(struct block_cache *cache, struct block *block, struct block **garbage)
{
  assert(block->pins == 0 && block->state == READY);
  if (!block->alone)
    lru_remove(cache, block);
  block_table_detach(&cache->table, block);
  discharge(cache, block);
  block->chain = *garbage;
  *garbage = block;
}

static void unpin(struct block_cache *cache, struct block *block, struct block **garbage)
{
  assert(block->pins > 0);
  if (--block->pins > 0)
    return;
  if (block->detached) {
    if (block->state == READY)
      discharge(cache, block);
    block->chain = *garbage;
    *garbage = block;
  } else if (!block->alone) {
    lru_add(cache, block);
  }
  if (cache->room_waiters)
    pthread_cond_broadcast(&cache->changed);
}

static bool make_room_alone(struct block_cache *cache, struct block **garbage)
{
  struct block *other = cache->alone;
  if (!other)
    return true;
  if (other->pins || other->detached)
    return false;
  evict(cache, other, garbage);
  cache->stats.evicted++;
  return true;
}

/* Evicts the oldest blocks; false, with nothing evicted, when pins are in the way. */
static bool make_room(struct block_cache *cache, size_t cost, struct block **garbage)
{
  if (cost > room_of(cache))
    return make_room_alone(cache, garbage);
  if (cache->charged - cache->idle + cost > room_of(cache))
    return false;
  while (cache->charged + cost > room_of(cache)) {
    evict(cache, cache->lru.newer, garbage);
    cache->stats.evicted++;
  }
  return true;
}

/* --- get and put ------------------------------------------------------------------- */

enum outcome { OURS, THEIRS, AGAIN, GIVE_UP };

/* Waits a moment for a change: AGAIN, or GIVE_UP when this thread's reader is gone. */
static enum outcome wait_change(struct block_cache *cache, struct err *err)
{
  if (cancel_check(err))
    return GIVE_UP;
  clock_wait(&cache->changed, &cache->lock, WAIT_MS);
  return cancel_check(err) ? GIVE_UP : AGAIN;
}

/* Pins a block that somebody else loaded (THEIRS) or is loading; AGAIN when that failed.
 */
static enum outcome join(struct block_cache *cache, struct block *block,
                         struct block **garbage, struct err *err)
{
  pin(cache, block);
  enum outcome outcome = AGAIN;
  while (block->state == LOADING && outcome == AGAIN)
    outcome = wait_change(cache, err);
  if (outcome == AGAIN && block->state == READY)
    return THEIRS;
  unpin(cache, block, garbage);
  return outcome;
}

/* A block that only what is lent keeps out of the budget: AGAIN when some was given back;
 * OURS: to be loaded alone.  The lock is not held during the call. */
static enum outcome ask_back(struct block_cache *cache, size_t size, struct err *err)
{
  bool gave = false;
  if (cache->give) {
    cache->giving++;
    pthread_mutex_unlock(&cache->lock);
    gave = cache->give(cache->give_ctx);
    pthread_mutex_lock(&cache->lock);
    cache->giving--;
    pthread_cond_broadcast(&cache->changed);
  }
  if (gave)
    return AGAIN;
  if (size <= BLOCK_CACHE_ALONE)
    return OURS;
  err_set(err, EIO,
          "a block of %zu bytes does not fit the cache of %zu bytes beside %zu of "
          "passthrough files: mount with cache=%zuM or more, or passthrough=off",
          size, cache->budget, cache->lent, ((size + cache->lent) >> 20) + 2);
  return GIVE_UP;
}

/* Enters a new block, LOADING and pinned, when there is room for it. */
static enum outcome reserve(struct block_cache *cache, const struct block_key *key,
                            size_t size, struct block **block, struct block **garbage,
                            struct err *err)
{
  const size_t cost = cost_of(size);
  if (cost > room_of(cache) && cost <= cache->budget) {
    const enum outcome outcome = ask_back(cache, size, err);
    if (outcome != OURS || block_table_find(&cache->table, key))
      return outcome == OURS ? AGAIN : outcome;
  }
  if (!make_room(cache, cost, garbage)) {
    cache->room_waiters++;
    enum outcome outcome = wait_change(cache, err);
    cache->room_waiters--;
    return outcome;
  }
  struct block *fresh = new_block(key, size);
  if (!fresh) {
    err_set(err, ENOMEM, "out of memory for a block of %zu bytes", size);
    return GIVE_UP;
  }
  fresh->alone = cost > room_of(cache);
  fresh->pins = 1;
  block_table_attach(&cache->table, fresh);
  charge(cache, fresh);
  *block = fresh;
  return OURS;
}

/* The pinned block: READY (THEIRS), or to be loaded by this thread (OURS). */
static enum outcome find_or_reserve(struct block_cache *cache,
                                    const struct block_key *key, size_t size,
                                    struct block **block, struct block **garbage,
                                    struct err *err)
{
  LOCK_FOR_SCOPE(&cache->lock);
  *block = block_table_find(&cache->table, key);
  if (*block && (*block)->state == READY)
    cache->stats.hits++;
  else
    cache->stats.misses++;
  enum outcome outcome = AGAIN;
  while (outcome == AGAIN) {
    *block = block_table_find(&cache->table, key);
    outcome = *block ? join(cache, *block, garbage, err)
                     : reserve(cache, key, size, block, garbage, err);
  }
  assert(outcome != THEIRS || (*block)->size == size);
  return outcome;
}

/* Runs the loader; the memory of a failed load is gone before its room is given back. */
static int load_block(struct block *block, block_load_fn *load, void *ctx,
                      struct err *err)
{
  const size_t size = block_memory_size(block->size);
  char *memory = block_memory_new(size);
  if (!memory)
    return err_set(err, ENOMEM, "out of memory for a block of %zu bytes", block->size);
  *(struct block_prefix *)memory = (struct block_prefix){block, block->size};
  if (load(ctx, memory + BLOCK_PREFIX, block->size, err)) {
    block_memory_free(memory, size);
    return -1;
  }
  block->memory = memory;
  return 0;
}

static void end_load(struct block_cache *cache, struct block *block, bool loaded,
                     struct block **garbage)
{
  LOCK_FOR_SCOPE(&cache->lock);
  cache->stats.loads++;
  block->state = loaded ? READY : FAILED;
  if (!loaded) {
    cache->stats.failed++;
    if (!block->detached)
      block_table_detach(&cache->table, block);
    discharge(cache, block);
    unpin(cache, block, garbage);
  }
  pthread_cond_broadcast(&cache->changed);
}

const void *block_cache_get(struct block_cache *cache, const struct block_key *key,
                            size_t size, block_load_fn *load, void *ctx, struct err *err)
{
  if (check_size(cache, size, err))
    return NULL;
  struct block *block, *garbage = NULL;
  enum outcome outcome = find_or_reserve(cache, key, size, &block, &garbage, err);
  block_free_all(garbage);
  if (outcome == GIVE_UP)
    return NULL;
  if (outcome == OURS) {
    garbage = NULL;
    bool loaded = load_block(block, load, ctx, err) == 0;
    end_load(cache, block, loaded, &garbage);
    block_free_all(garbage);
    if (!loaded)
      return NULL;
  }
  return block->memory + BLOCK_PREFIX;
}

bool block_cache_has(struct block_cache *cache, const struct block_key *key)
{
  LOCK_FOR_SCOPE(&cache->lock);
  return block_table_find(&cache->table, key) != NULL;
}

void block_cache_put(struct block_cache *cache, const void *data)
{
  struct block *garbage = NULL;
  pthread_mutex_lock(&cache->lock);
  unpin(cache, prefix_of(data)->block, &garbage);
  pthread_mutex_unlock(&cache->lock);
  block_free_all(garbage);
}

const void *block_cache_find(struct block_cache *cache, const struct block_key *key,
                             size_t size)
{
  LOCK_FOR_SCOPE(&cache->lock);
  struct block *block = block_table_find(&cache->table, key);
  if (!block || block->state != READY) {
    cache->stats.misses++;
    return NULL;
  }
  assert(block->size == size);
  cache->stats.hits++;
  pin(cache, block);
  return block->memory + BLOCK_PREFIX;
}

/* --- blocks that are filled first --------------------------------------------------- */

void *block_cache_buffer_new(struct block_cache *cache, size_t size, struct err *err)
{
  char *memory = size < SIZE_MAX / 2 ? block_memory_new(block_memory_size(size)) : NULL;
  if (!memory) {
    err_set(err, ENOMEM, "out of memory for a block of %zu bytes", size);
    return NULL;
  }
  *(struct block_prefix *)memory = (struct block_prefix){NULL, size};
  return memory + BLOCK_PREFIX;
}

void block_cache_buffer_free(struct block_cache *cache, void *data)
{
  if (data)
    block_memory_free((char *)data - BLOCK_PREFIX,
                      block_memory_size(prefix_of(data)->size));
}

void block_cache_adopt(struct block_cache *cache, const struct block_key *key, void *data)
{
  const size_t size = prefix_of(data)->size;
  struct block *garbage = NULL, *block = new_block(key, size);
  pthread_mutex_lock(&cache->lock);
  const bool adopted = block && block->cost <= room_of(cache) &&
                       !block_table_find(&cache->table, key) &&
                       make_room(cache, block->cost, &garbage);
  if (adopted) {
    prefix_of(data)->block = block;
    block->memory = (char *)data - BLOCK_PREFIX;
    block->state = READY;
    block_table_attach(&cache->table, block);
    charge(cache, block);
    lru_add(cache, block);
    cache->stats.loads++;
  }
  pthread_mutex_unlock(&cache->lock);
  block_free_all(garbage);
  if (!adopted) {
    block_cache_buffer_free(cache, data);
    free(block);
  }
}

/* --- the whole cache --------------------------------------------------------------- */

/* Takes all blocks of one source (or all there are) out of the table. */
static void drop(struct block_cache *cache, bool all, uint64_t source,
                 struct block **garbage)
{
  for (size_t i = 0; i < cache->table.n_buckets; i++)
    for (struct block *block = cache->table.buckets[i], *next; block; block = next) {
      next = block->chain;
      if (!all && block->key.source != source)
        continue;
      if (block->pins == 0)
        evict(cache, block, garbage);
      else
        block_table_detach(&cache->table, block);
    }
}

void block_cache_drop(struct block_cache *cache, uint64_t source)
{
  struct block *garbage = NULL;
  pthread_mutex_lock(&cache->lock);
  drop(cache, false, source, &garbage);
  if (cache->room_waiters)
    pthread_cond_broadcast(&cache->changed);
  pthread_mutex_unlock(&cache->lock);
  block_free_all(garbage);
}

bool block_cache_charge(struct block_cache *cache, size_t bytes)
{
  struct block *garbage = NULL;
  pthread_mutex_lock(&cache->lock);
  const bool fits = bytes <= cache->budget / 2 &&
                    cache->lent <= cache->budget / 2 - bytes &&
                    make_room(cache, bytes, &garbage);
  if (fits) {
    cache->lent += bytes;
    note_peak(cache);
  }
  pthread_mutex_unlock(&cache->lock);
  block_free_all(garbage);
  return fits;
}

void block_cache_discharge(struct block_cache *cache, size_t bytes)
{
  LOCK_FOR_SCOPE(&cache->lock);
  assert(bytes <= cache->lent);
  cache->lent -= bytes;
  if (cache->room_waiters)
    pthread_cond_broadcast(&cache->changed);
}

void block_cache_set_giver(struct block_cache *cache, block_cache_give_fn *give,
                           void *ctx)
{
  LOCK_FOR_SCOPE(&cache->lock);
  cache->give = give;
  cache->give_ctx = ctx;
  while (cache->giving)
    pthread_cond_wait(&cache->changed, &cache->lock);
}

void block_cache_stats(struct block_cache *cache, struct block_stats *out)
{
  LOCK_FOR_SCOPE(&cache->lock);
  *out = cache->stats;
  out->bytes = bytes_held(cache);
  out->budget = cache->budget;
}

struct block_cache *block_cache_new(size_t budget, struct err *err)
{
  struct block_cache *cache = calloc(1, sizeof *cache);
  if (!cache || block_table_init(&cache->table)) {
    free(cache);
    err_set(err, ENOMEM, "out of memory for the cache");
    return NULL;
  }
  cache->budget = budget;
  cache->lru.newer = cache->lru.older = &cache->lru;
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(&cache->changed, &attr);
  pthread_condattr_destroy(&attr);
  pthread_mutex_init(&cache->lock, NULL);
  return cache;
}

void block_cache_free(struct block_cache *cache)
{
  if (!cache)
    return;
  struct block *garbage = NULL;
  drop(cache, true, 0, &garbage);
  block_free_all(garbage);
  assert(cache->charged == 0 && !cache->alone && cache->lent == 0);
  pthread_cond_destroy(&cache->changed);
  pthread_mutex_destroy(&cache->lock);
  block_table_free(&cache->table);
  free(cache);
}
