/* The base of all per-voxel views: it reads boxes as large as a bounded scratch allows
 * from below, and converts them row by row into the destination.
 *
 * The scratch is laid out in the destination's order of axes, not in C order: rows are
 * then dense on both sides even when the reader wants a transposed array, and rows that
 * follow each other in the destination become one. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/view/tiles.h"
#include "core/view/view.h"

enum { SCRATCH = 64 * 1024 }; /* bytes: stays in the second cache beside the rows */

struct pointwise_view {
  struct view view;
  const struct view *below;
  int (*prepare)(const void *arg, struct err *err);
  view_row_fn *row;
  const void *arg;
};

/* Converts one box, in scratch with its axes in `order`, to out, by the longest rows that
 * are evenly spaced there. */
static int convert_box(const struct pointwise_view *v, const int *order,
                       const int64_t *extent, const char *scratch, char *out,
                       const int64_t *ostride, struct err *err)
{
  int nd = v->view.nd;
  int64_t shape[ND_MAX] = {0}, stride[ND_MAX] = {0}, at[ND_MAX] = {0};
  for (int i = 0; i < nd; i++) {
    shape[i] = extent[order[i]];
    stride[i] = ostride[order[i]];
  }
  int64_t step = dtype_size(v->view.dtype), length = 1;
  while (nd > 0 &&
         (length == 1 || shape[nd - 1] == 1 || stride[nd - 1] == step * length)) {
    nd--;
    if (shape[nd] > 1 && length == 1)
      step = stride[nd];
    length *= shape[nd];
  }
  const int64_t row_size = length * dtype_size(v->below->dtype);
  do {
    char *to = out;
    for (int i = 0; i < nd; i++)
      to += at[i] * stride[i];
    if (v->row(v->arg, v->below->dtype, scratch, to, step, (size_t)length, err))
      return -1;
    scratch += row_size;
  } while (nd_next(nd, shape, at));
  return 0;
}

static int pointwise_read(const struct view *view, const int64_t *off,
                          const int64_t *shape, void *out, const int64_t *ostride,
                          struct err *err)
{
  const struct pointwise_view *v = (const struct pointwise_view *)view;
  const int nd = view->nd, itemsize = dtype_size(v->below->dtype);
  int order[ND_MAX];
  int64_t tile[ND_MAX], at[ND_MAX] = {0}, extent[ND_MAX], from[ND_MAX], stride[ND_MAX];
  if (v->prepare && v->prepare(v->arg, err))
    return -1;
  tiles_order(nd, ostride, order);
  tiles_shape(nd, shape, NULL, order, SCRATCH / itemsize, tile);
  CLEANUP_FREE char *scratch = malloc((size_t)(nd_count(nd, tile) * itemsize));
  if (!scratch)
    return err_set(err, ENOMEM, "out of memory for a row of voxels");
  do {
    char *to = out;
    tiles_extent(nd, shape, tile, at, extent);
    for (int d = 0; d < nd; d++) {
      from[d] = off[d] + at[d];
      to += at[d] * ostride[d];
    }
    int64_t step = itemsize;
    for (int i = nd - 1; i >= 0; i--) {
      stride[order[i]] = step;
      step *= extent[order[i]];
    }
    if (cancel_check(err) ||
        view_read_region(v->below, from, extent, scratch, stride, err) ||
        convert_box(v, order, extent, scratch, to, ostride, err))
      return -1;
  } while (tiles_next(nd, shape, tile, at));
  return 0;
}

static void pointwise_prefetch(const struct view *view, const int64_t *off,
                               const int64_t *shape, struct source_wish *wish)
{
  view_prefetch(((const struct pointwise_view *)view)->below, off, shape, wish);
}

static const struct view_ops pointwise_ops = {
    .name = "pointwise",
    .read_region = pointwise_read,
    .prefetch = pointwise_prefetch,
};

struct view *view_pointwise(struct arena *arena, const struct view *below, enum dtype to,
                            int (*prepare)(const void *arg, struct err *err),
                            view_row_fn *row, const void *arg, struct err *err)
{
  struct pointwise_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  v->view = view_like(below, &pointwise_ops, to);
  v->below = below;
  v->prepare = prepare;
  v->row = row;
  v->arg = arg;
  return &v->view;
}
