/* Zoom and resize: views that are computed tile by tile, from the voxels below that each
 * tile needs. */
#include "core/view/view_resample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/base/cleanup.h"
#include "core/view/resample.h"
#include "core/view/resample_room.h"
#include "core/view/tiles.h"

enum { DENSE_LIMIT = 16 /* voxels read for one that is needed */ };

static int read_runs(const struct resample_view *v, const struct resample_tile *tile,
                     const struct resample_reads *reads, char *raw, struct err *err)
{
  const int nd = v->view.nd;
  int64_t stride[ND_MAX], at[ND_MAX] = {0};
  nd_strides(nd, tile->in, dtype_size(v->below->dtype), false, stride);
  do {
    int64_t off[ND_MAX], shape[ND_MAX], place = 0;
    for (int d = 0; d < nd; d++) {
      const struct resample_run *run = &reads->runs[d][at[d]];
      off[d] = run->from;
      shape[d] = run->count;
      place += run->at * stride[d];
    }
    if (cancel_check(err) ||
        view_read_region(v->below, off, shape, raw + place, stride, err))
      return -1;
  } while (nd_next(nd, reads->n, at));
  return 0;
}

/* Sets scipy's zeros where the last coordinate was rounded up. */
static void erase_lost(const struct resample_tile *tile, char *out,
                       const int64_t *ostride)
{
  static const char zero[16];
  for (int d = 0; d < tile->nd; d++) {
    if (!tile->axis[d] || !tile->taps[d][tile->out[d] - 1].lost)
      continue;
    int64_t slab[ND_MAX];
    memcpy(slab, tile->out, sizeof slab);
    slab[d] = 1;
    nd_fill(tile->nd, slab, out + (tile->out[d] - 1) * ostride[d], ostride, zero,
            dtype_size(tile->to));
  }
}

static int make_tile(const struct resample_view *v, struct resample_tile *tile,
                     const struct resample_reads *reads, char *out,
                     const int64_t *ostride, struct err *err)
{
  CLEANUP_FREE char *raw =
      malloc((size_t)(nd_count(tile->nd, tile->in) * dtype_size(tile->from)));
  if (!raw)
    return err_set(err, ENOMEM, "out of memory for a resampled box");
  tile->raw = raw;
  if (read_runs(v, tile, reads, raw, err) || resample_compute(tile, out, ostride, err))
    return -1;
  if (v->compat)
    erase_lost(tile, out, ostride);
  return 0;
}

static int make_tiles(const struct resample_view *v, const int64_t *off,
                      const int64_t *shape, struct arena *arena, char *out,
                      const int64_t *ostride, struct err *err)
{
  const int nd = v->view.nd;
  int64_t size[ND_MAX], at[ND_MAX] = {0}, extent[ND_MAX], from[ND_MAX];
  struct resample_tile tile;
  struct resample_reads reads;
  resample_tile_shape(v, shape, size);
  if (resample_tile_new(v, size, arena, &tile, &reads, err))
    return -1;
  do {
    tiles_extent(nd, shape, size, at, extent);
    for (int d = 0; d < nd; d++)
      from[d] = off[d] + at[d];
    resample_plan(v, from, extent, &tile, &reads);
    if (make_tile(v, &tile, &reads, out + nd_offset(nd, at, ostride), ostride, err))
      return -1;
  } while (tiles_next(nd, shape, size, at));
  return 0;
}

static int resample_read(const struct view *view, const int64_t *off,
                         const int64_t *shape, void *out, const int64_t *ostride,
                         struct err *err)
{
  const struct resample_view *v = (const struct resample_view *)view;
  __attribute__((cleanup(resample_room_give))) bool taken = false;
  if (v->method == RESAMPLE_CUBIC && resample_room_take(&taken, err))
    return -1;
  struct arena arena;
  arena_init(&arena);
  const int rc = make_tiles(v, off, shape, &arena, out, ostride, err);
  arena_free(&arena);
  return rc;
}

/* Prefetches the dense box around the needed voxels; those that only mirroring needs are
 * left out. */
