/* dilation:T: PyTC's LABEL_DILATION: in each plane of the last two spatial axes, a voxel
 * of a mask becomes the greatest of the (2T+1)^2 voxels around it. */
#include "core/transform/transform_table.h"

static int dilation_apply(const void *given, struct transform_item *item,
                          struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  return transform_neighbours(item, (int64_t)args->number[0], false, arena, err);
}

const struct transform transform_dilation = {
    .type.name = "dilation",
    .type.usage = "dilation:T",
    .type.help = "PyTC's: a mask's voxels become the greatest id within T, plane by "
                 "plane; images stay",
    .type.check = transform_expect_reach,
    .apply = dilation_apply,
};
