/* view_zoom and view_resize on arrays small enough to be written down; that no value
 * depends on the box it is read in; and how little is read for a box. */
#include <math.h>

#include "core/view/view_resample.h"
#include "tests/support/memory_view.h"
#include "tests/support/view_check.h"

/* The whole view; the caller frees it. */
static void *whole(const struct view *view)
{
  const int64_t off[ND_MAX] = {0};
  struct err err = ERR_INIT;
  char *out = calloc((size_t)nd_count(view->nd, view->shape) + 1,
                     (size_t)dtype_size(view->dtype));
  CHECK(!view_read_box(view, off, view->shape, out, &err));
  return out;
}

static struct arena arena;

static const struct view *zoom(const struct view *below, const int64_t *shape, int order)
{
  struct err err = ERR_INIT;
  const struct view *view =
      view_zoom(&arena, below, shape, (struct view_zoom){.order = order}, &err);
  CHECK(view || err.errnum == EINVAL);
  return view;
}

/* scipy.ndimage.zoom (1.10.1) of numpy.arange(20.).reshape(4, 5) ** 2 by (1.5, 0.6). */
static void test_zoom_doubles(void)
{
  static const double nearest[] = {0,   4,   16,  25,  49,  81,  25,  49,  81,
                                   100, 144, 196, 100, 144, 196, 225, 289, 361};
  static const double linear[] = {0.0,
                                  4.0,
                                  16.0,
                                  15.0,
                                  31.0,
                                  55.0,
                                  40.0,
                                  68.0,
                                  103.99999999999999,
                                  84.99999999999999,
                                  124.99999999999999,
                                  172.99999999999997,
                                  150.0,
                                  202.0,
                                  262.0,
                                  225.0,
                                  289.0,
                                  361.0};
  static const double cubic[] = {0,      4,       16,      10.44, 23.944,  45.448,
                                 33.44,  61.824,  98.208,  75.56, 115.176, 162.792,
                                 164.16, 218.656, 281.152, 225,   289,     361};
  double in[20];
  for (int i = 0; i < 20; i++)
    in[i] = i * i;
  const int64_t shape[] = {4, 5}, to[] = {6, 3};
  const struct memory memory = memory_new(DT_F64, 2, shape, in);
  double *a = whole(zoom(&memory.view, to, 0)), *b = whole(zoom(&memory.view, to, 1)),
         *c = whole(zoom(&memory.view, to, 3));
  CHECK(!memcmp(a, nearest, sizeof nearest));
  CHECK(!memcmp(b, linear, sizeof linear));
  for (int i = 0; i < 18; i++)
    CHECK(fabs(c[i] - cubic[i]) < 1e-12);
  free(a);
  free(b);
  free(c);
}

/* scipy.ndimage.zoom of numpy.array([0, 250, 10, 255, 3, 90], 'u1') by 2 and of
 * numpy.array([-300, 250, -10, 32767, -32768, 9], 'i2') by 1.5: rounded, saturated. */
static void test_zoom_integers(void)
{
  static const uint8_t u1[] = {0, 250, 10, 255, 3, 90};
  static const uint8_t u1_linear[] = {0, 114, 227, 163, 54, 77, 188, 209, 95, 11, 50, 90};
  static const uint8_t u1_cubic[] = {0, 107, 244, 180, 32, 52, 206, 240, 100, 0, 38, 90};
  static const int16_t i2[] = {-300, 250, -10, 32767, -32768, 9};
  static const int16_t i2_linear[] = {-300, 44, 185, 23, 16379, 24575, -16384, -20477, 9};
  static const int16_t i2_cubic[] = {-300,  1274,   -2515,  -3325, 24153,
                                     27451, -21420, -24948, 9};
  const int64_t n = 6, twelve = 12, nine = 9;
  const struct memory u = memory_new(DT_U8, 1, &n, u1), i = memory_new(DT_I16, 1, &n, i2);
  void *got[] = {whole(zoom(&u.view, &twelve, 1)), whole(zoom(&u.view, &twelve, 3)),
                 whole(zoom(&i.view, &nine, 1)), whole(zoom(&i.view, &nine, 3))};
  CHECK(!memcmp(got[0], u1_linear, sizeof u1_linear));
  CHECK(!memcmp(got[1], u1_cubic, sizeof u1_cubic));
  CHECK(!memcmp(got[2], i2_linear, sizeof i2_linear));
  CHECK(!memcmp(got[3], i2_cubic, sizeof i2_cubic));
  for (int k = 0; k < 4; k++)
    free(got[k]);
}

