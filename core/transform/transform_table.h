/* What the files of this folder share: the rows, and help for writing one.
 *
 * To add a transform: copy transform_clip.c (per voxel) or transform_flip.c (structural),
 * and add its row to transforms[] in transform.c. */
#ifndef TESSERAFS_TRANSFORM_TABLE_H
#define TESSERAFS_TRANSFORM_TABLE_H

#include "core/transform/transform.h"

extern const struct transform transform_affine, transform_cast, transform_clip,
    transform_flip, transform_minmax, transform_permute, transform_window,
    transform_zscore;

/* Is argument i there, and a number? */
bool transform_number(const struct transform_args *args, int i);
/* Exactly n numbers. */
int transform_expect_numbers(const struct transform_args *args, int n, struct err *err);
/* One or more different axes. */
int transform_expect_axes(const struct transform_args *args, struct err *err);

/* Per-voxel work on real numbers: fn maps n doubles in place; the result is stored as
 * `to`. EINVAL for complex input. */
typedef void transform_map_fn(const void *arg, double *value, size_t n);
int transform_map(struct transform_item *item, struct arena *arena, enum dtype to,
                  transform_map_fn *fn, const void *arg, struct err *err);

/* Statistics of a whole view: one streamed pass in a fixed order, kept by key. */
struct stats {
  double min, max;
  double mean, std; /* population standard deviation */
  bool nan;         /* at least one NaN; min and max leave them out */
};
int stats_of(const struct view *view, uint64_t key, struct stats *out, struct err *err);

/* The same as a step of a list: `finish` turns statistics into a per-voxel map.  The
 * argument of minmax and zscore: none, or "scan" for the statistics of the scan's whole
 * field. */
int transform_expect_scope(const struct transform_args *args, struct err *err);
typedef int transform_finish_fn(const struct stats *stats, const float *in, float *out,
                                size_t n, struct err *err);
int transform_normalise(const struct transform_args *args, struct transform_item *item,
                        struct arena *arena, transform_finish_fn *finish,
                        struct err *err);

#endif
