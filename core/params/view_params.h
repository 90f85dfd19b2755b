/* The parameters of all views: one table, one struct.  Which rows a kind of directory has
 * is in the row. */
#ifndef TESSERAFS_VIEW_PARAMS_H
#define TESSERAFS_VIEW_PARAMS_H

#include "core/args/param.h"
#include "core/augment/augment.h"
#include "core/transform/transform.h"
#include "core/view/view.h"

/* Bits for param.kinds: sets of rows.  Each kind of directory (core/kind/kind.h) has one
 * of them; kinds may have the same. */
enum view_kind { KIND_SLICES = 1, KIND_PATCHES = 2, KIND_CHUNKS = 4, KIND_PAIRS = 8 };

enum preset { PRESET_NONE, PRESET_MEDSEGPY, PRESET_PYTC, PRESET_DEEPREG, PRESET_MEDNET };
enum remainder { REMAINDER_SHIFT, REMAINDER_DROP, REMAINDER_PAD };
enum small { SMALL_PAD, SMALL_ERROR };
/* Choices that follow from the split when they are not given. */
enum { CHOICE_NOT_GIVEN = -1 };
enum sample_label { SAMPLE_LABEL_SAMPLE, SAMPLE_LABEL_ALL };
enum draw_order { ORDER_SPLIT, ORDER_DEEPREG };
enum normalize { NORMALIZE_MINMAX, NORMALIZE_MINMAX_EPS, NORMALIZE_NONE };
enum missing_label { MISSING_LABEL_ERROR, MISSING_LABEL_ZEROS };

struct view_params {
  struct names fields;
  unsigned formats; /* bit per encodings[]; 0: the mount's */
  struct step_list transforms;
  int preset;
  int64_t axis, window;             /* slices; axis may be EXTENT_AUTO */
  struct extents size, stride, pad; /* patches (pad: chunks too): on the spatial axes */
  struct extents num;               /* chunks, as all up to `chosen` */
  bool overlap;
  struct ranges range;
  struct number_list only;
  int64_t rank, world;
  struct number_list chosen; /* of `only`, this rank's share, ascending */
  int pad_mode;              /* enum pad_mode */
  double fill;
  int remainder, small;
  /* pairs */
  int pair_type; /* enum pair_set_type, or CHOICE_NOT_GIVEN */
  bool labeled;
  struct extents moving_image_shape, fixed_image_shape, image_shape; /* n: 0, 1 or 3 */
  double intra_group_prob;
  int intra_group_option; /* enum pair_intra */
  bool sample_image_in_group;
  int sample_label; /* or CHOICE_NOT_GIVEN */
  int64_t seed;     /* -1: not given */
  int order, normalize, missing_label;
  struct step_list augment;
  int border;     /* enum warp_border */
  double spacing; /* mm per voxel; 0: as it is */
};

extern const struct param view_params[];
extern const size_t view_params_count;

/* One key of a view; see param_set().  The error names the key. */
int view_params_set(struct view_params *params, enum view_kind kind, const char *key,
                    const char *text, const char *found, struct arena *arena,
                    struct err *err);
/* Defaults of the kind, then those of the preset (by name; NULL: none). */
int view_params_init(struct view_params *params, enum view_kind kind, const char *preset,
                     struct arena *arena, struct err *err);
/* "size=64x64x64,stride=32x32x32": a whole directory name; "default" is all defaults. */
int view_params_parse(struct view_params *params, enum view_kind kind, const char *name,
                      struct arena *arena, struct err *err);
/* When all keys are set: rules between parameters that need no scan (an even window,
 * ...), and what follows from several of them. */
int view_params_finish(struct view_params *params, enum view_kind kind,
                       struct arena *arena, struct err *err);
/* Do they point into the arena that they were read into? */
bool view_params_point(const struct view_params *params, enum view_kind kind);
/* Names what a view of this kind makes of an array, for what is kept of the result: the
 * values of all rows but those of listing, however and in whatever order they were
 * written. */
uint64_t view_params_key(const struct view_params *params, enum view_kind kind);
/* The part of n things that is this rank's: floor(n / world) from *from on, for the last
 * rank also the rest. */
void view_params_share(const struct view_params *params, int64_t n, int64_t *from,
                       int64_t *count);

#endif
