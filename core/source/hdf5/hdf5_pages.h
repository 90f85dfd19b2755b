/* Chunk addresses, kept by the page of HDF5_PAGE_CHUNKS: opening a volume asks for none,
 * and what is kept stays under HDF5_PAGES * 64 KiB for all sources together.
 *
 * These are not blocks of the block cache, because they are wanted in the middle of
 * loading such a block: that loader holds its place in the budget, and two of them
 * waiting for each other's place would wait for ever. */
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

/* Entry `index` of a page.  A page is loaded by whoever misses it first, others wait;
 * after a failed load they try for themselves.  -1: what load said; EINTR (see cancel.h);
 * ENOMEM. */
int hdf5_page_entry(const struct hdf5_page_key *key, int index, hdf5_page_load_fn *load,
                    void *ctx, struct hdf5_chunk_at *out, struct err *err);

#endif
