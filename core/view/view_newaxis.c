/* One more axis, of extent 1. */
#include <errno.h>

#include "core/view/view.h"

struct newaxis_view {
  struct view view;
  const struct view *below;
  int axis;
};

static int newaxis_read(const struct view *view, const int64_t *off, const int64_t *shape,
                        void *out, const int64_t *ostride, struct err *err)
{
  const struct newaxis_view *v = (const struct newaxis_view *)view;
  int64_t o[ND_MAX], s[ND_MAX], st[ND_MAX];
  for (int d = 0; d < v->below->nd; d++) {
    int from = d + (d >= v->axis);
    o[d] = off[from];
    s[d] = shape[from];
    st[d] = ostride[from];
  }
  return view_read_region(v->below, o, s, out, st, err);
}

static void newaxis_prefetch(const struct view *view, const int64_t *off,
                             const int64_t *shape, struct source_wish *wish)
{
  const struct newaxis_view *v = (const struct newaxis_view *)view;
  int64_t o[ND_MAX], s[ND_MAX];
  for (int d = 0; d < v->below->nd; d++) {
    o[d] = off[d + (d >= v->axis)];
    s[d] = shape[d + (d >= v->axis)];
  }
  view_prefetch(v->below, o, s, wish);
}

static const struct view_ops newaxis_ops = {
    .name = "newaxis",
    .read_region = newaxis_read,
    .prefetch = newaxis_prefetch,
};

struct view *view_newaxis(struct arena *arena, const struct view *below, int axis,
                          struct err *err)
{
  if (below->nd == ND_MAX || axis < 0 || axis > below->nd) {
    err_set(err, EINVAL, "newaxis: an axis %d does not fit an array of %d axes", axis,
            below->nd);
    return NULL;
  }
  struct newaxis_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  v->view = (struct view){.ops = &newaxis_ops,
                          .dtype = below->dtype,
                          .nd = below->nd + 1,
                          .run = below->run,
                          .fortran = below->fortran};
  v->below = below;
  v->axis = axis;
  v->view.shape[axis] = 1;
  for (int d = 0; d < below->nd; d++)
    v->view.shape[d + (d >= axis)] = below->shape[d];
  return &v->view;
}
