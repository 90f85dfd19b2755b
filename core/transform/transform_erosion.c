/* erosion:T: PyTC's LABEL_EROSION (seg_widen_border): in each plane of the last two
 * spatial axes, a voxel of a mask becomes 0 when the (2T+1)^2 voxels around it, mirrored
 * at the edge, hold two different ids.  Background is none: contact with it does not
 * erode. */
#include "core/transform/transform_table.h"

static int erosion_apply(const void *given, struct transform_item *item,
                         struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  return transform_neighbours(item, (int64_t)args->number[0], true, arena, err);
}

const struct transform transform_erosion = {
    .type.name = "erosion",
    .type.usage = "erosion:T",
    .type.help = "PyTC's: a mask's voxels within T of two different ids become 0, plane "
                 "by plane; images stay",
    .type.check = transform_expect_reach,
    .apply = erosion_apply,
};
