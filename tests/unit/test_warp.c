/* Sampling at moved locations: what DeepReg's code made of recorded numbers, what numpy
 * makes of others, the same whatever the box, and how little is read for one. */
#include <math.h>

#include "core/augment/augment_table.h"
#include "core/augment/normal.h"
#include "tests/support/array_check.h"

static struct arena arena;

static enum warp_border border_of(const json_t *object)
{
  return strcmp(golden_text(object, "border"), "kept") ? WARP_COMPATIBLE : WARP_KEPT;
}

/* deepreg_augment.json: affines of volumes, borders zeroed. */
static void test_recorded_affines(const json_t *golden)
{
  size_t i, n;
  json_t *item;
  json_array_foreach(json_object_get(golden, "warp"), i, item)
  {
    struct err err = ERR_INIT;
    int64_t shape[3];
    double numbers[12] = {0};
    float theta[12], *const in = golden_floats(item, "in", &n);
    float *out = golden_floats(item, "out", &n);
    golden_shape(item, "shape", shape);
    CHECK(golden_numbers(json_object_get(item, "theta"), numbers, 12) == 12);
    for (int t = 0; t < 12; t++)
      theta[t] = (float)numbers[t];
    const struct memory memory = memory_new(DT_F32, 3, shape, in);
    const struct warp_field field = warp_affine(theta);
    array_check(warp_view(&arena, &memory.view, shape, &field, WARP_COMPATIBLE, &err),
                out, 100);
    free(in);
    free(out);
  }
  CHECK(i == 3);
}

/* Locations that are given one by one, along the last axis. */
static int locate_given(const void *ctx, const int64_t off[3], const int64_t shape[3],
                        float *loc, struct err *err)
{
  (void)err;
  const float *all = ctx;
  memcpy(loc, all + 3 * off[2], (size_t)shape[2] * 3 * sizeof *loc);
  return 0;
}

/* The same file: single locations in a 3 x 3 image.  It is repeated along a first axis,
 * in the middle of which the locations lie. */
static void test_recorded_locations(const json_t *golden)
{
  const json_t *item = json_array_get(json_object_get(golden, "resample"), 0);
  double vol[9], where[24], want[12];
  float in[27], loc[36], out[12];
  CHECK(golden_numbers(json_object_get(item, "vol"), vol, 9) == 9);
  CHECK(golden_numbers(json_object_get(item, "loc"), where, 24) == 24);
  CHECK(golden_numbers(json_object_get(item, "out"), want, 12) == 12);
  CHECK(json_is_true(json_object_get(item, "zero_boundary")));
  for (int i = 0; i < 27; i++)
    in[i] = (float)vol[i % 9];
  for (int i = 0; i < 12; i++) {
    loc[3 * i] = 1;
    loc[3 * i + 1] = (float)where[2 * i];
    loc[3 * i + 2] = (float)where[2 * i + 1];
    out[i] = (float)want[i];
  }
  const int64_t from[3] = {3, 3, 3}, to[3] = {1, 1, 12};
  const struct memory memory = memory_new(DT_F32, 3, from, in);
  const struct warp_field field = {locate_given, loc};
  struct err err = ERR_INIT;
  array_check(warp_view(&arena, &memory.view, to, &field, WARP_COMPATIBLE, &err), out,
              50);
}

/* Along an axis of five numbers, 10 .. 50: what is inside, to the last bit. */
static void test_borders(void)
{
  enum { N = 9 };
  static const float in[5] = {10, 20, 30, 40, 50};
  const float where[N] = {-1, -1e-30f, 0, 1e-30f, 0.5f, 4, nextafterf(4, 5), 1e30f, NAN};
  static const float zeroed[N] = {0, 0, 0, 10, 15, 50, 0, 0, 0};
  static const float kept[N] = {0, 0, 10, 10, 15, 50, 0, 0, 0};
  float twice[20], loc[3 * N];
  for (int i = 0; i < 20; i++)
    twice[i] = in[i % 5];
  for (int i = 0; i < N; i++) {
    loc[3 * i] = loc[3 * i + 1] = 1;
    loc[3 * i + 2] = where[i];
  }
  const int64_t from[3] = {2, 2, 5}, to[3] = {1, 1, N};
  const struct memory memory = memory_new(DT_F32, 3, from, twice);
  const struct warp_field field = {locate_given, loc};
  struct err err = ERR_INIT;
  array_check(warp_view(&arena, &memory.view, to, &field, WARP_COMPATIBLE, &err), zeroed,
              10);
  array_check(warp_view(&arena, &memory.view, to, &field, WARP_KEPT, &err), kept, 10);
}

