/* view_pad against the rule of numpy.pad, and against numpy.pad's own output. */
#include "tests/support/view_check.h"

struct padded {
  const struct view *below;
  enum pad_mode mode;
  int64_t before[ND_MAX];
};

enum { FILL = 99 };

static int64_t mod(int64_t a, int64_t b)
{
  return (a % b + b) % b;
}

/* The index below of position p; -1: fill.  Walks step by step, as a ball between
 * walls. */
static int64_t source(enum pad_mode mode, int64_t p, int64_t n)
{
  if (p >= 0 && p < n)
    return p;
  if (mode == PAD_CONSTANT)
    return -1;
  if (mode == PAD_EDGE || (mode == PAD_REFLECT && n == 1))
    return p < 0 ? 0 : n - 1;
  int64_t at = 0, step = 1;
  for (int64_t i = mod(p, mode == PAD_REFLECT ? 2 * n - 2 : 2 * n); i > 0; i--) {
    bool wall = at + step < 0 || at + step >= n;
    if (wall)
      step = -step;
    if (!wall || mode == PAD_REFLECT)
      at += step;
  }
  return at;
}

static int64_t expect_pad(const void *ctx, const int64_t *at)
{
  const struct padded *p = ctx;
  int64_t index = 0;
  for (int d = 0; d < p->below->nd; d++) {
    int64_t below = source(p->mode, at[d] - p->before[d], p->below->shape[d]);
    if (below < 0)
      return FILL;
    index = index * p->below->shape[d] + below;
  }
  return index;
}

static void test_random(enum pad_mode mode, enum dtype dtype)
{
  for (int i = 0; i < 150; i++) {
    int nd = 1 + (int)view_check_pick(3);
    int64_t shape[ND_MAX], after[ND_MAX];
    for (int d = 0; d < nd; d++)
      shape[d] = 1 + view_check_pick(6);
    struct synth synth = synth_new(dtype, nd, shape);
    struct padded p = {&synth.view, mode, {0}};
    for (int d = 0; d < nd; d++) {
      p.before[d] = view_check_pick(3) ? view_check_pick(4) : view_check_pick(20);
      after[d] = view_check_pick(3) ? view_check_pick(4) : view_check_pick(20);
    }
    struct arena arena;
    struct err err = ERR_INIT;
    arena_init(&arena);
    view_check(view_pad(&arena, &synth.view, p.before, after, mode, FILL, &err),
               expect_pad, &p, 8);
    arena_free(&arena);
  }
}

/* Every box of a one-dimensional pad. */
static void test_exhaustive(enum pad_mode mode)
{
  for (int64_t n = 1; n <= 5; n++) {
    struct synth synth = synth_new(DT_I64, 1, &n);
    struct padded p = {&synth.view, mode, {11}};
    const int64_t after = 13;
    struct arena arena;
    struct err err = ERR_INIT;
    arena_init(&arena);
    const struct view *view =
        view_pad(&arena, &synth.view, p.before, &after, mode, FILL, &err);
    bool ok = view != NULL;
    for (int64_t off = 0; ok && off < view->shape[0]; off++)
      for (int64_t count = 1; off + count <= view->shape[0]; count++)
        ok &= view_check_box(view, &off, &count, expect_pad, &p);
    CHECK(ok);
    arena_free(&arena);
  }
}

/* numpy.pad([0, ..., n-1], (before, after), mode) of numpy 1.24.2. */
static void test_numpy(void)
{
  static const struct {
    enum pad_mode mode;
    int64_t n, before, after;
    int values[20];
  } rows[] = {
      {PAD_REFLECT, 4, 3, 3, {3, 2, 1, 0, 1, 2, 3, 2, 1, 0}},
      {PAD_REFLECT, 4, 6, 8, {0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1}},
      {PAD_REFLECT, 3, 7, 7, {1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1}},
      {PAD_REFLECT, 2, 5, 6, {1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}},
      {PAD_REFLECT, 1, 3, 4, {0, 0, 0, 0, 0, 0, 0, 0}},
      {PAD_REFLECT, 5, 0, 2, {0, 1, 2, 3, 4, 3, 2}},
      {PAD_SYMMETRIC, 4, 3, 3, {2, 1, 0, 0, 1, 2, 3, 3, 2, 1}},
      {PAD_SYMMETRIC, 4, 6, 8, {2, 3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0, 0, 1, 2, 3}},
      {PAD_SYMMETRIC, 3, 7, 7, {0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2}},
      {PAD_SYMMETRIC, 2, 5, 6, {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0}},
      {PAD_SYMMETRIC, 1, 3, 4, {0, 0, 0, 0, 0, 0, 0, 0}},
      {PAD_SYMMETRIC, 5, 0, 2, {0, 1, 2, 3, 4, 4, 3}},
      {PAD_EDGE, 4, 3, 3, {0, 0, 0, 0, 1, 2, 3, 3, 3, 3}},
      {PAD_EDGE, 4, 6, 8, {0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3}},
      {PAD_EDGE, 3, 7, 7, {0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2, 2}},
      {PAD_EDGE, 2, 5, 6, {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1}},
      {PAD_EDGE, 1, 3, 4, {0, 0, 0, 0, 0, 0, 0, 0}},
      {PAD_EDGE, 5, 0, 2, {0, 1, 2, 3, 4, 4, 4}}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct synth synth = synth_new(DT_I32, 1, &rows[i].n);
    struct arena arena;
    struct err err = ERR_INIT;
    int got[20];
    const int64_t zero = 0;
    arena_init(&arena);
    const struct view *view = view_pad(&arena, &synth.view, &rows[i].before,
                                       &rows[i].after, rows[i].mode, 0, &err);
    CHECK(view && view->shape[0] <= 20);
    CHECK(!view_read_box(view, &zero, view->shape, got, &err));
    CHECK(!memcmp(got, rows[i].values, (size_t)view->shape[0] * sizeof(int)));
    arena_free(&arena);
  }
}

