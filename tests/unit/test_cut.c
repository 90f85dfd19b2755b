/* Cuts against numpy: shapes, voxels and refusals of cut_cases.h; the geometry that goes
 * along. */
#include "core/tree/cut.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/support/check.h"
#include "tests/support/synth.h"
#include "tests/unit/cut_cases.h"

static int cut(const struct view *view, const char *text, struct arena *arena,
               struct transform_item *item, struct err *err)
{
  *item = (struct transform_item){.view = view, .channel_axis = -1};
  geometry_identity(&item->geo);
  return cut_apply(text, strlen(text), item, arena, err);
}

/* The sum that cut_cases.h has. */
static int64_t total_of(const struct view *view)
{
  const int64_t zero[ND_MAX] = {0}, n = nd_count(view->nd, view->shape);
  int64_t *voxel = malloc(((size_t)n + 1) * sizeof *voxel), total = 0;
  struct err err = ERR_INIT;
  if (!voxel || view_read_box(view, zero, view->shape, voxel, &err))
    total = -1;
  else
    for (int64_t i = 0; i < n; i++)
      total += (voxel[i] + 1) * (i + 1);
  free(voxel);
  return total;
}

static bool same_shape(const struct view *view, const struct cut_case *c)
{
  bool same = view->nd == c->out_nd;
  for (int d = 0; same && d < view->nd; d++)
    same = view->shape[d] == c->out_shape[d];
  return same;
}

static void test_numpy(void)
{
  for (size_t i = 0; i < sizeof cut_cases / sizeof *cut_cases; i++) {
    const struct cut_case *c = &cut_cases[i];
    const struct synth synth = synth_new(DT_I64, c->nd, c->shape);
    struct transform_item item;
    struct arena arena;
    struct err err = ERR_INIT;
    arena_init(&arena);
    const int rc = cut(&synth.view, c->text, &arena, &item, &err);
    bool right = c->out_nd < 0
                     ? rc && err.errnum == EINVAL
                     : !rc && same_shape(item.view, c) && total_of(item.view) == c->total;
    if (!CHECK(right))
      fprintf(stderr, "  [%s] of %d axes: %s\n", c->text, c->nd, err.msg);
    arena_free(&arena);
  }
}

/* What numpy refuses, and what Python does not even read. */
static void test_refused(void)
{
  static const char *const wrong[] = {"",
                                      ",",
                                      "0,",
                                      ",0",
                                      "a",
                                      "1.5",
                                      "0x1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1:2:0",
                                      "::0",
                                      "....",
                                      "...,...",
                                      ":,:,:,:",
                                      "0,0,0,0",
                                      "...,0,0,0,0",
                                      "5",
                                      "-6",
                                      "0,6",
                                      "1:2:3:4",
                                      "--1",
                                      "1:2-",
                                      "[0]",
                                      "0]",
                                      "..",
                                      "None",
                                      "True",
                                      "99999999999999999999",
                                      "-99999999999999999999"};
  const int64_t shape[] = {5, 6, 7};
  const struct synth synth = synth_new(DT_I64, 3, shape);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct transform_item item;
    struct arena arena;
    struct err err = ERR_INIT;
    arena_init(&arena);
    if (!CHECK(cut(&synth.view, wrong[i], &arena, &item, &err) && err.errnum == EINVAL))
      fprintf(stderr, "  [%s] was taken\n", wrong[i]);
    arena_free(&arena);
  }
}

/* Only the text up to its length counts. */
static void test_length(void)
{
  const int64_t shape[] = {5};
  const struct synth synth = synth_new(DT_I64, 1, shape);
  struct transform_item item = {.view = &synth.view, .channel_axis = -1};
  struct arena arena;
  struct err err = ERR_INIT;
  arena_init(&arena);
  CHECK(!cut_apply("1:4].npy", 3, &item, &arena, &err) && item.view->shape[0] == 3);
  arena_free(&arena);
}

/* Voxel (0, 0) of [3, ::-2, 1:] lies where voxel (3, 6, 1) was; the dropped axis's column
 * comes last. */
static void test_geometry(void)
{
  const int64_t shape[] = {5, 7, 8};
  const struct synth synth = synth_new(DT_I64, 3, shape);
  struct transform_item item = {.view = &synth.view, .channel_axis = 2};
  struct arena arena;
  struct err err = ERR_INIT;
  arena_init(&arena);
  geometry_identity(&item.geo);
  for (int d = 0; d < 3; d++)
    item.geo.affine[d][d] = d + 2; /* spacing 2, 3, 4 */
  CHECK(!cut_apply("3,::-2,1:", 9, &item, &arena, &err));
  static const double right[3][4] = {{0, 0, 2, 6}, {-6, 0, 0, 18}, {0, 4, 0, 4}};
  bool same = true; /* -0 is 0 */
  for (int i = 0; i < 12; i++)
    same = same && item.geo.affine[i / 4][i % 4] == right[i / 4][i % 4];
  CHECK(same);
  CHECK(item.channel_axis == 1);
  arena_free(&arena);
}

int main(void)
{
  test_numpy();
  test_refused();
  test_length();
  test_geometry();
  return check_report("cut");
}
