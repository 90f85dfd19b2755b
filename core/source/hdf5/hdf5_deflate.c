/* Deflate: whole chunks by libdeflate, pieces by zlib, which needs no more memory than
 * its window. */
#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <zlib.h>

#include "core/base/cleanup.h"
#include "core/source/hdf5/hdf5_codec.h"

static void cleanup_decompressor(struct libdeflate_decompressor **d)
{
  libdeflate_free_decompressor(*d);
}

int hdf5_deflate_undo(const void *in, size_t size, void *out, size_t expected,
                      struct err *err)
{
  struct libdeflate_decompressor *d __attribute__((cleanup(cleanup_decompressor))) =
      libdeflate_alloc_decompressor();
  if (!d)
    return err_set(err, ENOMEM, "out of memory");
  switch (libdeflate_zlib_decompress(d, in, size, out, expected, NULL)) {
  case LIBDEFLATE_SUCCESS:
    return 0;
  case LIBDEFLATE_SHORT_OUTPUT:
    return err_set(err, EIO, "expected %zu bytes after inflating, found less", expected);
  case LIBDEFLATE_INSUFFICIENT_SPACE:
    return err_set(err, EIO, "expected %zu bytes after inflating, found more", expected);
  default:
    return err_set(err, EIO, "expected a zlib stream in %zu bytes, found damaged data",
                   size);
  }
}

int hdf5_deflate_start(struct hdf5_flow *flow, struct err *err)
{
  z_stream *z CLEANUP_FREE = calloc(1, sizeof *z);
  if (!z || inflateInit(z) != Z_OK)
    return err_set(err, ENOMEM, "out of memory");
  flow->state = z;
  z = NULL;
  return 0;
}

int hdf5_deflate_step(struct hdf5_flow *flow, struct err *err)
{
  z_stream *z = flow->state;
  z->next_in = (z_const Bytef *)(uintptr_t)flow->in;
  z->avail_in = (uInt)flow->left;
  z->next_out = flow->out;
  z->avail_out = (uInt)(flow->end - flow->out);
  const int rc = inflate(z, Z_NO_FLUSH);
  if (rc == Z_MEM_ERROR)
    return err_set(err, ENOMEM, "out of memory");
  if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) /* Z_BUF_ERROR: more input is
                                                              * needed */
    return err_set(err, EIO, "expected a zlib stream, found damaged data");
  flow->ended = rc == Z_STREAM_END;
  flow->in = z->next_in;
  flow->left = z->avail_in;
  flow->out = z->next_out;
  return 0;
}

void hdf5_deflate_stop(struct hdf5_flow *flow)
{
  inflateEnd(flow->state);
  free(flow->state);
}