/* A mirrored pad inside the box costs no read of its own. */
static void test_one_read(void)
{
  const int64_t shape[] = {30, 30, 30}, pad[] = {10, 10, 10}, zero[] = {0, 0, 0};
  static unsigned short out[50 * 50 * 50];
  struct synth synth = synth_new(DT_U16, 3, shape);
  struct arena arena;
  struct err err = ERR_INIT;
  arena_init(&arena);
  for (int mode = PAD_REFLECT; mode <= PAD_CONSTANT; mode++) {
    synth.reads = synth.voxels = 0;
    const struct view *view =
        view_pad(&arena, &synth.view, pad, pad, (enum pad_mode)mode, 0, &err);
    CHECK(!view_read_box(view, zero, view->shape, out, &err));
    CHECK(synth.reads == 1 && synth.voxels == 27000);
  }
  arena_free(&arena);
}

static void test_fill_saturates(void)
{
  const int64_t n = 1, pad = 1, zero = 0;
  struct synth synth = synth_new(DT_U8, 1, &n);
  struct arena arena;
  struct err err = ERR_INIT;
  unsigned char out[3];
  arena_init(&arena);
  const struct view *view =
      view_pad(&arena, &synth.view, &pad, &pad, PAD_CONSTANT, 1e9, &err);
  CHECK(!view_read_box(view, &zero, view->shape, out, &err));
  CHECK(out[0] == 255 && out[1] == 0 && out[2] == 255);
  view = view_pad(&arena, &synth.view, &pad, &pad, PAD_CONSTANT, -3.0, &err);
  CHECK(!view_read_box(view, &zero, view->shape, out, &err) && out[0] == 0);
  arena_free(&arena);
}

static void test_refuses(void)
{
  const int64_t empty = 0, one = 1, minus = -1, huge = INT64_MAX, two = 2;
  struct synth none = synth_new(DT_I32, 1, &empty), some = synth_new(DT_I32, 1, &two);
  struct arena arena;
  arena_init(&arena);
  struct err e[4] = {0};
  const double nan = __builtin_nan("");
  CHECK(!view_pad(&arena, &none.view, &one, &one, PAD_EDGE, 0, &e[0]) &&
        e[0].errnum == EINVAL);
  CHECK(!view_pad(&arena, &some.view, &minus, &one, PAD_EDGE, 0, &e[1]) &&
        e[1].errnum == EINVAL);
  CHECK(!view_pad(&arena, &some.view, &huge, &one, PAD_EDGE, 0, &e[2]) &&
        e[2].errnum == EINVAL);
  CHECK(!view_pad(&arena, &some.view, &one, &one, PAD_CONSTANT, nan, &e[3]) &&
        e[3].errnum == EINVAL);
  struct err err = ERR_INIT;
  int out[2];
  const struct view *view =
      view_pad(&arena, &none.view, &one, &one, PAD_CONSTANT, 6, &err);
  CHECK(view && !view_read_box(view, &empty, view->shape, out, &err));
  CHECK(out[0] == 6 && out[1] == 6 && none.reads == 0);
  some.errnum = EIO;
  view = view_pad(&arena, &some.view, &one, &one, PAD_REFLECT, 0, &err);
  CHECK(view_read_box(view, &empty, &two, out, &err) == -1 && err.errnum == EIO);
  arena_free(&arena);
}

int main(void)
{
  for (int mode = PAD_REFLECT; mode <= PAD_CONSTANT; mode++) {
    test_random((enum pad_mode)mode, DT_I32);
    test_random((enum pad_mode)mode, DT_U8);
    test_random((enum pad_mode)mode, DT_C128);
    test_exhaustive((enum pad_mode)mode);
  }
  test_numpy();
  test_one_read();
  test_fill_saturates();
  test_refuses();
  return check_report("view_pad");
}
