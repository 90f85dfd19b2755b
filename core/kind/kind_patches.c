/* patches: a grid of boxes.
 *
 * Along an axis of extent D, with box P, pad p and stride s, boxes begin at -p, -p+s, ...
 * while they end by D+p: MedSegPy's compute_patches, which drops what remains.
 * remainder=shift adds a last box that ends at D+p, remainder=pad one that reaches past
 * it. */
#include <errno.h>

#include "core/kind/grid.h"

/* MedSegPy's IMG_SIZE: one entry more than axes means a trailing axis of the image; fewer
 * means single slices along the others. */
static int medsegpy_size(struct extents *size, int nd, struct plan *plan, struct err *err)
{
  if (size->n > nd + 1)
    return err_set(err, EINVAL, "size: expected at most %d numbers, found %d", nd + 1,
                   size->n);
  plan->trailing_axis = size->n == nd + 1;
  for (int d = size->n; d < nd; d++)
    size->v[d] = 1;
  size->n = nd;
  return 0;
}

static int resolve_pad(const struct view_params *params, int axis, int64_t extent,
                       int64_t size, bool whole, int64_t *out, struct err *err)
{
  int64_t pad = grid_number(&params->pad, axis);
  if (whole && pad != 0)
    return err_set(err, EINVAL, "pad: expected 0 where size is ':' (axis %d)", axis);
  if (pad == EXTENT_AUTO)
    pad = extent < size ? size - extent : 0;
  if (pad && pad >= size)
    return err_set(err, EINVAL, "pad: expected less than the size, found %lld >= %lld",
                   (long long)pad, (long long)size);
  *out = pad;
  return 0;
}

static int plan_axis(const struct view_params *params, int d, int64_t size,
                     struct plan *out, struct err *err)
{
  int64_t extent = out->space.extent[d], pad = 0;
  bool whole = size == EXTENT_WHOLE;
  if (whole)
    size = extent;
  if (resolve_pad(params, d, extent, size, whole, &pad, err))
    return -1;
  int64_t stride = params->stride.n && !whole ? grid_number(&params->stride, d) : size;
  int64_t room = extent + 2 * pad - size;
  out->size[d] = size;
  out->stride[d] = stride > 0 ? stride : 1;
  out->first[d] = -pad;
  if (extent == 0) {
    out->n[d] = 0;
    return 0;
  }
  if (room < 0) {
    if (params->small == SMALL_ERROR)
      return err_set(err, EINVAL, "size: the box is %lld voxels, axis %d has %lld",
                     (long long)size, d, (long long)extent);
    out->n[d] = params->preset == PRESET_MEDSEGPY ? 0 : 1;
    out->last[d] = out->first[d];
    return 0;
  }
  out->n[d] = room / out->stride[d] + 1;
  out->last[d] = out->first[d] + (out->n[d] - 1) * out->stride[d];
  if (room % out->stride[d] && params->remainder != REMAINDER_DROP) {
    out->last[d] = params->remainder == REMAINDER_SHIFT
                       ? extent + pad - size
                       : out->first[d] + out->n[d] * out->stride[d];
    out->n[d]++;
  }
  return 0;
}

static int patches_plan(const struct view_params *params, const struct space *space,
                        struct plan *out, struct err *err)
{
  int nd = space->nd;
  struct extents size = params->size;
  if (params->preset == PRESET_MEDSEGPY && size.n && medsegpy_size(&size, nd, out, err))
    return -1;
  if (grid_check_numbers(size.n, nd, "size", err) ||
      grid_check_numbers(params->pad.n, nd, "pad", err) ||
      grid_check_numbers(params->stride.n, nd, "stride", err))
    return -1;
  for (int d = 0; d < nd; d++) {
    int64_t extent = space->extent[d];
    int64_t side = size.n ? grid_number(&size, d) : extent < 64 ? extent : 64;
    if (plan_axis(params, d, side, out, err))
      return -1;
  }
  out->place_nd = nd;
  return 0;
}

static int patches_at(const struct plan *plan, const int64_t *place, struct box *out,
                      struct err *err)
{
  for (int d = 0; d < plan->space.nd; d++) {
    out->start[d] = place[d];
    out->stop[d] = place[d] + plan->size[d];
  }
  return 0;
}

static int patches_cut(const struct plan *plan, const struct grid_field *field,
                       const struct box *box, struct transform_item *out,
                       struct arena *arena, struct err *err)
{
  if (grid_cut(plan, field, box, out, arena, err))
    return -1;
  if (plan->trailing_axis && !field->mask)
    out->view = view_newaxis(arena, out->view, out->view->nd, err);
  return out->view ? 0 : -1;
}

static const struct grid patches_grid = {
    .plan = patches_plan,
    .at = patches_at,
    .cut = patches_cut,
};

const struct kind kind_patches = {
    .name = "patches",
    .bit = KIND_PATCHES,
    .grid = &patches_grid,
    GRID_KIND,
};
