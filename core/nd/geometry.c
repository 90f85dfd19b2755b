/* Affines through cuts and permutations: see geometry.h.  Resampling is a cut with a
 * fractional start and step. */
#include "core/nd/geometry.h"

#include <math.h>
#include <string.h>

void geometry_identity(struct geometry *geo)
{
  *geo = (struct geometry){0};
  for (int i = 0; i < 3; i++)
    geo->affine[i][i] = 1;
}

void geometry_cut(struct geometry *geo, int axis, double start, double step)
{
  if (axis > 2) {
    if (axis < ND_MAX)
      geo->step[axis] *= fabs(step);
    return;
  }
  for (int row = 0; row < 3; row++) {
    geo->affine[row][3] += geo->affine[row][axis] * start;
    geo->affine[row][axis] *= step;
  }
}

double geometry_spacing(const struct geometry *geo, int axis)
{
  double sum = 0;
  for (int row = 0; row < 3; row++)
    sum += geo->affine[row][axis] * geo->affine[row][axis];
  return sqrt(sum);
}

void geometry_permute(struct geometry *geo, int nd, const int *perm)
{
  const struct geometry old = *geo;
  for (int d = 0; d < nd; d++) {
    if (d >= 3) {
      geo->step[d] = perm[d] >= 3 ? old.step[perm[d]] : geometry_spacing(&old, perm[d]);
      continue;
    }
    for (int row = 0; row < 3; row++)
      geo->affine[row][d] = perm[d] < 3 ? old.affine[row][perm[d]] : 0;
  }
}
