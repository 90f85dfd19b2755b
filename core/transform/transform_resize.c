/* resize:EXTENT...: the spatial axes get these extents, voxels taken as areas, without
 * antialiasing: DeepReg's resize.  Linear for images (float32), nearest for masks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/transform/transform_table.h"
#include "core/view/view_resample.h"

static const char *const words[] = {"order=", "mask_order=", NULL};

/* "64x64x16", or one extent of several arguments: adds them to extent[].  false when it
 * is neither. */
static bool parse_extents(const char *text, int64_t *extent, int *n)
{
  for (;; text++) {
    char *end;
    if (*text < '1' || *text > '9' || *n == ND_MAX)
      return false;
    extent[(*n)++] = strtoll(text, &end, 10);
    if (!*end)
      return true;
    if (*end != 'x')
      return false;
    text = end;
  }
}

/* How many arguments are extents. */
static int read_extents(const struct step_args *args, int64_t *extent, int *n)
{
  int i = 0;
  *n = 0;
  while (i < args->n && !strchr(args->text[i], '=')) {
    if (!parse_extents(args->text[i], extent, n))
      return -1;
    i++;
  }
  return i;
}

static int resize_check(const struct step_args *args, struct err *err)
{
  int64_t extent[ND_MAX];
  int n;
  const int read = read_extents(args, extent, &n);
  if (read < 1)
    return err_set(err, EINVAL, "expected extents like 64x64x16, found '%s'",
                   args->n ? args->text[0] : "");
  if (transform_expect_words(args, read, words, err))
    return -1;
  for (int w = 0; w < 2; w++) {
    const char *order = transform_word(args, words[w]);
    if (order && strcmp(order, "0") && strcmp(order, "1"))
      return err_set(err, EINVAL, "%s: expected 0 or 1, found '%s'", words[w], order);
  }
  return 0;
}

static int resize_apply(const void *given, struct transform_item *item,
                        struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  const struct view *view = item->view;
  int first, n;
  const int axes = transform_spatial(item, &first);
  int64_t extent[ND_MAX], shape[ND_MAX];
  read_extents(args, extent, &n);
  if (n != 1 && n != axes)
    return err_set(err, EINVAL, "expected 1 or %d extents, found %d", axes, n);
  memcpy(shape, view->shape, sizeof shape);
  for (int i = 0; i < axes; i++) {
    const int d = first + i;
    shape[d] = extent[n == 1 ? 0 : i];
    const double step = (double)view->shape[d] / (double)shape[d];
    geometry_cut(&item->geo, d, 0.5 * step - 0.5, step);
  }
  const char *order = transform_word(args, item->mask ? "mask_order=" : "order=");
  item->view = view_resize(arena, view, shape,
                           order        ? *order - '0'
                           : item->mask ? 0
                                        : 1,
                           err);
  return item->view ? 0 : -1;
}

const struct transform transform_resize = {
    .type.name = "resize",
    .type.usage = "resize:EXTENTxEXTENT...[:order=0|1][:mask_order=0|1]",
    .type.help =
        "the spatial axes to these extents, as DeepReg; order 1 (float32), masks 0",
    .type.check = resize_check,
    .apply = resize_apply,
};
