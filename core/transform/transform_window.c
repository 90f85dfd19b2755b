/* window:LOW:HIGH: clips, then (x - LOW) / (HIGH - LOW): 0..1 as float32. */
#include <errno.h>

#include "core/transform/transform_table.h"

static int window_check(const struct step_args *args, struct err *err)
{
  if (transform_expect_numbers(args, 2, err))
    return -1;
  if (!(args->number[0] < args->number[1]))
    return err_set(err, EINVAL, "expected LOW < HIGH, found %s and %s", args->text[0],
                   args->text[1]);
  return 0;
}

static void window_row(const void *arg, double *value, size_t n)
{
  const struct step_args *args = arg;
  double low = args->number[0], high = args->number[1];
  for (size_t i = 0; i < n; i++) {
    double clipped = value[i] < low ? low : value[i] > high ? high : value[i];
    value[i] = (clipped - low) / (high - low);
  }
}

static int window_apply(const void *given, struct transform_item *item,
                        struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  return transform_map(item, arena, DT_F32, window_row, args, err);
}

const struct transform transform_window = {
    .type.name = "window",
    .type.usage = "window:LOW:HIGH",
    .type.help = "clips, then scales the range to 0..1, as float32",
    .intensity = true,
    .type.check = window_check,
    .apply = window_apply,
};
