/* numpy's basic indexing: start, step and count per axis, axes that disappear.
 *
 * Steps of 1 and -1 cost nothing: the box below is dense, a backward axis is written from
 * its far end.  Larger steps skip voxels, in one of two ways.  Where few are skipped, a
 * dense box is read into a bounded scratch and copied from there with a stride; else each
 * index of the axis is a read of its own.  Either way less than DENSE_LIMIT voxels are
 * read for each one that is asked for. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/base/cleanup.h"
#include "core/view/tiles.h"
#include "core/view/view.h"

enum { SCRATCH = 256 * 1024, DENSE_LIMIT = 16 };

struct slice_view {
  struct view view;
  const struct view *below;
  struct view_cut cut[ND_MAX]; /* per axis below */
};

/* A box with gaps on the axes below: indices first + i * step for i in 0..shape-1, step >
 * 0. */
struct comb {
  const struct view *below;
  int64_t first[ND_MAX], step[ND_MAX], shape[ND_MAX];
  char *out;
  int64_t ostride[ND_MAX];
};

static void comb_init(struct comb *comb, const struct slice_view *v, const int64_t *off,
                      const int64_t *shape, char *out, const int64_t *ostride)
{
  comb->below = v->below;
  for (int b = 0, d = 0; b < v->below->nd; b++) {
    const struct view_cut *cut = &v->cut[b];
    int64_t n = cut->drop ? 1 : shape[d], to = cut->drop ? 0 : ostride[d];
    int64_t first = cut->start + (cut->drop ? 0 : off[d] * cut->step);
    int64_t step = n > 1 ? cut->step : 1;
    if (step < 0) {
      first += (n - 1) * step;
      out += (n - 1) * to;
      step = -step;
      to = -to;
    }
    comb->first[b] = first;
    comb->step[b] = step;
    comb->shape[b] = n;
    comb->ostride[b] = to;
    d += !cut->drop;
  }
  comb->out = out;
}

/* Reads one tile of the comb densely into scratch, and copies it to its place. */
static int read_tile(const struct comb *comb, const int64_t *at, const int64_t *extent,
                     char *scratch, struct err *err)
{
  const int nd = comb->below->nd, itemsize = dtype_size(comb->below->dtype);
  int64_t off[ND_MAX], dense[ND_MAX], stride[ND_MAX];
  char *out = comb->out;
  for (int d = 0; d < nd; d++) {
    off[d] = comb->first[d] + at[d] * comb->step[d];
    dense[d] = (extent[d] - 1) * comb->step[d] + 1;
    out += at[d] * comb->ostride[d];
  }
  if (cancel_check(err) || view_read_box(comb->below, off, dense, scratch, err))
    return -1;
  nd_strides(nd, dense, itemsize, false, stride);
  for (int d = 0; d < nd; d++)
    stride[d] *= comb->step[d];
  nd_copy(nd, extent, out, comb->ostride, scratch, stride, itemsize);
  return 0;
}

static int read_dense(const struct comb *comb, struct err *err)
{
  const int nd = comb->below->nd, itemsize = dtype_size(comb->below->dtype);
  int64_t tile[ND_MAX], at[ND_MAX] = {0}, extent[ND_MAX], size = itemsize;
  tiles_shape(nd, comb->shape, comb->step, NULL, SCRATCH / itemsize, tile);
  for (int d = 0; d < nd; d++)
    size *= (tile[d] - 1) * comb->step[d] + 1;
  CLEANUP_FREE char *scratch = malloc((size_t)size);
  if (!scratch)
    return err_set(err, ENOMEM, "out of memory for a slice with steps");
  do {
    tiles_extent(nd, comb->shape, tile, at, extent);
    if (read_tile(comb, at, extent, scratch, err))
      return -1;
  } while (tiles_next(nd, comb->shape, tile, at));
  return 0;
}

/* Reads a comb whose steps are all small (or 1). */
static int read_comb(const struct comb *comb, struct err *err)
{
  for (int d = 0; d < comb->below->nd; d++)
    if (comb->step[d] > 1)
      return read_dense(comb, err);
  return view_read_region(comb->below, comb->first, comb->shape, comb->out, comb->ostride,
                          err);
}

