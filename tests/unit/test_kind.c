/* The arithmetic of patches, slices and chunks: boxes against patches_cases.h and PyTC's,
 * ends and refusals, names, places. */
#include "core/kind/grid.h"

#include <errno.h>
#include <string.h>

#include "tests/support/check.h"
#include "tests/support/grid_names.h"
#include "tests/unit/patches_cases.h"

/* A plan that lives until the next call. */
static int plan_of(const struct kind *kind, const char *name, int nd,
                   const int64_t *extent, struct plan *out, struct err *err)
{
  static struct arena arena;
  static struct view_params params;
  struct space space = {.nd = nd};
  memcpy(space.extent, extent, (size_t)nd * sizeof *extent);
  arena_free(&arena);
  arena_init(&arena);
  if (view_params_parse(&params, kind->bit, name, &arena, err))
    return -1;
  return grid_plan(kind, &params, &space, out, err);
}

#define EXTENT(...)                                                                      \
  (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[])                 \
  {                                                                                      \
    __VA_ARGS__                                                                          \
  }

static int64_t count(const struct kind *kind, const char *name, int nd,
                     const int64_t *extent)
{
  struct plan plan;
  struct err err = ERR_INIT;
  return plan_of(kind, name, nd, extent, &plan, &err) ? -err.errnum : plan.count;
}

static int64_t start(const struct plan *plan, int64_t item, int axis)
{
  struct box box;
  grid_box(plan, item, &box);
  return box.start[axis];
}

static void test_starts(void)
{
  for (size_t i = 0; i < sizeof patches_cases / sizeof *patches_cases; i++) {
    const struct patches_case *c = &patches_cases[i];
    struct plan plan;
    struct err err = ERR_INIT;
    bool right = !plan_of(&kind_patches, c->params, 1, &c->extent, &plan, &err) &&
                 plan.count == c->n;
    for (int item = 0; right && item < c->n; item++)
      right = start(&plan, item, 0) == c->start[item];
    if (!CHECK(right))
      fprintf(stderr, "  %lld: %s: %s\n", (long long)c->extent, c->params, err.msg);
  }
}

/* Row-major: the last axis runs fastest. */
static void test_order(void)
{
  struct plan plan;
  struct err err = ERR_INIT;
  CHECK(!plan_of(&kind_patches, "size=2x3x4", EXTENT(4, 3, 9), &plan, &err));
  CHECK(plan.count == 2 * 1 * 3);
  static const int64_t right[6][3] = {{0, 0, 0}, {0, 0, 4}, {0, 0, 5},
                                      {2, 0, 0}, {2, 0, 4}, {2, 0, 5}};
  for (int item = 0; item < 6; item++)
    for (int d = 0; d < 3; d++)
      CHECK(start(&plan, item, d) == right[item][d]);
}

static void test_patches_ends(void)
{
  CHECK(count(&kind_patches, "default", EXTENT(130, 10, 64)) == 3);
  CHECK(count(&kind_patches, "size=:x2", EXTENT(7, 5)) == 3);
  CHECK(count(&kind_patches, "size=:x2,pad=1x0", EXTENT(7, 5)) == -EINVAL);
  CHECK(count(&kind_patches, "size=3", EXTENT(0, 9)) == 0);
  CHECK(count(&kind_patches, "size=8,small=error", EXTENT(7)) == -EINVAL);
  CHECK(count(&kind_patches, "size=8,small=error,pad=1", EXTENT(6)) == 1);
  CHECK(count(&kind_patches, "size=8,pad=auto,remainder=drop", EXTENT(7)) == 1);
  CHECK(count(&kind_patches, "size=3,pad=3", EXTENT(7)) == -EINVAL);
  CHECK(count(&kind_patches, "size=3x3", EXTENT(7)) == -EINVAL);
  CHECK(count(&kind_patches, "size=3,stride=2x2", EXTENT(7, 7, 7)) == -EINVAL);
  CHECK(count(&kind_patches, "size=2147483647,stride=1", EXTENT(1)) == 1);
  CHECK(count(&kind_patches, "size=2147483648", EXTENT(1)) == -EINVAL);
  /* 2^40 places on each of two axes are more than 2^63 items */
  CHECK(count(&kind_patches, "size=1", EXTENT(INT64_C(1) << 40, INT64_C(1) << 40)) ==
        -EINVAL);
  CHECK(count(&kind_patches, "size=1", EXTENT(INT64_C(1) << 40, 1 << 20)) == INT64_C(1)
                                                                                 << 60);
}

/* MedSegPy's rules: stride 1, what is too small has none (but with automatic padding, the
 * default), a size of one entry more. */
