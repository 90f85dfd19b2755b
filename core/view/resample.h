/* What the files of resampling share: coordinates (resample_taps.c) and arithmetic
 * (resample_tile.c) for view_resample.c. */
#ifndef TESSERAFS_RESAMPLE_H
#define TESSERAFS_RESAMPLE_H

#include "core/view/view.h"

enum resample_method {
  RESAMPLE_NEAREST, /* corners coincide */
  RESAMPLE_LINEAR,  /* corners coincide, double, scipy's order of products */
  RESAMPLE_CUBIC,   /* corners coincide, double, one axis after the other */
  RESAMPLE_UNDER,   /* nearest, voxels as areas */
  RESAMPLE_LERP     /* linear, voxels as areas, float32, one axis after the other */
};

enum {
  SPLINE_MARGIN =
      32, /* voxels on each side that a coefficient of the spline depends on */
  SPLINE_REACH = SPLINE_MARGIN + 2 /* voxels past the ends that it may ask for */
};

/* From which voxels below one voxel is made, along one axis: at and at + next (two, or
 * one when next is 0); RESAMPLE_CUBIC: coefficients at .. at + 3. */
struct tap {
  int64_t at;
  int next;         /* -1, 0, 1 */
  bool lost;        /* rounded up past the end (see view_zoom.compat) */
  double weight[4]; /* LERP: the fraction alone, as a float */
};

/* The taps of voxels from .. from + count of an axis of m voxels over n. */
void resample_taps(enum resample_method method, int64_t n, int64_t m, int64_t from,
                   int64_t count, struct tap *out);

/* A box with all that is needed to make it. */
struct resample_tile {
  enum resample_method method;
  int nd;
  bool axis[ND_MAX]; /* is it resampled? */
  int64_t in[ND_MAX], out[ND_MAX];
  /* of each resampled axis, out[d] of them; at: index into in[d] (RESAMPLE_CUBIC: of the
   * first of the voxels that its first coefficient depends on) */
  struct tap *taps[ND_MAX];
  const char *raw; /* C order, in[] */
  enum dtype from, to;
};

/* Computes the tile into out.  -1: ENOMEM. */
int resample_compute(const struct resample_tile *tile, char *out, const int64_t *ostride,
                     struct err *err);
/* The most bytes that takes, beside raw. */
double resample_bytes(const struct resample_tile *tile);

#endif
