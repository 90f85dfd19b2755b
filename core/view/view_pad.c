/* More voxels around a view, as numpy.pad makes them.
 *
 * Along one axis the asked range is a row of runs: stretches whose voxels lie in the view
 * below in forward order, in mirrored order, or are one voxel again and again.  Few runs
 * are read: the longest, and those it does not contain (never more than three, as a
 * complete forward run contains all others).  One strided read per combination of such
 * runs puts them in place; every other run is then a copy within the destination, one
 * axis after the other.  A constant pad has one run per axis, the interior, and the rest
 * is filled. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/view/view.h"

struct pad_view {
  struct view view;
  const struct view *below;
  enum pad_mode mode;
  int64_t before[ND_MAX];
  char fill[16]; /* one element */
};

/* n voxels from `pos` on (in the asked box) are the voxels below, below + dir, below + 2
 * * dir, ...; dir 0 repeats one voxel. */
struct run {
  int64_t pos, n, below;
  int dir;
};

enum { READS_MAX = 3 };

struct axis_plan {
  const struct pad_view *view;
  int axis;
  int64_t off, shape;          /* the asked range, in this view's voxels */
  struct run reads[READS_MAX]; /* what is read from below */
  int64_t n_reads;
};

static int64_t floor_mod(int64_t a, int64_t b)
{
  int64_t rest = a % b;
  return rest < 0 ? rest + b : rest;
}

/* Returns the run at position p relative to the view below, of extent n, as far as it
 * continues; the caller sets pos. */
static struct run run_at(enum pad_mode mode, int64_t p, int64_t n)
{
  if (p >= 0 && p < n)
    return (struct run){.n = n - p, .below = p, .dir = 1};
  if (mode == PAD_EDGE || (mode == PAD_REFLECT && n == 1))
    return p < 0 ? (struct run){.n = -p, .below = 0}
                 : (struct run){.n = INT64_MAX, .below = n - 1};
  const int64_t period = mode == PAD_REFLECT ? 2 * n - 2 : 2 * n;
  const int64_t at = floor_mod(p, period);
  if (at < n)
    return (struct run){.n = n - at, .below = at, .dir = 1};
  int64_t below = mode == PAD_REFLECT ? period - at : period - 1 - at;
  return (struct run){.n = period - at, .below = below, .dir = -1};
}

/* Returns the run that starts at `pos` of the asked range; its n is 0 at the end. */
static struct run plan_run(const struct axis_plan *plan, int64_t pos)
{
  if (pos == plan->shape)
    return (struct run){.pos = pos};
  const struct pad_view *v = plan->view;
  const int64_t p = plan->off + pos - v->before[plan->axis];
  struct run run = run_at(v->mode, p, v->below->shape[plan->axis]);
  run.pos = pos;
  if (run.n > plan->shape - pos)
    run.n = plan->shape - pos;
  return run;
}

static int64_t lowest(const struct run *run)
{
  return run->dir < 0 ? run->below - (run->n - 1) : run->below;
}

/* Returns how many voxels below the run covers. */
static int64_t extent(const struct run *run)
{
  return run->dir ? run->n : 1;
}

/* Returns the read that holds all voxels of `run`, or NULL. */
static const struct run *holder(const struct axis_plan *plan, const struct run *run)
{
  for (int64_t i = 0; i < plan->n_reads; i++) {
    const struct run *read = &plan->reads[i];
    if (lowest(run) >= lowest(read) &&
        lowest(run) + extent(run) <= lowest(read) + extent(read))
      return read;
  }
  return NULL;
}

static void add_read(struct axis_plan *plan, const struct run *run)
{
  assert(plan->n_reads < READS_MAX);
  struct run *read = &plan->reads[plan->n_reads++];
  *read = *run;
  if (run->dir == 0) {
    read->n = 1;
    read->dir = 1;
  }
}

static void plan_mirrored(struct axis_plan *plan)
{
  struct run run, longest = {0};
  for (int64_t pos = 0; (run = plan_run(plan, pos)).n; pos += run.n)
    if (longest.n == 0 || extent(&run) > extent(&longest))
      longest = run;
  add_read(plan, &longest);
  for (int64_t pos = 0; (run = plan_run(plan, pos)).n; pos += run.n)
    if (!holder(plan, &run))
      add_read(plan, &run);
}

