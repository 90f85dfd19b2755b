/* flip:AXIS[:AXIS...]: the order along these axes is reversed, for images and masks. */
#include <errno.h>

#include "core/transform/transform_table.h"

static int flip_apply(const void *given, struct transform_item *item, struct arena *arena,
                      struct err *err)
{
  const struct step_args *args = given;
  const struct view *view = item->view;
  struct view_cut cut[ND_MAX];
  for (int d = 0; d < view->nd; d++)
    cut[d] = (struct view_cut){0, 1, view->shape[d], false};
  for (int i = 0; i < args->n; i++) {
    int axis = (int)args->number[i];
    if (axis >= view->nd)
      return err_set(err, EINVAL, "axis %d does not exist: the array has %d axes", axis,
                     view->nd);
    int64_t last = view->shape[axis] ? view->shape[axis] - 1 : 0;
    cut[axis] = (struct view_cut){last, -1, view->shape[axis], false};
    geometry_cut(&item->geo, axis, (double)last, -1);
  }
  item->view = view_slice(arena, view, cut, err);
  return item->view ? 0 : -1;
}

const struct transform transform_flip = {
    .type.name = "flip",
    .type.usage = "flip:AXIS[:AXIS...]",
    .type.help = "reverses these axes, of masks too",
    .type.check = transform_expect_axes,
    .apply = flip_apply,
};
