/* Statistics of whole arrays: against exact sums, once for each array, by any number of
 * readers; and what minmax and zscore make of them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/transform/transform_table.h"
#include "tests/support/synth.h"
#include "tests/support/threads.h"

static uint64_t key; /* of the array of this test: another one each time */

/* --- an array in memory ------------------------------------------------------------ */

struct memory {
  struct view view;
  double *voxel;
};

static int memory_read(const struct view *view, const int64_t *off, const int64_t *shape,
                       void *out, const int64_t *ostride, struct err *err)
{
  const struct memory *self = (const struct memory *)view;
  for (int64_t i = 0; i < shape[0]; i++)
    memcpy((char *)out + i * ostride[0], &self->voxel[off[0] + i], sizeof(double));
  return 0;
}

/* x = (x * 1103515245 + 12345) mod 2^31 from 12345 on, as x / 2^31 * 1000 + 1e6: a small
 * spread on a large mean, where a careless sum of squares loses all digits. */
static struct memory memory_new(int64_t n)
{
  static const struct view_ops ops = {.name = "memory", .read_region = memory_read};
  struct memory memory = {{.ops = &ops, .dtype = DT_F64, .nd = 1, .shape = {n}},
                          malloc((size_t)n * sizeof(double))};
  uint32_t x = 12345;
  for (int64_t i = 0; i < n; i++) {
    x = (x * UINT32_C(1103515245) + 12345) & 0x7fffffff;
    memory.voxel[i] = x / 2147483648.0 * 1000 + 1e6;
  }
  return memory;
}

static bool near(double a, double b)
{
  return fabs(a - b) <= 1e-12 * fabs(b);
}

/* mean and std by Python's fractions (exact), rounded once; min and max by numpy. */
static void test_exact(void)
{
  static const struct {
    int64_t n;
    double mean, std, min, max;
  } cases[] = {{300007, 1000499.6371440535, 288.3611134534968, 1000000.0098231249,
                1000999.992673751},
               {1000, 1000496.9107497763, 287.1389245246942, 1000000.1581977122,
                1000999.3934328668},
               {1, 1000655.1540484652, 0, 1000655.1540484652, 1000655.1540484652}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct memory memory = memory_new(cases[i].n);
    struct stats stats;
    struct err err = ERR_INIT;
    CHECK(!stats_of(&memory.view, ++key, &stats, &err));
    CHECK(near(stats.mean, cases[i].mean) && near(stats.std, cases[i].std));
    CHECK(stats.min == cases[i].min && stats.max == cases[i].max && !stats.nan);
    free(memory.voxel);
  }
}

static void test_nan(void)
{
  struct memory memory = memory_new(10000);
  struct stats stats;
  struct err err = ERR_INIT;
  memory.voxel[5000] = NAN;
  CHECK(!stats_of(&memory.view, ++key, &stats, &err));
  CHECK(stats.nan && stats.min > 1e6 && stats.max < 1001000);
  free(memory.voxel);
}

static void test_empty(void)
{
  const int64_t shape[] = {3, 0};
  struct synth synth = synth_new(DT_I16, 2, shape);
  struct stats stats;
  struct err err = ERR_INIT;
  CHECK(!stats_of(&synth.view, ++key, &stats, &err) && synth.reads == 0);
}

/* --- once -------------------------------------------------------------------------- */

static const int64_t big[] = {70, 80, 90};
enum { BIG = 70 * 80 * 90 };

static void test_once(void)
{
  struct synth synth = synth_new(DT_I32, 3, big);
  struct stats stats;
  struct err err = ERR_INIT;
  key++;
  for (int i = 0; i < 3; i++)
    CHECK(!stats_of(&synth.view, key, &stats, &err));
  CHECK(synth.voxels == BIG);
  CHECK(stats.min == 0 && stats.max == BIG - 1 && near(stats.mean, (BIG - 1) / 2.0));
  CHECK(!stats_of(&synth.view, ++key, &stats, &err) && synth.voxels == 2 * BIG);
}

static void *ask(void *ctx)
{
  const struct synth *synth = ctx;
  struct stats stats;
  struct err err = ERR_INIT;
  CHECK(!stats_of(&synth->view, key, &stats, &err) && stats.max == BIG - 1);
  return NULL;
}

static void test_once_by_many(void)
{
  struct synth synth = synth_new(DT_I32, 3, big);
  key++;
  threads_run(8, ask, &synth, 0);
  CHECK(synth.voxels == BIG);
}

/* A failure is told, and not kept. */
static void test_failure(void)
{
  struct synth synth = synth_new(DT_I32, 3, big);
  struct stats stats;
  struct err err = ERR_INIT, none = ERR_INIT;
  synth.errnum = EIO;
  key++;
  CHECK(stats_of(&synth.view, key, &stats, &err) && err.errnum == EIO);
  synth.errnum = 0;
  CHECK(!stats_of(&synth.view, key, &stats, &none) && stats.max == BIG - 1);
}

/* --- in a list --------------------------------------------------------------------- */

/* The transforms on int16 0..23; *reads: of the array below. */
static int apply(const char *text, float out[24], long long *voxels, struct err *err)
{
  const int64_t shape[] = {2, 3, 4}, zero[] = {0, 0, 0};
  struct synth synth = synth_new(DT_I16, 3, shape);
  struct transform_item item = {
      .view = &synth.view, .channel_axis = -1, .scan = &synth.view};
  struct step_list list;
  struct arena arena;
  item.item_key = ++key;
  item.scan_key = ++key;
  arena_init(&arena);
  geometry_identity(&item.geo);
  int rc = transform_parse(text, &arena, &list, err) ||
           transform_apply(&list, &item, &arena, err);
  for (int i = 0; !rc && i < 2; i++) /* twice: the second time with what is known */
    rc = item.view->dtype != DT_F32 || view_read_box(item.view, zero, shape, out, err);
  *voxels = synth.voxels;
  arena_free(&arena);
  return rc ? -1 : 0;
}

/* (x - 0) / 23 and (x - 11.5) / numpy.arange(24).std() in float32. */
static void test_normalise(void)
{
  float out[24];
  long long voxels;
  struct err err = ERR_INIT;
  bool right = !apply("minmax", out, &voxels, &err);
  for (int i = 0; right && i < 24; i++)
    right = out[i] == (float)i / 23.0f;
  CHECK(right && voxels == 3 * 24);
  right = !apply("zscore:scan", out, &voxels, &err);
  for (int i = 0; right && i < 24; i++)
    right = out[i] == (float)((i - 11.5) / 6.922186552431729);
  CHECK(right && voxels == 3 * 24);
}

/* The second step's statistics are of what the first one made. */
static void test_twice_in_a_list(void)
{
  float out[24];
  long long voxels;
  struct err err = ERR_INIT;
  bool right = !apply("clip:4:8+minmax", out, &voxels, &err);
  for (int i = 0; right && i < 24; i++)
    right = out[i] == (float)((i < 4 ? 4 : i > 8 ? 8 : i) - 4) / 4.0f;
  CHECK(right);
  right = !apply("minmax+zscore", out, &voxels, &err);
  double sum = 0;
  for (int i = 0; right && i < 24; i++)
    sum += out[i];
  CHECK(right && fabs(sum) < 1e-5 && out[23] > 1.66f && out[23] < 1.6614f);
}

int main(void)
{
  test_exact();
  test_nan();
  test_empty();
  test_once();
  test_once_by_many();
  test_failure();
  test_normalise();
  test_twice_in_a_list();
  return check_report("transform_stats");
}
