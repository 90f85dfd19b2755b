/* Axes in another order: axis d of the result is axis perm[d] below. */
#include <errno.h>

#include "core/view/view.h"

struct permute_view {
  struct view view;
  const struct view *below;
  int perm[ND_MAX];
};

static int permute_read(const struct view *view, const int64_t *off, const int64_t *shape,
                        void *out, const int64_t *ostride, struct err *err)
{
  const struct permute_view *v = (const struct permute_view *)view;
  int64_t o[ND_MAX], s[ND_MAX], st[ND_MAX];
  for (int d = 0; d < view->nd; d++) {
    o[v->perm[d]] = off[d];
    s[v->perm[d]] = shape[d];
    st[v->perm[d]] = ostride[d];
  }
  return view_read_region(v->below, o, s, out, st, err);
}

static void permute_prefetch(const struct view *view, const int64_t *off,
                             const int64_t *shape, struct source_wish *wish)
{
  const struct permute_view *v = (const struct permute_view *)view;
  int64_t o[ND_MAX], s[ND_MAX];
  for (int d = 0; d < view->nd; d++) {
    o[v->perm[d]] = off[d];
    s[v->perm[d]] = shape[d];
  }
  view_prefetch(v->below, o, s, wish);
}

static const struct view_ops permute_ops = {
    .name = "permute",
    .read_region = permute_read,
    .prefetch = permute_prefetch,
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
  struct permute_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  v->view = (struct view){.ops = &permute_ops, .dtype = below->dtype, .nd = below->nd};
  v->below = below;
  if (below->fortran && is_reversed(below->nd, perm))
    v->view.run = below->run;
  for (int d = 0; d < below->nd; d++) {
    v->perm[d] = perm[d];
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
