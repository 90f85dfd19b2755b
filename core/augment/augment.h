/* Random augmentations: DeepReg's affine and ddf, one file and one row in
 * augmentations[] each.
 *
 * A list of them is written "affine:scale=0.1+ddf:field_strength=2:low_res_size=4x4x4".
 * They are applied in order, each to what the one before made, to images and labels
 * alike, with linear interpolation.  All that is random about one side (moving, fixed) of
 * one item is in a draw, which is a pure function of its key: the image and the label of
 * a side are made with the same draw. */
#ifndef TESSERAFS_AUGMENT_H
#define TESSERAFS_AUGMENT_H

#include "core/args/param.h"
#include "core/augment/warp.h"
#include "core/view/view.h"

enum augment_kind { AUGMENT_AFFINE, AUGMENT_DDF };

enum { AUGMENT_STEPS = 16 };

/* Whose numbers: `stream` names the split. */
enum augment_side { AUGMENT_MOVING, AUGMENT_FIXED };
struct augment_key {
  uint64_t seed, stream;
  int64_t epoch, item;
  enum augment_side side;
};

struct augment_draw;

/* The rows, each of them the type of a struct augmentation. */
extern const struct step_type *const augmentations[]; /* NULL-terminated */
extern const struct step_table augment_steps;

/* Does a step of that kind occur?  Only then is there a theta, or a ddf, to be shown. */
bool augment_has(const struct step_list *list, enum augment_kind kind);

/* Draws for one side of one item, whose arrays have these extents (after the resize).
 * The list must outlive the draw.  EINVAL: a low_res_size that is larger than them. */
const struct augment_draw *augment_draw(const struct step_list *list,
                                        const struct augment_key *key,
                                        const int64_t shape[3], struct arena *arena,
                                        struct err *err);
/* An array of that side, warped: float32, of the same extents.  `below`: three axes with
 * the draw's extents, real numbers. */
const struct view *augment_view(const struct view *below, const struct augment_draw *draw,
                                enum warp_border border, struct arena *arena,
                                struct err *err);
/* The matrix (4 x 3, float32): location = (i, j, k, 1) * theta, in voxels from voxel
 * (0, 0, 0).  Several affine steps: one matrix each on a new first axis.  EINVAL when
 * there is none. */
const struct view *augment_theta_view(const struct augment_draw *draw,
                                      struct arena *arena, struct err *err);
/* The field (extents x 3, float32): location = (i, j, k) + ddf.  Several ddf steps: one
 * field each on a new first axis.  EINVAL when there is none. */
const struct view *augment_ddf_view(const struct augment_draw *draw, struct arena *arena,
                                    struct err *err);

#endif