/* Reads axes with large steps one index at a time.  The innermost axes are the first to
 * be read densely, as long as the product of their steps stays below DENSE_LIMIT. */
static int slice_read(const struct view *view, const int64_t *off, const int64_t *shape,
                      void *out, const int64_t *ostride, struct err *err)
{
  const struct slice_view *v = (const struct slice_view *)view;
  const int nd = v->below->nd;
  struct comb comb;
  int64_t single[ND_MAX], at[ND_MAX] = {0}, skipped = 1;
  comb_init(&comb, v, off, shape, out, ostride);
  for (int d = nd - 1; d >= 0; d--) {
    bool dense = comb.step[d] < DENSE_LIMIT && skipped * comb.step[d] < DENSE_LIMIT;
    single[d] = dense ? 1 : comb.shape[d];
    skipped *= dense ? comb.step[d] : 1;
  }
  do {
    struct comb part = comb;
    for (int d = 0; d < nd; d++) {
      if (single[d] == 1)
        continue;
      part.first[d] += at[d] * comb.step[d];
      part.out += at[d] * comb.ostride[d];
      part.shape[d] = part.step[d] = 1;
    }
    if (cancel_check(err) || read_comb(&part, err))
      return -1;
  } while (nd_next(nd, single, at));
  return 0;
}

/* Prefetches the dense box around the indices: voxels between the indices of a step are
 * mostly in the same blocks. */
static void slice_prefetch(const struct view *view, const int64_t *off,
                           const int64_t *shape, struct source_wish *wish)
{
  const struct slice_view *v = (const struct slice_view *)view;
  const int64_t none[ND_MAX] = {0};
  int64_t dense[ND_MAX];
  char nowhere;
  struct comb comb;
  comb_init(&comb, v, off, shape, &nowhere, none);
  for (int d = 0; d < v->below->nd; d++)
    dense[d] = (comb.shape[d] - 1) * comb.step[d] + 1;
  view_prefetch(v->below, comb.first, dense, wish);
}

static const struct view_ops slice_ops = {
    .name = "slice",
    .read_region = slice_read,
    .prefetch = slice_prefetch,
};

static bool cut_fits(const struct view_cut *cut, int64_t extent)
{
  int64_t last;
  if (cut->count < 0 || cut->step == 0 || (cut->drop && cut->count != 1))
    return false;
  if (cut->count == 0)
    return true;
  return checked_mul(cut->count - 1, cut->step, &last) &&
         checked_add(last, cut->start, &last) && cut->start >= 0 && cut->start < extent &&
         last >= 0 && last < extent;
}

/* Returns the run of the cut voxels, when they are one run: every axis is whole except
 * the slowest ones, of which only the last that is cut may have more than one index. */
static struct view_run cut_run(const struct view *below, const struct view_cut *cut)
{
  struct view_run run = below->run;
  int64_t stride = dtype_size(below->dtype), whole = 1;
  for (int i = 0; run.read && i < below->nd; i++) {
    const int d = below->fortran ? i : below->nd - 1 - i;
    if ((cut[d].count > 1 && (cut[d].step != 1 || !whole)) || !cut[d].count)
      return (struct view_run){0};
    run.offset += cut[d].start * stride;
    stride *= below->shape[d];
    whole = whole && cut[d].count == below->shape[d];
  }
  return run;
}

struct view *view_slice(struct arena *arena, const struct view *below,
                        const struct view_cut *cut, struct err *err)
{
  struct slice_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  v->view =
      (struct view){.ops = &slice_ops, .dtype = below->dtype, .fortran = below->fortran};
  v->below = below;
  for (int b = 0; b < below->nd; b++) {
    if (!cut_fits(&cut[b], below->shape[b])) {
      err_set(err, EINVAL,
              "slice: %lld voxels from %lld by %lld do not fit axis %d of %lld",
              (long long)cut[b].count, (long long)cut[b].start, (long long)cut[b].step, b,
              (long long)below->shape[b]);
      return NULL;
    }
    v->cut[b] = cut[b];
    if (!cut[b].drop)
      v->view.shape[v->view.nd++] = cut[b].count;
  }
  v->view.run = cut_run(below, cut);
  return &v->view;
}
