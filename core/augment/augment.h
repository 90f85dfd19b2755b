/* Random augmentations: DeepReg's affine and ddf.  Each is a transform and a draw of its
 * numbers, one file and one row in augmentations[].
 *
 * A list of them is written "affine:scale=0.1+ddf:field_strength=2:low_res_size=4x4x4".
 * They are applied in order, each to what the one before made.  All that is random about
 * one part of one item is in a draw, which is a pure function of its key: what belongs
 * together, an image and its label, is made with the same draw, each by its type. */
#ifndef TESSERAFS_AUGMENT_H
#define TESSERAFS_AUGMENT_H

#include "core/augment/warp.h"
#include "core/transform/transform.h"

/* The rows, each of them the type of a struct augmentation. */
extern const struct step_type *const augmentations[]; /* NULL-terminated */
extern const struct step_table augment_steps;
enum { AUGMENT_STEPS = 16 };

/* Whose numbers: `stream` names the split. */
struct augment_key {
  uint64_t seed, stream;
  int64_t epoch, item;
  int part; /* of the item: what is drawn apart from its other parts; below
             * AUGMENT_PARTS */
};
enum { AUGMENT_PARTS = 2 };

/* What the arrays of a part have in common. */
struct augment_space {
  int64_t shape[3]; /* voxels */
  enum warp_border border;
};

struct augment_draw;

/* Draws for one part of one item.  The list must outlive the draw.  EINVAL: a row's
 * arguments do not fit the space. */
const struct augment_draw *augment_draw(const struct step_list *list,
                                        const struct augment_key *key,
                                        const struct augment_space *space,
                                        struct arena *arena, struct err *err);
/* Any array of that part: item->view becomes float32, of the same extents.  item->view:
 * the space's three axes, real numbers. */
int augment_apply(const struct augment_draw *draw, struct transform_item *item,
                  struct arena *arena, struct err *err);

/* Arrays that explain a draw:
 *   "theta" of affine (4 x 3): location = (i, j, k, 1) * theta, in voxels from voxel
 *           (0, 0, 0)
 *   "ddf" of ddf (extents x 3): location = (i, j, k) + ddf
 * Where several steps of a list show one, they are stacked on a new first axis. */

/* Its axes, and (not NULL) its shape where arrays have these extents; 0: no step of the
 * list shows that. */
int augment_shown(const struct step_list *list, const char *name,
                  const int64_t extents[3], int64_t shape[ND_MAX]);
/* item->view becomes that array, float32; item->geo stays that of the part's arrays, or
 * becomes the identity if the array does not lie in their space.  EINVAL: no step of the
 * list shows that. */
int augment_show(const struct augment_draw *draw, const char *name,
                 struct transform_item *item, struct arena *arena, struct err *err);
/* What can be said of arrays without a draw: augment_apply() (name NULL) keeps dtype and
 * shape, and augment_show() would make this one, of which item->view gets dtype and
 * shape, and item->geo what it would get.  EINVAL as augment_draw(). */
int augment_facts(const struct step_list *list, const char *name,
                  const struct augment_space *space, struct transform_item *item,
                  struct arena *arena, struct err *err);

#endif
