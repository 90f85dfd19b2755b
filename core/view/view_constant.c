/* Arrays that come from no file: a few numbers, or one number everywhere. */
#include <errno.h>
#include <string.h>

#include "core/view/view.h"

struct constant_view {
  struct view view;
  const char *values;
  int64_t stride[ND_MAX]; /* bytes; 0 on all axes: one value */
};

static int constant_read(const struct view *view, const int64_t *off,
                         const int64_t *shape, void *out, const int64_t *ostride,
                         struct err *err)
{
  const struct constant_view *v = (const struct constant_view *)view;
  if (v->stride[0])
    nd_copy(view->nd, shape, out, ostride,
            v->values + nd_offset(view->nd, off, v->stride), v->stride,
            dtype_size(view->dtype));
  else
    nd_fill(view->nd, shape, out, ostride, v->values, dtype_size(view->dtype));
  return 0;
}

static const struct view_ops constant_ops = {
    .name = "constant",
    .read_region = constant_read,
};

static struct constant_view *make(struct arena *arena, enum dtype dtype, int nd,
                                  const int64_t *shape, const void *values, size_t size,
                                  struct err *err)
{
  struct constant_view *v = arena_alloc(arena, sizeof *v, err);
  char *copy = v ? arena_alloc(arena, size, err) : NULL;
  if (!copy)
    return NULL;
  memcpy(copy, values, size);
  v->view = (struct view){.ops = &constant_ops, .dtype = dtype, .nd = nd};
  memcpy(v->view.shape, shape, sizeof *shape * (size_t)nd);
  v->values = copy;
  return v;
}

struct view *view_values(struct arena *arena, enum dtype dtype, int nd,
                         const int64_t *shape, const void *values, struct err *err)
{
  const int itemsize = dtype_size(dtype);
  struct constant_view *v = make(arena, dtype, nd, shape, values,
                                 (size_t)(nd_count(nd, shape) * itemsize), err);
  if (!v)
    return NULL;
  nd_strides(nd, shape, itemsize, false, v->stride);
  return &v->view;
}

struct view *view_fill(struct arena *arena, enum dtype dtype, int nd,
                       const int64_t *shape, const void *value, struct err *err)
{
  struct constant_view *v =
      make(arena, dtype, nd, shape, value, (size_t)dtype_size(dtype), err);
  return v ? &v->view : NULL;
}