static void test_patches_medsegpy(void)
{
  CHECK(count(&kind_patches, "preset=medsegpy,size=3", EXTENT(7)) == 5);
  CHECK(count(&kind_patches, "preset=medsegpy,size=8,pad=0", EXTENT(7)) == 0);
  /* "with the default stride 1 it yields p+1 shifted copies" */
  CHECK(count(&kind_patches, "preset=medsegpy,size=10", EXTENT(7)) == 4);
  CHECK(count(&kind_patches, "preset=medsegpy,size=7x7x1x1", EXTENT(7, 7, 4)) == 4);
  CHECK(count(&kind_patches, "preset=medsegpy,size=7x7", EXTENT(7, 7, 4)) == 4);
  CHECK(count(&kind_patches, "preset=medsegpy,size=7x7x4x1x1", EXTENT(7, 7, 4)) ==
        -EINVAL);
}

static void test_slices(void)
{
  struct plan plan;
  struct err err = ERR_INIT;
  CHECK(count(&kind_slices, "default", EXTENT(5, 6, 7)) == 5);
  CHECK(count(&kind_slices, "axis=auto", EXTENT(5, 6, 7)) == 5);
  CHECK(count(&kind_slices, "preset=medsegpy", EXTENT(5, 6, 7)) == 7);
  CHECK(count(&kind_slices, "preset=medsegpy,axis=1", EXTENT(5, 6, 7)) == 6);
  CHECK(count(&kind_slices, "axis=2", EXTENT(5, 6, 7)) == 7);
  CHECK(count(&kind_slices, "axis=3", EXTENT(5, 6, 7)) == -EINVAL);
  CHECK(count(&kind_slices, "default", EXTENT(5)) == -EINVAL);
  CHECK(count(&kind_slices, "default", EXTENT(5, 6)) == 1);
  CHECK(count(&kind_slices, "window=5", EXTENT(5, 6)) == 1);
  CHECK(count(&kind_slices, "window=4", EXTENT(5, 6, 7)) == -EINVAL);
  CHECK(count(&kind_slices, "window=0", EXTENT(5, 6, 7)) == -EINVAL);
  CHECK(!plan_of(&kind_slices, "axis=1,window=5", EXTENT(5, 6, 7), &plan, &err));
  CHECK(plan.count == 6 && start(&plan, 0, 1) == -2 && start(&plan, 5, 1) == 3);
  CHECK(plan.size[0] == 5 && plan.size[1] == 5 && plan.size[2] == 7);
}

/* Of golden/pytc_tile_chunks.json: 10 x 17 x 23 in 3 x 2 x 5, training; its last
 * chunk. */
static void test_chunks(void)
{
  struct plan plan;
  struct box box;
  struct err err = ERR_INIT;
  CHECK(!plan_of(&kind_chunks, "num=3x2x5,overlap=on,pad=1", EXTENT(10, 17, 23), &plan,
                 &err));
  CHECK(plan.count == 30);
  grid_box(&plan, 29, &box);
  CHECK(box.start[0] == 4 && box.start[1] == 4 && box.start[2] == 14);
  CHECK(box.stop[0] == 11 && box.stop[1] == 18 && box.stop[2] == 24);
  /* of golden/pytc_float_floor_diff.json: 7 / 10 * 90 is a little below 63 */
  CHECK(!plan_of(&kind_chunks, "num=10", EXTENT(90), &plan, &err));
  CHECK(start(&plan, 7, 0) == 62);
  CHECK(count(&kind_chunks, "default", EXTENT(1, 5, 5)) == 4);
  CHECK(count(&kind_chunks, "num=5", EXTENT(3, 3)) == 25);
  CHECK(count(&kind_chunks, "num=2x2", EXTENT(5)) == -EINVAL);
  CHECK(count(&kind_chunks, "range=0:6", EXTENT(5)) == -EINVAL);
  CHECK(count(&kind_chunks, "range=6:", EXTENT(5)) == -EINVAL);
  CHECK(count(&kind_chunks, "num=2147483647", EXTENT(5, 5, 5)) == -EINVAL);
}

/* Which chunks are shown: floor(n / world) each, the last rank has the rest. */
static void test_chunks_share(void)
{
  struct plan plan;
  struct err err = ERR_INIT;
  CHECK(count(&kind_chunks, "num=4,rank=0,world=5", EXTENT(64, 64, 64)) == 12);
  CHECK(count(&kind_chunks, "num=4,rank=4,world=5", EXTENT(64, 64, 64)) == 16);
  CHECK(count(&kind_chunks, "num=2,rank=0,world=9", EXTENT(64, 64, 64)) == 0);
  CHECK(count(&kind_chunks, "num=4,only=64", EXTENT(64, 64, 64)) == -EINVAL);
  CHECK(!plan_of(&kind_chunks, "num=4,only=5+62+3+40,rank=1,world=2", EXTENT(64, 64, 64),
                 &plan, &err));
  CHECK(plan.count == 2 && grid_cell(&plan, 0) == 3 && grid_cell(&plan, 1) == 40);
}

