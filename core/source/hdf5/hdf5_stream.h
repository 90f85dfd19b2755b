/* Decodes a chunk piece by piece.  That is slower than hdf5_chunk_decode() (zlib, and
 * single bytes for a shuffle), but needs only a few hundred KiB beside the result, where
 * hdf5_chunk_decode() needs up to twice the chunk.  It is here for memory: with cache=1M
 * a chunk of 88 MiB is decoded within 129 MiB; without it the daemon of that test was
 * killed at this limit (tests/scale.bats). */
#ifndef TESSERAFS_HDF5_STREAM_H
#define TESSERAFS_HDF5_STREAM_H

#include "core/source/hdf5/hdf5_chunk.h"

/* Reads stored bytes, by offset from their beginning. */
struct hdf5_stored {
  int (*read)(void *ctx, void *buf, size_t size, size_t offset, struct err *err);
  void *ctx;
  size_t size; /* bytes */
};

/* Returns whether the pipeline can be streamed: a shuffle, a checksum, a codec
 * that works by steps, a checksum, applied in this order, each of which may be missing or
 * left out by mask.  To be asked of pipelines that hdf5_chunk_decodable() accepts. */
bool hdf5_stream_can(int nfilters, const struct hdf5_filter *filters, uint32_t mask);
/* Decodes as hdf5_chunk_decode() does; passes on read()'s error, and EINTR when the
 * reader is gone. */
int hdf5_stream_decode(int nfilters, const struct hdf5_filter *filters, uint32_t mask,
                       const struct hdf5_stored *stored, void *out, size_t expected,
                       struct err *err);

#endif
