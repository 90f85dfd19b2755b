/* Coordinates and weights of resampling, along one axis. */
#include <math.h>

#include "core/view/resample.h"
#include "core/view/view_resample.h"

int64_t view_zoom_extent(int64_t n, double factor)
{
  const double extent = rint((double)n * factor);
  return extent >= 0 && extent < 0x1p53 ? (int64_t)extent : -1;
}

double view_zoom_step(int64_t n, int64_t m)
{
  return m > 1 ? (double)(n - 1) / (double)(m - 1) : 1;
}

/* Gives the four values of the cubic B-spline around fraction x in 0..1; they sum to
 * 1. */
static void spline_weights(double x, double *weight)
{
  const double z = 1 - x;
  weight[0] = z * z * z / 6;
  weight[1] = (x * x * (x - 2) * 3 + 4) / 6;
  weight[2] = (z * z * (z - 2) * 3 + 4) / 6;
  weight[3] = 1 - weight[0] - weight[1] - weight[2];
}

/* Corners coincide: voxel o is at o * step, which rounding may move past the last voxel
 * below. */
static struct tap zoom_tap(enum resample_method method, int64_t n, double step, int64_t o)
{
  struct tap tap = {.weight = {1}};
  double x = (double)o * step;
  tap.lost = x > (double)(n - 1);
  if (tap.lost)
    x = (double)(n - 1);
  tap.at = (int64_t)floor(method == RESAMPLE_NEAREST ? x + 0.5 : x);
  const double fraction = x - floor(x);
  if (method == RESAMPLE_LINEAR) {
    /* past the end the array is mirrored */
    tap.next = n == 1 ? 0 : tap.at + 1 < n ? 1 : -1;
    tap.weight[0] = 1 - fraction;
    tap.weight[1] = 1 - tap.weight[0];
  } else if (method == RESAMPLE_CUBIC) {
    tap.at--;
    spline_weights(fraction, tap.weight);
  }
  return tap;
}

static int64_t clamp(double x, int64_t n)
{
  return x <= 0 ? 0 : x >= (double)(n - 1) ? n - 1 : (int64_t)x;
}

static struct tap under_tap(int64_t n, int64_t m, int64_t o)
{
  const double x = ((double)o + 0.5) * ((double)n / (double)m);
  return (struct tap){.at = clamp(floor(x), n), .weight = {1}};
}

/* Computes in float, as tensorflow does: double would give other bits. */
static struct tap lerp_tap(int64_t n, int64_t m, int64_t o)
{
  const float scale = (float)n / (float)m;
  const float x = ((float)o + 0.5f) * scale - 0.5f;
  const int64_t low = clamp(floorf(x), n), high = clamp(ceilf(x), n);
  return (struct tap){.at = low, .next = high > low, .weight = {x - floorf(x)}};
}

void resample_taps(enum resample_method method, int64_t n, int64_t m, int64_t from,
                   int64_t count, struct tap *out)
{
  const double step = view_zoom_step(n, m);
  for (int64_t i = 0; i < count; i++)
    out[i] = method == RESAMPLE_UNDER  ? under_tap(n, m, from + i)
             : method == RESAMPLE_LERP ? lerp_tap(n, m, from + i)
                                       : zoom_tap(method, n, step, from + i);
}
