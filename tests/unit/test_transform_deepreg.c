/* DeepReg's values: its normalisation and its resize against what its code recorded, the
 * documented form of the normalisation and spacing against numpy. */
#include <errno.h>
#include <math.h>

#include "core/transform/transform.h"
#include "core/view/resample.h"
#include "tests/support/array_check.h"

static struct arena arena;
static uint64_t key; /* of the array of this test: another one each time */

static struct transform_item item_of(const struct view *view)
{
  struct transform_item item = {
      .view = view, .scan = view, .channel_axis = -1, .item_key = ++key, .scan_key = key};
  geometry_identity(&item.geo);
  return item;
}

static int apply(const char *text, struct transform_item *item, struct err *err)
{
  struct step_list list;
  return transform_parse(text, &arena, &list, err) ||
         transform_apply(&list, item, &arena, err);
}

static const struct view *transformed(const char *text, const struct view *view)
{
  struct transform_item item = item_of(view);
  struct err err = ERR_INIT;
  CHECK(!apply(text, &item, &err));
  return item.view;
}

/* --- normalisation ----------------------------------------------------------------- */

/* Bit for bit, but for the sign of a NaN. */
static void check_floats(const struct view *view, const float *want, size_t n)
{
  float *got = memory_of(view);
  for (size_t i = 0; i < n; i++)
    CHECK(isnan(want[i]) ? isnan(got[i]) : !memcmp(&got[i], &want[i], sizeof *got));
  free(got);
}

static void check_refused(const struct view *view)
{
  const int64_t off[1] = {0};
  float out[8];
  struct err err = ERR_INIT;
  CHECK(view_read_box(view, off, view->shape, out, &err) && err.errnum == EIO);
}

/* The cases with explicit bounds that clip on both sides are what "window" does. */
static const char *transform_for(const json_t *item)
{
  const json_t *bounds = json_object_get(item, "kw");
  if (!json_object_size(bounds))
    return "minmax";
  return json_object_size(bounds) == 2 ? "window:0:1" : NULL;
}

static void test_recorded_normalisation(void)
{
  json_t *golden = golden_load("deepreg_normalize"), *item;
  size_t i;
  int compared = 0;
  json_array_foreach(json_object_get(golden, "cases"), i, item)
  {
    size_t n;
    float *in = golden_floats(item, "in", &n);
    float *out = golden_floats(item, "out", &n);
    const int64_t shape[1] = {(int64_t)strlen(golden_text(item, "in")) / 8};
    const struct memory memory = memory_new(DT_F32, 1, shape, in);
    const char *text = transform_for(item);
    if (text && json_object_get(item, "error"))
      check_refused(transformed(text, &memory.view));
    else if (text)
      check_floats(transformed(text, &memory.view), out, n);
    compared += text != NULL;
    free(in);
    free(out);
  }
  CHECK(compared == 10);
  json_decref(golden);
}

static void test_minmax_eps(const json_t *numpy)
{
  size_t i, n;
  json_t *item;
  json_array_foreach(json_object_get(numpy, "minmax_eps"), i, item)
  {
    char text[40];
    float *in = golden_floats(item, "in", &n);
    float *out = golden_floats(item, "out", &n);
    const int64_t shape[1] = {(int64_t)n};
    const struct memory memory = memory_new(DT_F32, 1, shape, in);
    const double eps = json_number_value(json_object_get(item, "eps"));
    snprintf(text, sizeof text, "minmax_eps:%g", eps);
    array_check(transformed(text, &memory.view), out, 5);
    if (eps == 1e-6)
      array_check(transformed("minmax_eps", &memory.view), out, 5);
    free(in);
    free(out);
  }
  CHECK(i == 8);
}

static void test_minmax_eps_of_scan(void)
{
  static const float scan[4] = {0, 2, 4, 8};
  const int64_t whole[1] = {4}, part[1] = {2};
  const struct memory all = memory_new(DT_F32, 1, whole, scan);
  const struct memory first = memory_new(DT_F32, 1, part, scan);
  struct transform_item item = item_of(&first.view);
  struct err err = ERR_INIT;
  item.scan = &all.view;
  item.scan_key = ++key;
  CHECK(!apply("minmax_eps:1:scan", &item, &err));
  const float want[2] = {1.f / 9, 3.f / 9};
  array_check(item.view, want, 3);
}

