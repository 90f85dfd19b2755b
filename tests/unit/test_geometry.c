/* Affines after cuts and permutations, against nibabel and against the world coordinates
 * of the voxels themselves. */
#include <math.h>
#include <string.h>

#include "core/nd/geometry.h"
#include "tests/support/check.h"

static bool near(const double a[3][4], const double b[3][4])
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 4; j++)
      if (fabs(a[i][j] - b[i][j]) > 1e-9)
        return false;
  return true;
}

/* nibabel.Nifti1Image(zeros((30, 31, 32)), affine).slicer[...].affine of nibabel 5.0.0.
 * Starts are explicit: with [::-1] it leaves the origin where the last voxel now is. */
static void test_cut_as_nibabel(void)
{
  static const struct {
    double before[3][4], start[3], step[3], after[3][4];
  } rows[] = {{{{-1.604, -2.649, -0.497, 21.022},
                {2.272, 0.219, -1.105, -39.239},
                {1.497, 3.27, 0.546, -61.666}},
               {3, 3, 3},
               {1, 1, 1},
               {{-1.604, -2.649, -0.497, 6.7719999999999985},
                {2.272, 0.219, -1.105, -35.080999999999996},
                {1.497, 3.27, 0.546, -45.727}}},
              {{{-1.917, 3.2, 0.406, -86.607},
                {-0.167, -2.326, -1.259, -24.4},
                {-1.427, 1.107, -0.126, -29.472}},
               {2, 30, 10},
               {3, -1, -2},
               {{-5.751, -3.2, -0.812, 9.619000000000014},
                {-0.501, 2.326, 2.518, -107.10400000000001},
                {-4.281000000000001, -1.107, 0.252, -0.3760000000000048}}},
              {{{0.819, 1.66, -3.286, -12.837},
                {-1.961, -0.346, -2.579, 1.035},
                {-0.076, -0.609, -2.096, -19.81}},
               {29, 0, 5},
               {-4, 1, 1},
               {{-3.276, 1.66, -3.286, -5.516000000000002},
                {7.844, -0.346, -2.579, -68.729},
                {0.304, -0.609, -2.096, -32.494}}}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct geometry geo;
    geometry_identity(&geo);
    memcpy(geo.affine, rows[i].before, sizeof geo.affine);
    for (int d = 0; d < 3; d++)
      geometry_cut(&geo, d, rows[i].start[d], rows[i].step[d]);
    CHECK(near(geo.affine, rows[i].after));
  }
}

static struct geometry example(void)
{
  struct geometry geo;
  geometry_identity(&geo);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 4; j++)
      geo.affine[i][j] = 1 + 10 * i + j * j;
  geo.step[3] = 2.5;
  geo.step[4] = 7;
  return geo;
}

static void world(const struct geometry *geo, const double *at, double *out)
{
  for (int i = 0; i < 3; i++)
    out[i] = geo->affine[i][0] * at[0] + geo->affine[i][1] * at[1] +
             geo->affine[i][2] * at[2] + geo->affine[i][3];
}

/* A voxel keeps its place in the world. */
static void test_permute_keeps_places(void)
{
  static const int perms[][3] = {{1, 2, 0}, {2, 1, 0}, {0, 2, 1}, {2, 0, 1}};
  const double at[] = {3, 5, 7};
  for (int i = 0; i < 4; i++) {
    struct geometry old = example(), new = example();
    geometry_permute(&new, 3, perms[i]);
    double moved[3], a[3], b[3];
    for (int d = 0; d < 3; d++)
      moved[d] = at[perms[i][d]];
    world(&old, at, a);
    world(&new, moved, b);
    CHECK(a[0] == b[0] && a[1] == b[1] && a[2] == b[2]);
  }
}

static void test_further_axes(void)
{
  const int swap34[] = {0, 1, 2, 4, 3}, move[] = {3, 1, 2, 0, 4};
  struct geometry geo = example();
  geometry_permute(&geo, 5, swap34);
  CHECK(geo.step[3] == 7 && geo.step[4] == 2.5);
  CHECK(near(geo.affine, example().affine));
  geometry_cut(&geo, 3, 4, -2);
  CHECK(geo.step[3] == 14 && near(geo.affine, example().affine));
  geo = example();
  geometry_permute(&geo, 5, move);
  CHECK(geo.affine[0][0] == 0 && geo.affine[1][0] == 0 && geo.affine[2][0] == 0);
  CHECK(geo.affine[2][1] == example().affine[2][1] && geo.step[4] == 7);
  CHECK(fabs(geometry_spacing(&geo, 3) - sqrt(1 + 11 * 11 + 21 * 21)) < 1e-12);
  CHECK(geometry_spacing(&geo, 0) == 0 && geo.step[0] == 2.5);
  geometry_permute(&geo, 5, move); /* it is its own inverse */
  CHECK(near(geo.affine, example().affine) && geo.step[3] == 2.5);
}

static double determinant(const double a[3][4])
{
  return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
         a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
         a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
}

/* (x, y, z, t) with z dropped: time takes its column, TR stays the fourth step, and a cut
 * of time moves nothing. */
static void test_stated(void)
{
  const int drop_z[] = {0, 1, 3, 2}, time_first[] = {3, 0, 1, 2};
  double affine[3][4], step[ND_MAX];
  struct geometry geo;
  geometry_identity(&geo);
  for (int d = 0; d < 3; d++)
    geo.affine[d][d] = d + 2;
  geo.step[3] = 2.5;
  const struct geometry whole = geo;
  geometry_stated(&geo, 4, affine, step);
  CHECK(near(affine, whole.affine) && step[3] == 2.5 && step[4] == 1);

  geometry_cut(&geo, 2, 5, 1);
  geometry_permute(&geo, 4, drop_z);
  geometry_cut(&geo, 2, 3, 2);
  geometry_stated(&geo, 3, affine, step);
  CHECK(determinant(affine) == 2 * 3 * 4 && affine[2][2] == 4 && affine[2][3] == 20);
  CHECK(step[3] == 5); /* every second volume */
  CHECK(determinant(geo.affine) == 0);

  geo = whole;
  geometry_permute(&geo, 4, time_first);
  geometry_stated(&geo, 4, affine, step);
  CHECK(determinant(affine) != 0 && affine[2][0] == 4 && affine[0][1] == 2);
  CHECK(step[3] == 4); /* z is the fourth axis, with its own distance */

  geo = whole; /* nothing is invented for what the source itself says */
  geo.affine[2][2] = 0;
  geometry_stated(&geo, 4, affine, step);
  CHECK(near(affine, geo.affine));
}

/* Two axes: the column of the third, dropped one stays. */
static void test_two_axes(void)
{
  const int swap[] = {1, 0};
  struct geometry geo = example();
  geometry_permute(&geo, 2, swap);
  CHECK(geo.affine[1][0] == example().affine[1][1]);
  CHECK(geo.affine[1][2] == example().affine[1][2]);
  CHECK(geo.affine[1][3] == example().affine[1][3]);
}

int main(void)
{
  test_cut_as_nibabel();
  test_permute_keeps_places();
  test_further_axes();
  test_stated();
  test_two_axes();
  return check_report("geometry");
}
