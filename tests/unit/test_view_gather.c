/* Pieces on a grid against numpy's stack and concatenate (gather_cases.h), in every kind
 * of box; holes, prefetch, errors, what is refused. */
#include "core/view/view_gather.h"
#include "core/view/view_missing.h"

#include <errno.h>

#include "tests/support/view_check.h"
#include "tests/unit/gather_cases.h"

enum { PIECES = 64, FILL = 7 };

/* A voxel is the piece's number * 1000 + its linear index + 1. */
struct numbered {
  struct view view;
  int64_t number;
};

static void numbered_voxel(const struct view *view, int64_t index, void *voxel)
{
  const struct numbered *self = (const struct numbered *)view;
  synth_set(view->dtype, self->number * 1000 + index + 1, voxel);
}

static int numbered_read(const struct view *view, const int64_t *off,
                         const int64_t *shape, void *out, const int64_t *ostride,
                         struct err *err)
{
  synth_region(view, off, shape, out, ostride, numbered_voxel);
  return 0;
}

static const struct view_ops numbered_ops = {.read_region = numbered_read};

static struct numbered pieces[PIECES];
static bool holes[PIECES];
static int taken, given, hints, hints_wanted;
static int64_t failing = -1, absent = -1; /* absent: it is not open yet */

static int get(void *ctx, int64_t number, const struct view **out, void **pin,
               struct err *err)
{
  if (number == absent)
    view_missing();
  if (number == failing)
    return err_set(err, EIO, "piece %d fails", (int)number);
  taken += !holes[number];
  *pin = &pieces[number];
  *out = holes[number] ? NULL : &pieces[number].view;
  return 0;
}

static void put(void *ctx, void *pin)
{
  given++;
  CHECK(pin >= (void *)pieces && pin < (void *)(pieces + PIECES));
}

static bool prefetch(void *ctx, int64_t number, const int64_t *off, const int64_t *shape,
                     bool wanted, struct source_wish *wish)
{
  hints++;
  hints_wanted += wanted;
  CHECK(off[0] >= 0 && shape[0] > 0);
  return true;
}

static const struct view_gather_ops ops = {get, put, prefetch};

static int64_t expect(const void *ctx, const int64_t *at)
{
  const struct gather_case *c = ctx;
  int64_t index = 0;
  for (int d = 0; d < c->result_nd; d++)
    index = index * c->result[d] + at[d];
  return c->voxels[index];
}

static struct view *make(struct arena *arena, const struct gather_case *c,
                         enum dtype dtype, struct err *err)
{
  struct view_gather_plan plan = {.dtype = dtype, .nd = c->nd, .naxes = c->naxes};
  int64_t n = 1;
  plan.fill = FILL;
  memcpy(plan.axes, c->axes, sizeof plan.axes);
  for (int d = 0; d < c->nd; d++) {
    plan.shape[d] = c->shape[d];
    plan.pitch[d] = c->pitch[d];
    plan.extent[d] = c->extent[d];
    plan.bounds[d] = c->shape[d] || c->pitch[d] ? NULL : c->bounds[d];
  }
  for (int i = 0; i < c->naxes; i++)
    n *= c->axes[i].n;
  for (int64_t i = 0; i < n; i++) {
    pieces[i] = (struct numbered){{.ops = &numbered_ops, .dtype = dtype, .nd = c->nd}, i};
    for (int d = 0; d < c->nd; d++)
      pieces[i].view.shape[d] = c->shapes[i * c->nd + d];
    holes[i] = c->holes[i];
  }
  return view_gather(arena, &plan, &ops, NULL, err);
}

static void test_numpy(enum dtype dtype)
{
  for (size_t i = 0; i < sizeof gather_cases / sizeof *gather_cases; i++) {
    const struct gather_case *c = &gather_cases[i];
    struct arena arena;
    struct err err = ERR_INIT;
    arena_init(&arena);
    const struct view *view = make(&arena, c, dtype, &err);
    CHECK(view && view->nd == c->result_nd &&
          !memcmp(view->shape, c->result, (size_t)view->nd * sizeof *view->shape));
    taken = given = 0;
    view_check(view, expect, c, 40);
    CHECK(taken == given);
    arena_free(&arena);
  }
}

