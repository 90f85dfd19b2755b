/* FlipTransform:AXIS[:AXIS...]: MedSegPy's flip of images and masks.  Axes are its
 * numbers, which count the batch's axis: 1 is the item's first; 0 changes no item. */
#include <errno.h>

#include "core/transform/transform_table.h"

static int flip_transform_check(const struct step_args *args, struct err *err)
{
  return transform_expect_batch_axes(args, err);
}

static int flip_transform_apply(const void *given, struct transform_item *item,
                                struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  const struct view *view = item->view;
  struct view_cut cut[ND_MAX];
  unsigned flipped;
  if (transform_batch_axes(args, view->nd, &flipped, err))
    return -1;
  for (int d = 0; d < view->nd; d++) {
    const int64_t last = view->shape[d] ? view->shape[d] - 1 : 0;
    const bool flip = flipped & 1u << d;
    cut[d] = (struct view_cut){flip ? last : 0, flip ? -1 : 1, view->shape[d], false};
    if (flip)
      geometry_cut(&item->geo, d, (double)last, -1);
  }
  item->view = view_slice(arena, view, cut, err);
  return item->view ? 0 : -1;
}

const struct transform transform_flip_transform = {
    .type.name = "FlipTransform",
    .type.usage = "FlipTransform:AXIS[:AXIS...]",
    .type.help = "MedSegPy's flip: axes count the batch's, 1 is the item's first",
    .type.check = flip_transform_check,
    .apply = flip_transform_apply,
};
