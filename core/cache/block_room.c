/* The budget and the threads that wait for it: see block_room.h.
 *
 * No wake-up is lost: a thread that finds no room counts itself among the waiters before
 * it looks for idle blocks, and a thread that unpins a block looks for waiters after it
 * has made the block idle, so one of the two sees the other.  Waits are short and
 * repeated all the same, because a reader that goes away cannot signal. */
#include "core/cache/block_room.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"

enum { WAIT_MS = 20 }; /* between two looks at the cancel token */

/* Returns the bytes that all blocks together may take when none is alone. */
static size_t room_of(const struct block_cache *cache)
{
  return cache->budget - cache->room.lent;
}

/* Returns what `alone` bytes of a block that is alone leave to all others. */
static size_t room_beside(const struct block_cache *cache, size_t alone)
{
  const size_t most = room_of(cache) + BEYOND;
  return most > alone ? most - alone : 0;
}

/* Returns the bytes that all blocks but the alone one may take now. */
static size_t room_now(const struct block_cache *cache)
{
  const struct block *alone = cache->room.alone;
  const size_t room = room_of(cache);
  const size_t beside = alone ? room_beside(cache, alone->cost) : room;
  return beside < room ? beside : room;
}

size_t room_held(const struct room *room)
{
  return room->lent + room->charged + (room->alone ? room->alone->cost : 0);
}

void room_note_peak(struct room *room)
{
  if (room_held(room) > room->stats.peak)
    room->stats.peak = room_held(room);
}

static void charge(struct block_cache *cache, struct block *block)
{
  if (block->alone)
    cache->room.alone = block;
  else
    cache->room.charged += block->cost;
  cache->room.charged += block->scratch;
  block->unpaid = block->alone ? 0 : SCRATCH_SHARE * block->cost - block->scratch;
  cache->room.unpaid += block->unpaid;
  block->charged = true;
  cache->room.loading += block->cost;
  room_note_peak(&cache->room);
}

void room_discharge(struct block_cache *cache, struct block *block)
{
  if (!block->charged)
    return;
  block->charged = false;
  if (block->alone)
    cache->room.alone = NULL;
  else
    cache->room.charged -= block->cost;
}

static void discharge_all(struct block_cache *cache, struct block *garbage)
{
  for (struct block *block = garbage; block; block = block->chain)
    room_discharge(cache, block);
}

void room_end_load(struct room *room, struct block *block)
{
  room->loading -= block->cost;
  room->charged -= block->scratch;
  room->unpaid -= block->unpaid;
  block->scratch = block->unpaid = 0;
  room_wake(room);
}

void room_wake(struct room *room)
{
  if (atomic_load(&room->waiters))
    pthread_cond_broadcast(&room->changed);
}

void room_settle(struct block_cache *cache, struct block *garbage)
{
  struct room *room = &cache->room;
  if (garbage || atomic_load(&room->waiters)) {
    LOCK_FOR_SCOPE(&room->lock);
    discharge_all(cache, garbage);
    room_wake(room);
  }
  block_free_all(garbage);
}

enum outcome room_wait(pthread_cond_t *changed, pthread_mutex_t *lock, struct err *err)
{
  if (cancel_check(err))
    return GIVE_UP;
  clock_wait(changed, lock, WAIT_MS);
  return cancel_check(err) ? GIVE_UP : AGAIN;
}

struct shard *room_shard_of(struct block_cache *cache, const struct block_key *key)
{
  return &cache->shards[(block_hash(key) >> 40) % SHARDS];
}

/* Returns false when the alone block is in use. */
static bool evict_alone(struct block_cache *cache, struct block **garbage)
{
  struct block *other = cache->room.alone;
  if (!other)
    return true;
  struct shard *shard = room_shard_of(cache, &other->key);
  LOCK_FOR_SCOPE(&shard->lock);
  if (other->pins || other->detached)
    return false;
  shard_evict(shard, other, garbage);
  room_discharge(cache, other);
  cache->room.stats.evicted++;
  return true;
}

/* Makes room for a block that is loaded alone.  It is not kept waiting by blocks in use
 * that fit beside it, but by loads under way whose scratch was not charged: beside it,
 * nothing is left to take that from.  In a budget of a few MiB the largest ones do not
 * fit even alone and are loaded all the same once nothing else is there. */
static bool make_room_alone(struct block_cache *cache, struct block *fresh,
                            struct block **garbage)
{
  if (!evict_alone(cache, garbage))
    return false;
  const size_t unpaid = cache->room.unpaid, most = room_beside(cache, fresh->cost);
  if (unpaid > most)
    return false;
  const size_t beside = most - unpaid;
  const size_t spare = beside > BESIDE ? beside - BESIDE : 0;
  const size_t wanted = SCRATCH_SHARE * fresh->cost;
  fresh->scratch = wanted < spare ? wanted : spare;
  const size_t others = beside - fresh->scratch;
  if (cache->room.charged > others) {
    room_evict_most(cache, cache->room.charged - others, garbage);
    discharge_all(cache, *garbage);
  }
  const size_t charged = cache->room.charged;
  if (charged > beside)
    return false;
  if (fresh->scratch > beside - charged)
    fresh->scratch = beside - charged;
  return true;
}

