/* Views of one dtype and shape along a new axis.  A read visits only the members that the
 * box covers. */
#include <errno.h>

#include "core/base/cancel.h"
#include "core/view/view.h"

struct stack_view {
  struct view view;
  const struct view *const *below; /* view.shape[axis] of them */
  int axis;
};

static int stack_read(const struct view *view, const int64_t *off, const int64_t *shape,
                      void *out, const int64_t *ostride, struct err *err)
{
  const struct stack_view *v = (const struct stack_view *)view;
  int64_t o[ND_MAX], s[ND_MAX], st[ND_MAX];
  for (int d = 0; d < view->nd - 1; d++) {
    int from = d + (d >= v->axis);
    o[d] = off[from];
    s[d] = shape[from];
    st[d] = ostride[from];
  }
  for (int64_t i = 0; i < shape[v->axis]; i++) {
    char *to = (char *)out + i * ostride[v->axis];
    if (cancel_check(err) ||
        view_read_region(v->below[off[v->axis] + i], o, s, to, st, err))
      return -1;
  }
  return 0;
}

static void stack_prefetch(const struct view *view, const int64_t *off,
                           const int64_t *shape, struct source_wish *wish)
{
  const struct stack_view *v = (const struct stack_view *)view;
  int64_t o[ND_MAX], s[ND_MAX];
  for (int d = 0; d < view->nd - 1; d++) {
    o[d] = off[d + (d >= v->axis)];
    s[d] = shape[d + (d >= v->axis)];
  }
  for (int64_t i = 0; i < shape[v->axis]; i++)
    view_prefetch(v->below[off[v->axis] + i], o, s, wish);
}

static const struct view_ops stack_ops = {
    .name = "stack",
    .read_region = stack_read,
    .prefetch = stack_prefetch,
};

/* Returns 0 when a member has the dtype and shape of the first one. */
static int check_member(const struct view *first, const struct view *member, int64_t i,
                        struct err *err)
{
  bool same = member->nd == first->nd && member->dtype == first->dtype;
  for (int d = 0; same && d < first->nd; d++)
    same = member->shape[d] == first->shape[d];
  if (same)
    return 0;
  char expected[ND_TEXT], found[ND_TEXT];
  return err_set(
      err, EINVAL, "stack: member %lld is %s %s, the first one is %s %s", (long long)i,
      nd_text(member->nd, member->shape, found), dtype_table[member->dtype].name,
      nd_text(first->nd, first->shape, expected), dtype_table[first->dtype].name);
}

struct view *view_stack(struct arena *arena, const struct view *const *below, int64_t n,
                        int axis, struct err *err)
{
  if (n < 1 || axis < 0 || axis > below[0]->nd || below[0]->nd == ND_MAX) {
    err_set(err, EINVAL, "stack: %lld members along axis %d do not fit", (long long)n,
            axis);
    return NULL;
  }
  const struct view *first = below[0];
  for (int64_t i = 1; i < n; i++)
    if (check_member(first, below[i], i, err))
      return NULL;
  struct stack_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  v->view = (struct view){.ops = &stack_ops, .dtype = first->dtype, .nd = first->nd + 1};
  v->below = below;
  v->axis = axis;
  v->view.shape[axis] = n;
  for (int d = 0; d < first->nd; d++)
    v->view.shape[d + (d >= axis)] = first->shape[d];
  return &v->view;
}