/* 30 voxels to 15: 14 * (29 / 14.) is 29.000000000000004, which scipy takes for outside:
 * zoom(arange(30.) + 1, 0.5, order=1)[-2:] is 27.92857142857143, 0. */
static void test_lost_end(void)
{
  double in[30];
  for (int i = 0; i < 30; i++)
    in[i] = i + 1;
  const int64_t n = 30, m = 15;
  const struct memory memory = memory_new(DT_F64, 1, &n, in);
  for (int order = 0; order <= 3; order += order ? 2 : 1) {
    struct err err = ERR_INIT;
    const struct view_zoom how = {.order = order, .compat = true};
    double *kept = whole(zoom(&memory.view, &m, order));
    double *lost = whole(view_zoom(&arena, &memory.view, &m, how, &err));
    CHECK(fabs(kept[14] - 30) < 1e-12 && lost[14] == 0);
    CHECK(!memcmp(kept, lost, 14 * sizeof *kept));
    free(kept);
    free(lost);
  }
}

/* [0, 10, 20, 30] to 8, by hand: voxel o is at (o + 0.5) / 2 - 0.5, clamped. */
static void test_resize(void)
{
  static const uint8_t in[] = {0, 10, 20, 30};
  static const float eight[] = {0, 2.5F, 7.5F, 12.5F, 17.5F, 22.5F, 27.5F, 30};
  static const uint8_t under[] = {0, 0, 10, 10, 20, 20, 30, 30};
  const int64_t n = 4, m = 8;
  struct err err = ERR_INIT;
  const struct memory memory = memory_new(DT_U8, 1, &n, in);
  const struct view *linear = view_resize(&arena, &memory.view, &m, 1, &err);
  const struct view *nearest = view_resize(&arena, &memory.view, &m, 0, &err);
  if (!CHECK(linear && nearest && linear->dtype == DT_F32 && nearest->dtype == DT_U8))
    return;
  void *got[] = {whole(linear), whole(nearest)};
  CHECK(!memcmp(got[0], eight, sizeof eight));
  CHECK(!memcmp(got[1], under, sizeof under));
  free(got[0]);
  free(got[1]);
}

/* The box at off[] in the layout of a random reader, against the same box of `all`. */
static bool same_box(const struct view *view, const char *all, const int64_t *off,
                     const int64_t *shape)
{
  int64_t stride[ND_MAX], whole_stride[ND_MAX], base, at[ND_MAX] = {0};
  const int size = dtype_size(view->dtype);
  const int64_t bytes = view_check_layout(view->nd, shape, size, stride, &base);
  char *got = malloc((size_t)bytes);
  struct err err = ERR_INIT;
  memset(got, 0xa5, (size_t)bytes);
  bool ok = !view_read_region(view, off, shape, got + base, stride, &err);
  nd_strides(view->nd, view->shape, size, false, whole_stride);
  all += nd_offset(view->nd, off, whole_stride);
  do
    ok &= !memcmp(got + base + nd_offset(view->nd, at, stride),
                  all + nd_offset(view->nd, at, whole_stride), (size_t)size);
  while (nd_next(view->nd, shape, at));
  free(got);
  return ok;
}

static void check_boxes(const struct view *view, int boxes)
{
  char *all = whole(view);
  for (int i = 0; i < boxes; i++) {
    int64_t off[ND_MAX], shape[ND_MAX];
    for (int d = 0; d < view->nd; d++) {
      off[d] = view_check_pick(view->shape[d]);
      shape[d] = 1 + view_check_pick(view->shape[d] - off[d]);
    }
    CHECK(same_box(view, all, off, shape));
  }
  free(all);
}

