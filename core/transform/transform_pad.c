/* pad:N...: numpy.pad of the spatial axes: one number for all sides, one per axis for
 * both its sides, or before and after of each axis (PyTC's PAD_SIZE). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/transform/transform_table.h"

static const char *const words[] = {"mode=", "fill=", NULL};
static const char *const modes[] = {"reflect", "edge", "symmetric", "constant", NULL};

/* The index in modes[], which is the pad_mode; its end when there is none such. */
static int parse_mode(const char *text)
{
  int mode = 0;
  while (modes[mode] && strcmp(modes[mode], text))
    mode++;
  return mode;
}

static int pad_check(const struct step_args *args, struct err *err)
{
  const int n = transform_numbers(args);
  if (!n)
    return err_set(err, EINVAL, "expected a number of voxels, found '%s'",
                   args->n ? args->text[0] : "");
  for (int i = 0; i < n; i++)
    if (!transform_whole(args, i) || args->number[i] < 0)
      return err_set(err, EINVAL, "expected a whole number of 0 or more, found '%s'",
                     args->text[i]);
  if (transform_expect_words(args, n, words, err))
    return -1;
  const char *mode = transform_word(args, "mode="), *fill = transform_word(args, "fill=");
  if (mode && !modes[parse_mode(mode)])
    return err_set(err, EINVAL,
                   "mode: expected reflect, edge, symmetric or constant, found '%s'",
                   mode);
  double number;
  if (fill && !step_number(fill, &number))
    return err_set(err, EINVAL, "fill: expected a number, found '%s'", fill);
  return 0;
}

static int pad_apply(const void *given, struct transform_item *item, struct arena *arena,
                     struct err *err)
{
  const struct step_args *args = given;
  int first;
  const int n = transform_numbers(args), axes = transform_spatial(item, &first);
  int64_t before[ND_MAX] = {0}, after[ND_MAX] = {0};
  if (n != 1 && n != axes && n != 2 * axes)
    return err_set(err, EINVAL, "expected 1, %d or %d numbers, found %d", axes, 2 * axes,
                   n);
  const bool pairs = n == 2 * axes;
  for (int i = 0; i < axes; i++) {
    const int at = n == 1 ? 0 : pairs ? 2 * i : i;
    before[first + i] = (int64_t)args->number[at];
    after[first + i] = (int64_t)args->number[at + pairs];
    geometry_cut(&item->geo, first + i, -args->number[at], 1);
  }
  const char *mode = transform_word(args, "mode="), *fill = transform_word(args, "fill=");
  item->view = view_pad(arena, item->view, before, after,
                        mode ? (enum pad_mode)parse_mode(mode) : PAD_REFLECT,
                        fill ? strtod(fill, NULL) : 0, err);
  return item->view ? 0 : -1;
}

const struct transform transform_pad = {
    .type.name = "pad",
    .type.usage = "pad:N[:N...][:mode=reflect|edge|symmetric|constant][:fill=X]",
    .type.help =
        "voxels around: N on all sides, one N per axis, or before and after per axis",
    .type.check = pad_check,
    .apply = pad_apply,
};