/* One step of a case of augment_numpy.json; *keep: what its view needs. */
static const struct view *numpy_step(const struct view *below, const json_t *step,
                                     enum warp_border border, float **keep)
{
  struct err err = ERR_INIT;
  size_t n;
  struct warp_field field;
  if (json_object_get(step, "theta")) {
    *keep = golden_floats(step, "theta", &n);
    field = warp_affine(*keep);
  } else {
    int64_t shape[ND_MAX];
    *keep = golden_floats(step, "low", &n);
    const int nd = golden_shape(step, "low_shape", shape);
    struct memory *low = arena_alloc(&arena, sizeof *low, &err);
    *low = memory_new(DT_F32, nd, shape, *keep);
    const struct view *ddf = augment_field(&low->view, below->shape, &arena, &err);
    float *want = golden_floats(step, "ddf", &n);
    array_check(ddf, want, 10);
    free(want);
    field = warp_ddf(ddf);
  }
  return warp_view(&arena, below, below->shape, &field, border, &err);
}

static void test_numpy(const json_t *golden)
{
  size_t i, s, n;
  json_t *item, *step;
  json_array_foreach(json_object_get(golden, "cases"), i, item)
  {
    int64_t shape[3];
    float *in = golden_floats(item, "in", &n), *keep[4] = {0};
    float *out = golden_floats(item, "out", &n);
    golden_shape(item, "shape", shape);
    const struct memory memory = memory_new(DT_F32, 3, shape, in);
    const struct view *view = &memory.view;
    json_array_foreach(json_object_get(item, "steps"), s, step) view =
        numpy_step(view, step, border_of(item), &keep[s]);
    array_check(view, out, 100);
    for (s = 0; s < 4; s++)
      free(keep[s]);
    free(in);
    free(out);
  }
  CHECK(i == 15);
}

static void test_quantiles(const json_t *golden)
{
  size_t i;
  json_t *item;
  json_array_foreach(json_object_get(golden, "quantiles"), i, item)
  {
    const double p = strtod(json_string_value(json_array_get(item, 0)), NULL);
    const double want = strtod(json_string_value(json_array_get(item, 1)), NULL);
    CHECK(fabs(normal_quantile(p) - want) <= 1e-15 * fabs(want));
  }
  CHECK(i == 12);
}

/* --- how it is read ---------------------------------------------------------------- */

/* Locations that a hash scatters over the array below. */
static int locate_anywhere(const void *ctx, const int64_t off[3], const int64_t shape[3],
                           float *loc, struct err *err)
{
  (void)err;
  const struct view *below = ctx;
  int64_t at[3] = {0};
  do {
    for (int d = 0; d < 3; d++) {
      uint64_t hash = (uint64_t)d;
      for (int e = 0; e < 3; e++)
        hash = (hash ^ (uint64_t)(off[e] + at[e])) * UINT64_C(0x9e3779b97f4a7c15);
      *loc++ = (float)(hash >> 40) / 0x1p24f * (float)below->shape[d];
    }
  } while (nd_next(3, shape, at));
  return 0;
}