/* Random doubles, whose sums in another order would show. */
static void test_any_box(void)
{
  static const int64_t shape[] = {40, 37, 50};
  static const int64_t to[][3] = {
      {80, 37, 25}, {3, 70, 51}, {40, 2, 200}, {1, 1, 1}, {60, 55, 75}};
  static double in[40 * 37 * 50];
  for (size_t i = 0; i < sizeof in / sizeof *in; i++)
    in[i] = (double)view_check_pick(1 << 15) / 7;
  const struct memory memory = memory_new(DT_F64, 3, shape, in);
  for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
    struct err err = ERR_INIT;
    for (int order = 0; order <= 3; order += order ? 2 : 1)
      check_boxes(zoom(&memory.view, to[i], order), 12);
    check_boxes(view_resize(&arena, &memory.view, to[i], 0, &err), 12);
    check_boxes(view_resize(&arena, &memory.view, to[i], 1, &err), 12);
  }
}

/* One voxel in the middle of a volume of 10^12: the margins and no more. */
static void test_reads_little(void)
{
  static const int64_t shape[] = {10000, 10000, 10000}, half[] = {5000, 5000, 5000},
                       tiny[] = {100, 100, 100}, off[] = {2500, 2500, 2500},
                       one[] = {1, 1, 1}, few[] = {2, 2, 2}, near[] = {50, 50, 50};
  struct synth synth = synth_new(DT_U8, 3, shape);
  struct err err = ERR_INIT;
  uint8_t out[8];
  CHECK(!view_read_box(zoom(&synth.view, half, 3), off, one, out, &err));
  CHECK(synth.voxels <= 70 * 70 * 70);
  synth.voxels = 0;
  CHECK(!view_read_box(zoom(&synth.view, half, 1), off, one, out, &err));
  CHECK(synth.voxels <= 8);
  /* shrunk a hundredfold: what lies between is not read */
  synth.voxels = 0;
  CHECK(!view_read_box(zoom(&synth.view, tiny, 1), near, few, out, &err));
  CHECK(synth.voxels <= 64);
  synth.voxels = 0;
  CHECK(!view_read_box(zoom(&synth.view, tiny, 0), near, few, out, &err));
  CHECK(synth.voxels <= 8);
}

static void test_failing_below(void)
{
  const int64_t shape[] = {8, 8}, to[] = {16, 16}, off[] = {0, 0};
  struct synth synth = synth_new(DT_U8, 2, shape);
  uint8_t out[256];
  synth.errnum = EIO;
  for (int order = 0; order <= 3; order += order ? 2 : 1) {
    struct err err = ERR_INIT;
    CHECK(view_read_box(zoom(&synth.view, to, order), off, to, out, &err) == -1 &&
          err.errnum == EIO);
  }
}

static void test_refused(void)
{
  const int64_t shape[] = {8, 8, 8, 8}, to[] = {4, 4, 4, 4}, none[] = {0, 8, 8, 8},
                huge[] = {INT64_MAX / 2, 8, 8, 8};
  struct synth synth = synth_new(DT_U8, 4, shape), empty = synth_new(DT_U8, 4, none),
               complex = synth_new(DT_C64, 4, shape);
  CHECK(!zoom(&synth.view, to, 3) && zoom(&synth.view, to, 1));
  CHECK(!zoom(&empty.view, shape, 0) && zoom(&synth.view, none, 1));
  CHECK(!zoom(&synth.view, huge, 0));
  CHECK(!zoom(&complex.view, to, 1) && zoom(&complex.view, to, 0));
  CHECK(zoom(&synth.view, shape, 3) == &synth.view);
}

/* round(n * factor) of Python 3, half to even. */
static void test_extent(void)
{
  CHECK(view_zoom_extent(5, 0.5) == 2 && view_zoom_extent(7, 0.5) == 4);
  CHECK(view_zoom_extent(37, 1.7) == 63 && view_zoom_extent(5, 0.1) == 0);
  CHECK(view_zoom_extent(10, 1e300) == -1 && view_zoom_extent(10, NAN) == -1);
}

int main(void)
{
  arena_init(&arena);
  test_zoom_doubles();
  test_zoom_integers();
  test_lost_end();
  test_resize();
  test_any_box();
  test_reads_little();
  test_failing_below();
  test_refused();
  test_extent();
  arena_free(&arena);
  return check_report("view_resample");
}
