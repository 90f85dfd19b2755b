/* The front doors of the cache of decoded blocks: see block_cache.h for the rules.
 *
 * A block is LOADING, READY or FAILED.  It belongs to one of the shards (block_shard.h),
 * whose lock is held for a look-up, never while loading, allocating or freeing voxels.
 * Threads that wait for a load hold a pin, so that the block cannot be evicted before
 * they wake.  A thread that brings a new block first needs room for it (block_room.h);
 * block_evict.c chooses the blocks that are evicted for it. */
#include "core/cache/block_cache.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/cache/block_room.h"

static struct block_prefix *prefix_of(const void *data)
{
  return (struct block_prefix *)((uintptr_t)data - BLOCK_PREFIX);
}

/* Refuses a block that neither fits the budget nor may be loaded alone. */
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

/* --- get and put ------------------------------------------------------------------- */

/* Pins a block that another thread has loaded (THEIRS) or is loading; returns AGAIN when
 * that load failed. */
static enum outcome join(struct block_cache *cache, const struct block_key *key,
                         bool first, struct block **found, struct block **garbage,
                         struct err *err)
{
  struct shard *shard = room_shard_of(cache, key);
  LOCK_FOR_SCOPE(&shard->lock);
  struct block *block = block_table_find(&shard->table, key);
  const bool hit = block && block->state == READY;
  shard->stats.hits += first && hit;
  shard->stats.misses += first && !hit;
  if (!block)
    return ABSENT;
  shard_pin(shard, block);
  enum outcome outcome = AGAIN;
  while (block->state == LOADING && outcome == AGAIN)
    outcome = room_wait(&shard->changed, &shard->lock, err);
  if (outcome == AGAIN && block->state == READY) {
    room_visit(cache, block);
    *found = block;
    return THEIRS;
  }
  shard_unpin(shard, block, garbage);
  return outcome;
}

/* Finds the block pinned and READY (THEIRS), or enters it for this thread to load (OURS);
 * the blocks that were evicted for it are on the list of garbage. */
static enum outcome find_or_reserve(struct block_cache *cache,
                                    const struct block_key *key, size_t size,
                                    struct block **block, struct block **garbage,
                                    struct err *err)
{
  for (bool first = true;; first = false) {
    enum outcome outcome = join(cache, key, first, block, garbage, err);
    const bool absent = outcome == ABSENT;
    if (absent)
      outcome = room_reserve(cache, key, size, block, garbage, err);
    assert(outcome != THEIRS || (*block)->size == size);
    if (outcome == OURS)
      return outcome;
    /* a thread that only waited has freed nothing: if it settled, waiters would wake each
     * other in turn */
    if (*garbage || !absent)
      room_settle(cache, *garbage);
    *garbage = NULL;
    if (outcome != AGAIN)
      return outcome;
  }
}

/* Runs the loader.  A failed load frees its memory before its room is given back. */
static int load_block(struct block_cache *cache, struct block *block, char *memory,
                      block_load_fn *load, void *ctx, struct err *err)
{
  const size_t size = block_memory_size(block->size);
  if (!memory)
    memory = block_memory_new(size);
  if (!memory)
    return err_set(err, ENOMEM, "out of memory for a block of %zu bytes", block->size);
  ((struct block_prefix *)memory)->block = block;
  if (load(ctx, memory + BLOCK_PREFIX, block->size, err)) {
    block_memory_free(memory, size);
    return -1;
  }
  block->memory = memory;
  return 0;
}

static void end_load(struct block_cache *cache, struct block *block)
{
  struct shard *shard = room_shard_of(cache, &block->key);
  pthread_mutex_lock(&cache->room.lock);
  room_end_load(&cache->room, block);
  pthread_mutex_unlock(&cache->room.lock);
  LOCK_FOR_SCOPE(&shard->lock);
  shard->stats.loads++;
  block->state = READY;
  pthread_cond_broadcast(&shard->changed);
}

static void end_failed_load(struct block_cache *cache, struct block *block)
{
  struct shard *shard = room_shard_of(cache, &block->key);
  struct block *garbage = NULL;
  pthread_mutex_lock(&cache->room.lock);
  room_end_load(&cache->room, block);
  room_discharge(cache, block);
  pthread_mutex_lock(&shard->lock);
  shard->stats.loads++;
  shard->stats.failed++;
  block->state = FAILED;
  if (!block->detached)
    block_table_detach(&shard->table, block);
  shard_unpin(shard, block, &garbage);
  pthread_cond_broadcast(&shard->changed);
  pthread_mutex_unlock(&shard->lock);
  pthread_mutex_unlock(&cache->room.lock);
  room_settle(cache, garbage);
}

