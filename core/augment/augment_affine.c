/* affine:scale=S, DeepReg's: four corners of a cube around the origin are each multiplied
 * by factors from [1 - S, 1), and the array is moved as they are. */
#include "core/augment/augment_table.h"

static const char *const words[] = {"scale", NULL};

static void affine_defaults(struct augment_step *step)
{
  step->scale = 0.1;
}

static int affine_read(struct augment_step *step, int word, const char *text,
                       struct err *err)
{
  (void)word;
  return augment_read_number(text, 0, 1, &step->scale, err);
}

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

static int affine_draw(const struct augment_step *step,
                       const struct augment_stream *stream, const int64_t shape[3],
                       struct arena *arena, struct augment_drawn *out, struct err *err)
{
  (void)shape, (void)arena, (void)err;
  const double low = 1 - step->scale;
  double factor[4][3];
  for (int i = 0; i < 4; i++)
    for (int d = 0; d < 3; d++)
      factor[i][d] = low + (1 - low) * augment_uniform(stream, (uint64_t)(3 * i + d));
  augment_theta(factor, out->theta);
  return 0;
}

const struct augmentation augmentation_affine = {
    .kind = AUGMENT_AFFINE,
    .name = "affine",
    .usage = "affine[:scale=S]",
    .help = "DeepReg's: four corners times factors drawn from 1 - S to 1, S 0.1",
    .words = words,
    .defaults = affine_defaults,
    .read = affine_read,
    .draw = affine_draw,
};
