/* The cache's room: what all blocks together may take, and who goes when it is full.
 * Private to the cache.  One lock for all: it is taken for a block that comes or goes,
 * which costs its decoding anyway, never for one that is found. */
#ifndef TESSERAFS_BLOCK_ROOM_H
#define TESSERAFS_BLOCK_ROOM_H

#include <stdatomic.h>

#include "core/cache/block_shard.h"

/* A load takes memory beside its block (the stored bytes, a filter's result), up to twice
 * the block.  While few bytes are on their way nobody counts it; beyond that it is
 * charged to the budget until the block is there. */
enum { SHARDS = 16, LOADING_FREE = 24 << 20, SCRATCH_SHARE = 2 };

struct ghost {
  uint64_t hash;    /* of the block's key */
  uint64_t evicted; /* room.evicted_bytes after it went; 0: no ghost */
  enum segment segment;
};

struct room {
  pthread_mutex_t lock;
  pthread_cond_t changed; /* room was made while there are waiters */
  atomic_uint waiters;    /* threads that wait for room */
  /* the rest is protected by lock */
  size_t lent;         /* charged by others; <= budget / 2 */
  size_t charged;      /* cost of all blocks but the alone one; <= budget - lent */
  size_t loading;      /* cost of those that are being loaded */
  struct block *alone; /* the one block larger than the budget, or NULL */
  size_t target;       /* bytes: protected blocks beyond it go first */
  struct ghost *ghosts;
  size_t n_ghosts; /* a power of two */
  uint64_t evicted_bytes;
  struct block_stats stats; /* evicted, peak */
};

struct block_cache {
  size_t budget;
  struct slabs slabs;
  struct room room;
  /* bytes of the blocks that were loaded or visited again so far */
  _Alignas(64) atomic_uint_fast64_t visits;
  struct shard shards[SHARDS];
};

enum outcome { OURS, THEIRS, ABSENT, AGAIN, GIVE_UP };

int room_init(struct block_cache *cache); /* -1 without memory */
void room_destroy(struct block_cache *cache);
struct shard *room_shard_of(struct block_cache *cache, const struct block_key *key);

/* Enters a new block, LOADING and pinned (OURS), when there is room for it or it may be
 * loaded alone; after a wait, or when somebody else has entered it, AGAIN.  What was
 * evicted is put on the list of garbage.  Takes the locks it wants. */
enum outcome room_reserve(struct block_cache *cache, const struct block_key *key,
                          size_t size, struct block **block, struct block **garbage,
                          struct err *err);
/* Gives back the room of what is on the list, frees it, and wakes who waits for room; to
 * be called after anything was unpinned.  No lock may be held. */
void room_settle(struct block_cache *cache, struct block *garbage);
/* Waits a moment for a change: AGAIN, or GIVE_UP when this thread's reader is gone. */
enum outcome room_wait(pthread_cond_t *changed, pthread_mutex_t *lock, struct err *err);

/* The rest is called with the room's lock held. */

/* Makes room when that takes no waiting. */
bool room_make(struct block_cache *cache, size_t cost, struct block **garbage);
/* It is loaded, or is not going to be. */
void room_end_load(struct room *room, struct block *block);
/* Gives back what a block took. */
void room_discharge(struct block_cache *cache, struct block *block);
void room_wake(struct room *room);         /* those who wait for room */
size_t room_held(const struct room *room); /* bytes, of whatever kind */
void room_note_peak(struct room *room);

/* --- who goes: block_evict.c ------------------------------------------------------- */

int room_init_ghosts(struct block_cache *cache); /* -1 without memory */
/* A visit of a pinned block that is there; its shard's lock is held, the room's is
 * not. */
void room_visit(struct block_cache *cache, struct block *block);
/* Of one that comes: protected at once when it was here lately. */
void room_first_visit(struct block_cache *cache, struct block *block);
/* Evicts that many bytes or more, whose room is the caller's to give back; false when
 * pins are in the way. */
bool room_evict(struct block_cache *cache, size_t bytes, struct block **garbage);

#endif
