/* What the files of this folder share: the rows, and the numbers that they draw.
 *
 * To add an augmentation: copy augment_affine.c, and add its row to augmentations[] in
 * augment.c. */
#ifndef TESSERAFS_AUGMENT_TABLE_H
#define TESSERAFS_AUGMENT_TABLE_H

#include "core/augment/augment.h"
#include "core/base/rng_philox.h"

/* Number k, k >= 0, of what step number `step` draws; uniform in (0, 1), never 0 or 1. */
struct augment_stream {
  struct rng_place place;
  uint64_t first;
};
struct augment_stream augment_stream(const struct augment_key *key, int step);
double augment_uniform(const struct augment_stream *stream, uint64_t k);

/* An array that explains a draw, float32. */
struct augment_array {
  const char *name;
  bool in_space; /* the axes of the space come first */
  int nd;
  int64_t shape[2];
};

struct augmentation {
  struct step_type type; /* declares its arguments */
  /* May be NULL.  Do the arguments fit the space?  EINVAL. */
  int (*check)(const void *args, const struct augment_space *space, struct err *err);
  /* *drawn: all that `apply` needs, in a struct of the row's own. */
  int (*draw)(const void *args, const struct augment_stream *stream,
              const struct augment_space *space, struct arena *arena, const void **drawn,
              struct err *err);
  /* A transform's apply, with what was drawn as its arguments: given them in a list, the
   * row is a transform. */
  int (*apply)(const void *drawn, struct transform_item *item, struct arena *arena,
               struct err *err);
  /* May be NULL: nothing explains it. */
  const struct augment_array *shows;
  const struct view *(*show)(const void *drawn, struct arena *arena, struct err *err);
};

extern const struct augmentation augmentation_affine, augmentation_ddf;

/* DeepReg's closed form, in float64 rounded once: the affine that takes the corners
 * (-1,-1,-1), (-1,-1,1), (-1,1,-1), (1,-1,-1) to themselves times the rows of factor. */
void augment_theta(const double factor[4][3], float theta[12]);
/* low: extents x 3, float32.  Resized to the extents shape[], linearly. */
const struct view *augment_field(const struct view *low, const int64_t shape[3],
                                 struct arena *arena, struct err *err);

#endif
