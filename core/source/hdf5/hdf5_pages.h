/* Chunk addresses, kept in pages of HDF5_PAGE_CHUNKS: opening a volume asks for none, and
 * the pages take at most HDF5_PAGES * 64 KiB for all sources together.
 *
 * These are not blocks of the block cache, because they are needed in the middle of
 * loading such a block: a loader holds its place in the budget, and two loaders waiting
 * for each other's place would wait for ever. */
#ifndef TESSERAFS_HDF5_PAGES_H
#define TESSERAFS_HDF5_PAGES_H

#include "core/source/hdf5/hdf5_wire.h"

enum { HDF5_PAGES = 64 };

struct hdf5_page_key {
  uint64_t owner; /* never reused in this process */
  uint64_t page;
};

/* Writes the HDF5_PAGE_CHUNKS entries of key's page.  0, or -1 with *err. */
typedef int hdf5_page_load_fn(void *ctx, struct hdf5_chunk_at *out, struct err *err);

/* Gives entry `index` of a page.  The first thread that misses a page loads it and others
 * wait; after a failed load each tries for itself.  -1: the loader's error; EINTR
 * (cancel.h); ENOMEM. */
int hdf5_page_entry(const struct hdf5_page_key *key, int index, hdf5_page_load_fn *load,
                    void *ctx, struct hdf5_chunk_at *out, struct err *err);

#endif