static void test_nan(void)
{
  static const float in[2] = {1, NAN};
  const int64_t shape[1] = {2};
  const struct memory memory = memory_new(DT_F32, 1, shape, in);
  check_refused(transformed("minmax_eps", &memory.view));
}

/* --- resize ------------------------------------------------------------------------ */

static void test_recorded_resizes(const json_t *golden)
{
  size_t i, n;
  json_t *item;
  json_array_foreach(json_object_get(golden, "cases"), i, item)
  {
    int64_t from[3], to[3];
    char text[80];
    float *in = golden_floats(item, "in", &n);
    float *out = golden_floats(item, "out", &n);
    golden_shape(item, "in_shape", from);
    golden_shape(item, "out_shape", to);
    snprintf(text, sizeof text, "resize:%lldx%lldx%lld", (long long)to[0],
             (long long)to[1], (long long)to[2]);
    const struct memory memory = memory_new(DT_F32, 3, from, in);
    array_check(transformed(text, &memory.view), out, 50);
    free(in);
    free(out);
  }
  CHECK(i == 8);
}

static void check_taps(const json_t *item, int64_t n, int64_t m)
{
  size_t count;
  float *fraction = golden_floats(item, "lerp_hex", &count);
  double low[200], high[200];
  struct tap taps[200];
  const json_t *lower = json_object_get(item, "lower");
  CHECK((int64_t)count == m && golden_numbers(lower, low, 200) == count);
  CHECK(golden_numbers(json_object_get(item, "upper"), high, 200) == count);
  resample_taps(RESAMPLE_LERP, n, m, 0, m, taps);
  for (size_t o = 0; o < count; o++) {
    CHECK(taps[o].at == (int64_t)low[o] && taps[o].weight[0] == fraction[o]);
    CHECK(taps[o].at + taps[o].next == (int64_t)high[o]);
  }
  free(fraction);
}

/* Which two voxels each one lies between, and where, along axes of all kinds of
 * extents. */
static void test_recorded_weights(const json_t *golden)
{
  const char *name;
  json_t *item;
  int compared = 0;
  json_object_foreach(json_object_get(golden, "weights"), name, item)
  {
    long long n, m;
    if (CHECK(sscanf(name, "%lld->%lld", &n, &m) == 2 && m <= 200))
      check_taps(item, n, m);
    compared++;
  }
  CHECK(compared == 15);
}

/* --- spacing ----------------------------------------------------------------------- */

static void check_spacing(const json_t *item)
{
  const int64_t shape[3] = {4, 5, 6};
  size_t n;
  int64_t to[3];
  double affine[16], want[16], mm[3];
  char text[80];
  struct err err = ERR_INIT;
  float *in = golden_floats(item, "in", &n);
  float *out = golden_floats(item, "out", &n);
  golden_shape(item, "shape", to);
  CHECK(golden_numbers(json_object_get(item, "target"), mm, 3) == 3);
  CHECK(golden_numbers(json_object_get(item, "affine"), affine, 16) == 12);
  CHECK(golden_numbers(json_object_get(item, "out_affine"), want, 16) == 12);
  const struct memory memory = memory_new(DT_F32, 3, shape, in);
  struct transform_item moved = item_of(&memory.view);
  const double unit = json_number_value(json_object_get(item, "unit_mm"));
  moved.geo.xyzt_units = unit == 1000 ? 1 : unit == 0.001 ? 3 : 2;
  moved.geo.has_affine = true;
  memcpy(moved.geo.affine, affine, sizeof moved.geo.affine);
  snprintf(text, sizeof text, "spacing:%.17g:%.17g:%.17g", mm[0], mm[1], mm[2]);
  CHECK(!apply(text, &moved, &err));
  CHECK(!memcmp(moved.view->shape, to, sizeof to));
  array_check(moved.view, out, 30);
  for (int i = 0; i < 12; i++)
    CHECK(fabs(moved.geo.affine[i / 4][i % 4] - want[i]) < 1e-12);
  free(in);
  free(out);
}

static void test_spacing(const json_t *numpy)
{
  size_t i;
  json_t *item;
  json_array_foreach(json_object_get(numpy, "spacing"), i, item) check_spacing(item);
  CHECK(i == 7);
}

