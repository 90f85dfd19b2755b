/* background: MedSegPy's INCLUDE_BACKGROUND: one channel more at the front of a mask's
 * last axis, 1 where all others are 0. */
#include <errno.h>
#include <string.h>

#include "core/transform/transform_table.h"

static int background_check(const struct step_args *args, struct err *err)
{
  return args->n ? err_set(err, EINVAL, "expected no argument, found '%s'", args->text[0])
                 : 0;
}

struct background {
  size_t channels;   /* of the mask */
  int64_t values[2]; /* 0 and 1 in its dtype */
};

static void background_row(const void *arg, enum dtype from, const void *in, void *out,
                           size_t voxels)
{
  const struct background *self = arg;
  const size_t size = (size_t)dtype_size(from), row = self->channels * size;
  const char *voxel = in;
  char *to = out;
  for (size_t i = 0; i < voxels; i++, voxel += row, to += row + size) {
    bool any = false;
    for (size_t c = 0; c < self->channels && !any; c++)
      any = transform_nonzero(from, voxel + c * size);
    memcpy(to, &self->values[!any], size);
    memcpy(to + size, voxel, row);
  }
}

static int background_apply(const void *args, struct transform_item *item,
                            struct arena *arena, struct err *err)
{
  const struct view *mask = item->view;
  if (!item->mask)
    return 0;
  if (!mask->nd || dtype_table[mask->dtype].kind == 'c')
    return err_set(err, EINVAL,
                   "expected a mask of real numbers with a last axis of channels, found "
                   "%s of %d axes",
                   dtype_table[mask->dtype].name, mask->nd);
  struct background *self = arena_alloc(arena, sizeof *self, err);
  if (!self)
    return -1;
  const int64_t channels = mask->shape[mask->nd - 1], one = 1;
  self->channels = (size_t)channels;
  dtype_convert(DT_I64, &one, sizeof one, mask->dtype, &self->values[1], sizeof one, 1);
  const struct transform_channels how = {.n = channels,
                                         .out = channels + 1,
                                         .to = mask->dtype,
                                         .fn = background_row,
                                         .arg = self};
  return transform_rewrite_channels(item, arena, &how, err);
}

const struct transform transform_background = {
    .type.name = "background",
    .type.usage = "background",
    .type.help = "a first channel of a mask's last axis: 1 where all others are 0",
    .type.check = background_check,
    .apply = background_apply,
};