/* Finds the part of the range that is not fill; its n is 0 when there is none. */
static void plan_constant(struct axis_plan *plan)
{
  const int64_t before = plan->view->before[plan->axis];
  int64_t from = plan->off > before ? plan->off : before;
  int64_t to = before + plan->view->below->shape[plan->axis];
  if (to > plan->off + plan->shape)
    to = plan->off + plan->shape;
  plan->reads[0] = (struct run){
      .pos = from - plan->off, .n = to - from, .below = from - before, .dir = 1};
  plan->n_reads = to > from;
}

/* Reads every combination of the axes' reads. */
static int read_runs(const struct pad_view *v, const struct axis_plan *plan, char *out,
                     const int64_t *ostride, struct err *err)
{
  const int nd = v->view.nd;
  int64_t counts[ND_MAX], at[ND_MAX] = {0};
  for (int d = 0; d < nd; d++)
    if (!(counts[d] = plan[d].n_reads))
      return 0;
  do {
    int64_t off[ND_MAX], shape[ND_MAX], stride[ND_MAX];
    char *to = out;
    for (int d = 0; d < nd; d++) {
      const struct run *run = &plan[d].reads[at[d]];
      off[d] = lowest(run);
      shape[d] = run->n;
      stride[d] = run->dir * ostride[d];
      to += (run->dir < 0 ? run->pos + run->n - 1 : run->pos) * ostride[d];
    }
    if (cancel_check(err) || view_read_region(v->below, off, shape, to, stride, err))
      return -1;
  } while (nd_next(nd, counts, at));
  return 0;
}

/* Copies one run of an axis from the read that holds it, over the whole box.  On axes
 * that were not replicated yet this also moves voxels that are not set yet; they are
 * replaced when their axis is done. */
static void copy_run(const struct pad_view *v, const struct axis_plan *plan, int axis,
                     const struct run *run, char *out, const int64_t *ostride)
{
  const struct run *read = holder(&plan[axis], run);
  assert(read);
  const int64_t place =
      read->dir > 0 ? run->below - read->below : read->below - run->below;
  int64_t from = read->pos + place, to = run->pos, n = run->n;
  if (from == to) { /* the read itself, or the first of a repetition */
    to += extent(run);
    n -= extent(run);
  }
  int64_t shape[ND_MAX], istride[ND_MAX];
  for (int d = 0; d < v->view.nd; d++) {
    shape[d] = plan[d].shape;
    istride[d] = ostride[d];
  }
  shape[axis] = n;
  istride[axis] *= run->dir * read->dir;
  nd_copy(v->view.nd, shape, out + to * ostride[axis], ostride,
          out + from * ostride[axis], istride, dtype_size(v->view.dtype));
}

static int replicate(const struct pad_view *v, const struct axis_plan *plan, char *out,
                     const int64_t *ostride, struct err *err)
{
  for (int d = 0; d < v->view.nd; d++) {
    struct run run;
    if (cancel_check(err))
      return -1;
    for (int64_t pos = 0; (run = plan_run(&plan[d], pos)).n; pos += run.n)
      copy_run(v, plan, d, &run, out, ostride);
  }
  return 0;
}

/* Fills everything outside the interior: per axis the two slabs beside it, on the axes
 * before only as wide as the interior. */
static void fill_outside(const struct pad_view *v, const struct axis_plan *plan,
                         char *out, const int64_t *ostride)
{
  const int nd = v->view.nd, itemsize = dtype_size(v->view.dtype);
  int64_t shape[ND_MAX];
  for (int d = 0; d < nd; d++)
    shape[d] = plan[d].shape;
  for (int d = 0; d < nd; d++) {
    const struct run *in = &plan[d].reads[0];
    const int64_t from = plan[d].n_reads ? in->pos : plan[d].shape;
    const int64_t to = plan[d].n_reads ? in->pos + in->n : plan[d].shape;
    shape[d] = from;
    nd_fill(nd, shape, out, ostride, v->fill, itemsize);
    shape[d] = plan[d].shape - to;
    nd_fill(nd, shape, out + to * ostride[d], ostride, v->fill, itemsize);
    shape[d] = to - from;
    out += from * ostride[d];
  }
}

