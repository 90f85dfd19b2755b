/* squeeze[:AXIS...]: numpy.squeeze: axes of extent 1 disappear, all or the ones named. */
#include <errno.h>

#include "core/transform/transform_table.h"

static int squeeze_check(const struct step_args *args, struct err *err)
{
  return args->n ? transform_expect_axes(args, err) : 0;
}

/* Which axes go; of all when none is named. */
static int squeeze_axes(const struct step_args *args, const struct view *view, bool *gone,
                        struct err *err)
{
  for (int d = 0; d < view->nd; d++)
    gone[d] = !args->n && view->shape[d] == 1;
  for (int i = 0; i < args->n; i++) {
    const int axis = (int)args->number[i];
    if (axis >= view->nd)
      return err_set(err, EINVAL, "axis %d does not exist: the array has %d axes", axis,
                     view->nd);
    if (view->shape[axis] != 1)
      return err_set(err, EINVAL, "axis %d: expected an extent of 1, found %lld", axis,
                     (long long)view->shape[axis]);
    gone[axis] = true;
  }
  return 0;
}

static int squeeze_apply(const void *given, struct transform_item *item,
                         struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  const struct view *view = item->view;
  struct view_cut cut[ND_MAX];
  bool gone[ND_MAX];
  int perm[ND_MAX], first, kept = 0, channel = -1, slice = -1;
  const int axes = transform_spatial(item, &first);
  if (squeeze_axes(args, view, gone, err))
    return -1;
  int spatial = axes;
  for (int d = 0; d < view->nd; d++) {
    cut[d] = (struct view_cut){0, 1, view->shape[d], gone[d]};
    spatial -= gone[d] && d >= first && d < first + axes;
    if (gone[d])
      continue;
    if (d == item->channel_axis)
      channel = kept;
    if (d == item->slice_axis)
      slice = kept;
    perm[kept++] = d;
  }
  /* the columns of the affine follow those of the kept axes */
  for (int d = 0, n = kept; d < view->nd; d++)
    if (gone[d])
      perm[n++] = d;
  geometry_permute(&item->geo, view->nd, perm);
  item->first = first && !gone[0];
  item->spatial = spatial;
  item->channel_axis = channel;
  item->slice_axis = slice;
  item->view = view_slice(arena, view, cut, err);
  return item->view ? 0 : -1;
}

const struct transform transform_squeeze = {
    .type.name = "squeeze",
    .type.usage = "squeeze[:AXIS...]",
    .type.help = "drops these axes of extent 1 (or all), of masks too",
    .type.check = squeeze_check,
    .apply = squeeze_apply,
};
