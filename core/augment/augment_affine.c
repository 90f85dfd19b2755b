/* affine:scale=S, DeepReg's: four corners of a cube around the origin are each multiplied
 * by factors from [1 - S, 1), and the array is moved as they are. */
#include "core/augment/augment_table.h"

struct affine_args {
  double scale;
};

static const struct param affine_params[] = {
    {"scale", PARAM_NUMBER, offsetof(struct affine_args, scale), .def = "0.1", .max = 1,
     .help = "factors are drawn from 1 - scale to 1"},
};

void augment_theta(const double factor[4][3], float theta[12])
{
  static const double corner[4][3] = {
      {-1, -1, -1}, {-1, -1, 1}, {-1, 1, -1}, {1, -1, -1}};
  for (int d = 0; d < 3; d++) {
    double moved[4];
    for (int i = 0; i < 4; i++)
      moved[i] = corner[i][d] * factor[i][d];
    const double first = (moved[3] - moved[0]) / 2, second = (moved[2] - moved[0]) / 2,
                 third = (moved[1] - moved[0]) / 2;
    theta[d] = (float)first;
    theta[3 + d] = (float)second;
    theta[6 + d] = (float)third;
    theta[9 + d] = (float)(moved[0] + first + second + third);
  }
}

struct affine {
  float theta[12];
  enum warp_border border;
};

static int affine_draw(const void *given, const struct augment_stream *stream,
                       const struct augment_space *space, struct arena *arena,
                       const void **drawn, struct err *err)
{
  const struct affine_args *args = given;
  struct affine *affine = arena_alloc(arena, sizeof *affine, err);
  const double low = 1 - args->scale;
  double factor[4][3];
  if (!affine)
    return -1;
  for (int i = 0; i < 4; i++)
    for (int d = 0; d < 3; d++)
      factor[i][d] = low + (1 - low) * augment_uniform(stream, (uint64_t)(3 * i + d));
  augment_theta(factor, affine->theta);
  affine->border = space->border;
  *drawn = affine;
  return 0;
}

/* Images and masks alike are interpolated linearly, as DeepReg does. */
static int affine_apply(const void *drawn, struct transform_item *item,
                        struct arena *arena, struct err *err)
{
  const struct affine *affine = drawn;
  const struct warp_field field = warp_affine(affine->theta);
  item->view =
      warp_view(arena, item->view, item->view->shape, &field, affine->border, err);
  return item->view ? 0 : -1;
}

static const struct augment_array theta = {.name = "theta", .nd = 2, .shape = {4, 3}};

static const struct view *affine_show(const void *drawn, struct arena *arena,
                                      struct err *err)
{
  return view_values(arena, DT_F32, theta.nd, theta.shape,
                     ((const struct affine *)drawn)->theta, err);
}

const struct augmentation augmentation_affine = {
    .type = {.name = "affine",
             .usage = "affine[:scale=S]",
             .help = "DeepReg's: four corners times factors drawn from 1 - S to 1, S 0.1",
             .params = affine_params,
             .nparams = sizeof affine_params / sizeof *affine_params,
             .size = sizeof(struct affine_args)},
    .draw = affine_draw,
    .apply = affine_apply,
    .shows = &theta,
    .show = affine_show,
};
