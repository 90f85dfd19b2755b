/* The cache's room: the bytes that all blocks together may take, and which blocks are
 * evicted when it is full.  Private to the cache.  One lock serves the whole room: it is
 * taken for a block that comes or goes, which costs a decode anyway, never for a block
 * that is found. */
#ifndef TESSERAFS_BLOCK_ROOM_H
#define TESSERAFS_BLOCK_ROOM_H

#include <stdatomic.h>

#include "core/cache/block_shard.h"

/* A load takes memory beside its block (the stored bytes, a filter's result), up to twice
 * the block.  That memory is not counted while fewer than LOADING_FREE bytes are being
 * loaded; beyond that it is charged to the budget until the block is READY. */
enum { SHARDS = 16, LOADING_FREE = 24 << 20, SCRATCH_SHARE = 2 };

/* A mount may take the budget and 128 MiB (the size of the largest block that is loaded
 * alone).  While a block is alone in the cache, it and all others together take at most
 * the budget and BEYOND; the rest is the program's.  A load alone is charged as much
 * scratch as there is room, except BESIDE bytes for the small blocks of other readers,
 * which must go on when the large block's file does not answer. */
enum { BEYOND = 104 << 20, BESIDE = 16 << 20 };

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
  size_t lent;         /* charged by other modules; <= budget / 2 */
  size_t charged;      /* cost of all blocks but the alone one, and scratch; <= budget -
                        * lent, or what the alone one leaves of that and BEYOND */
  size_t loading;      /* cost of those that are being loaded */
  size_t unpaid;       /* scratch that loads under way may take and were not charged */
  struct block *alone; /* the one block larger than the budget, or NULL */
  size_t target;       /* bytes: protected blocks beyond it go first */
  struct ghost *ghosts;
  size_t n_ghosts; /* a power of two */
  uint64_t evicted_bytes;
  struct block_stats stats; /* evicted, peak */
};

struct block_cache {
  size_t budget;
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
 * loaded alone.  Returns AGAIN after a wait, or when another thread has entered the
 * block.  Evicted blocks are put on the list of garbage.  Takes the locks that it
 * needs. */
enum outcome room_reserve(struct block_cache *cache, const struct block_key *key,
                          size_t size, struct block **block, struct block **garbage,
                          struct err *err);
/* Gives back the room of the blocks on the list, frees them, and wakes the threads that
 * wait for room.  To be called after anything was unpinned, with no lock held. */
void room_settle(struct block_cache *cache, struct block *garbage);
/* Waits a moment for a change; returns AGAIN, or GIVE_UP when this thread's reader is
 * gone. */
enum outcome room_wait(pthread_cond_t *changed, pthread_mutex_t *lock, struct err *err);

/* The functions below are called with the room's lock held. */

/* Makes room for `cost` bytes by evicting, the alone block too; returns false when that
 * would take a wait. */
bool room_make(struct block_cache *cache, size_t cost, struct block **garbage);
/* Stops counting a load that has succeeded or failed. */
void room_end_load(struct room *room, struct block *block);
/* Gives back the room that a block took. */
void room_discharge(struct block_cache *cache, struct block *block);
void room_wake(struct room *room);         /* wakes the threads that wait for room */
size_t room_held(const struct room *room); /* bytes held: blocks, scratch, charges */
void room_note_peak(struct room *room);

/* --- which blocks are evicted: block_evict.c --------------------------------------- */

int room_init_ghosts(struct block_cache *cache); /* -1 without memory */
/* Notes a visit of a pinned block that is READY; the caller holds its shard's lock, not
 * the room's. */
void room_visit(struct block_cache *cache, struct block *block);
/* Notes the first visit of a new block, which is protected at once when it was evicted
 * lately. */
void room_first_visit(struct block_cache *cache, struct block *block);
/* Evicts at least `bytes` bytes, whose room the caller gives back; returns false when
 * pinned blocks are in the way. */
bool room_evict(struct block_cache *cache, size_t bytes, struct block **garbage);
/* Evicts `bytes` bytes, or all idle blocks where they are fewer. */
void room_evict_most(struct block_cache *cache, size_t bytes, struct block **garbage);

#endif
