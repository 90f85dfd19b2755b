/* A view that comes from no file: a scalar of the description. */
#include <math.h>
#include <string.h>

#include "core/dataset/snapshot.h"

struct value_view {
  struct view view;
  double number;
  int64_t whole;
};

static int value_read(const struct view *view, const int64_t *off, const int64_t *shape,
                      void *out, const int64_t *ostride, struct err *err)
{
  const struct value_view *v = (const struct value_view *)view;
  if (view->dtype == DT_I64)
    memcpy(out, &v->whole, sizeof v->whole);
  else
    memcpy(out, &v->number, sizeof v->number);
  return 0;
}

static const struct view_ops value_ops = {.name = "value", .read_region = value_read};

struct view *snapshot_value_view(struct arena *arena, double value, struct err *err)
{
  struct value_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  bool whole = fabs(value) <= 9007199254740992.0 && value == trunc(value);
  v->view = (struct view){.ops = &value_ops, .dtype = whole ? DT_I64 : DT_F64};
  v->number = value;
  v->whole = whole ? (int64_t)value : 0;
  return &v->view;
}
