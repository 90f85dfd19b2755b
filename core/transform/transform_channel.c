/* channel:N: one colour of an image as the image, without the axis of colours.  What has
 * no colours is left as it is, so that grey and coloured slices may be mixed. */
#include <errno.h>

#include "core/transform/transform_table.h"

static int channel_check(const struct step_args *args, struct err *err)
{
  if (args->n != 1 || !transform_whole(args, 0) || args->number[0] < 0)
    return err_set(err, EINVAL, "expected a channel from 0 on, found '%s'",
                   args->n ? args->text[args->n - 1] : "");
  return 0;
}

static int channel_apply(const void *given, struct transform_item *item,
                         struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  const struct view *view = item->view;
  const int axis = item->channel_axis;
  struct view_cut cut[ND_MAX];
  int perm[ND_MAX];
  if (axis < 0)
    return 0;
  if (args->number[0] >= (double)view->shape[axis])
    return err_set(err, EINVAL, "expected a channel below %lld, found %s",
                   (long long)view->shape[axis], args->text[0]);
  for (int d = 0; d < view->nd; d++) {
    cut[d] = d == axis ? (struct view_cut){(int64_t)args->number[0], 1, 1, true}
                       : (struct view_cut){0, 1, view->shape[d], false};
    perm[d] = d + (d >= axis);
  }
  perm[view->nd - 1] = axis;
  geometry_permute(&item->geo, view->nd, perm);
  item->channel_axis = -1;
  item->slice_axis -= item->slice_axis > axis;
  item->first = axis == 0 ? 0 : item->first;
  item->view = view_slice(arena, view, cut, err);
  return item->view ? 0 : -1;
}

const struct transform transform_channel = {
    .type.name = "channel",
    .type.usage = "channel:N",
    .type.help = "one colour of an image, without its axis; grey stays",
    .type.check = channel_check,
    .apply = channel_apply,
};
