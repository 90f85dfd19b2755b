/* crop:START:STOP[:START:STOP...]: a box of the spatial axes; nothing between two colons
 * is the axis's end, a negative number counts from there, as in numpy.  But what lies
 * outside of the array is an error: a crop promises a shape. */
#include <errno.h>

#include "core/transform/transform_table.h"

static bool is_bound(const struct step_args *args, int i)
{
  return !*args->text[i] || transform_whole(args, i);
}

static int crop_check(const struct step_args *args, struct err *err)
{
  if (args->n == 0 || args->n % 2)
    return err_set(err, EINVAL, "expected a start and a stop per axis, found %d %s",
                   args->n, args->n == 1 ? "argument" : "arguments");
  for (int i = 0; i < args->n; i++)
    if (!is_bound(args, i))
      return err_set(err, EINVAL, "expected a whole number or nothing, found '%s'",
                     args->text[i]);
  return 0;
}

static int64_t bound(const struct step_args *args, int i, int64_t extent,
                     int64_t otherwise)
{
  const int64_t value = (int64_t)args->number[i];
  return !*args->text[i] ? otherwise : value < 0 ? value + extent : value;
}

static int crop_apply(const void *given, struct transform_item *item, struct arena *arena,
                      struct err *err)
{
  const struct step_args *args = given;
  const struct view *view = item->view;
  struct view_cut cut[ND_MAX];
  int first;
  const int axes = transform_spatial(item, &first);
  if (args->n > 2 * axes)
    return err_set(err, EINVAL, "expected at most %d starts and stops, found %d", axes,
                   args->n / 2);
  for (int d = 0; d < view->nd; d++)
    cut[d] = (struct view_cut){0, 1, view->shape[d], false};
  for (int i = 0; i < args->n; i += 2) {
    const int d = first + i / 2;
    const int64_t n = view->shape[d];
    const int64_t start = bound(args, i, n, 0), stop = bound(args, i + 1, n, n);
    if (start < 0 || start >= stop || stop > n)
      return err_set(err, EINVAL,
                     "%s:%s does not fit axis %d: expected 0 <= start < stop <= %lld",
                     args->text[i], args->text[i + 1], d, (long long)n);
    cut[d] = (struct view_cut){start, 1, stop - start, false};
    geometry_cut(&item->geo, d, (double)start, 1);
  }
  item->view = view_slice(arena, view, cut, err);
  return item->view ? 0 : -1;
}

const struct transform transform_crop = {
    .type.name = "crop",
    .type.usage = "crop:START:STOP[:START:STOP...]",
    .type.help = "a box of the spatial axes; negative numbers count from the end",
    .type.check = crop_check,
    .apply = crop_apply,
};
