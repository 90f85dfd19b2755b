/* Any byte range of the voxels of a view. */
#ifndef TESSERAFS_VOXEL_BYTES_H
#define TESSERAFS_VOXEL_BYTES_H

#include "core/view/view.h"

/* Writes bytes [offset, offset+size) of the view's voxels in C order, little-endian.  buf
 * needs no alignment, but where buf and offset are aligned alike voxels are written
 * straight into it.  Thread safe. */
int voxel_bytes_pread(const struct view *view, void *buf, size_t size, int64_t offset,
                      struct err *err);

#endif
