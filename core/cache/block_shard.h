/* A part of the cache's blocks, chosen by the hash of their keys, with a lock of its own,
 * so that threads that look for different blocks seldom meet.  Private to the cache.  The
 * caller holds the shard's lock unless a function says otherwise.  The lock may be taken
 * while the room's lock (block_room.h) is held, never the other way round. */
#ifndef TESSERAFS_BLOCK_SHARD_H
#define TESSERAFS_BLOCK_SHARD_H

#include <pthread.h>

#include "core/cache/block_table.h"

struct shard {
  _Alignas(64) pthread_mutex_t lock;
  pthread_cond_t changed; /* a load ended */
  /* all protected by lock */
  struct block_table table;
  struct block idle[SEGMENTS]; /* rings: idle[s].newer is the oldest */
  size_t idle_bytes[SEGMENTS];
  struct block_stats stats; /* hits, misses, loads, failed */
};

int shard_init(struct shard *shard); /* -1 without memory */
void shard_destroy(struct shard *shard);
void shard_pin(struct shard *shard, struct block *block);
/* Releases a pin; a detached block that loses its last pin is put on the list of
 * garbage. */
void shard_unpin(struct shard *shard, struct block *block, struct block **garbage);
/* Makes a block without pins idle, as the newest of its segment. */
void shard_add_idle(struct shard *shard, struct block *block);
/* Takes an idle block out and puts it on the list of garbage. */
void shard_evict(struct shard *shard, struct block *block, struct block **garbage);
/* Returns the idle block that was used longest ago, or NULL when there is none. */
struct block *shard_oldest(const struct shard *shard, enum segment segment);
/* Takes out all blocks of one source, or of every source.  Takes the lock itself. */
void shard_drop(struct shard *shard, bool all, uint64_t source, struct block **garbage);

#endif
