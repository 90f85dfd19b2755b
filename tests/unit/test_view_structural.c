/* slice, permute, newaxis, stack: every voxel of random boxes against an index
 * formula. */
#include "tests/support/view_check.h"

static int64_t linear(const struct view *view, const int64_t *at)
{
  int64_t index = 0;
  for (int d = 0; d < view->nd; d++)
    index = index * view->shape[d] + at[d];
  return index;
}

/* --- slice ------------------------------------------------------------------------- */

struct sliced {
  const struct view *below;
  struct view_cut cut[ND_MAX];
};

static int64_t expect_slice(const void *ctx, const int64_t *at)
{
  const struct sliced *s = ctx;
  int64_t below[ND_MAX];
  for (int b = 0, d = 0; b < s->below->nd; b++) {
    const struct view_cut *cut = &s->cut[b];
    below[b] = cut->start + (cut->drop ? 0 : cut->step * at[d]);
    d += !cut->drop;
  }
  return linear(s->below, below);
}

static struct view_cut random_cut(int64_t extent)
{
  static const int64_t steps[] = {1, 1, -1, 2, -2, 3, -5, 15, 16, -17, 40};
  struct view_cut cut = {.start = view_check_pick(extent),
                         .step = steps[view_check_pick(11)],
                         .drop = view_check_pick(6) == 0};
  int64_t room = cut.step > 0 ? extent - 1 - cut.start : cut.start;
  cut.count = cut.drop ? 1 : 1 + view_check_pick(room / llabs(cut.step) + 1);
  return cut;
}

static void test_slice(enum dtype dtype)
{
  for (int i = 0; i < 150; i++) {
    int nd = (int)view_check_pick(4);
    int64_t shape[ND_MAX];
    for (int d = 0; d < nd; d++)
      shape[d] = 1 + view_check_pick(view_check_pick(3) ? 8 : 90);
    struct synth synth = synth_new(dtype, nd, shape);
    struct sliced s = {.below = &synth.view};
    for (int d = 0; d < nd; d++)
      s.cut[d] = random_cut(shape[d]);
    struct arena arena;
    struct err err = ERR_INIT;
    arena_init(&arena);
    view_check(view_slice(&arena, &synth.view, s.cut, &err), expect_slice, &s, 5);
    arena_free(&arena);
  }
}

static void slice_3d(const struct view_cut *cut, int64_t *reads, int64_t *voxels)
{
  const int64_t shape[] = {200, 200, 200}, off[] = {0, 0, 0};
  struct synth synth = synth_new(DT_U16, 3, shape);
  struct arena arena;
  struct err err = ERR_INIT;
  arena_init(&arena);
  struct view *view = view_slice(&arena, &synth.view, cut, &err);
  char *out = malloc((size_t)nd_count(3, view->shape) * 2);
  CHECK(!view_read_box(view, off, view->shape, out, &err));
  *reads = synth.reads;
  *voxels = synth.voxels;
  free(out);
  arena_free(&arena);
}

/* One read for steps of 1 and -1; elsewhere work in proportion to the voxels asked
 * for. */
static void test_slice_work(void)
{
  const struct view_cut flips[] = {{199, -1, 200, 0}, {50, 1, 100, 0}, {9, -1, 10, 0}};
  const struct view_cut halves[] = {{0, 2, 100, 0}, {0, 2, 100, 0}, {0, 2, 100, 0}};
  const struct view_cut rare[] = {{0, 50, 4, 0}, {0, 50, 4, 0}, {0, 50, 4, 0}};
  const struct view_cut mixed[] = {{0, 15, 14, 0}, {0, 15, 14, 0}, {0, 15, 14, 0}};
  int64_t reads, voxels;
  slice_3d(flips, &reads, &voxels);
  CHECK(reads == 1 && voxels == 200 * 100 * 10);
  slice_3d(halves, &reads, &voxels);
  CHECK(voxels <= 8 * 100 * 100 * 100 && reads < 150);
  slice_3d(rare, &reads, &voxels);
  CHECK(voxels == 64);
  slice_3d(mixed, &reads, &voxels);
  CHECK(voxels <= 15 * 14 * 14 * 14 && reads == 14 * 14);
}

static void test_slice_refuses(void)
{
  const int64_t shape[] = {10};
  const struct view_cut wrong[] = {{0, 1, 11, 0},        {10, 1, 1, 0},
                                   {-1, 1, 1, 0},        {0, 0, 1, 0},
                                   {0, -1, 2, 0},        {0, 1, 2, true},
                                   {0, 1, -1, 0},        {9, 3, 2, 0},
                                   {1, INT64_MAX, 2, 0}, {0, INT64_MAX, INT64_MAX, 0}};
  struct synth synth = synth_new(DT_U8, 1, shape);
  struct arena arena;
  arena_init(&arena);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct err err = ERR_INIT;
    CHECK(!view_slice(&arena, &synth.view, &wrong[i], &err) && err.errnum == EINVAL);
  }
  const struct view_cut empty = {77, 1, 0, false};
  struct err err = ERR_INIT;
  const struct view *view = view_slice(&arena, &synth.view, &empty, &err);
  const int64_t zero = 0;
  CHECK(view && view->shape[0] == 0);
  CHECK(!view_read_box(view, &zero, &zero, NULL, &err) && synth.reads == 0);
  arena_free(&arena);
}

