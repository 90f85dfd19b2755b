/* Decoded blocks, shared by all readers: a byte budget, pins, single flight.
 *
 * A get pins the block until its put.  The first thread that misses a block runs its
 * loader, outside every lock; other threads that want the same block wait for it.  A
 * failed load leaves no entry and wakes the waiters, each of which then tries for itself
 * (a waiter must not fail because another thread's read was cancelled).  The sum of all
 * blocks, pinned ones included, stays within the budget: a load that does not fit waits
 * until pins are released.  One block larger than the whole budget is loaded alone, up to
 * BLOCK_CACHE_ALONE bytes and one at a time, and others make room for it, so that all
 * together stay within what a mount may take; a larger one is EIO, and the message names
 * the cache= that would be enough.  While many bytes are being loaded, the memory that
 * loaders allocate beside their blocks is charged too (block_room.h).  Blocks that are
 * read repeatedly stay while other readers read whole volumes once (block_evict.c).  Not
 * good for: a thread that holds two pins at once (it may wait for itself). */
#ifndef TESSERAFS_BLOCK_CACHE_H
#define TESSERAFS_BLOCK_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* BLOCK_CACHE_OVERHEAD: bytes, at most, that a block takes beside its own. */
enum { BLOCK_CACHE_ALONE = 128 * 1024 * 1024, BLOCK_CACHE_OVERHEAD = 8192 };

struct block_cache;

struct block_key {
  uint64_t source; /* never reused for other bytes */
  uint32_t array;
  uint32_t kind; /* the owner chooses the meaning: voxels, chunk addresses, ... */
  uint64_t index;
};

struct block_stats {
  uint64_t hits, misses, loads, failed, evicted; /* counts */
  uint64_t bytes, budget, peak; /* bytes held now, allowed, held at most */
};

/* A loader fills all `size` bytes at data, which may still hold the bytes of an evicted
 * block.  It returns 0, or -1 with *err set. */
typedef int block_load_fn(void *ctx, void *data, size_t size, struct err *err);

/* budget: bytes.  Returns NULL when there is no memory (ENOMEM). */
struct block_cache *block_cache_new(size_t budget, struct err *err);
void block_cache_free(struct block_cache *cache); /* nothing may be pinned */

/* Returns the pinned block's bytes, aligned to 64, or NULL with *err set: the loader's
 * error; EINTR when this thread's reader is gone (cancel.h); EIO when the block is too
 * large; ENOMEM. */
const void *block_cache_get(struct block_cache *cache, const struct block_key *key,
                            size_t size, block_load_fn *load, void *ctx, struct err *err);
/* Returns whether the block is cached or being loaded.  This is only a hint: it may
 * change right after. */
bool block_cache_has(struct block_cache *cache, const struct block_key *key);
void block_cache_put(struct block_cache *cache, const void *data);
/* Drops the cached blocks of one source; a pinned block goes with its last pin. */
void block_cache_drop(struct block_cache *cache, uint64_t source);
/* Drops all blocks that nobody has pinned, as if there had been no room for them. */
void block_cache_drop_all(struct block_cache *cache);
void block_cache_stats(struct block_cache *cache, struct block_stats *out);

/* Memory that other modules hold within the budget (orders of epochs).
 * block_cache_charge() evicts blocks to make room; it returns false, and charges
 * nothing, when pinned blocks are in the way or all charges together would exceed half of
 * the budget.  A block that no longer fits because of charges is loaded alone, or is EIO
 * when it is larger than BLOCK_CACHE_ALONE. */
bool block_cache_charge(struct block_cache *cache, size_t bytes);
void block_cache_discharge(struct block_cache *cache, size_t bytes);

#endif
