/* bool as one bit per voxel, the first voxel in the highest bit, each row (the view's
 * last axis) filled up with zero bits to whole bytes: what PNG and TIFF share. */
#ifndef TESSERAFS_PACKED_BITS_H
#define TESSERAFS_PACKED_BITS_H

#include "core/encoding/layout.h"

/* Bytes of a row of `width` voxels. */
static inline int64_t packed_bits_row(int64_t width)
{
  return width / 8 + (width % 8 != 0);
}

/* The rows of a DT_BOOL view without empty axes, nd 1 or more; one voxel when nd is 0. */
int packed_bits_stream(const struct view *view, struct arena *arena, struct stream *out,
                       struct err *err);

#endif