/* Six pieces of 2x3 stacked on axis 1. */
static const struct gather_case six = {
    .nd = 2,
    .shape = {2, 3},
    .naxes = 1,
    .axes = {{false, 1, 6}},
    .shapes = (const char[]){2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3},
    .holes = (const char[]){0, 0, 0, 0, 0, 0},
};

static void test_only_what_is_asked_for(void)
{
  struct arena arena;
  struct err err = ERR_INIT;
  int32_t out[18];
  const int64_t off[] = {0, 2, 1}, box[] = {2, 3, 2}, one[] = {1, 1, 1};
  arena_init(&arena);
  const struct view *view = make(&arena, &six, DT_I32, &err);
  taken = hints = hints_wanted = 0;
  CHECK(!view_read_box(view, off, box, out, &err) && taken == 3);
  CHECK(out[0] == 2002 && out[11] == 4006);
  CHECK(!view_read_box(view, off, one, out, &err) && taken == 4 && hints == 0);
  view_prefetch(view, off, box, NULL);
  CHECK(taken == 4 && hints == 3 && hints_wanted == 0);
  arena_free(&arena);
}

/* Pieces 2, 3 and 4 are read: what comes after the missing one is announced, once. */
static void test_missing_pieces(void)
{
  struct arena arena;
  struct err err = ERR_INIT;
  int32_t out[18];
  const int64_t off[] = {0, 2, 1}, box[] = {2, 3, 2};
  arena_init(&arena);
  const struct view *view = make(&arena, &six, DT_I32, &err);
  for (absent = 2; absent <= 4; absent++) {
    taken = hints = hints_wanted = 0;
    CHECK(!view_read_box(view, off, box, out, &err) && taken == 3);
    CHECK(hints == 4 - absent && hints_wanted == hints);
    CHECK(out[0] == 2002 && out[11] == 4006);
  }
  absent = -1;
  view_missing(); /* nobody reads */
  CHECK(hints == 0);
  arena_free(&arena);
}

static void test_failing_piece(void)
{
  struct arena arena;
  struct err err = ERR_INIT;
  int32_t out[36];
  const int64_t start[] = {0, 0, 0}, all[] = {2, 6, 3}, few[] = {2, 4, 3};
  arena_init(&arena);
  const struct view *view = make(&arena, &six, DT_I32, &err);
  failing = 4;
  taken = given = 0;
  CHECK(!view_read_box(view, start, few, out, &err));
  CHECK(view_read_box(view, start, all, out, &err) == -1 && err.errnum == EIO);
  CHECK(taken == given);
  failing = -1;
  arena_free(&arena);
}

static const char *refused(struct gather_case c)
{
  static struct err err;
  struct arena arena;
  err = (struct err)ERR_INIT;
  arena_init(&arena);
  CHECK(!make(&arena, &c, DT_U8, &err) && err.errnum == EINVAL);
  arena_free(&arena);
  return err.msg;
}

static void test_refuses(void)
{
  struct gather_case c = six;
  c.axes[0].axis = 3;
  CHECK(strstr(refused(c), "expected an axis from 0 to 2, found 3"));
  c.axes[0].axis = -1;
  CHECK(strstr(refused(c), "found -1"));
  c.axes[0] = (struct view_gather_axis){true, 2, 6};
  CHECK(strstr(refused(c), "expected an axis from 0 to 1, found 2"));
  c.axes[0] = (struct view_gather_axis){false, 0, 3};
  c.axes[1] = (struct view_gather_axis){false, 0, 2};
  c.naxes = 2;
  CHECK(strstr(refused(c), "two names stack on axis 0"));
  c = six;
  c.axes[0] = (struct view_gather_axis){true, 0, 6};
  c.pitch[0] = 2;
  c.extent[0] = 13;
  CHECK(strstr(refused(c), "6 cells of 2 do not cover the extent 13"));
}

int main(void)
{
  test_numpy(DT_I16);
  test_numpy(DT_F64);
  test_only_what_is_asked_for();
  test_missing_pieces();
  test_failing_piece();
  test_refuses();
  return check_report("view_gather");
}
