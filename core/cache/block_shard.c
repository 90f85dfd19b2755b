/* Pins, and the order in which idle blocks were used: see block_shard.h.
 *
 * While a block is in the table it can be found; one that was dropped or failed is
 * detached (no longer in the table) and lives on until its last pin.  READY blocks
 * without pins are idle and may go at any time. */
#include "core/cache/block_shard.h"

#include <assert.h>

#include "core/base/cleanup.h"
#include "core/base/clock.h"

void shard_add_idle(struct shard *shard, struct block *block)
{
  struct block *ring = &shard->idle[block->segment];
  /* the clock orders blocks of different shards; a shared counter would be contended by
   * all of them */
  block->used = (uint64_t)clock_ns();
  block->newer = ring;
  block->older = ring->older;
  block->older->newer = block->newer->older = block;
  shard->idle_bytes[block->segment] += block->cost;
}

static void remove_idle(struct shard *shard, struct block *block)
{
  block->older->newer = block->newer;
  block->newer->older = block->older;
  shard->idle_bytes[block->segment] -= block->cost;
}

void shard_pin(struct shard *shard, struct block *block)
{
  if (block->pins++ == 0 && !block->alone)
    remove_idle(shard, block);
}

void shard_unpin(struct shard *shard, struct block *block, struct block **garbage)
{
  assert(block->pins > 0);
  if (--block->pins > 0)
    return;
  if (block->detached) {
    block->chain = *garbage;
    *garbage = block;
  } else if (!block->alone) {
    shard_add_idle(shard, block);
  }
}

void shard_evict(struct shard *shard, struct block *block, struct block **garbage)
{
  assert(block->pins == 0 && block->state == READY);
  if (!block->alone)
    remove_idle(shard, block);
  block_table_detach(&shard->table, block);
  block->chain = *garbage;
  *garbage = block;
}

struct block *shard_oldest(const struct shard *shard, enum segment segment)
{
  const struct block *ring = &shard->idle[segment];
  return ring->newer == ring ? NULL : ring->newer;
}

void shard_drop(struct shard *shard, bool all, uint64_t source, struct block **garbage)
{
  LOCK_FOR_SCOPE(&shard->lock);
  for (size_t i = 0; i < shard->table.n_buckets; i++)
    for (struct block *block = shard->table.buckets[i], *next; block; block = next) {
      next = block->chain;
      if (!all && block->key.source != source)
        continue;
      if (block->pins == 0)
        shard_evict(shard, block, garbage);
      else if (!all)
        block_table_detach(&shard->table, block);
    }
}

int shard_init(struct shard *shard)
{
  if (block_table_init(&shard->table))
    return -1;
  for (int s = 0; s < SEGMENTS; s++)
    shard->idle[s].newer = shard->idle[s].older = &shard->idle[s];
  clock_cond_init(&shard->changed);
  pthread_mutex_init(&shard->lock, NULL);
  return 0;
}

void shard_destroy(struct shard *shard)
{
  pthread_cond_destroy(&shard->changed);
  pthread_mutex_destroy(&shard->lock);
  block_table_free(&shard->table);
}
