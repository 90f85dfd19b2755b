/* Views that rewrite the last axis: the channels of a voxel (classes of a mask, windows
 * of an image) become others.  Boxes as large as a bounded scratch allows are read with
 * the channels that are needed, rewritten, and copied to their place. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/base/cleanup.h"
#include "core/transform/transform_table.h"
#include "core/view/tiles.h"

enum { SCRATCH = 256 * 1024 }; /* bytes, of either side */

struct channels_view {
  struct view view;
  const struct view *below;
  struct transform_channels how;
};

/* The box below under one of this view: all channels that are needed. */
static void box_below(const struct channels_view *v, const int64_t *off,
                      const int64_t *shape, int64_t *o, int64_t *s)
{
  const int nd = v->view.nd - 1;
  for (int d = 0; d < nd; d++) {
    o[d] = off[d];
    s[d] = shape[d];
  }
  if (!v->how.new_axis) {
    o[nd] = v->how.first;
    s[nd] = v->how.n;
  }
}

static int channels_read(const struct view *view, const int64_t *off,
                         const int64_t *shape, void *out, const int64_t *ostride,
                         struct err *err)
{
  const struct channels_view *v = (const struct channels_view *)view;
  const int nd = view->nd - 1, size = dtype_size(view->dtype);
  const int64_t all = view->shape[nd];
  const int64_t in_bytes = v->how.n * dtype_size(v->below->dtype), out_bytes = all * size;
  int64_t tile[ND_MAX], at[ND_MAX] = {0}, extent[ND_MAX], o[ND_MAX], s[ND_MAX],
                        from[ND_MAX], stride[ND_MAX];
  tiles_shape(nd, shape, NULL, NULL,
              SCRATCH / (in_bytes > out_bytes ? in_bytes : out_bytes), tile);
  const int64_t room = nd_count(nd, tile);
  CLEANUP_FREE char *in = malloc((size_t)(room * in_bytes) + 1);
  CLEANUP_FREE char *made = malloc((size_t)(room * out_bytes));
  if (!in || !made)
    return err_set(err, ENOMEM, "out of memory for channels");
  do {
    char *to = out;
    tiles_extent(nd, shape, tile, at, extent);
    for (int d = 0; d < nd; d++) {
      from[d] = off[d] + at[d];
      to += at[d] * ostride[d];
    }
    box_below(v, from, extent, o, s);
    if (cancel_check(err) || view_read_box(v->below, o, s, in, err))
      return -1;
    v->how.fn(v->how.arg, v->below->dtype, in, made, (size_t)nd_count(nd, extent));
    extent[nd] = all;
    nd_strides(nd + 1, extent, size, false, stride);
    extent[nd] = shape[nd];
    nd_copy(nd + 1, extent, to, ostride, made + off[nd] * size, stride, size);
  } while (tiles_next(nd, shape, tile, at));
  return 0;
}

static void channels_prefetch(const struct view *view, const int64_t *off,
                              const int64_t *shape, struct source_wish *wish)
{
  const struct channels_view *v = (const struct channels_view *)view;
  int64_t o[ND_MAX], s[ND_MAX];
  box_below(v, off, shape, o, s);
  view_prefetch(v->below, o, s, wish);
}

static const struct view_ops channels_ops = {
    .name = "channels",
    .read_region = channels_read,
    .prefetch = channels_prefetch,
};

int transform_rewrite_channels(struct transform_item *item, struct arena *arena,
                               const struct transform_channels *how, struct err *err)
{
  const struct view *below = item->view;
  const int last = how->new_axis ? below->nd : below->nd - 1;
  if (how->n > TRANSFORM_CHANNELS_MAX || how->out > TRANSFORM_CHANNELS_MAX)
    return err_set(err, EINVAL, "expected at most %d channels, found %lld",
                   TRANSFORM_CHANNELS_MAX,
                   (long long)(how->n > how->out ? how->n : how->out));
  if (last == ND_MAX)
    return err_set(err, EINVAL, "expected less than %d axes, found %d", ND_MAX,
                   below->nd);
  struct channels_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return -1;
  v->view = (struct view){.ops = &channels_ops, .dtype = how->to, .nd = last + 1};
  for (int d = 0; d < last; d++)
    v->view.shape[d] = below->shape[d];
  v->view.shape[last] = how->out;
  int64_t bytes;
  if (!checked_array_bytes(last + 1, v->view.shape, dtype_size(how->to), &bytes))
    return err_set(err, EINVAL, "the array is too large");
  v->below = below;
  v->how = *how;
  item->view = &v->view;
  if (item->channel_axis == last)
    item->channel_axis = -1;
  return 0;
}

bool transform_nonzero(enum dtype dtype, const void *element)
{
  switch (dtype) {
  case DT_F16:
    return (*(const uint16_t *)element & 0x7fff) != 0;
  case DT_F32:
    return *(const float *)element != 0;
  case DT_F64:
    return *(const double *)element != 0;
  case DT_C64:
    return ((const float *)element)[0] != 0 || ((const float *)element)[1] != 0;
  case DT_C128:
    return ((const double *)element)[0] != 0 || ((const double *)element)[1] != 0;
  default:
    break;
  }
  switch (dtype_size(dtype)) {
  case 1:
    return *(const uint8_t *)element != 0;
  case 2:
    return *(const uint16_t *)element != 0;
  case 4:
    return *(const uint32_t *)element != 0;
  default:
    return *(const uint64_t *)element != 0;
  }
}
