/* Where voxels lie after an affine, or after a dense displacement: float32 from the
 * start, as DeepReg computes them. */
#include "core/augment/warp.h"

static int locate_affine(const void *ctx, const int64_t off[3], const int64_t shape[3],
                         float *loc, struct err *err)
{
  const float *theta = ctx;
  for (int64_t i = off[0]; i < off[0] + shape[0]; i++)
    for (int64_t j = off[1]; j < off[1] + shape[1]; j++) {
      float start[3];
      for (int d = 0; d < 3; d++)
        start[d] = (float)i * theta[d] + (float)j * theta[3 + d];
      for (int64_t k = off[2]; k < off[2] + shape[2]; k++, loc += 3)
        for (int d = 0; d < 3; d++)
          loc[d] = start[d] + (float)k * theta[6 + d] + theta[9 + d];
    }
  return 0;
}

struct warp_field warp_affine(const float theta[12])
{
  return (struct warp_field){locate_affine, theta};
}

static int locate_ddf(const void *ctx, const int64_t off[3], const int64_t shape[3],
                      float *loc, struct err *err)
{
  const int64_t from[4] = {off[0], off[1], off[2], 0};
  const int64_t count[4] = {shape[0], shape[1], shape[2], 3};
  int64_t at[3] = {0};
  if (view_read_box(ctx, from, count, loc, err))
    return -1;
  do {
    for (int d = 0; d < 3; d++)
      loc[d] += (float)(off[d] + at[d]);
    loc += 3;
  } while (nd_next(3, shape, at));
  return 0;
}

struct warp_field warp_ddf(const struct view *ddf)
{
  return (struct warp_field){locate_ddf, ddf};
}
