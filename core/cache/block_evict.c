/* Which blocks are evicted when the room is full: see block_room.h.
 *
 * Plain LRU is right for patches in order and wrong for one scan of a whole volume, which
 * throws out the blocks that a training reads all the time; always protecting a block
 * that was hit twice is wrong for overlapping patches, whose blocks are hit a few times
 * and never again.  So this is ARC (Megiddo and Modha, 2003) with two changes.  Blocks
 * that were visited once are on probation, those that were visited again are protected;
 * how many bytes may be protected (at most 3/4 of the budget) is learned from ghosts, the
 * keys of blocks that were evicted lately: a ghost of a probation block that comes back
 * lowers that number, a ghost of a protected one raises it.  First change: a look-up is a
 * new visit only when other blocks, worth an eighth of the budget, were visited since the
 * last one: a reader of rows meets the same chunks again and again within one slab, which
 * is no re-use.  Second change: ghosts are a table indexed by hash, in which a new ghost
 * overwrites the old one in its place; there is no list and no search.
 *
 * A simulation with blocks of one size compared the loads of plain LRU / segments of
 * fixed size (a hit counts after 1/32 of the budget was loaded) / this.  Random patches
 * of 2x2x2 blocks, cache a quarter of the volume: 5.81 / 5.72 / 5.81 loads a patch.
 * Overlapping patches in order, cache of 1/7, 1/64, 1/4 of the volume: 1.00, 3.75, 1.00
 * / 1.08, 4.68, 1.71 / 1.03, 3.76, 1.03 loads a block.  Misses of a hot set of half the
 * budget after a scan of ten budgets in 8 pieces a block: 100 / 6 / 0 %; with the hot set
 * read meanwhile: 62 / 3 / 0 %.  Two scans that alternate, each of 1.5 budgets: 100 %
 * each.  A scan in slabs of a tenth of the budget, each gone through 32 times: the hot
 * set lost 100 / 100 / 0 %.  A hot set smaller than an eighth of the budget is recognised
 * only when other blocks are visited in between. */
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/cache/block_room.h"

enum { VISIT_SHARE = 8, GHOST_BYTES = 64 * 1024, GHOSTS_MIN = 64, GHOSTS_MAX = 65536 };

static size_t most_protected(const struct block_cache *cache)
{
  return cache->budget / 4 * 3;
}

int room_init_ghosts(struct block_cache *cache)
{
  struct room *room = &cache->room;
  room->target = most_protected(cache);
  room->n_ghosts = GHOSTS_MIN;
  while (room->n_ghosts < GHOSTS_MAX && room->n_ghosts < cache->budget / GHOST_BYTES)
    room->n_ghosts *= 2;
  room->ghosts = calloc(room->n_ghosts, sizeof *room->ghosts);
  return room->ghosts ? 0 : -1;
}

static struct ghost *ghost_of(struct room *room, uint64_t hash)
{
  return &room->ghosts[hash & (room->n_ghosts - 1)];
}

void room_visit(struct block_cache *cache, struct block *block)
{
  uint64_t visits = atomic_load_explicit(&cache->visits, memory_order_relaxed);
  if (visits - block->visited >= cache->budget / VISIT_SHARE) {
    visits = atomic_fetch_add(&cache->visits, block->cost) + block->cost;
    block->segment = PROTECTED;
  }
  block->visited = visits;
}

void room_first_visit(struct block_cache *cache, struct block *block)
{
  struct room *room = &cache->room;
  const uint64_t hash = block_hash(&block->key);
  struct ghost *ghost = ghost_of(room, hash);
  block->visited = atomic_fetch_add(&cache->visits, block->cost) + block->cost;
  if (!ghost->evicted || ghost->hash != hash ||
      room->evicted_bytes - ghost->evicted >= cache->budget)
    return;
  const size_t less = room->target < block->cost ? room->target : block->cost;
  const size_t left = most_protected(cache) - room->target;
  if (ghost->segment == PROBATION)
    room->target -= less;
  else
    room->target += left < block->cost ? left : block->cost;
  block->segment = PROTECTED;
  ghost->evicted = 0;
}

/* Sums up the bytes of idle blocks in all shards. */
static void count_idle(struct block_cache *cache, size_t idle[SEGMENTS])
{
  idle[PROBATION] = idle[PROTECTED] = 0;
  for (int i = 0; i < SHARDS; i++) {
    LOCK_FOR_SCOPE(&cache->shards[i].lock);
    for (int s = 0; s < SEGMENTS; s++)
      idle[s] += cache->shards[i].idle_bytes[s];
  }
}

/* Returns the shard that holds the oldest idle block of the segment; NULL when none has
 * one. */
static struct shard *oldest_shard(struct block_cache *cache, enum segment segment)
{
  struct shard *found = NULL;
  uint64_t used = UINT64_MAX;
  for (int i = 0; i < SHARDS; i++) {
    LOCK_FOR_SCOPE(&cache->shards[i].lock);
    const struct block *block = shard_oldest(&cache->shards[i], segment);
    if (block && block->used < used) {
      used = block->used;
      found = &cache->shards[i];
    }
  }
  return found;
}

/* Evicts the shard's oldest block and returns its cost; returns 0 when another thread has
 * taken it in the meantime. */
static size_t evict_oldest(struct block_cache *cache, struct shard *shard,
                           enum segment segment, struct block **garbage)
{
  struct room *room = &cache->room;
  LOCK_FOR_SCOPE(&shard->lock);
  struct block *block = shard_oldest(shard, segment);
  if (!block)
    return 0;
  shard_evict(shard, block, garbage);
  room->stats.evicted++;
  room->evicted_bytes += block->cost;
  const uint64_t hash = block_hash(&block->key);
  *ghost_of(room, hash) = (struct ghost){hash, room->evicted_bytes, segment};
  return block->cost;
}

static bool evict(struct block_cache *cache, size_t bytes, size_t idle[SEGMENTS],
                  struct block **garbage)
{
  for (size_t gone = 0, cost; gone < bytes; gone += cost) {
    const enum segment first =
        idle[PROTECTED] > cache->room.target ? PROTECTED : PROBATION;
    enum segment segment = first;
    struct shard *shard = oldest_shard(cache, segment);
    if (!shard) {
      segment = first == PROBATION ? PROTECTED : PROBATION;
      shard = oldest_shard(cache, segment);
    }
    if (!shard)
      return false;
    cost = evict_oldest(cache, shard, segment, garbage);
    idle[segment] -= cost < idle[segment] ? cost : idle[segment];
  }
  return true;
}

bool room_evict(struct block_cache *cache, size_t bytes, struct block **garbage)
{
  size_t idle[SEGMENTS];
  count_idle(cache, idle);
  return idle[PROBATION] + idle[PROTECTED] >= bytes && evict(cache, bytes, idle, garbage);
}

void room_evict_most(struct block_cache *cache, size_t bytes, struct block **garbage)
{
  size_t idle[SEGMENTS];
  count_idle(cache, idle);
  const size_t all = idle[PROBATION] + idle[PROTECTED];
  evict(cache, bytes < all ? bytes : all, idle, garbage);
}