/* --- permute, newaxis, stack ------------------------------------------------------- */

struct permuted {
  const struct view *below;
  int perm[ND_MAX];
};

static int64_t expect_permute(const void *ctx, const int64_t *at)
{
  const struct permuted *p = ctx;
  int64_t below[ND_MAX];
  for (int d = 0; d < p->below->nd; d++)
    below[p->perm[d]] = at[d];
  return linear(p->below, below);
}

static void test_permute(void)
{
  static const int perms[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  const int64_t shape[] = {5, 40, 37};
  struct synth synth = synth_new(DT_I32, 3, shape);
  struct arena arena;
  struct err err = ERR_INIT;
  arena_init(&arena);
  for (int i = 0; i < 6; i++) {
    struct permuted p = {&synth.view, {perms[i][0], perms[i][1], perms[i][2]}};
    const struct view *view = view_permute(&arena, &synth.view, p.perm, &err);
    CHECK(view && view->shape[0] == shape[p.perm[0]]);
    view_check(view, expect_permute, &p, 10);
  }
  const int twice[] = {0, 1, 1}, outside[] = {0, 1, 3};
  CHECK(!view_permute(&arena, &synth.view, twice, &err) && err.errnum == EINVAL);
  CHECK(!view_permute(&arena, &synth.view, outside, &err));
  arena_free(&arena);
}

static int64_t expect_newaxis(const void *ctx, const int64_t *at)
{
  const struct permuted *p = ctx; /* perm[0] is the axis */
  int64_t below[ND_MAX];
  for (int d = 0; d < p->below->nd; d++)
    below[d] = at[d + (d >= p->perm[0])];
  return linear(p->below, below);
}

static void test_newaxis(void)
{
  const int64_t shape[] = {5, 4, 7};
  struct synth synth = synth_new(DT_I16, 3, shape);
  struct arena arena;
  struct err err = ERR_INIT;
  arena_init(&arena);
  for (int axis = 0; axis <= 3; axis++) {
    struct permuted p = {&synth.view, {axis}};
    view_check(view_newaxis(&arena, &synth.view, axis, &err), expect_newaxis, &p, 10);
  }
  CHECK(!view_newaxis(&arena, &synth.view, 4, &err) && err.errnum == EINVAL);
  arena_free(&arena);
}

enum { MEMBERS = 6 };

/* Member m is the box m of a synth of one more axis, so its voxels differ from the
 * others'. */
static int64_t expect_stack(const void *ctx, const int64_t *at)
{
  const struct permuted *p = ctx; /* below is the synth with MEMBERS first */
  int64_t below[ND_MAX] = {at[p->perm[0]]};
  for (int d = 0; d < p->below->nd - 1; d++)
    below[d + 1] = at[d + (d >= p->perm[0])];
  return linear(p->below, below);
}

static void test_stack(void)
{
  const int64_t shape[] = {MEMBERS, 5, 4};
  struct synth synth = synth_new(DT_U32, 3, shape);
  struct arena arena;
  struct err err = ERR_INIT;
  arena_init(&arena);
  const struct view *members[MEMBERS];
  for (int m = 0; m < MEMBERS; m++) {
    const struct view_cut cut[] = {{m, 1, 1, true}, {0, 1, 5, false}, {0, 1, 4, false}};
    members[m] = view_slice(&arena, &synth.view, cut, &err);
  }
  for (int axis = 0; axis <= 2; axis++) {
    struct permuted p = {&synth.view, {axis}};
    const struct view *view = view_stack(&arena, members, MEMBERS, axis, &err);
    CHECK(view && view->nd == 3 && view->shape[axis] == MEMBERS);
    view_check(view, expect_stack, &p, 20);
  }
  arena_free(&arena);
}

static void test_stack_reads_only_what_is_needed(void)
{
  const int64_t shape[] = {5, 4}, off[] = {0, 2, 0}, box[] = {5, 1, 4};
  struct synth synths[MEMBERS];
  const struct view *members[MEMBERS];
  for (int m = 0; m < MEMBERS; m++) {
    synths[m] = synth_new(DT_U8, 2, shape);
    synths[m].errnum = m == 2 ? 0 : EIO;
    members[m] = &synths[m].view;
  }
  struct arena arena;
  struct err err = ERR_INIT;
  char out[20];
  arena_init(&arena);
  const struct view *view = view_stack(&arena, members, MEMBERS, 1, &err);
  CHECK(!view_read_box(view, off, box, out, &err) && synths[2].reads == 1);
  const int64_t all[] = {5, 3, 4}, start[] = {0, 1, 0};
  char more[60];
  CHECK(view_read_box(view, start, all, more, &err) == -1 && err.errnum == EIO);
  synths[3].view.shape[1] = 3;
  err = (struct err)ERR_INIT;
  CHECK(!view_stack(&arena, members, MEMBERS, 0, &err) && err.errnum == EINVAL);
  CHECK(strstr(err.msg, "member 3 is 5x3 uint8, the first one is 5x4 uint8"));
  arena_free(&arena);
}

int main(void)
{
  test_slice(DT_I32);
  test_slice(DT_U8);
  test_slice(DT_C128);
  test_slice_work();
  test_slice_refuses();
  test_permute();
  test_newaxis();
  test_stack();
  test_stack_reads_only_what_is_needed();
  return check_report("view_structural");
}
