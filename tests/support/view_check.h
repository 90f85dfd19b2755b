/* Reads boxes of a view in every way a reader may and compares each voxel with a
 * formula. */
#ifndef TESSERAFS_VIEW_CHECK_H
#define TESSERAFS_VIEW_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"
#include "tests/support/synth.h"

/* What the voxel at at[] must be: a linear index of the synth below, as synth_set()
 * stores it in the dtype of the view. */
typedef int64_t expect_fn(const void *ctx, const int64_t *at);

static unsigned view_check_seed = 7;

static inline int64_t view_check_pick(int64_t n)
{
  view_check_seed = view_check_seed * 1103515245u + 12345u;
  return (int64_t)(view_check_seed >> 16) % n;
}

/* Strides of a box in memory: C or Fortran order, a gap between voxels, flipped axes.
 * Returns the bytes needed; *base: where voxel 0 lies. */
static inline int64_t view_check_layout(int nd, const int64_t *shape, int itemsize,
                                        int64_t *stride, int64_t *base)
{
  nd_strides(nd, shape, itemsize * (1 + view_check_pick(2)), view_check_pick(2), stride);
  *base = 0;
  int64_t size = itemsize;
  for (int d = 0; d < nd; d++) {
    size += (shape[d] - 1) * stride[d];
    if (view_check_pick(4) == 0) {
      *base += (shape[d] - 1) * stride[d];
      stride[d] = -stride[d];
    }
  }
  return size;
}

static inline bool view_check_box(const struct view *view, const int64_t *off,
                                  const int64_t *shape, expect_fn *expect,
                                  const void *ctx)
{
  int64_t stride[ND_MAX], base, at[ND_MAX] = {0};
  const int itemsize = dtype_size(view->dtype);
  int64_t size = view_check_layout(view->nd, shape, itemsize, stride, &base);
  char *bytes = malloc((size_t)size); /* exactly: ASan sees a byte too far */
  struct err err = ERR_INIT;
  memset(bytes, 0xa5, (size_t)size);
  bool ok = !view_read_region(view, off, shape, bytes + base, stride, &err);
  do {
    char want[16];
    int64_t whole[ND_MAX];
    const char *got = bytes + base;
    for (int d = 0; d < view->nd; d++) {
      whole[d] = off[d] + at[d];
      got += at[d] * stride[d];
    }
    synth_set(view->dtype, expect(ctx, whole), want);
    ok &= !memcmp(want, got, (size_t)itemsize);
  } while (nd_next(view->nd, shape, at));
  free(bytes);
  return ok;
}

/* The whole view, and `boxes` random boxes of it. */
static inline void view_check(const struct view *view, expect_fn *expect, const void *ctx,
                              int boxes)
{
  int64_t off[ND_MAX] = {0}, shape[ND_MAX];
  if (!CHECK(view) || nd_count(view->nd, view->shape) == 0)
    return;
  CHECK(view_check_box(view, off, view->shape, expect, ctx));
  for (int i = 0; i < boxes; i++) {
    for (int d = 0; d < view->nd; d++) {
      off[d] = view_check_pick(view->shape[d]);
      shape[d] = 1 + view_check_pick(view->shape[d] - off[d]);
    }
    CHECK(view_check_box(view, off, shape, expect, ctx));
  }
}

#endif
