/* zscore[:scan]: (x - mean) / standard deviation (population) as float32; a constant
 * array becomes zeros. */
#include <errno.h>

#include "core/transform/transform_table.h"

static int zscore_row(const struct stats *stats, double arg, const float *in, float *out,
                      size_t n, struct err *err)
{
  if (stats->nan)
    return err_set(err, EIO, "zscore: the array holds values that are not numbers");
  for (size_t i = 0; i < n; i++)
    out[i] = stats->std == 0 ? 0 : (float)((in[i] - stats->mean) / stats->std);
  return 0;
}

static int zscore_apply(const void *given, struct transform_item *item,
                        struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  return transform_normalise(args, item, arena, zscore_row, 0, err);
}

const struct transform transform_zscore = {
    .type.name = "zscore",
    .type.usage = "zscore[:scan]",
    .type.help = "zero mean, unit variance over the item (or its scan), as float32",
    .intensity = true,
    .type.check = transform_expect_scope,
    .apply = zscore_apply,
};
