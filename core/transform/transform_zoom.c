/* zoom:FACTOR...: scipy.ndimage.zoom over the spatial axes.  Images by order (3, scipy's
 * own default and PyTC's for volumes), masks by mask_order (0). */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/transform/transform_table.h"
#include "core/view/view_resample.h"

static const char *const words[] = {"order=", "mask_order=", "compat", NULL};

/* 0, 1 or 3; -1: something else. */
static int parse_order(const char *text)
{
  return strlen(text) == 1 && strchr("013", *text) ? *text - '0' : -1;
}

static int zoom_check(const struct step_args *args, struct err *err)
{
  const int n = transform_expect_positive(args, "a factor", err);
  if (n < 0 || transform_expect_words(args, n, words, err))
    return -1;
  for (int w = 0; w < 2; w++) {
    const char *order = transform_word(args, words[w]);
    if (order && parse_order(order) < 0)
      return err_set(err, EINVAL, "%s: expected 0, 1 or 3, found '%s'", words[w], order);
  }
  return 0;
}

static int zoom_apply(const void *given, struct transform_item *item, struct arena *arena,
                      struct err *err)
{
  const struct step_args *args = given;
  const struct view *view = item->view;
  int first;
  const int n = transform_numbers(args), axes = transform_spatial(item, &first);
  int64_t shape[ND_MAX];
  memcpy(shape, view->shape, sizeof shape);
  if (n != 1 && n != axes)
    return err_set(err, EINVAL, "expected 1 or %d factors, found %d", axes, n);
  for (int i = 0; i < axes; i++) {
    const int d = first + i, a = n == 1 ? 0 : i;
    shape[d] = view_zoom_extent(view->shape[d], args->number[a]);
    if (shape[d] < 0)
      return err_set(err, EINVAL, "axis %d of %lld voxels cannot be zoomed by %s", d,
                     (long long)view->shape[d], args->text[a]);
    geometry_cut(&item->geo, d, 0, view_zoom_step(view->shape[d], shape[d]));
  }
  const char *order = transform_word(args, item->mask ? "mask_order=" : "order=");
  const struct view_zoom how = {.order = order        ? parse_order(order)
                                         : item->mask ? 0
                                                      : 3,
                                .compat = transform_word(args, "compat")};
  item->view = view_zoom(arena, view, shape, how, err);
  return item->view ? 0 : -1;
}

const struct transform transform_zoom = {
    .type.name = "zoom",
    .type.usage = "zoom:FACTOR[:FACTOR...][:order=0|1|3][:mask_order=0|1|3][:compat]",
    .type.help =
        "scipy.ndimage.zoom of the spatial axes; order 3, masks 0; compat: its zeros "
        "at the end where it rounds up",
    .type.check = zoom_check,
    .apply = zoom_apply,
};
