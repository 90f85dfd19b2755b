/* The checked front door of all views: views need not check boxes, because they are
 * reached only through here. */
#include "core/view/view.h"

#include <assert.h>

struct view view_like(const struct view *below, const struct view_ops *ops,
                      enum dtype dtype)
{
  struct view view = *below;
  view.ops = ops;
  view.dtype = dtype;
  view.run = (struct view_run){0};
  return view;
}

static bool is_inside(const struct view *view, const int64_t *off, const int64_t *shape)
{
  for (int d = 0; d < view->nd; d++)
    if (off[d] < 0 || shape[d] < 0 || off[d] > view->shape[d] ||
        shape[d] > view->shape[d] - off[d])
      return false;
  return true;
}

int view_read_region(const struct view *view, const int64_t *off, const int64_t *shape,
                     void *out, const int64_t *ostride, struct err *err)
{
  assert(is_inside(view, off, shape));
  for (int d = 0; d < view->nd; d++)
    if (shape[d] == 0)
      return 0;
  const bool clean = err && !err->errnum;
  int failed = view->ops->read_region(view, off, shape, out, ostride, err);
  assert(failed == 0 || failed == -1);
  assert(!clean || (failed != 0) == (err->errnum != 0));
  return failed;
}

void view_prefetch(const struct view *view, const int64_t *off, const int64_t *shape,
                   struct source_wish *wish)
{
  assert(is_inside(view, off, shape));
  for (int d = 0; d < view->nd; d++)
    if (shape[d] == 0)
      return;
  if (view->ops->prefetch)
    view->ops->prefetch(view, off, shape, wish);
}

int view_read_box(const struct view *view, const int64_t *off, const int64_t *shape,
                  void *out, struct err *err)
{
  int64_t stride[ND_MAX];
  nd_strides(view->nd, shape, dtype_size(view->dtype), false, stride);
  return view_read_region(view, off, shape, out, stride, err);
}
