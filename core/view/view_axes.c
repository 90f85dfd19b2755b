/* Views with their axes in another order or with one more axis: they map each axis below
 * to its place in the result. */
#include <errno.h>

#include "core/view/view.h"

struct axes_view {
  struct view view;
  const struct view *below;
  int at[ND_MAX]; /* per axis below: the axis of the result */
};

static int axes_read(const struct view *view, const int64_t *off, const int64_t *shape,
                     void *out, const int64_t *ostride, struct err *err)
{
  const struct axes_view *v = (const struct axes_view *)view;
  int64_t o[ND_MAX], s[ND_MAX], st[ND_MAX];
  for (int d = 0; d < v->below->nd; d++) {
    o[d] = off[v->at[d]];
    s[d] = shape[v->at[d]];
    st[d] = ostride[v->at[d]];
  }
  return view_read_region(v->below, o, s, out, st, err);
}

static void axes_prefetch(const struct view *view, const int64_t *off,
                          const int64_t *shape, struct source_wish *wish)
{
  const struct axes_view *v = (const struct axes_view *)view;
  int64_t o[ND_MAX], s[ND_MAX];
  for (int d = 0; d < v->below->nd; d++) {
    o[d] = off[v->at[d]];
    s[d] = shape[v->at[d]];
  }
  view_prefetch(v->below, o, s, wish);
}

static const struct view_ops axes_ops = {
    .name = "axes",
    .read_region = axes_read,
    .prefetch = axes_prefetch,
};

static bool is_reversed(int nd, const int *perm)
{
  for (int d = 0; d < nd; d++)
    if (perm[d] != nd - 1 - d)
      return false;
  return true;
}

struct view *view_permute(struct arena *arena, const struct view *below, const int *perm,
                          struct err *err)
{
  unsigned seen = 0;
  for (int d = 0; d < below->nd; d++) {
    if (perm[d] < 0 || perm[d] >= below->nd || (seen & 1u << perm[d])) {
      err_set(err, EINVAL, "permute: axis %d is not an axis, or is there twice", perm[d]);
      return NULL;
    }
    seen |= 1u << perm[d];
  }
  struct axes_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  v->view = (struct view){.ops = &axes_ops, .dtype = below->dtype, .nd = below->nd};
  v->below = below;
  if (below->fortran && is_reversed(below->nd, perm))
    v->view.run = below->run;
  for (int d = 0; d < below->nd; d++) {
    v->at[perm[d]] = d;
    v->view.shape[d] = below->shape[perm[d]];
  }
  return &v->view;
}

const struct view *view_in_storage_order(struct arena *arena, const struct view *view,
                                         struct err *err)
{
  int reversed[ND_MAX];
  for (int d = 0; d < view->nd; d++)
    reversed[d] = view->nd - 1 - d;
  return view->fortran && view->nd > 1 ? view_permute(arena, view, reversed, err) : view;
}

struct view *view_newaxis(struct arena *arena, const struct view *below, int axis,
                          struct err *err)
{
  if (below->nd == ND_MAX || axis < 0 || axis > below->nd) {
    err_set(err, EINVAL, "newaxis: an axis %d does not fit an array of %d axes", axis,
            below->nd);
    return NULL;
  }
  struct axes_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  v->view = (struct view){.ops = &axes_ops,
                          .dtype = below->dtype,
                          .nd = below->nd + 1,
                          .run = below->run,
                          .fortran = below->fortran};
  v->below = below;
  v->view.shape[axis] = 1;
  for (int d = 0; d < below->nd; d++) {
    v->at[d] = d + (d >= axis);
    v->view.shape[v->at[d]] = below->shape[d];
  }
  return &v->view;
}