static void test_scattered(void)
{
  const int64_t from[3] = {50, 60, 70}, to[3] = {20, 21, 22};
  struct synth synth = synth_new(DT_I32, 3, from);
  const struct warp_field field = {locate_anywhere, &synth.view};
  struct err err = ERR_INIT;
  const struct view *view = warp_view(&arena, &synth.view, to, &field, WARP_KEPT, &err);
  float *all = memory_of(view);
  bool same = true;
  int64_t at[3] = {0};
  const int64_t one[3] = {1, 1, 1};
  do
    same &= array_check_box(view, at, one, all);
  while (nd_next(3, to, at));
  CHECK(same);
  array_check(view, all, 20);
  free(all);
}

/* A shear of a tenth in all directions, as DeepReg's default draws it. */
static const float shear[12] = {0.9f,   0.05f, -0.05f, 0.05f,  0.95f, 0.05f,
                                -0.05f, 0.05f, 0.9f,   -0.05f, 0.05f, 0.05f};

static void test_little_is_read(void)
{
  const int64_t shape[3] = {100, 110, 120}, one[3] = {1, 1, 1}, at[3] = {50, 60, 70};
  struct synth synth = synth_new(DT_F32, 3, shape);
  const struct warp_field field = warp_affine(shear);
  struct err err = ERR_INIT;
  const struct view *view =
      warp_view(&arena, &synth.view, shape, &field, WARP_KEPT, &err);
  float voxel;
  CHECK(!view_read_box(view, at, one, &voxel, &err));
  CHECK(synth.voxels == 8);
  float *all = memory_of(view);
  CHECK(synth.voxels < 4 * nd_count(3, shape));
  array_check(view, all, 10);
  free(all);
}

/* Nothing below is touched: zeros without a read. */
static void test_nothing_is_read(void)
{
  const int64_t shape[3] = {8, 9, 10};
  static const float away[12] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, -10, 0};
  struct synth synth = synth_new(DT_F32, 3, shape);
  const struct warp_field field = warp_affine(away);
  struct err err = ERR_INIT;
  float *all = memory_of(warp_view(&arena, &synth.view, shape, &field, WARP_KEPT, &err));
  bool zero = true;
  for (int i = 0; i < 8 * 9 * 10; i++)
    zero &= all[i] == 0;
  CHECK(zero && synth.reads == 0);
  free(all);
}

static void test_failures(void)
{
  const int64_t shape[3] = {8, 9, 10}, long_one[3] = {1, 1, WARP_EXTENT_MAX + 1};
  struct synth synth = synth_new(DT_F32, 3, shape), flat = synth_new(DT_F32, 2, shape),
               complex = synth_new(DT_C64, 3, shape);
  const struct warp_field field = warp_affine(shear);
  struct err err = ERR_INIT;
  CHECK(!warp_view(&arena, &flat.view, shape, &field, WARP_KEPT, &err));
  CHECK(err.errnum == EINVAL && strstr(err.msg, "expected an array of three axes"));
  err = (struct err)ERR_INIT;
  CHECK(!warp_view(&arena, &complex.view, shape, &field, WARP_KEPT, &err));
  CHECK(err.errnum == EINVAL);
  err = (struct err)ERR_INIT;
  CHECK(!warp_view(&arena, &synth.view, long_one, &field, WARP_KEPT, &err));
  CHECK(err.errnum == EINVAL && strstr(err.msg, "expected at most 16777216 voxels"));
  err = (struct err)ERR_INIT;
  const struct view *view =
      warp_view(&arena, &synth.view, shape, &field, WARP_KEPT, &err);
  const int64_t off[3] = {0};
  float out[8 * 9 * 10];
  synth.errnum = EIO;
  CHECK(view_read_box(view, off, shape, out, &err) && err.errnum == EIO);
}

int main(void)
{
  arena_init(&arena);
  json_t *recorded = golden_load("deepreg_augment");
  json_t *numpy = golden_load("augment_numpy");
  test_recorded_affines(recorded);
  test_recorded_locations(recorded);
  test_borders();
  test_numpy(numpy);
  test_quantiles(numpy);
  test_scattered();
  test_little_is_read();
  test_nothing_is_read();
  test_failures();
  json_decref(recorded);
  json_decref(numpy);
  arena_free(&arena);
  return check_report("test_warp");
}
