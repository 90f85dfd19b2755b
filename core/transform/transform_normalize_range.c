/* normalize_range[:scan]: PyTC's NORMALIZE_RANGE: (x - min) / (max - min + 1e-6) * 255,
 * truncated to uint8, so that the maximum becomes 254.  Arrays of uint8 stay as they are.
 * In double, as numpy computes it for integers (here of up to 24 bits); it takes float32
 * for arrays of float32, which can differ by one where the result is nearly whole. */
#include <errno.h>
#include <math.h>

#include "core/transform/transform_table.h"

static int normalize_range_row(const struct stats *stats, double arg, const float *in,
                               float *out, size_t n, struct err *err)
{
  const double range = stats->max - stats->min + 1e-6;
  if (stats->nan || isinf(range))
    return err_set(err, EIO,
                   "normalize_range: the array holds values that are no numbers");
  for (size_t i = 0; i < n; i++)
    out[i] = (float)trunc((in[i] - stats->min) / range * 255);
  return 0;
}

static int normalize_range_apply(const void *given, struct transform_item *item,
                                 struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  if (item->view->dtype == DT_U8)
    return 0;
  if (transform_normalise(args, item, arena, normalize_range_row, 0, err))
    return -1;
  item->view = view_cast(arena, item->view, DT_U8, err);
  return item->view ? 0 : -1;
}

const struct transform transform_normalize_range = {
    .type.name = "normalize_range",
    .type.usage = "normalize_range[:scan]",
    .type.help =
        "PyTC's: the item's (or its scan's) range to 0..254, as uint8; uint8 stays",
    .intensity = true,
    .type.check = transform_expect_scope,
    .apply = normalize_range_apply,
};
