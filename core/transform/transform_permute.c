/* permute:A:B:C: numpy's transpose: axis d of the result is axis number d of the list.
 * Axes that are not listed follow in their order. */
#include <errno.h>

#include "core/transform/transform_table.h"

static int permute_apply(const void *given, struct transform_item *item,
                         struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  int nd = item->view->nd, n = 0, perm[ND_MAX];
  unsigned listed = 0;
  for (; n < args->n; n++) {
    perm[n] = (int)args->number[n];
    if (perm[n] >= nd)
      return err_set(err, EINVAL, "axis %d does not exist: the array has %d axes",
                     perm[n], nd);
    listed |= 1u << perm[n];
  }
  for (int d = 0; d < nd; d++)
    if (!(listed & 1u << d))
      perm[n++] = d;
  item->view = view_permute(arena, item->view, perm, err);
  if (!item->view)
    return -1;
  geometry_permute(&item->geo, nd, perm);
  item->first = item->first && perm[0] == 0;
  int channel = -1, slice = -1;
  for (int d = 0; d < nd; d++) {
    if (perm[d] == item->channel_axis)
      channel = d;
    if (perm[d] == item->slice_axis)
      slice = d;
  }
  item->channel_axis = channel;
  item->slice_axis = slice;
  return 0;
}

const struct transform transform_permute = {
    .type.name = "permute",
    .type.usage = "permute:AXIS:AXIS...",
    .type.help = "reorders the axes, of masks too; axes not listed follow",
    .type.check = transform_expect_axes,
    .apply = permute_apply,
};
