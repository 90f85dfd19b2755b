/* affine:SCALE:BIAS: (x - BIAS) / SCALE as float32. */
#include <errno.h>

#include "core/transform/transform_table.h"

static int affine_check(const struct step_args *args, struct err *err)
{
  if (transform_expect_numbers(args, 2, err))
    return -1;
  if (args->number[0] == 0)
    return err_set(err, EINVAL, "expected SCALE other than 0, found %s", args->text[0]);
  return 0;
}

static void affine_row(const void *arg, double *value, size_t n)
{
  const struct step_args *args = arg;
  for (size_t i = 0; i < n; i++)
    value[i] = (value[i] - args->number[1]) / args->number[0];
}

static int affine_apply(const void *given, struct transform_item *item,
                        struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  return transform_map(item, arena, DT_F32, affine_row, args, err);
}

const struct transform transform_affine = {
    .type.name = "affine",
    .type.usage = "affine:SCALE:BIAS",
    .type.help = "(x - BIAS) / SCALE, as float32",
    .intensity = true,
    .type.check = affine_check,
    .apply = affine_apply,
};
