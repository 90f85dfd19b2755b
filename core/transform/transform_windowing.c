/* Windowing:LOW:HIGH[:LOW:HIGH...]: MedSegPy's: clips to the bounds, as float32; several
 * bounds become channels: on the last axis when its extent is 1, else on a new last axis.
 * (window:LOW:HIGH also scales to 0..1.) */
#include <errno.h>

#include "core/transform/transform_table.h"

struct windowing {
  int n; /* numbers: twice the bounds */
  double bound[TRANSFORM_MEMBERS];
};

/* "0:100:-20:20" or, from JSON's [[0, 100], [-20, 20]], "0_100:-20_20". */
static int parse(const struct step_args *args, struct windowing *out, struct err *err)
{
  out->n = 0;
  for (int a = 0; a < args->n; a++) {
    int n = transform_split(args->text[a], out->bound + out->n,
                            TRANSFORM_MEMBERS - out->n, err);
    if (n < 0)
      return -1;
    out->n += n;
  }
  if (!out->n || out->n % 2)
    return err_set(err, EINVAL, "expected pairs of LOW and HIGH, found %d numbers",
                   out->n);
  for (int i = 0; i < out->n; i += 2)
    if (!(out->bound[i] <= out->bound[i + 1]))
      return err_set(err, EINVAL, "expected LOW <= HIGH, found %g and %g", out->bound[i],
                     out->bound[i + 1]);
  return 0;
}

static int windowing_check(const struct step_args *args, struct err *err)
{
  struct windowing parsed;
  return parse(args, &parsed, err);
}

static void windowing_row(const void *arg, enum dtype from, const void *in, void *out,
                          size_t voxels)
{
  (void)from; /* float32: cast before */
  const struct windowing *self = arg;
  const float *value = in;
  float *to = out;
  for (size_t i = 0; i < voxels; i++)
    for (int b = 0; b < self->n; b += 2) {
      const float low = (float)self->bound[b], high = (float)self->bound[b + 1];
      *to++ = value[i] < low ? low : value[i] > high ? high : value[i];
    }
}

static int windowing_apply(const void *given, struct transform_item *item,
                           struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  const struct view *view = item->view;
  if (!view->nd || dtype_table[view->dtype].kind == 'c')
    return err_set(err, EINVAL, "expected real numbers along axes, found %s of %d axes",
                   dtype_table[view->dtype].name, view->nd);
  struct windowing *self = arena_alloc(arena, sizeof *self, err);
  if (!self || parse(args, self, err))
    return -1;
  if (view->dtype != DT_F32 && !(item->view = view_cast(arena, view, DT_F32, err)))
    return -1;
  const bool last = view->shape[view->nd - 1] == 1;
  const struct transform_channels how = {.new_axis = !last,
                                         .n = 1,
                                         .out = self->n / 2,
                                         .to = DT_F32,
                                         .fn = windowing_row,
                                         .arg = self};
  if (transform_rewrite_channels(item, arena, &how, err))
    return -1;
  if (last || self->n > 2)
    return 0;
  struct view_cut cut[ND_MAX];
  for (int d = 0; d < item->view->nd; d++)
    cut[d] = (struct view_cut){0, 1, item->view->shape[d], d == view->nd};
  item->view = view_slice(arena, item->view, cut, err);
  return item->view ? 0 : -1;
}

const struct transform transform_windowing = {
    .type.name = "Windowing",
    .type.usage = "Windowing:LOW:HIGH[:LOW:HIGH...]",
    .type.help = "MedSegPy's: clips, as float32; several bounds become channels",
    .intensity = true,
    .type.check = windowing_check,
    .apply = windowing_apply,
};
