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

static int affine_draw(const void *given, const struct augment_stream *stream,
                       const int64_t shape[3], struct arena *arena,
                       struct augment_drawn *out, struct err *err)
{
  (void)shape, (void)arena, (void)err;
  const struct affine_args *const args = given;
  const double low = 1 - args->scale;
  double factor[4][3];
  for (int i = 0; i < 4; i++)
    for (int d = 0; d < 3; d++)
      factor[i][d] = low + (1 - low) * augment_uniform(stream, (uint64_t)(3 * i + d));
  augment_theta(factor, out->theta);
  return 0;
}

const struct augmentation augmentation_affine = {
    .type = {.name = "affine",
             .usage = "affine[:scale=S]",
             .help = "DeepReg's: four corners times factors drawn from 1 - S to 1, S 0.1",
             .params = affine_params,
             .nparams = sizeof affine_params / sizeof *affine_params,
             .size = sizeof(struct affine_args)},
    .kind = AUGMENT_AFFINE,
    .draw = affine_draw,
};