/* Twice as fine: a mask repeats its voxels and stays what it is, an image does not; the
 * fourth axis is no space. */
static void test_spacing_of_masks(void)
{
  static const uint8_t in[4] = {1, 2, 3, 4};
  static const uint8_t twice[8] = {1, 2, 1, 2, 3, 4, 3, 4};
  const int64_t shape[4] = {2, 1, 1, 2};
  const struct memory memory = memory_new(DT_U8, 4, shape, in);
  struct transform_item item = item_of(&memory.view);
  struct err err = ERR_INIT;
  item.mask = item.geo.has_affine = true;
  CHECK(!apply("spacing:0.5:1:1", &item, &err) && item.view->dtype == DT_U8);
  uint8_t *got = memory_of(item.view);
  CHECK(item.view->shape[0] == 4 && item.view->shape[3] == 2);
  CHECK(!memcmp(got, twice, sizeof twice));
  free(got);
  item = item_of(&memory.view);
  item.mask = item.geo.has_affine = true;
  CHECK(!apply("spacing:0.5:1:1:mask_order=1", &item, &err));
  const float linear[8] = {1, 2, 1.5f, 2.5f, 2.5f, 3.5f, 3, 4};
  array_check(item.view, linear, 10);
}

/* --- what is refused --------------------------------------------------------------- */

static void test_refused(void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
      {"minmax_eps:0", "expected a number greater than 0, found '0'"},
      {"minmax_eps:-1", "expected a number greater than 0, found '-1'"},
      {"minmax_eps:inf", "expected a number greater than 0, found 'inf'"},
      {"minmax_eps:1:2", "expected at most one number, found '2' too"},
      {"minmax_eps:scna", "unknown argument 'scna'"},
      {"spacing", "expected a distance in mm, found ''"},
      {"spacing:fine", "expected a distance in mm, found 'fine'"},
      {"spacing:0", "expected a distance in mm greater than 0, found '0'"},
      {"spacing:1:-2:1", "expected a distance in mm greater than 0, found '-2'"},
      {"spacing:1:order=3", "order=: expected 0 or 1, found '3'"},
      {"spacing:1:ordr=1", "unknown argument 'ordr=1'"},
      {"spacing:1:2", "expected 1 or 3 distances, found 2"},
      {"spacing:1e-300", "axis 0: 4 voxels of 1 mm cannot become voxels of 1e-300 mm"},
  };
  const int64_t shape[3] = {4, 5, 6};
  struct synth synth = synth_new(DT_F32, 3, shape);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct transform_item item = item_of(&synth.view);
    struct err err = ERR_INIT;
    item.geo.has_affine = true;
    CHECK(apply(cases[i].text, &item, &err) && err.errnum == EINVAL);
    if (!CHECK(strstr(err.msg, cases[i].message)))
      fprintf(stderr, "  %s: %s\n", cases[i].text, err.msg);
  }
}

/* No spacing is not a spacing of 1; one from a description is known. */
static void test_unknown_spacing(void)
{
  const int64_t shape[3] = {4, 5, 6};
  struct synth synth = synth_new(DT_F32, 3, shape);
  struct transform_item item = item_of(&synth.view);
  struct err err = ERR_INIT;
  CHECK(apply("spacing:1", &item, &err) && err.errnum == EINVAL);
  CHECK(strstr(err.msg, "expected an array whose spacing is known, found none"));
  err = (struct err)ERR_INIT;
  item.geo.affine[0][0] = 2;
  CHECK(!apply("spacing:1", &item, &err) && item.view->shape[0] == 8);
}

int main(void)
{
  arena_init(&arena);
  json_t *resize = golden_load("deepreg_resize");
  json_t *numpy = golden_load("augment_numpy");
  test_recorded_normalisation();
  test_minmax_eps(numpy);
  test_minmax_eps_of_scan();
  test_nan();
  test_recorded_resizes(resize);
  test_recorded_weights(resize);
  test_spacing(numpy);
  test_spacing_of_masks();
  test_refused();
  test_unknown_spacing();
  json_decref(resize);
  json_decref(numpy);
  arena_free(&arena);
  return check_report("test_transform_deepreg");
}