static void resample_prefetch(const struct view *view, const int64_t *off,
                              const int64_t *shape, struct source_wish *wish)
{
  const struct resample_view *v = (const struct resample_view *)view;
  int64_t from[ND_MAX], count[ND_MAX];
  for (int d = 0; d < view->nd; d++)
    resample_range(v, d, off[d], shape[d], &from[d], &count[d]);
  view_prefetch(v->below, from, count, wish);
}

static const struct view_ops resample_ops = {
    .name = "resample",
    .read_region = resample_read,
    .prefetch = resample_prefetch,
};

/* --- construction ------------------------------------------------------------------ */

static int check_shape(const struct view *below, const int64_t *shape, struct err *err)
{
  int64_t bytes;
  for (int d = 0; d < below->nd; d++)
    if (shape[d] < 0 || (shape[d] > 0 && below->shape[d] == 0))
      return err_set(err, EINVAL, "axis %d of %lld voxels cannot become one of %lld", d,
                     (long long)below->shape[d], (long long)shape[d]);
  if (!checked_array_bytes(below->nd, shape, 16, &bytes))
    return err_set(err, EINVAL, "the resampled array would be too large");
  return 0;
}

/* Chooses the axes that are read densely, from the innermost on, as long as few voxels
 * are read for nothing. */
static void choose_sparse(struct resample_view *v)
{
  double skipped = 1;
  for (int d = v->view.nd - 1; d >= 0; d--) {
    const double step = v->axis[d] && v->step[d] > 1 ? v->step[d] : 1;
    v->sparse[d] = v->method != RESAMPLE_CUBIC && skipped * step >= DENSE_LIMIT;
    skipped *= v->sparse[d] ? 1 : step;
  }
}

static const struct view *resample(struct arena *arena, const struct view *below,
                                   const int64_t *shape, enum resample_method method,
                                   bool compat, struct err *err)
{
  if (check_shape(below, shape, err))
    return NULL;
  const bool areas = method == RESAMPLE_UNDER || method == RESAMPLE_LERP;
  struct resample_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  v->view =
      view_like(below, &resample_ops, method == RESAMPLE_LERP ? DT_F32 : below->dtype);
  v->below = below;
  v->method = method;
  v->compat = compat;
  int axes = 0;
  for (int d = 0; d < below->nd; d++) {
    const int64_t n = below->shape[d], m = shape[d];
    v->view.shape[d] = m;
    v->axis[d] = n != m && m > 0;
    v->step[d] = areas && m ? (double)n / (double)m : view_zoom_step(n, m);
    axes += v->axis[d];
  }
  if (!axes && nd_count(below->nd, shape) == nd_count(below->nd, below->shape))
    return v->view.dtype == below->dtype ? below
                                         : view_cast(arena, below, v->view.dtype, err);
  if (method == RESAMPLE_CUBIC && axes > ZOOM_AXES_MAX) {
    err_set(err, EINVAL, "order 3 is for at most %d axes, found %d", ZOOM_AXES_MAX, axes);
    return NULL;
  }
  choose_sparse(v);
  return &v->view;
}

static int check_real(const struct view *below, int order, struct err *err)
{
  if (order == 0 || dtype_table[below->dtype].kind != 'c')
    return 0;
  return err_set(err, EINVAL, "expected real numbers for order %d, found %s", order,
                 dtype_table[below->dtype].name);
}

const struct view *view_zoom(struct arena *arena, const struct view *below,
                             const int64_t *shape, struct view_zoom how, struct err *err)
{
  const enum resample_method method = how.order == 0   ? RESAMPLE_NEAREST
                                      : how.order == 1 ? RESAMPLE_LINEAR
                                                       : RESAMPLE_CUBIC;
  if (check_real(below, how.order, err))
    return NULL;
  return resample(arena, below, shape, method, how.compat, err);
}

const struct view *view_resize(struct arena *arena, const struct view *below,
                               const int64_t *shape, int order, struct err *err)
{
  if (check_real(below, order, err))
    return NULL;
  return resample(arena, below, shape, order ? RESAMPLE_LERP : RESAMPLE_UNDER, false,
                  err);
}
