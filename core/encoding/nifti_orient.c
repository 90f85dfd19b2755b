/* The header keeps only b, c, d of the quaternion; a = sqrt(1 - b^2 - c^2 - d^2) loses
 * half of its digits when a is near 0 (half turns, common in practice).  So b, c, d are
 * each rounded up or down by one unit, the best combination is taken, and the qform
 * counts as representable when a reader gets the affine back from it. */
#include "core/encoding/nifti_orient.h"

#include <float.h>
#include <math.h>

/* The largest difference that a reader may see, in voxels per voxel.  float32 can keep it
 * except for turns within 0.01 degrees of a half turn. */
static const double tolerance = 1e-4;

/* Gives the rotation that nibabel and nifti1_io read from the quaternion in the header;
 * returns false when they would refuse it. */
static bool rotation_of(const double q[3], bool single, double r[3][3])
{
  const double b = q[0], c = q[1], d = q[2];
  double a2 = 1 - (b * b + c * c + d * d);
  if (a2 < 0) {
    if (a2 < -3 * (single ? (double)FLT_EPSILON : DBL_EPSILON))
      return false;
    a2 = 0;
  }
  const double a = sqrt(a2);
  r[0][0] = a * a + b * b - c * c - d * d;
  r[0][1] = 2 * (b * c - a * d);
  r[0][2] = 2 * (b * d + a * c);
  r[1][0] = 2 * (b * c + a * d);
  r[1][1] = a * a + c * c - b * b - d * d;
  r[1][2] = 2 * (c * d - a * b);
  r[2][0] = 2 * (b * d - a * c);
  r[2][1] = 2 * (c * d + a * b);
  r[2][2] = a * a + d * d - b * b - c * c;
  return true;
}

static double largest_difference(const double a[3][3], double b[3][3])
{
  double most = 0;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      if (!(fabs(a[i][j] - b[i][j]) <= most))
        most = fabs(a[i][j] - b[i][j]);
  return most;
}

/* Gives b, c, d of a rotation, computed from the largest of a, b, c, d. */
static void quatern_of(double r[3][3], double q[3])
{
  const double trace = r[0][0] + r[1][1] + r[2][2];
  int big = 0;
  for (int i = 1; i < 3; i++)
    if (r[i][i] > r[big][big])
      big = i;
  if (trace > r[big][big]) {
    const double a = sqrt(1 + trace) / 2;
    q[0] = (r[2][1] - r[1][2]) / (4 * a);
    q[1] = (r[0][2] - r[2][0]) / (4 * a);
    q[2] = (r[1][0] - r[0][1]) / (4 * a);
    return;
  }
  const int j = (big + 1) % 3, k = (big + 2) % 3;
  const double x = sqrt(fmax(1 + r[big][big] - r[j][j] - r[k][k], 0)) / 2;
  /* the sign of a, which readers take to be positive */
  const double sign = r[k][j] - r[j][k] < 0 ? -1 : 1;
  q[big] = sign * x;
  q[j] = sign * (r[j][big] + r[big][j]) / (4 * x);
  q[k] = sign * (r[k][big] + r[big][k]) / (4 * x);
}

/* volatile: gcc 12.2 -O2 drops this rounding when it vectorizes the three calls below. */
static double to_single(double value)
{
  const volatile float single = (float)value;
  return single;
}

static double nudge(double value, int units, bool single)
{
  if (single)
    return to_single(value * (1 + units * (double)FLT_EPSILON));
  return value * (1 + units * DBL_EPSILON);
}

/* Finds the rounding of q that a reader turns into r best; returns the remaining
 * difference. */
static double best_rounding(double r[3][3], const double q[3], bool single,
                            double best[3])
{
  double least = INFINITY;
  for (int n = 0; n < 27; n++) {
    static const int order[3] = {0, 1, -1};
    const double tried[3] = {nudge(q[0], order[n % 3], single),
                             nudge(q[1], order[n / 3 % 3], single),
                             nudge(q[2], order[n / 9], single)};
    double back[3][3];
    if (!rotation_of(tried, single, back))
      continue;
    const double off = largest_difference(back, r);
    if (!(off < least))
      continue;
    least = off;
    for (int i = 0; i < 3; i++)
      best[i] = tried[i];
  }
  return least;
}

static double determinant(double r[3][3])
{
  return r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1]) -
         r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0]) +
         r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0]);
}

void nifti_orient(const double affine[3][4], bool single, struct nifti_orient *out)
{
  double r[3][3], q[3], best[3] = {0};
  bool whole = true;
  *out = (struct nifti_orient){.qfac = 1};
  for (int j = 0; j < 3; j++) {
    const double length = hypot(hypot(affine[0][j], affine[1][j]), affine[2][j]);
    const bool usable = isfinite(length) && length > 0;
    out->pixdim[j] = usable ? length : 1;
    whole = whole && usable;
    for (int i = 0; i < 3; i++)
      r[i][j] = affine[i][j] / out->pixdim[j];
  }
  if (!whole)
    return;
  if (determinant(r) < 0) {
    out->qfac = -1;
    for (int i = 0; i < 3; i++)
      r[i][2] = -r[i][2];
  }
  quatern_of(r, q);
  out->qform = best_rounding(r, q, single, best) <= tolerance;
  if (!out->qform)
    out->qfac = 1;
  for (int i = 0; i < 3 && out->qform; i++)
    out->quatern[i] = best[i];
}
