/* bool as one bit per voxel, as PNG and TIFF store it: the first voxel in the highest
 * bit, each row (the view's last axis) filled up with zero bits to whole bytes. */
#ifndef TESSERAFS_PACKED_BITS_H
#define TESSERAFS_PACKED_BITS_H

#include "core/encoding/layout.h"

/* Returns the bytes of a row of `width` voxels. */
static inline int64_t packed_bits_row(int64_t width)
{
  return width / 8 + (width % 8 != 0);
}

/* Makes a stream of the rows of a DT_BOOL view without empty axes; nd 0 is one voxel. */
int packed_bits_stream(const struct view *view, struct arena *arena, struct stream *out,
                       struct err *err);

#endif
