/* view_pointwise and view_cast: rows of every layout, bounded reads, errors. */
#include "core/base/cancel.h"
#include "tests/support/view_check.h"

static int64_t expect_twice(const void *ctx, const int64_t *at)
{
  const struct view *view = ctx;
  int64_t index = 0;
  for (int d = 0; d < view->nd; d++)
    index = index * view->shape[d] + at[d];
  return 2 * index;
}

static atomic_llong rows;

static int twice_row(const void *arg, enum dtype from, const void *in, void *out,
                     ptrdiff_t step, size_t n, struct err *err)
{
  const int32_t *values = in;
  rows++;
  for (size_t i = 0; i < n; i++) {
    double value = 2.0 * values[i];
    memcpy((char *)out + (ptrdiff_t)i * step, &value, sizeof value);
  }
  return 0;
}

static void test_random(void)
{
  for (int i = 0; i < 100; i++) {
    int nd = (int)view_check_pick(5);
    int64_t shape[ND_MAX];
    for (int d = 0; d < nd; d++)
      shape[d] = 1 + view_check_pick(view_check_pick(3) ? 5 : 60);
    struct synth synth = synth_new(DT_I32, nd, shape);
    struct arena arena;
    struct err err = ERR_INIT;
    arena_init(&arena);
    view_check(view_pointwise(&arena, &synth.view, DT_F64, NULL, twice_row, NULL, &err),
               expect_twice, &synth.view, 5);
    arena_free(&arena);
  }
}

/* Short rows: few large reads from below, few large rows, in either order of axes. */
static void test_short_rows(void)
{
  const int64_t shape[] = {300, 200, 3}, zero[] = {0, 0, 0};
  static double out[300 * 200 * 3];
  struct synth synth = synth_new(DT_I32, 3, shape);
  struct arena arena;
  struct err err = ERR_INIT;
  arena_init(&arena);
  const struct view *view =
      view_pointwise(&arena, &synth.view, DT_F64, NULL, twice_row, NULL, &err);
  for (int fortran = 0; fortran < 2; fortran++) {
    int64_t stride[3];
    nd_strides(3, shape, 8, fortran, stride);
    synth.reads = rows = 0;
    CHECK(!view_read_region(view, zero, shape, out, stride, &err));
    CHECK(synth.reads <= 24 && rows <= 24);
    CHECK(out[fortran ? 1 : 600] == 1200);
  }
  arena_free(&arena);
}

static int prepare_fails(const void *arg, struct err *err)
{
  return err_set(err, EIO, "no statistics");
}

static int row_fails(const void *arg, enum dtype from, const void *in, void *out,
                     ptrdiff_t step, size_t n, struct err *err)
{
  return err_set(err, EIO, "row");
}

static int read_one(const struct view *view, void *out, struct err *err)
{
  const int64_t zero[ND_MAX] = {0};
  *err = (struct err)ERR_INIT;
  return view_read_box(view, zero, view->shape, out, err);
}

static void test_errors(void)
{
  const int64_t shape[] = {2, 3};
  struct synth synth = synth_new(DT_I32, 2, shape);
  struct arena arena;
  struct err err = ERR_INIT;
  double out[6];
  arena_init(&arena);
  const struct view *view =
      view_pointwise(&arena, &synth.view, DT_F64, prepare_fails, twice_row, NULL, &err);
  CHECK(read_one(view, out, &err) == -1 && !strcmp(err.msg, "no statistics"));
  CHECK(synth.reads == 0);
  view = view_pointwise(&arena, &synth.view, DT_F64, NULL, row_fails, NULL, &err);
  CHECK(read_one(view, out, &err) == -1 && !strcmp(err.msg, "row"));
  view = view_pointwise(&arena, &synth.view, DT_F64, NULL, twice_row, NULL, &err);
  const atomic_bool gone = true;
  cancel_set(&gone);
  CHECK(read_one(view, out, &err) == -1 && err.errnum == EINTR);
  cancel_set(NULL);
  CHECK(read_one(view, out, &err) == 0 && out[5] == 10);
  synth.errnum = EIO;
  CHECK(read_one(view, out, &err) == -1 && err.errnum == EIO);
  arena_free(&arena);
}

static int64_t expect_same(const void *ctx, const int64_t *at)
{
  return expect_twice(ctx, at) / 2;
}

static void test_cast(void)
{
  const int64_t shape[] = {7, 3, 5};
  struct arena arena;
  struct err err = ERR_INIT;
  arena_init(&arena);
  for (int from = DT_U8; from < DT_COUNT; from++)
    for (int to = DT_U8; to < DT_COUNT; to++) {
      if (dtype_table[from].kind == 'c' && dtype_table[to].kind != 'c')
        continue;
      struct synth synth = synth_new((enum dtype)from, 3, shape);
      view_check(view_cast(&arena, &synth.view, (enum dtype)to, &err), expect_same,
                 &synth.view, 3);
    }
  struct synth complex_synth = synth_new(DT_C64, 3, shape);
  CHECK(!view_cast(&arena, &complex_synth.view, DT_F32, &err) && err.errnum == EINVAL);
  arena_free(&arena);
}

static int nan_row(const void *arg, enum dtype from, const void *in, void *out,
                   ptrdiff_t step, size_t n, struct err *err)
{
  const double nan = __builtin_nan("");
  for (size_t i = 0; i < n; i++)
    memcpy((char *)out + (ptrdiff_t)i * step, &nan, sizeof nan);
  return 0;
}

static void test_cast_of_nan(void)
{
  const int64_t shape[] = {4};
  struct synth synth = synth_new(DT_F64, 1, shape);
  struct arena arena;
  struct err err = ERR_INIT;
  int16_t out[4];
  float floats[4];
  arena_init(&arena);
  const struct view *nans =
      view_pointwise(&arena, &synth.view, DT_F64, NULL, nan_row, NULL, &err);
  const struct view *view = view_cast(&arena, nans, DT_I16, &err);
  CHECK(read_one(view, out, &err) == -1 && err.errnum == EIO);
  CHECK(strstr(err.msg, "int16"));
  view = view_cast(&arena, nans, DT_F32, &err);
  CHECK(read_one(view, floats, &err) == 0 && floats[0] != floats[0]);
  arena_free(&arena);
}

int main(void)
{
  test_random();
  test_short_rows();
  test_errors();
  test_cast();
  test_cast_of_nan();
  return check_report("view_pointwise");
}
