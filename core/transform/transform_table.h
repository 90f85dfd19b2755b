/* What the files of this folder share: the rows, and help for writing one.
 *
 * To add a transform: copy transform_clip.c (per voxel) or transform_flip.c (structural),
 * and add its row to transforms[] in transform.c. */
#ifndef TESSERAFS_TRANSFORM_TABLE_H
#define TESSERAFS_TRANSFORM_TABLE_H

#include "core/transform/transform.h"

extern const struct transform transform_affine, transform_cast, transform_clip,
    transform_crop, transform_dilation, transform_erosion, transform_flip,
    transform_minmax, transform_minmax_eps, transform_onehot, transform_pad,
    transform_permute, transform_relabel, transform_resize, transform_spacing,
    transform_squeeze, transform_window, transform_zoom, transform_zscore;
/* PyTC's */
extern const struct transform transform_binary, transform_channel,
    transform_normalize_range, transform_vast;
/* MedSegPy's */
extern const struct transform transform_affine_normalization, transform_background,
    transform_categories, transform_fill_regions, transform_flip_transform,
    transform_windowing, transform_zero_mean;

/* Is argument i there, and a number? */
bool transform_number(const struct step_args *args, int i);
/* Exactly n numbers. */
int transform_expect_numbers(const struct step_args *args, int n, struct err *err);
/* One or more different axes. */
int transform_expect_axes(const struct step_args *args, struct err *err);

/* Is argument i there, and a whole number that a double holds? */
bool transform_whole(const struct step_args *args, int i);
/* How many of the first arguments are numbers. */
int transform_numbers(const struct step_args *args);
/* The same; EINVAL when there is none, or one is not finite and greater than 0.  what: "a
 * distance in mm". */
int transform_expect_positive(const struct step_args *args, const char *what,
                              struct err *err);
/* The arguments from number `from` on are different words of the list, which ends with
 * NULL: "order=" with a value behind it, or a bare "compat". */
int transform_expect_words(const struct step_args *args, int from,
                           const char *const *words, struct err *err);
/* The value of such a word ("" of a bare one); NULL when it is not there. */
const char *transform_word(const struct step_args *args, const char *word);

/* The spatial axes of an item: *first and so many that follow. */
int transform_spatial(const struct transform_item *item, int *first);

/* "1_2_3" (or "1_") to at most max numbers: how many (at least 1), or -1. */
enum { TRANSFORM_MEMBERS = 512 };
int transform_split(const char *text, double *out, int max, struct err *err);
/* Axes as MedSegPy counts them: 0 is the batch's, which an item lacks, 1 the item's
 * first; numbers below 0 count from the end. */
int transform_expect_batch_axes(const struct step_args *args, struct err *err);
/* The item's axes among them as bits; EINVAL for one that nd axes lack. */
int transform_batch_axes(const struct step_args *args, int nd, unsigned *axes,
                         struct err *err);

/* Per-voxel work on real numbers: fn maps n doubles in place; the result is stored as
 * `to`. EINVAL for complex input. */
typedef void transform_map_fn(const void *arg, double *value, size_t n);
int transform_map(struct transform_item *item, struct arena *arena, enum dtype to,
                  transform_map_fn *fn, const void *arg, struct err *err);

/* "spacing" with its numbers: 1, or one for each spatial axis, greater than 0; order
 * 0, 1. */
int transform_respace(struct transform_item *item, const double *mm, int n, int order,
                      struct arena *arena, struct err *err);

/* Work on the last axis, the channels of a voxel: in[] holds `voxels` rows of n channels
 * of the item's dtype, out[] takes as many rows of `out` channels of dtype `to`. */
typedef void transform_channels_fn(const void *arg, enum dtype from, const void *in,
                                   void *out, size_t voxels);
enum { TRANSFORM_CHANNELS_MAX = 65536 };
struct transform_channels {
  bool new_axis;    /* the item has no such axis: n is 1, and it gets one */
  int64_t first, n; /* the channels that are needed of it */
  int64_t out;
  enum dtype to;
  transform_channels_fn *fn;
  const void *arg; /* outlives the view */
};
int transform_rewrite_channels(struct transform_item *item, struct arena *arena,
                               const struct transform_channels *how, struct err *err);
/* What erosion and dilation are made of: a mask's windows of (2 * reach + 1)^2 voxels, in
 * the planes of the last two spatial axes, mirrored at the edge.  erode: a voxel whose
 * window holds two different values beside 0 becomes 0; else it becomes the window's
 * greatest.  Leaves images as they are. */
enum { TRANSFORM_REACH_MAX = 128 };
int transform_expect_reach(const struct step_args *args, struct err *err);
int transform_neighbours(struct transform_item *item, int64_t reach, bool erode,
                         struct arena *arena, struct err *err);
/* Is the element other than 0?  (NaN is.) */
bool transform_nonzero(enum dtype dtype, const void *element);

/* Statistics of a whole view: one streamed pass in a fixed order, kept by key. */
struct stats {
  double min, max;
  double mean, std; /* population standard deviation */
  bool nan;         /* at least one NaN; min and max leave them out */
};
int stats_of(const struct view *view, uint64_t key, struct stats *out, struct err *err);
/* Whether a view that was made of the item's field may be gone through as a whole, for
 * statistics or the like: a stored array of any size may, one that was blown up to more
 * than TRANSFORM_BLOWN times its size and TRANSFORM_WALK voxels may not, because the walk
 * could take years.  EINVAL with both sizes. */
enum { TRANSFORM_BLOWN = 64, TRANSFORM_WALK = 1 << 30 };
int transform_expect_walkable(const struct transform_item *item, const struct view *view,
                              struct err *err);

/* The same as a step of a list: `finish` turns statistics into a per-voxel map.  The
 * argument of minmax and zscore: none, or "scan" for the statistics of the scan's whole
 * field, which is what the word among `args` asks for.  `arg` is handed to `finish`. */
int transform_expect_scope(const struct step_args *args, struct err *err);
typedef int transform_finish_fn(const struct stats *stats, double arg, const float *in,
                                float *out, size_t n, struct err *err);
int transform_normalise(const struct step_args *args, struct transform_item *item,
                        struct arena *arena, transform_finish_fn *finish, double arg,
                        struct err *err);

#endif
