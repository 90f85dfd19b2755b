/* Decodes the stored bytes of one HDF5 chunk, outside libhdf5 and its lock, so that any
 * number of threads decode at once. */
#ifndef TESSERAFS_HDF5_CHUNK_H
#define TESSERAFS_HDF5_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/source/hdf5/hdf5_codec.h"
#include "core/source/hdf5/hdf5_wire.h"

/* Returns whether the pipeline can be decoded here: only shuffle, checksums and codecs of
 * ours, at most HDF5_FILTERS_MAX, at most one codec (behind a second one the size in
 * between would be unknown), shuffle elements of at least one byte. */
bool hdf5_chunk_decodable(int nfilters, const struct hdf5_filter *filters);

/* Undoes the pipeline, whose filter i is left out where bit i of mask is set: `size`
 * bytes at `stored` (overwritten) become exactly `expected` bytes at out.  -1: EIO with
 * what was found, ENOMEM. */
int hdf5_chunk_decode(int nfilters, const struct hdf5_filter *filters, uint32_t mask,
                      void *stored, size_t size, void *out, size_t expected,
                      struct err *err);

/* Returns the most bytes that a chunk of `expected` bytes may reasonably be stored in. */
size_t hdf5_chunk_stored_max(int nfilters, size_t expected);

/* Undoes H5Z's shuffle: byte b of element i comes from in[b * (size / element) + i]; the
 * bytes left over at the end are copied. */
void hdf5_unshuffle(void *out, const void *in, size_t size, size_t element);

/* H5Z's Fletcher checksum (over big-endian 16-bit words, sums start at 0), of all bytes
 * at once, or piece by piece from {0} on. */
enum { HDF5_SUM_BYTES = 4 };
struct hdf5_sum {
  uint32_t sum1, sum2;
  bool odd; /* `last` is the first byte of a word */
  unsigned char last;
};
uint32_t hdf5_fletcher32(const void *data, size_t size);
void hdf5_sum_add(struct hdf5_sum *sum, const void *data, size_t size);
uint32_t hdf5_sum_end(struct hdf5_sum sum);
/* Returns EIO when these HDF5_SUM_BYTES bytes state another sum. */
int hdf5_sum_check(uint32_t sum, const unsigned char *stored, struct err *err);

#endif
