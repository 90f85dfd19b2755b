/* Another dtype: numpy's astype, but saturating. */
#include <errno.h>

#include "core/view/view.h"

static int cast_row(const void *arg, enum dtype from, const void *in, void *out,
                    ptrdiff_t step, size_t n, struct err *err)
{
  const enum dtype *to = arg;
  if (dtype_convert(from, in, dtype_size(from), *to, out, step, n) == n)
    return 0;
  return err_set(err, EIO, "a NaN cannot be cast to %s", dtype_table[*to].name);
}

struct view *view_cast(struct arena *arena, const struct view *below, enum dtype to,
                       struct err *err)
{
  if (dtype_table[below->dtype].kind == 'c' && dtype_table[to].kind != 'c') {
    err_set(err, EINVAL, "cast: %s cannot become %s", dtype_table[below->dtype].name,
            dtype_table[to].name);
    return NULL;
  }
  enum dtype *arg = arena_alloc(arena, sizeof *arg, err);
  if (!arg)
    return NULL;
  *arg = to;
  return view_pointwise(arena, below, to, NULL, cast_row, arg, err);
}
