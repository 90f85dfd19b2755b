/* ddf:field_strength=F:low_res_size=AxBxC, DeepReg's: normal numbers on a coarse grid,
 * each component times one strength from (0, F), resized to the array's extents.
 *
 * The coarse grid is a view whose voxels are drawn when they are read, and the field one
 * over it: nothing of either is kept, however fine the grid. */
#include <errno.h>
#include <string.h>

#include "core/augment/augment_table.h"
#include "core/augment/normal.h"
#include "core/view/view_resample.h"

struct ddf_args {
  double field_strength;   /* the largest deviation, in voxels */
  int64_t low_res_size[3]; /* where the field is drawn */
};

#define AT(member) offsetof(struct ddf_args, member)
static const struct param ddf_params[] = {
    /* a shift must be a number: no strength is larger than any array */
    {"field_strength", PARAM_NUMBER, AT(field_strength), .def = "1",
     .max = INT64_C(1) << 62, .help = "the largest deviation, in voxels"},
    {"low_res_size", PARAM_TRIPLE, AT(low_res_size), .def = "1x1x1",
     .max = WARP_EXTENT_MAX, .help = "extents of the grid that is drawn"},
};

/* The coarse grid: extents x 3. */
struct low_view {
  struct view view;
  struct augment_stream stream;
  double strength[3];
};

static int low_read(const struct view *view, const int64_t *off, const int64_t *shape,
                    void *out, const int64_t *ostride, struct err *err)
{
  const struct low_view *v = (const struct low_view *)view;
  int64_t at[4] = {0};
  do {
    uint64_t index = 0;
    for (int d = 0; d < 4; d++)
      index = index * (uint64_t)view->shape[d] + (uint64_t)(off[d] + at[d]);
    const double normal = normal_quantile(augment_uniform(&v->stream, 3 + index));
    const float value = (float)(v->strength[off[3] + at[3]] * normal);
    memcpy((char *)out + nd_offset(4, at, ostride), &value, sizeof value);
  } while (nd_next(4, shape, at));
  return 0;
}

static const struct view_ops low_ops = {.name = "ddf", .read_region = low_read};

const struct view *augment_field(const struct view *low, const int64_t shape[3],
                                 struct arena *arena, struct err *err)
{
  const int64_t extents[4] = {shape[0], shape[1], shape[2], 3};
  return view_resize(arena, low, extents, 1, err);
}

struct ddf {
  const struct view *field; /* extents x 3 */
  enum warp_border border;
};

static int ddf_check(const void *given, const struct augment_space *space,
                     struct err *err)
{
  const struct ddf_args *args = given;
  char found[ND_TEXT], most[ND_TEXT];
  for (int d = 0; d < 3; d++)
    if (args->low_res_size[d] > space->shape[d])
      return err_set(err, EINVAL, "low_res_size: expected at most %s, found %s",
                     nd_text(3, space->shape, most),
                     nd_text(3, args->low_res_size, found));
  return 0;
}

static int ddf_draw(const void *given, const struct augment_stream *stream,
                    const struct augment_space *space, struct arena *arena,
                    const void **drawn, struct err *err)
{
  const struct ddf_args *args = given;
  struct low_view *v = arena_alloc(arena, sizeof *v, err);
  struct ddf *ddf = arena_alloc(arena, sizeof *ddf, err);
  if (!v || !ddf)
    return -1;
  v->view =
      (struct view){.ops = &low_ops, .dtype = DT_F32, .nd = 4, .shape = {0, 0, 0, 3}};
  v->stream = *stream;
  for (int d = 0; d < 3; d++) {
    v->view.shape[d] = args->low_res_size[d];
    v->strength[d] = args->field_strength * augment_uniform(stream, (uint64_t)d);
  }
  *ddf = (struct ddf){augment_field(&v->view, space->shape, arena, err), space->border};
  *drawn = ddf;
  return ddf->field ? 0 : -1;
}

/* Images and masks alike are interpolated linearly, as DeepReg does. */
static int ddf_apply(const void *drawn, struct transform_item *item, struct arena *arena,
                     struct err *err)
{
  const struct ddf *ddf = drawn;
  const struct warp_field field = warp_ddf(ddf->field);
  item->view = warp_view(arena, item->view, item->view->shape, &field, ddf->border, err);
  return item->view ? 0 : -1;
}

static const struct augment_array shown = {
    .name = "ddf", .in_space = true, .nd = 1, .shape = {3}};

static const struct view *ddf_show(const void *drawn, struct arena *arena,
                                   struct err *err)
{
  return ((const struct ddf *)drawn)->field;
}

const struct augmentation augmentation_ddf = {
    .type = {.name = "ddf",
             .usage = "ddf[:field_strength=F][:low_res_size=AxBxC]",
             .help = "DeepReg's: a field of normal numbers, drawn on a coarse grid; F 1, "
                     "1x1x1",
             .params = ddf_params,
             .nparams = sizeof ddf_params / sizeof *ddf_params,
             .size = sizeof(struct ddf_args)},
    .check = ddf_check,
    .draw = ddf_draw,
    .apply = ddf_apply,
    .shows = &shown,
    .show = ddf_show,
};
