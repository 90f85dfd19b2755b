/* Views with another number of voxels over the same field of view.
 *
 * Both read only the voxels under the box (with their margin), in tiles of bounded size,
 * and give the same voxels whatever the box: no value depends on where a read begins. */
#ifndef TESSERAFS_VIEW_RESAMPLE_H
#define TESSERAFS_VIEW_RESAMPLE_H

#include "core/view/view.h"

enum { ZOOM_AXES_MAX = 3 /* with order 3: its margins multiply */ };

struct view_zoom {
  int order; /* 0 nearest, 1 linear, 3 cubic B-spline */
  /* scipy's mode "constant" takes a last voxel whose coordinate is rounded up past the
   * last one below for outside, and sets it to 0.  So do we, where `compat` is set. */
  bool compat;
};

/* scipy.ndimage.zoom to the extents shape[], on all axes where they differ from those
 * below: the first and the last voxel stay in place, voxel o is at o * (n - 1) / (m - 1).
 * Keeps the dtype; integers are rounded half away from zero and saturate, bools are
 * truncated.  Orders 0 and 1 are bit for bit scipy's for finite values (order 0 also
 * keeps integers that a double has not).  Order 3 filters with a margin of 32 voxels.
 * NULL with EINVAL: order 1 or 3 of complex values, order 3 on more than ZOOM_AXES_MAX
 * axes, an empty axis that should not be, extents that do not fit. */
const struct view *view_zoom(struct arena *arena, const struct view *below,
                             const int64_t *shape, struct view_zoom how, struct err *err);
/* scipy's extent of a zoomed axis: n * factor, rounded half to even.  -1: out of
 * range. */
int64_t view_zoom_extent(int64_t n, double factor);
/* The coordinate below of voxel o is o times this. */
double view_zoom_step(int64_t n, int64_t m);

/* To the extents shape[], with voxels as areas: voxel o is at (o + 0.5) * n / m - 0.5.
 * Order 1: float32, edges repeated, no antialiasing (tensorflow's and DeepReg's resize,
 * bit for bit).  Order 0: the voxel below under the centre, in its dtype.  Errors as
 * view_zoom(). */
const struct view *view_resize(struct arena *arena, const struct view *below,
                               const int64_t *shape, int order, struct err *err);

#endif
