/* clip:LOW:HIGH: values outside the range become its ends; the dtype stays.
 *
 * 64-bit integers are compared as such: as doubles, values inside the range would be
 * rounded. */
#include <errno.h>
#include <string.h>

#include "core/transform/transform_table.h"

static int clip_check(const struct step_args *args, struct err *err)
{
  if (transform_expect_numbers(args, 2, err))
    return -1;
  if (!(args->number[0] <= args->number[1]))
    return err_set(err, EINVAL, "expected LOW <= HIGH, found %s and %s", args->text[0],
                   args->text[1]);
  return 0;
}

static void clip_row(const void *arg, double *value, size_t n)
{
  const struct step_args *args = arg;
  double low = args->number[0], high = args->number[1];
  for (size_t i = 0; i < n; i++)
    value[i] = value[i] < low ? low : value[i] > high ? high : value[i];
}

union wide {
  int64_t i;
  uint64_t u;
};
struct clip_wide {
  union wide low, high; /* of the view's dtype; truncated and saturated, as a cast is */
};

static int clip_wide_row(const void *arg, enum dtype from, const void *in, void *out,
                         ptrdiff_t step, size_t n, struct err *err)
{
  const struct clip_wide *clip = arg;
  for (size_t k = 0; k < n; k++) {
    union wide value;
    memcpy(&value, (const char *)in + k * sizeof value, sizeof value);
    if (from == DT_I64)
      value.i = value.i < clip->low.i    ? clip->low.i
                : value.i > clip->high.i ? clip->high.i
                                         : value.i;
    else
      value.u = value.u < clip->low.u    ? clip->low.u
                : value.u > clip->high.u ? clip->high.u
                                         : value.u;
    memcpy((char *)out + (ptrdiff_t)k * step, &value, sizeof value);
  }
  return 0;
}

static int clip_wide_apply(const struct step_args *args, struct transform_item *item,
                           struct arena *arena, struct err *err)
{
  enum dtype dtype = item->view->dtype;
  struct clip_wide *clip = arena_alloc(arena, sizeof *clip, err);
  if (!clip)
    return -1;
  dtype_convert(DT_F64, &args->number[0], sizeof(double), dtype, &clip->low,
                sizeof clip->low, 1);
  dtype_convert(DT_F64, &args->number[1], sizeof(double), dtype, &clip->high,
                sizeof clip->high, 1);
  item->view = view_pointwise(arena, item->view, dtype, NULL, clip_wide_row, clip, err);
  return item->view ? 0 : -1;
}

static int clip_apply(const void *given, struct transform_item *item, struct arena *arena,
                      struct err *err)
{
  const struct step_args *args = given;
  enum dtype dtype = item->view->dtype;
  if (dtype == DT_I64 || dtype == DT_U64)
    return clip_wide_apply(args, item, arena, err);
  return transform_map(item, arena, dtype, clip_row, args, err);
}

const struct transform transform_clip = {
    .type.name = "clip",
    .type.usage = "clip:LOW:HIGH",
    .type.help = "values outside the range become its ends; the dtype stays",
    .intensity = true,
    .type.check = clip_check,
    .apply = clip_apply,
};
