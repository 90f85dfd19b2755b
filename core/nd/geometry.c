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

/* The column of an axis; zero where it is not in space. */
static void column_of(const struct geometry *geo, int axis, double out[3])
{
  const bool past = axis > 2;
  for (int row = 0; row < 3; row++)
    out[row] = past ? geo->past[axis][row] : geo->affine[row][axis];
}

static void set_column(struct geometry *geo, int axis, const double column[3])
{
  const bool past = axis > 2;
  for (int row = 0; row < 3; row++)
    *(past ? &geo->past[axis][row] : &geo->affine[row][axis]) = column[row];
}

void geometry_cut(struct geometry *geo, int axis, double start, double step)
{
  double column[3];
  column_of(geo, axis, column);
  for (int row = 0; row < 3; row++) {
    geo->affine[row][3] += column[row] * start;
    column[row] *= step;
  }
  set_column(geo, axis, column);
  geo->step[axis] *= fabs(step);
}

double geometry_spacing(const struct geometry *geo, int axis)
{
  double column[3], sum = 0;
  column_of(geo, axis, column);
  for (int row = 0; row < 3; row++)
    sum += column[row] * column[row];
  return sqrt(sum);
}

void geometry_permute(struct geometry *geo, int nd, const int *perm)
{
  const struct geometry old = *geo;
  for (int d = 0; d < nd; d++) {
    double column[3];
    column_of(&old, perm[d], column);
    set_column(geo, d, column);
    geo->step[d] = old.step[perm[d]];
  }
}

void geometry_stated(const struct geometry *geo, int nd, double affine[3][4],
                     double step[ND_MAX])
{
  memcpy(affine, geo->affine, sizeof geo->affine);
  for (int d = 0; d < ND_MAX; d++) {
    const double spacing = d < 3 ? 0 : geometry_spacing(geo, d);
    step[d] = spacing > 0 && d < nd ? spacing : geo->step[d] > 0 ? geo->step[d] : 1;
  }
  for (int d = 0, from = 3; d < 3; d++) {
    bool lent = geometry_spacing(geo, d) != 0;
    for (int axis = from; axis < ND_MAX && !lent; axis++) {
      lent = geometry_spacing(geo, axis) > 0;
      if (!lent)
        continue;
      for (int row = 0; row < 3; row++)
        affine[row][d] = geo->past[axis][row];
      if (axis >= nd)
        step[axis] = step[d];
      from = axis + 1;
    }
  }
}
