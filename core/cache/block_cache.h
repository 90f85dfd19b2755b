/* Decoded blocks, shared by all readers: a byte budget, pins, single flight.
 *
 * A get pins the block until its put.  Whoever misses first runs the loader, outside
 * every lock; others who want the same block wait for it.  A failed load leaves no entry
 * and wakes everyone: the waiters try for themselves (the error of another's cancelled
 * read is not theirs). The sum of all blocks, pinned ones included, stays within the
 * budget: a load that does not fit waits for pins to go.  One block larger than the whole
 * budget is loaded alone, up to BLOCK_CACHE_ALONE bytes and one at a time; beyond that it
 * is EIO with the cache= that would do.  What loaders allocate beside their blocks is
 * charged, too, while many bytes are being loaded (block_room.h).  What is read again and
 * again stays while others read whole volumes once (block_evict.c).  Not good for:
 * holding two pins at once in one thread (it may wait for itself). */
#ifndef TESSERAFS_BLOCK_CACHE_H
#define TESSERAFS_BLOCK_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

enum { BLOCK_CACHE_ALONE = 96 * 1024 * 1024 };

struct block_cache;

struct block_key {
  uint64_t source; /* never reused for other bytes */
  uint32_t array;
  uint32_t kind; /* the owner's own: voxels, chunk addresses, ... */
  uint64_t index;
};

struct block_stats {
  uint64_t hits, misses, loads, failed, evicted; /* counts */
  uint64_t bytes, budget, peak; /* bytes held now, allowed, held at most */
};

/* Fills all of size bytes at data, which may hold what an evicted block held.  0, or -1
 * with *err set. */
typedef int block_load_fn(void *ctx, void *data, size_t size, struct err *err);

/* budget: bytes.  NULL: ENOMEM. */
struct block_cache *block_cache_new(size_t budget, struct err *err);
void block_cache_free(struct block_cache *cache); /* nothing may be pinned */

/* The pinned block's bytes, aligned to 64; NULL with *err set (what load said; EINTR when
 * this thread's reader is gone, see cancel.h; EIO too large; ENOMEM). */
const void *block_cache_get(struct block_cache *cache, const struct block_key *key,
                            size_t size, block_load_fn *load, void *ctx, struct err *err);
/* Is it there, or being loaded?  A hint: it may be gone, or come, right after. */
bool block_cache_has(struct block_cache *cache, const struct block_key *key);
void block_cache_put(struct block_cache *cache, const void *data);
/* Drops what is cached of one source (pinned blocks go with their last pin). */
void block_cache_drop(struct block_cache *cache, uint64_t source);
void block_cache_stats(struct block_cache *cache, struct block_stats *out);

/* Memory that others hold within the budget (orders of epochs).  charge: blocks make
 * room; false, and nothing charged, when pins are in the way or all charges would be more
 * than half of the budget.  A block that finds no room for charges is loaded alone, or,
 * beyond BLOCK_CACHE_ALONE, is EIO. */
bool block_cache_charge(struct block_cache *cache, size_t bytes);
void block_cache_discharge(struct block_cache *cache, size_t bytes);

#endif
