/* clip:LOW:HIGH: values outside the range become its ends; the dtype stays. */
#include <errno.h>

#include "core/transform/transform_table.h"

static int clip_check(const struct transform_args *args, struct err *err)
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
  const struct transform_args *args = arg;
  double low = args->number[0], high = args->number[1];
  for (size_t i = 0; i < n; i++)
    value[i] = value[i] < low ? low : value[i] > high ? high : value[i];
}

static int clip_apply(const struct transform_args *args, struct transform_item *item,
                      struct arena *arena, struct err *err)
{
  return transform_map(item, arena, item->view->dtype, clip_row, args, err);
}

const struct transform transform_clip = {
    .name = "clip",
    .usage = "clip:LOW:HIGH",
    .help = "values outside the range become its ends; the dtype stays",
    .intensity = true,
    .check = clip_check,
    .apply = clip_apply,
};
