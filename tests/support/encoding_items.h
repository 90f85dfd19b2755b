/* Items for the tests of encodings: arrays whose voxels are made from their own linear
 * index i, so that any shift or swap shows.
 *   bool        i % 3 == 0
 *   integers    i, modulo 2^bits
 *   float16     i % 2048 (exact), float32 and float64 i
 *   complex     i - i/2 j
 * encoding_readers.py makes the same arrays with numpy. */
#ifndef TESSERAFS_ENCODING_ITEMS_H
#define TESSERAFS_ENCODING_ITEMS_H

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/encoding/encoding.h"
#include "tests/support/synth.h"

struct index_view {
  struct view view;
  atomic_long reads; /* voxels that were asked for */
};

static inline void index_voxel(const struct view *view, int64_t i, void *out)
{
  const enum dtype dtype = view->dtype;
  const float f32[2] = {(float)i, (float)-(i / 2)};
  const double f64[2] = {(double)i, (double)-(i / 2)};
  const uint16_t half = dtype_double_to_half((double)(i % 2048));
  const char truth = i % 3 == 0;
  const void *from = &i; /* little-endian */
  if (dtype == DT_BOOL)
    from = &truth;
  else if (dtype == DT_F16)
    from = &half;
  else if (dtype == DT_F32 || dtype == DT_C64)
    from = f32;
  else if (dtype == DT_F64 || dtype == DT_C128)
    from = f64;
  memcpy(out, from, (size_t)dtype_size(dtype));
}

static inline int index_read(const struct view *view, const int64_t *off,
                             const int64_t *shape, void *out, const int64_t *ostride,
                             struct err *err)
{
  struct index_view *self = (struct index_view *)(uintptr_t)view;
  synth_region(view, off, shape, out, ostride, index_voxel);
  atomic_fetch_add(&self->reads, (long)nd_count(view->nd, shape));
  return 0;
}

static const struct view_ops index_ops = {.name = "index", .read_region = index_read};

/* An item over *view, which it initialises. */
static inline struct item index_item(struct index_view *view, enum dtype dtype, int nd,
                                     const int64_t *shape)
{
  struct item item = {.view = &view->view, .field = "image", .channel_axis = -1};
  *view = (struct index_view){.view = {.ops = &index_ops, .dtype = dtype, .nd = nd}};
  for (int d = 0; d < nd; d++)
    view->view.shape[d] = shape[d];
  geometry_identity(&item.geo);
  return item;
}

#define SHAPE(...)                                                                       \
  (int)(sizeof((int64_t[]){__VA_ARGS__}) / 8), (int64_t[])                               \
  {                                                                                      \
    __VA_ARGS__                                                                          \
  }

/* The whole file in reads of `step` bytes, malloc'ed; NULL when it could not be made. */
static inline char *read_layout(const struct layout *layout, size_t step)
{
  char *all = malloc((size_t)layout->size + 1);
  for (int64_t at = 0; all && at < layout->size; at += (int64_t)step) {
    struct err err = ERR_INIT;
    const int64_t left = layout->size - at;
    const size_t n = left < (int64_t)step ? (size_t)left : step;
    if (encoding_pread(layout, all + at, n, at, &err) < 0) {
      free(all);
      return NULL;
    }
  }
  return all;
}

#endif
