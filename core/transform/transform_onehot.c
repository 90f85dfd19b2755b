/* onehot:N: a mask's classes 0..N-1 as channels on a new last axis: 1 in the channel of
 * the voxel's class, 0 in the others, as uint8.  A value that is no such class is an
 * error: a voxel of no class would be lost. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/transform/transform_table.h"

static int onehot_check(const struct step_args *args, struct err *err)
{
  if (args->n != 1 || !transform_whole(args, 0) || args->number[0] < 1 ||
      args->number[0] > TRANSFORM_CHANNELS_MAX)
    return err_set(err, EINVAL, "expected a number of classes from 1 to %d, found '%s'",
                   TRANSFORM_CHANNELS_MAX, args->n ? args->text[args->n - 1] : "");
  return 0;
}

struct onehot {
  size_t classes;
  const char *file; /* for messages; NULL: unknown */
};

/* Stores classes as uint32. */
static int class_row(const void *arg, enum dtype from, const void *in, void *out,
                     ptrdiff_t step, size_t n, struct err *err)
{
  enum { ROW = 512 };
  const struct onehot *self = arg;
  const size_t size = (size_t)dtype_size(from);
  double row[ROW];
  for (size_t i = 0; i < n; i += ROW) {
    const size_t m = n - i < ROW ? n - i : ROW;
    dtype_convert(from, (const char *)in + i * size, (ptrdiff_t)size, DT_F64, row,
                  sizeof *row, m);
    for (size_t k = 0; k < m; k++) {
      if (!(row[k] >= 0 && row[k] < (double)self->classes && row[k] == trunc(row[k])))
        return err_set(err, EIO, "%s%sonehot: expected classes from 0 to %zu, found %.9g",
                       self->file ? self->file : "", self->file ? ": " : "",
                       self->classes - 1, row[k]);
      const uint32_t class = (uint32_t)row[k];
      memcpy((char *)out + (ptrdiff_t)(i + k) * step, &class, sizeof class);
    }
  }
  return 0;
}

static void spread(const void *arg, enum dtype from, const void *in, void *out,
                   size_t voxels)
{
  const struct onehot *self = arg;
  const uint32_t *class = in;
  memset(out, 0, voxels * self->classes);
  for (size_t i = 0; i < voxels; i++)
    ((uint8_t *)out)[i * self->classes + class[i]] = 1;
}

static int onehot_apply(const void *given, struct transform_item *item,
                        struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  if (!item->mask)
    return 0;
  if (dtype_table[item->view->dtype].kind == 'c')
    return err_set(err, EINVAL, "expected a mask of real numbers, found %s",
                   dtype_table[item->view->dtype].name);
  struct onehot *self = arena_alloc(arena, sizeof *self, err);
  if (!self)
    return -1;
  *self = (struct onehot){(size_t)args->number[0], item->file};
  item->view = view_pointwise(arena, item->view, DT_U32, NULL, class_row, self, err);
  if (!item->view)
    return -1;
  const struct transform_channels how = {.new_axis = true,
                                         .n = 1,
                                         .out = (int64_t)self->classes,
                                         .to = DT_U8,
                                         .fn = spread,
                                         .arg = self};
  return transform_rewrite_channels(item, arena, &how, err);
}

const struct transform transform_onehot = {
    .type.name = "onehot",
    .type.usage = "onehot:N",
    .type.help = "a mask's classes 0..N-1 as channels of uint8 on a new last axis; "
                 "images stay",
    .type.check = onehot_check,
    .apply = onehot_apply,
};
