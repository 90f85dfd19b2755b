/* The cache as a whole: its life, what is dropped, what others hold, what is counted. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/cache/block_room.h"

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
    slabs_init(&cache->slabs, budget);
    while (shards < SHARDS && shard_init(&cache->shards[shards]) == 0)
      shards++;
    if (shards == SHARDS && room_init(cache) == 0)
      return cache;
  }
  while (shards > 0)
    shard_destroy(&cache->shards[--shards]);
  if (cache)
    slabs_destroy(&cache->slabs);
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
  slabs_destroy(&cache->slabs);
  free(cache);
}