bool room_make(struct block_cache *cache, size_t cost, struct block **garbage)
{
  if (cost > room_now(cache) && !evict_alone(cache, garbage))
    return false;
  const size_t room = room_now(cache), charged = cache->room.charged;
  if (charged + cost <= room)
    return true;
  const bool made = room_evict(cache, charged + cost - room, garbage);
  discharge_all(cache, *garbage);
  return made;
}

/* Blocks are entered only while the room's lock is held, which the caller holds: a block
 * that is absent now stays absent until that lock is released. */
static bool is_there(struct block_cache *cache, const struct block_key *key)
{
  struct shard *shard = room_shard_of(cache, key);
  LOCK_FOR_SCOPE(&shard->lock);
  return block_table_find(&shard->table, key) != NULL;
}

static void enter(struct block_cache *cache, struct block *block)
{
  struct shard *shard = room_shard_of(cache, &block->key);
  LOCK_FOR_SCOPE(&shard->lock);
  charge(cache, block);
  room_first_visit(cache, block);
  block_table_attach(&shard->table, block);
}

/* Checks the loads under way before anything is evicted, so that no block is evicted for
 * one that has to wait anyway. */
static bool may_load(struct block_cache *cache, struct block *fresh,
                     struct block **garbage)
{
  if (fresh->cost > room_of(cache))
    return make_room_alone(cache, fresh, garbage);
  bool counted = cache->room.loading >= LOADING_FREE || cache->room.alone;
  if (cache->room.alone && fresh->cost > room_now(cache) / (1 + SCRATCH_SHARE)) {
    if (!evict_alone(cache, garbage))
      return false;
    counted = cache->room.loading >= LOADING_FREE;
  }
  if (counted && fresh->cost > room_now(cache) / (1 + SCRATCH_SHARE))
    return false;
  fresh->scratch = counted ? SCRATCH_SHARE * fresh->cost : 0;
  return room_make(cache, fresh->cost + fresh->scratch, garbage);
}

/* When an eviction did not make enough room, returns AGAIN instead of waiting, so that
 * the caller frees the evicted blocks first. */
static enum outcome wait_for_room(struct block_cache *cache, struct block *fresh,
                                  struct block **garbage, struct err *err)
{
  struct room *room = &cache->room;
  atomic_fetch_add(&room->waiters, 1);
  enum outcome outcome = OURS;
  if (!may_load(cache, fresh, garbage))
    outcome = *garbage ? AGAIN : room_wait(&room->changed, &room->lock, err);
  atomic_fetch_sub(&room->waiters, 1);
  return outcome;
}

enum outcome room_reserve(struct block_cache *cache, const struct block_key *key,
                          size_t size, struct block **block, struct block **garbage,
                          struct err *err)
{
  LOCK_FOR_SCOPE(&cache->room.lock);
  struct block *fresh = block_new(key, size);
  if (!fresh) {
    err_set(err, ENOMEM, "out of memory for a block of %zu bytes", size);
    return GIVE_UP;
  }
  enum outcome outcome = OURS;
  const size_t lent = cache->room.lent;
  if (fresh->cost > room_of(cache) && fresh->cost <= cache->budget &&
      size > BLOCK_CACHE_ALONE) {
    err_set(err, EIO,
            "a block of %zu bytes does not fit the cache of %zu bytes beside %zu of "
            "orders of epochs: mount with cache=%zuM or more",
            size, cache->budget, lent, ((size + lent) >> 20) + 2);
    outcome = GIVE_UP;
  } else if (is_there(cache, key)) {
    outcome = AGAIN;
  } else if (!may_load(cache, fresh, garbage)) {
    outcome = wait_for_room(cache, fresh, garbage, err);
  }
  if (outcome != OURS) {
    free(fresh);
    return outcome;
  }
  fresh->alone = fresh->cost > room_of(cache);
  fresh->pins = 1;
  enter(cache, fresh);
  *block = fresh;
  return OURS;
}

int room_init(struct block_cache *cache)
{
  struct room *room = &cache->room;
  if (room_init_ghosts(cache))
    return -1;
  clock_cond_init(&room->changed);
  pthread_mutex_init(&room->lock, NULL);
  return 0;
}

void room_destroy(struct block_cache *cache)
{
  free(cache->room.ghosts);
  pthread_cond_destroy(&cache->room.changed);
  pthread_mutex_destroy(&cache->room.lock);
}
