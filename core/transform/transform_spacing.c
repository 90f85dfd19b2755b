/* spacing:MM...: the spatial axes to this distance between voxels, as nearly as a whole
 * number of voxels over the same field of view allows: extents are rounded, half away
 * from zero, and are at least 1.  Interpolates as "resize" does. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/transform/transform_table.h"
#include "core/view/view_resample.h"

static const char *const words[] = {"order=", "mask_order=", NULL};

/* Exact in a double, and more than a file can hold. */
static const double extent_max = 0x1p53;

static int spacing_check(const struct step_args *args, struct err *err)
{
  const int n = transform_expect_positive(args, "a distance in mm", err);
  if (n < 0 || transform_expect_words(args, n, words, err))
    return -1;
  for (int w = 0; words[w]; w++) {
    const char *order = transform_word(args, words[w]);
    if (order && strcmp(order, "0") && strcmp(order, "1"))
      return err_set(err, EINVAL, "%s: expected 0 or 1, found '%s'", words[w], order);
  }
  return 0;
}

/* NIfTI's xyzt_units: metres and micrometres are said, all else is taken for mm. */
static double mm_of(const struct geometry *geo)
{
  const int unit = geo->xyzt_units & 7;
  return unit == 1 ? 1000 : unit == 3 ? 0.001 : 1;
}

static bool is_known(const struct geometry *geo)
{
  struct geometry identity;
  geometry_identity(&identity);
  return geo->has_affine || memcmp(geo->affine, identity.affine, sizeof geo->affine) != 0;
}

/* The extent that an axis of `n` voxels gets; -1 with *err set. */
static int64_t new_extent(const struct geometry *geo, int axis, int64_t n, double target,
                          struct err *err)
{
  const double mm = geometry_spacing(geo, axis) * mm_of(geo);
  if (!(mm > 0) || isinf(mm))
    return err_set(err, EINVAL, "axis %d: expected a spacing greater than 0, found %g",
                   axis, mm);
  const double extent = round((double)n * mm / target);
  if (!(extent < extent_max))
    return err_set(err, EINVAL,
                   "axis %d: %lld voxels of %g mm cannot become voxels of %g mm", axis,
                   (long long)n, mm, target);
  return extent < 1 && n ? 1 : (int64_t)extent;
}

int transform_respace(struct transform_item *item, const double *mm, int n, int order,
                      struct arena *arena, struct err *err)
{
  const struct view *view = item->view;
  int first;
  const int axes = transform_spatial(item, &first);
  int64_t shape[ND_MAX];
  memcpy(shape, view->shape, sizeof shape);
  if (n != 1 && n != axes)
    return err_set(err, EINVAL, "expected 1 or %d distances, found %d", axes, n);
  if (!is_known(&item->geo))
    return err_set(err, EINVAL,
                   "expected an array whose spacing is known, found none: a description "
                   "can give its \"spacing\" (or, if that is 1, its \"affine\")");
  for (int i = 0; i < axes; i++) {
    const int d = first + i;
    shape[d] = new_extent(&item->geo, d, view->shape[d], mm[n == 1 ? 0 : i], err);
    if (shape[d] < 0)
      return -1;
    const double step = shape[d] ? (double)view->shape[d] / (double)shape[d] : 1;
    geometry_cut(&item->geo, d, 0.5 * step - 0.5, step);
  }
  item->view = view_resize(arena, view, shape, order, err);
  return item->view ? 0 : -1;
}

static int spacing_apply(const void *given, struct transform_item *item,
                         struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  const char *order = transform_word(args, words[item->mask]);
  return transform_respace(item, args->number, transform_numbers(args),
                           order ? *order - '0' : !item->mask, arena, err);
}

const struct transform transform_spacing = {
    .type.name = "spacing",
    .type.usage = "spacing:MM[:MM...][:order=0|1][:mask_order=0|1]",
    .type.help = "the spatial axes to voxels of about MM mm, same field of view; order 1 "
                 "(float32), masks 0",
    .type.check = spacing_check,
    .apply = spacing_apply,
};
