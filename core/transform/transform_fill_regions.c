/* FillRegionsWithValue:VALUE:BOX[:BOX...]: MedSegPy's: voxels of the image inside the
 * boxes are VALUE; the dtype stays.  A box is START_STOP of the first axis, of the
 * second, ...; axes that it does not name are filled whole.  (Its hole_mask is an array;
 * boxes are what fits a path.) */
#include <errno.h>
#include <math.h>

#include "core/transform/transform_table.h"

struct fill_view {
  struct view view;
  const struct view *below;
  int n;
  struct fill_box {
    int64_t start[ND_MAX], stop[ND_MAX];
  } * boxes;
  uint64_t value[2]; /* in the view's dtype */
};

/* START_STOP pairs to *box: how many axes, or -1. */
static int parse_box(const char *text, struct fill_box *box, struct err *err)
{
  double number[2 * ND_MAX];
  const int n = transform_split(text, number, 2 * ND_MAX, err);
  if (n < 0)
    return -1;
  for (int i = 0; i < n; i++)
    if (n % 2 || !(number[i] >= 0 && number[i] <= INT32_MAX) ||
        number[i] != trunc(number[i]))
      return err_set(err, EINVAL, "expected START_STOP of each axis, found '%s'", text);
  for (int d = 0; d < n / 2; d++) {
    box->start[d] = (int64_t)number[2 * d];
    box->stop[d] = (int64_t)number[2 * d + 1];
  }
  return n / 2;
}

static int fill_regions_check(const struct step_args *args, struct err *err)
{
  struct fill_box box;
  if (!transform_number(args, 0))
    return err_set(err, EINVAL, "expected a number, found '%s'",
                   args->n ? args->text[0] : "");
  if (args->n < 2)
    return err_set(err, EINVAL, "expected a box to fill, found none");
  for (int i = 1; i < args->n; i++)
    if (parse_box(args->text[i], &box, err) < 0)
      return -1;
  return 0;
}

/* The voxels of one box that lie in the region. */
static void fill_one(const struct fill_view *v, const struct fill_box *box,
                     const int64_t *off, const int64_t *shape, char *out,
                     const int64_t *ostride)
{
  int64_t extent[ND_MAX] = {0};
  for (int d = 0; d < v->view.nd; d++) {
    const int64_t start = box->start[d] > off[d] ? box->start[d] - off[d] : 0;
    const int64_t stop =
        box->stop[d] < off[d] + shape[d] ? box->stop[d] - off[d] : shape[d];
    if (start >= stop)
      return;
    out += start * ostride[d];
    extent[d] = stop - start;
  }
  nd_fill(v->view.nd, extent, out, ostride, v->value, dtype_size(v->view.dtype));
}

static int fill_read(const struct view *view, const int64_t *off, const int64_t *shape,
                     void *out, const int64_t *ostride, struct err *err)
{
  const struct fill_view *v = (const struct fill_view *)view;
  if (view_read_region(v->below, off, shape, out, ostride, err))
    return -1;
  for (int i = 0; i < v->n; i++)
    fill_one(v, &v->boxes[i], off, shape, out, ostride);
  return 0;
}

static void fill_prefetch(const struct view *view, const int64_t *off,
                          const int64_t *shape, struct source_wish *wish)
{
  view_prefetch(((const struct fill_view *)view)->below, off, shape, wish);
}

static const struct view_ops fill_ops = {
    .name = "fill",
    .read_region = fill_read,
    .prefetch = fill_prefetch,
};

static int read_boxes(const struct step_args *args, struct fill_view *v, struct err *err)
{
  for (int i = 1; i < args->n; i++) {
    struct fill_box *box = &v->boxes[v->n++];
    const int axes = parse_box(args->text[i], box, err);
    if (axes < 0)
      return -1;
    if (axes > v->view.nd)
      return err_set(err, EINVAL, "the box '%s' has %d axes, the array %d", args->text[i],
                     axes, v->view.nd);
    for (int d = axes; d < v->view.nd; d++) {
      box->start[d] = 0;
      box->stop[d] = v->view.shape[d];
    }
  }
  return 0;
}

static int fill_regions_apply(const void *given, struct transform_item *item,
                              struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  const enum dtype dtype = item->view->dtype;
  struct fill_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return -1;
  v->boxes = arena_array(arena, (size_t)args->n, sizeof *v->boxes, err);
  if (!v->boxes)
    return -1;
  v->view = view_like(item->view, &fill_ops, dtype);
  v->below = item->view;
  if (dtype_table[dtype].kind == 'c')
    return err_set(err, EINVAL, "expected real numbers, found %s",
                   dtype_table[dtype].name);
  if (dtype_convert(DT_F64, args->number, sizeof *args->number, dtype, v->value,
                    sizeof v->value, 1) < 1)
    return err_set(err, EINVAL, "'%s' cannot be stored as %s", args->text[0],
                   dtype_table[dtype].name);
  if (read_boxes(args, v, err))
    return -1;
  item->view = &v->view;
  return 0;
}

const struct transform transform_fill_regions = {
    .type.name = "FillRegionsWithValue",
    .type.usage = "FillRegionsWithValue:VALUE:START_STOP[_START_STOP...][:BOX...]",
    .type.help = "MedSegPy's: the voxels in these boxes of the item become VALUE",
    .intensity = true,
    .type.check = fill_regions_check,
    .apply = fill_regions_apply,
};
