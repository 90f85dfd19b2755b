/* Shared by the files of resampling: coordinates (resample_taps.c), arithmetic
 * (resample_tile.c) and what is to be read (resample_plan.c), for view_resample.c. */
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

/* Voxels on each side that a coefficient of the spline depends on; past the ends of an
 * axis they are mirrored. */
enum { SPLINE_MARGIN = 32 };

/* The voxels below from which one voxel is made, along one axis: at and at + next (one
 * voxel when next is 0); RESAMPLE_CUBIC: coefficients at .. at + 3. */
struct tap {
  int64_t at;
  int next;         /* -1, 0, 1 */
  bool lost;        /* rounded up past the end (see view_zoom.compat) */
  double weight[4]; /* LERP: the fraction alone, as a float */
};

/* Fills the taps of voxels from .. from + count, for an axis of n voxels resampled to
 * m. */
void resample_taps(enum resample_method method, int64_t n, int64_t m, int64_t from,
                   int64_t count, struct tap *out);

/* A box and all that is needed to compute it. */
struct resample_tile {
  enum resample_method method;
  int nd;
  bool axis[ND_MAX]; /* whether the axis is resampled */
  int64_t in[ND_MAX], out[ND_MAX];
  /* of each resampled axis, out[d] of them; at: index into in[d] (RESAMPLE_CUBIC: into
   * the coefficients of row[d]) */
  struct tap *taps[ND_MAX];
  /* RESAMPLE_CUBIC: the indices into in[d] of all voxels that the coefficients depend on,
   * in order: one coefficient for each but SPLINE_MARGIN at either end */
  int64_t *row[ND_MAX], rows[ND_MAX];
  const char *raw; /* C order, in[] */
  enum dtype from, to;
};

/* Computes the tile into out.  -1: ENOMEM. */
int resample_compute(const struct resample_tile *tile, char *out, const int64_t *ostride,
                     struct err *err);
/* Returns the most bytes that this takes, beside raw; of the tile only method, axis, in,
 * out, rows are used. */
double resample_bytes(const struct resample_tile *tile);

/* --- resample_plan.c: which voxels below a tile needs ------------------------------ */

struct resample_view {
  struct view view;
  const struct view *below;
  enum resample_method method;
  bool compat;
  bool axis[ND_MAX];   /* whether the axis is resampled */
  bool sparse[ND_MAX]; /* reads only the indices it needs */
  double step[ND_MAX]; /* voxels below per voxel */
};

/* Neighbouring indices that are read together. */
struct resample_run {
  int64_t from, count; /* of the view below */
  int64_t at;          /* index in the tile */
};

/* What a tile reads: all combinations of the runs of its axes. */
struct resample_reads {
  struct resample_run *runs[ND_MAX];
  int64_t n[ND_MAX];
};

/* Gives the shape, of bounded size, of the tiles in which a box of this shape is
 * computed. */
void resample_tile_shape(const struct resample_view *v, const int64_t *shape,
                         int64_t *tile);
/* Makes room in the arena for tiles up to that shape. */
int resample_tile_new(const struct resample_view *v, const int64_t *shape,
                      struct arena *arena, struct resample_tile *tile,
                      struct resample_reads *reads, struct err *err);
/* Plans the tile off[] .. off[] + extent[], without its voxels. */
void resample_plan(const struct resample_view *v, const int64_t *off,
                   const int64_t *extent, struct resample_tile *tile,
                   struct resample_reads *reads);
/* Gives the first voxel below that a box along axis d needs (mirrored ones aside), and
 * how many follow. */
void resample_range(const struct resample_view *v, int d, int64_t off, int64_t count,
                    int64_t *from, int64_t *n);

#endif
