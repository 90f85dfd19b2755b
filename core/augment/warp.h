/* An array sampled at moved locations, linearly, with zero outside: what DeepReg's
 * resampler does, bit for bit. */
#ifndef TESSERAFS_WARP_H
#define TESSERAFS_WARP_H

#include "core/base/arena.h"
#include "core/view/view.h"

enum warp_border {
  /* DeepReg's own: along each axis of largest index M the locations (0, M] are inside;
   * one that is exactly 0 is outside, so that even the identity zeroes three faces */
  WARP_COMPATIBLE,
  WARP_KEPT /* [0, M] are inside */
};

/* Where the voxels of the result lie in the array below. */
struct warp_field {
  /* The locations of a box (voxels of the result; never empty) to loc[]: C order, three
   * numbers each, in voxels of the array below.  What one voxel gets must not depend on
   * the box.  0, or -1 with *err set.  Thread safe. */
  int (*locate)(const void *ctx, const int64_t off[3], const int64_t shape[3], float *loc,
                struct err *err);
  const void *ctx;
};

enum { WARP_EXTENT_MAX = 1 << 24 }; /* whole numbers that a float32 holds */

/* The result: float32, of extents shape[].  `below`: three axes, real numbers.  A read
 * takes from it only the box that its locations touch, in tiles of bounded size.  `field`
 * is copied, its ctx must outlive the view.  NULL with EINVAL: not three axes, complex
 * values, an axis longer than WARP_EXTENT_MAX. */
const struct view *warp_view(struct arena *arena, const struct view *below,
                             const int64_t shape[3], const struct warp_field *field,
                             enum warp_border border, struct err *err);

/* Fields.  theta: 4 rows of 3 (see augment.h), kept by the caller. */
struct warp_field warp_affine(const float theta[12]);
/* ddf: extents x 3, float32; location = (i, j, k) + ddf. */
struct warp_field warp_ddf(const struct view *ddf);

#endif