static int pad_read(const struct view *view, const int64_t *off, const int64_t *shape,
                    void *out, const int64_t *ostride, struct err *err)
{
  const struct pad_view *v = (const struct pad_view *)view;
  struct axis_plan plan[ND_MAX];
  for (int d = 0; d < view->nd; d++) {
    plan[d] = (struct axis_plan){
        .view = v, .axis = d, .off = off[d], .shape = shape[d], .n_reads = 0};
    if (v->mode == PAD_CONSTANT)
      plan_constant(&plan[d]);
    else
      plan_mirrored(&plan[d]);
  }
  if (read_runs(v, plan, out, ostride, err))
    return -1;
  if (v->mode != PAD_CONSTANT)
    return replicate(v, plan, out, ostride, err);
  fill_outside(v, plan, out, ostride);
  return 0;
}

/* Prefetches the part of the box that lies inside the view below; mirrored voxels mostly
 * lie in it or close to it. */
static void pad_prefetch(const struct view *view, const int64_t *off,
                         const int64_t *shape, struct source_wish *wish)
{
  const struct pad_view *v = (const struct pad_view *)view;
  int64_t o[ND_MAX], s[ND_MAX];
  for (int d = 0; d < view->nd; d++) {
    int64_t start = off[d] - v->before[d], stop = start + shape[d];
    o[d] = start < 0 ? 0 : start;
    s[d] = (stop < v->below->shape[d] ? stop : v->below->shape[d]) - o[d];
    if (s[d] <= 0)
      return;
  }
  view_prefetch(v->below, o, s, wish);
}

static const struct view_ops pad_ops = {
    .name = "pad",
    .read_region = pad_read,
    .prefetch = pad_prefetch,
};

static int set_fill(struct pad_view *v, double fill, struct err *err)
{
  if (dtype_convert(DT_F64, &fill, sizeof fill, v->view.dtype, v->fill, 0, 1) == 1)
    return 0;
  return err_set(err, EINVAL, "pad: NaN cannot fill an array of %s",
                 dtype_table[v->view.dtype].name);
}

/* Adds before + extent + after of one axis. */
static int padded_extent(const struct view *below, int d, int64_t before, int64_t after,
                         enum pad_mode mode, int64_t *extent_out, struct err *err)
{
  if (before < 0 || after < 0 || !checked_add(before, after, extent_out) ||
      !checked_add(*extent_out, below->shape[d], extent_out))
    return err_set(err, EINVAL, "pad: %lld and %lld voxels do not fit axis %d",
                   (long long)before, (long long)after, d);
  if (below->shape[d] == 0 && *extent_out > 0 && mode != PAD_CONSTANT)
    return err_set(err, EINVAL,
                   "pad: axis %d is empty and can only be padded by a constant", d);
  return 0;
}

struct view *view_pad(struct arena *arena, const struct view *below,
                      const int64_t *before, const int64_t *after, enum pad_mode mode,
                      double fill, struct err *err)
{
  struct pad_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  v->view = (struct view){
      .ops = &pad_ops, .dtype = below->dtype, .nd = below->nd, .fortran = below->fortran};
  v->below = below;
  v->mode = mode;
  if (mode == PAD_CONSTANT && set_fill(v, fill, err))
    return NULL;
  for (int d = 0; d < below->nd; d++) {
    v->before[d] = before[d];
    if (padded_extent(below, d, before[d], after[d], mode, &v->view.shape[d], err))
      return NULL;
  }
  int64_t bytes;
  if (!checked_array_bytes(v->view.nd, v->view.shape, dtype_size(v->view.dtype),
                           &bytes)) {
    err_set(err, EINVAL, "pad: the padded array would be too large");
    return NULL;
  }
  return &v->view;
}