static bool has_name(const struct plan *plan, int64_t item, const char *right)
{
  char name[ITEM_NAME_MAX + 1];
  const int len = grid_names_name(plan, item, name);
  return len == (int)strlen(right) && !strcmp(name, right) &&
         grid_names_find(plan, right) == item;
}

static void test_names(void)
{
  static const char *const wrong[] = {"",        "0",      "0-0",    "0-0-0",
                                      "0-00-0-", "-0-00",  "0-00-3", "0-00-00",
                                      "0-11-0",  "0-0x-0", "0-00 0"};
  struct plan plan;
  struct err err = ERR_INIT;
  CHECK(!plan_of(&kind_chunks, "num=2x11x3", EXTENT(64, 64, 64), &plan, &err));
  CHECK(has_name(&plan, 0, "0-00-0") && has_name(&plan, 65, "1-10-2"));
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    if (!CHECK(grid_names_find(&plan, wrong[i]) == -1))
      fprintf(stderr, "  %s was taken\n", wrong[i]);
  CHECK(!plan_of(&kind_chunks, "num=2x11x3,only=65+4", EXTENT(64, 64, 64), &plan, &err));
  CHECK(has_name(&plan, 0, "0-01-1") && has_name(&plan, 1, "1-10-2"));
  CHECK(grid_names_find(&plan, "0-00-0") == -1);
  CHECK(!plan_of(&kind_patches, "size=1", EXTENT(4, 30), &plan, &err));
  CHECK(has_name(&plan, 0, "000") && has_name(&plan, 119, "119"));
  CHECK(grid_names_find(&plan, "120") == -1 && grid_names_find(&plan, "1") == -1);
}

static bool is_place(const struct plan *plan, const char *text)
{
  struct box box;
  struct err err = ERR_INIT;
  const int rc = grid_box_at(plan, text, &box, &err);
  CHECK(rc ? err.errnum == EINVAL : !err.errnum);
  return !rc;
}

/* One spelling for each place. */
static void test_places(void)
{
  static const char *const wrong[] = {"",
                                      "1",
                                      "1x2",
                                      "1x2x3x4",
                                      "1x2x3x",
                                      "x1x2x3",
                                      "1x2x03",
                                      "1x2x-0",
                                      "1x2x+3",
                                      " 1x2x3",
                                      "1x2x 3",
                                      "1x2x3 ",
                                      "1X2x3",
                                      "1,2,3",
                                      "0x1x2x3",
                                      "1x2x9999999999999",
                                      "1x2x99999999999999999999"};
  struct plan plan;
  struct box box;
  struct err err = ERR_INIT;
  CHECK(!plan_of(&kind_patches, "size=4x5x6", EXTENT(10, 10, 10), &plan, &err));
  CHECK(!grid_box_at(&plan, "9x-4x7", &box, &err));
  CHECK(box.start[0] == 9 && box.start[1] == -4 && box.start[2] == 7);
  CHECK(box.stop[0] == 13 && box.stop[1] == 1 && box.stop[2] == 13);
  CHECK(is_place(&plan, "0x0x0") && is_place(&plan, "-3x-4x-5"));
  /* no voxel of it is inside */
  CHECK(!is_place(&plan, "10x0x0") && !is_place(&plan, "0x-5x0"));
  CHECK(!is_place(&plan, "0x0x-6") && !is_place(&plan, "-1099511627776x0x1099511627776"));
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    if (!CHECK(!is_place(&plan, wrong[i])))
      fprintf(stderr, "  %s was taken\n", wrong[i]);
  /* items that are listed outside, in the pad, are places all the same */
  CHECK(!plan_of(&kind_patches, "size=4,pad=3,remainder=pad", EXTENT(11), &plan, &err));
  CHECK(is_place(&plan, "-3") && is_place(&plan, "10") && is_place(&plan, "13"));
  CHECK(!is_place(&plan, "-4") && !is_place(&plan, "11") && !is_place(&plan, "14") &&
        !is_place(&plan, "17"));
  CHECK(!plan_of(&kind_slices, "default", EXTENT(5, 6, 7), &plan, &err));
  CHECK(is_place(&plan, "4") && !is_place(&plan, "5") && !is_place(&plan, "-1"));
  CHECK(!is_place(&plan, "1x1"));
  CHECK(!plan_of(&kind_chunks, "default", EXTENT(5, 6, 7), &plan, &err));
  CHECK(!is_place(&plan, "0x0x0"));
}

int main(void)
{
  test_starts();
  test_order();
  test_patches_ends();
  test_patches_medsegpy();
  test_slices();
  test_chunks();
  test_chunks_share();
  test_names();
  test_places();
  return check_report("kind");
}