const void *block_cache_get(struct block_cache *cache, const struct block_key *key,
                            size_t size, block_load_fn *load, void *ctx, struct err *err)
{
  if (check_size(cache, size, err))
    return NULL;
  struct block *block, *garbage = NULL;
  const enum outcome outcome = find_or_reserve(cache, key, size, &block, &garbage, err);
  if (outcome == GIVE_UP)
    return NULL;
  if (outcome == OURS) {
    char *memory = block_memory_reuse(garbage, size);
    room_settle(cache, garbage);
    if (load_block(cache, block, memory, load, ctx, err)) {
      end_failed_load(cache, block);
      return NULL;
    }
    end_load(cache, block);
  }
  return block->memory + BLOCK_PREFIX;
}

bool block_cache_has(struct block_cache *cache, const struct block_key *key)
{
  struct shard *shard = room_shard_of(cache, key);
  LOCK_FOR_SCOPE(&shard->lock);
  return block_table_find(&shard->table, key) != NULL;
}

void block_cache_put(struct block_cache *cache, const void *data)
{
  struct block *block = prefix_of(data)->block, *garbage = NULL;
  struct shard *shard = room_shard_of(cache, &block->key);
  pthread_mutex_lock(&shard->lock);
  shard_unpin(shard, block, &garbage);
  pthread_mutex_unlock(&shard->lock);
  room_settle(cache, garbage);
}

/* --- the cache as a whole ---------------------------------------------------------- */

static void drop(struct block_cache *cache, bool all, uint64_t source)
{
  struct block *garbage = NULL;
  for (int i = 0; i < SHARDS; i++)
    shard_drop(&cache->shards[i], all, source, &garbage);
  room_settle(cache, garbage);
}

void block_cache_drop(struct block_cache *cache, uint64_t source)
{
  drop(cache, false, source);
}

void block_cache_drop_all(struct block_cache *cache)
{
  drop(cache, true, 0);
}

bool block_cache_charge(struct block_cache *cache, size_t bytes)
{
  struct room *room = &cache->room;
  struct block *garbage = NULL;
  pthread_mutex_lock(&room->lock);
  const bool fits = bytes <= cache->budget / 2 &&
                    room->lent <= cache->budget / 2 - bytes &&
                    room_make(cache, bytes, &garbage);
  if (fits) {
    room->lent += bytes;
    room_note_peak(room);
  }
  pthread_mutex_unlock(&room->lock);
  room_settle(cache, garbage);
  return fits;
}

void block_cache_discharge(struct block_cache *cache, size_t bytes)
{
  LOCK_FOR_SCOPE(&cache->room.lock);
  assert(bytes <= cache->room.lent);
  cache->room.lent -= bytes;
  room_wake(&cache->room);
}

void block_cache_stats(struct block_cache *cache, struct block_stats *out)
{
  LOCK_FOR_SCOPE(&cache->room.lock);
  *out = cache->room.stats;
  out->bytes = room_held(&cache->room);
  out->budget = cache->budget;
  for (int i = 0; i < SHARDS; i++) {
    struct shard *shard = &cache->shards[i];
    LOCK_FOR_SCOPE(&shard->lock);
    out->hits += shard->stats.hits;
    out->misses += shard->stats.misses;
    out->loads += shard->stats.loads;
    out->failed += shard->stats.failed;
  }
}

struct block_cache *block_cache_new(size_t budget, struct err *err)
{
  struct block_cache *cache = aligned_alloc(_Alignof(struct block_cache), sizeof *cache);
  int shards = 0;
  if (cache) {
    memset(cache, 0, sizeof *cache);
    cache->budget = budget;
    while (shards < SHARDS && shard_init(&cache->shards[shards]) == 0)
      shards++;
    if (shards == SHARDS && room_init(cache) == 0)
      return cache;
  }
  while (shards > 0)
    shard_destroy(&cache->shards[--shards]);
  free(cache);
  err_set(err, ENOMEM, "out of memory for the cache");
  return NULL;
}

void block_cache_free(struct block_cache *cache)
{
  if (!cache)
    return;
  drop(cache, true, 0);
  assert(cache->room.charged == 0 && !cache->room.alone && cache->room.lent == 0);
  for (int i = 0; i < SHARDS; i++)
    shard_destroy(&cache->shards[i]);
  room_destroy(cache);
  free(cache);
}
