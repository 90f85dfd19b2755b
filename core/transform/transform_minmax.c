/* minmax[:scan]: (x - min) / (max - min) in float32, subtract then divide, which is
 * DeepReg's own arithmetic; a constant array becomes zeros. */
#include <errno.h>

#include "core/transform/transform_table.h"

static int minmax_row(const struct stats *stats, double arg, const float *in, float *out,
                      size_t n, struct err *err)
{
  if (stats->nan)
    return err_set(err, EIO, "minmax: the array holds values that are not numbers");
  float min = (float)stats->min, range = (float)stats->max - min;
  for (size_t i = 0; i < n; i++)
    out[i] = range == 0 ? in[i] * 0 : (in[i] - min) / range;
  return 0;
}

static int minmax_apply(const void *given, struct transform_item *item,
                        struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  return transform_normalise(args, item, arena, minmax_row, 0, err);
}

const struct transform transform_minmax = {
    .type.name = "minmax",
    .type.usage = "minmax[:scan]",
    .type.help = "scales the item's (or its scan's) range to 0..1, as float32",
    .intensity = true,
    .type.check = transform_expect_scope,
    .apply = minmax_apply,
};
