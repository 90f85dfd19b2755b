/* slices: the scan cut along one axis, or windows of neighbouring slices (2.5-D): the
 * image keeps the window as its last axis, a mask only the centre slice. */
#include <errno.h>

#include "core/kind/grid.h"

/* A 2-D scan is one slice: nothing is cut, and a window repeats it by the rules of
 * padding. */
static bool flat(const struct plan *plan)
{
  return plan->space.nd == 2;
}

static int slices_plan(const struct view_params *params, const struct space *space,
                       struct plan *out, struct err *err)
{
  if (space->nd < 2)
    return err_set(err, EINVAL, "slices need a scan of at least 2 axes, found %d",
                   space->nd);
  if (params->axis >= space->nd)
    return err_set(err, EINVAL, "axis: expected less than %d, found %lld", space->nd,
                   (long long)params->axis);
  out->axis = (int)params->axis;
  if (params->axis == EXTENT_AUTO)
    out->axis = params->preset == PRESET_MEDSEGPY ? space->nd - 1 : space->slice_axis;
  for (int d = 0; d < space->nd; d++) {
    bool cut = d == out->axis && !flat(out);
    int64_t half = cut ? params->window / 2 : 0;
    out->n[d] = cut ? space->extent[d] : 1;
    out->first[d] = -half;
    out->stride[d] = 1;
    out->last[d] = out->first[d] + out->n[d] - 1;
    out->size[d] = cut ? params->window : space->extent[d];
  }
  out->place_nd = 1;
  return 0;
}

static int slices_at(const struct plan *plan, const int64_t *place, struct box *out,
                     struct err *err)
{
  int64_t n = flat(plan) ? 1 : plan->n[plan->axis];
  if (place[0] < 0 || place[0] >= n)
    return err_set(err, EINVAL, "at=: expected a slice from 0 to %lld, found %lld",
                   (long long)n - 1, (long long)place[0]);
  grid_box(plan, place[0], out);
  return 0;
}

/* Drops an axis of extent 1; its column of the affine follows those of the kept axes. */
static int drop_axis(struct transform_item *item, int axis, struct arena *arena,
                     struct err *err)
{
  struct view_cut cut[ND_MAX];
  int perm[ND_MAX], n = 0, nd = item->view->nd;
  for (int d = 0; d < nd; d++) {
    cut[d] = (struct view_cut){0, 1, item->view->shape[d], d == axis};
    if (d != axis)
      perm[n++] = d;
  }
  perm[n] = axis;
  item->view = view_slice(arena, item->view, cut, err);
  geometry_permute(&item->geo, nd, perm);
  if (item->channel_axis > axis)
    item->channel_axis--;
  item->spatial--;
  return item->view ? 0 : -1;
}

static int window_last(struct transform_item *item, int axis, struct arena *arena,
                       struct err *err)
{
  int perm[ND_MAX], n = 0, nd = item->view->nd;
  for (int d = 0; d < nd; d++)
    if (d != axis)
      perm[n++] = d;
  perm[n] = axis;
  item->view = view_permute(arena, item->view, perm, err);
  geometry_permute(&item->geo, nd, perm);
  item->channel_axis = -1;
  item->spatial--;
  return item->view ? 0 : -1;
}

static int repeat_flat(const struct plan *plan, struct transform_item *item,
                       struct arena *arena, struct err *err)
{
  int nd = item->view->nd;
  int64_t half[ND_MAX] = {0};
  const struct view_params *params = plan->params;
  if (params->window == 1 || item->mask)
    return 0;
  item->view = view_newaxis(arena, item->view, nd, err);
  if (!item->view)
    return -1;
  half[nd] = params->window / 2;
  item->view = view_pad(arena, item->view, half, half, (enum pad_mode)params->pad_mode,
                        params->fill, err);
  item->channel_axis = -1;
  return item->view ? 0 : -1;
}

static int slices_cut(const struct plan *plan, const struct grid_field *field,
                      const struct box *box, struct transform_item *out,
                      struct arena *arena, struct err *err)
{
  int d = plan->axis, axis = d + field->first;
  if (flat(plan)) {
    return grid_cut(plan, field, box, out, arena, err) ||
                   repeat_flat(plan, out, arena, err)
               ? -1
               : 0;
  }
  bool window = plan->params->window > 1 && !field->mask;
  struct box taken = *box;
  if (!window) { /* the centre */
    taken.start[d] += plan->params->window / 2;
    taken.stop[d] = taken.start[d] + 1;
  }
  if (grid_cut(plan, field, &taken, out, arena, err))
    return -1;
  return window ? window_last(out, axis, arena, err) : drop_axis(out, axis, arena, err);
}

static const struct grid slices_grid = {
    .plan = slices_plan,
    .at = slices_at,
    .cut = slices_cut,
};

const struct kind kind_slices = {
    .name = "slices",
    .bit = KIND_SLICES,
    .grid = &slices_grid,
    GRID_KIND,
};
