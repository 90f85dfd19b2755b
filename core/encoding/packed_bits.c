/* Rows follow one another in the view's linear order, so a range of packed bytes is one
 * range of voxels, however short its rows are. */
#include "core/encoding/packed_bits.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/encoding/voxel_bytes.h"

enum { PIECE_BYTES = 1 << 16 }; /* packed */

struct packed_bits {
  const struct view *view;
  int64_t width; /* voxels */
  int64_t row;   /* bytes */
};

/* Returns the linear index of the first voxel at or after a packed position. */
static int64_t voxel_at(const struct packed_bits *bits, int64_t at)
{
  const int64_t column = at % bits->row * 8;
  return at / bits->row * bits->width + column;
}

static void pack(const struct packed_bits *bits, unsigned char *out, size_t size,
                 int64_t at, const unsigned char *voxel)
{
  for (size_t i = 0; i < size; i++, at++) {
    const int64_t left = bits->width - at % bits->row * 8;
    const int n = left < 8 ? (int)left : 8;
    unsigned byte = 0;
    for (int bit = 0; bit < n; bit++)
      byte |= (*voxel++ ? 0x80u : 0u) >> bit;
    out[i] = (unsigned char)byte;
  }
}

static int packed_bits_pread(void *ctx, void *buf, size_t size, int64_t offset,
                             struct err *err)
{
  const struct packed_bits *bits = ctx;
  unsigned char *out = buf;
  CLEANUP_FREE unsigned char *voxels =
      malloc((size < PIECE_BYTES ? size : PIECE_BYTES) * 8);
  if (!voxels)
    return err_set(err, ENOMEM, "out of memory");
  while (size > 0) {
    const size_t n = size < PIECE_BYTES ? size : PIECE_BYTES;
    const int64_t first = voxel_at(bits, offset);
    const size_t count = (size_t)(voxel_at(bits, offset + (int64_t)n) - first);
    if (voxel_bytes_pread(bits->view, voxels, count, first, err) < 0)
      return -1;
    pack(bits, out, n, offset, voxels);
    out += n;
    offset += (int64_t)n;
    size -= n;
  }
  return 0;
}

int packed_bits_stream(const struct view *view, struct arena *arena, struct stream *out,
                       struct err *err)
{
  struct packed_bits *bits = arena_alloc(arena, sizeof *bits, err);
  if (!bits)
    return -1;
  bits->view = view;
  bits->width = view->nd > 0 ? view->shape[view->nd - 1] : 1;
  bits->row = packed_bits_row(bits->width);
  *out = (struct stream){
      .pread = packed_bits_pread,
      .ctx = bits,
      .size = nd_count(view->nd, view->shape) / bits->width * bits->row,
  };
  return 0;
}
