/* Room for the memory of libhdf5's processes.
 *
 * All of them together take CHILDREN_FREE bytes that nobody counts, and what they take
 * beyond that counts in the cache's budget; a process that finds no room waits until
 * others have ended.  One of them may always run: a reader that waits holds the place of
 * its own block in the budget, and two readers that wait for each other's place would
 * wait for ever. */
#ifndef TESSERAFS_HDF5_ROOM_H
#define TESSERAFS_HDF5_ROOM_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/cache/block_cache.h"

struct hdf5_share {
  struct block_cache *cache;
  int64_t bytes;
  size_t charged; /* of them, in the budget */
};

/* Takes room for one process of `bytes` bytes, which reads a block of `block` bytes; the
 * caller gives it back.  -1: EIO when no budget like this one has it, with the cache=
 * that would; EINTR when this thread's reader is gone. */
int hdf5_room_take(struct hdf5_share *share, struct block_cache *cache, int64_t bytes,
                   int64_t block, struct err *err);
void hdf5_room_give(struct hdf5_share *share);

#endif
