/* Zoom and resize: which voxels below a box needs, read tile by tile.
 *
 * A tile is as large as a bounded scratch allows.  Without margins its last axes stay
 * whole; with those of the cubic spline it is as near to a cube as can be, as the margins
 * then weigh least, and few threads may work on one at a time.  Where an axis is shrunk
 * so much that most voxels below are not needed, the others are read one by one. */
#include "core/view/view_resample.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/view/resample.h"
#include "core/view/tiles.h"

enum {
  SCRATCH = 512 * 1024,             /* bytes of a tile */
  SPLINE_SCRATCH = 8 * 1024 * 1024, /* the same with margins */
  SPLINE_ROOMS = 6,                 /* tiles with margins at a time */
  ROOM_WAIT = 2000,                 /* ms */
  DENSE_LIMIT = 16                  /* voxels read for one that is needed */
};

struct resample_view {
  struct view view;
  const struct view *below; /* RESAMPLE_CUBIC: mirrored by SPLINE_REACH beyond its ends */
  int64_t n[ND_MAX];        /* the extents that are resampled */
  enum resample_method method;
  bool compat;
  bool axis[ND_MAX];   /* is it resampled? */
  bool sparse[ND_MAX]; /* reads only the indices it needs */
  double step[ND_MAX]; /* voxels below per voxel */
};

/* --- memory of tiles with margins ------------------------------------------------------
 */

static struct {
  pthread_mutex_t lock; /* protects all below */
  pthread_cond_t change;
  bool ready; /* is `change` initialised? */
  int taken;
} rooms = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* A reader that has a room takes no other one. */
static _Thread_local bool has_room;

/* Waits for a room, but not for ever: who has one may be waiting for what this thread
 * does (a statistic, say). */
static int room_take(struct err *err)
{
  const int64_t until = clock_ms() + ROOM_WAIT;
  LOCK_FOR_SCOPE(&rooms.lock);
  if (!rooms.ready) { /* a condition for clock_wait() */
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&rooms.change, &attr);
    pthread_condattr_destroy(&attr);
    rooms.ready = true;
  }
  while (rooms.taken >= SPLINE_ROOMS && clock_ms() < until) {
    clock_wait(&rooms.change, &rooms.lock, 50);
    if (cancel_check(err))
      return -1;
  }
  rooms.taken++;
  has_room = true;
  return 0;
}

static void room_give(const bool *taken)
{
  if (!*taken)
    return;
  LOCK_FOR_SCOPE(&rooms.lock);
  rooms.taken--;
  has_room = false;
  pthread_cond_signal(&rooms.change);
}

/* --- tiles -----------------------------------------------------------------------------
 */

/* At most how many voxels below `count` voxels of an axis need. */
static int64_t needed(const struct resample_view *v, int d, int64_t count)
{
  if (!v->axis[d])
    return count;
  const bool cubic = v->method == RESAMPLE_CUBIC;
  const double dense =
      (double)(count - 1) * v->step[d] + (cubic ? 2 * SPLINE_MARGIN + 5 : 3);
  if (v->sparse[d] && 2. * (double)count < dense)
    return 2 * count;
  return dense < (double)v->below->shape[d] ? (int64_t)dense : v->below->shape[d];
}

/* Bytes that a tile of this shape may take. */
static double tile_bytes(const struct resample_view *v, const int64_t *shape)
{
  struct resample_tile tile = {.method = v->method, .nd = v->view.nd};
  double raw = dtype_size(v->below->dtype);
  for (int d = 0; d < tile.nd; d++) {
    tile.axis[d] = v->axis[d];
    tile.out[d] = shape[d];
    tile.in[d] = needed(v, d, shape[d]);
    raw *= (double)tile.in[d];
  }
  return raw + resample_bytes(&tile);
}

/* The axis to be halved next; -1: all are 1. */
static int widest(const struct resample_view *v, const int64_t *shape)
{
  int best = -1;
  for (int d = 0; d < v->view.nd; d++) {
    if (shape[d] == 1 || (best >= 0 && v->method != RESAMPLE_CUBIC))
      continue;
    if (best < 0 || needed(v, d, shape[d]) > needed(v, best, shape[best]))
      best = d;
  }
  return best;
}

static void tile_shape(const struct resample_view *v, const int64_t *shape, int64_t *tile)
{
  const double limit = v->method == RESAMPLE_CUBIC ? SPLINE_SCRATCH : SCRATCH;
  int d;
  memcpy(tile, shape, sizeof *tile * (size_t)v->view.nd);
  while (tile_bytes(v, tile) > limit && (d = widest(v, tile)) >= 0)
    tile[d] = (tile[d] + 1) / 2;
}

/* Neighbouring indices that are read together. */
struct run {
  int64_t from, count; /* of the view below */
  int64_t at;          /* index in the tile */
};

struct axis_reads {
  struct run *runs;
  int64_t n;
};

/* Which voxels the taps of an axis need; their indices become those of the tile. */
static void plan_axis(const struct resample_view *v, int d, int64_t off, int64_t count,
                      struct tap *taps, struct axis_reads *reads)
{
  const bool cubic = v->method == RESAMPLE_CUBIC;
  struct run *run = NULL;
  resample_taps(v->method, v->n[d], v->view.shape[d], off, count, taps);
  reads->n = 0;
  for (int64_t i = 0; i < count; i++) {
    struct tap *tap = &taps[i];
    const int64_t low = tap->next < 0 ? tap->at - 1 : tap->at;
    const int64_t high = cubic ? tap->at + 3 : tap->next > 0 ? tap->at + 1 : tap->at;
    if (!run || (v->sparse[d] && low > run->from + run->count)) {
      const int64_t at = run ? run->at + run->count : 0;
      run = &reads->runs[reads->n++];
      *run = (struct run){low, 0, at};
    }
    run->count = high + 1 - run->from > run->count ? high + 1 - run->from : run->count;
    tap->at += run->at - run->from;
  }
  if (cubic) { /* the margins, in the voxels of the mirrored view */
    run->from += SPLINE_REACH - SPLINE_MARGIN;
    run->count += 2 * SPLINE_MARGIN;
  }
}

struct tile_reads {
  struct axis_reads axis[ND_MAX];
};

/* The tile at off[]: what it is made of, without the voxels. */
static void plan_tile(const struct resample_view *v, const int64_t *off,
                      const int64_t *extent, struct resample_tile *tile,
                      struct tile_reads *reads)
{
  for (int d = 0; d < v->view.nd; d++) {
    struct axis_reads *axis = &reads->axis[d];
    tile->out[d] = extent[d];
    if (v->axis[d]) {
      plan_axis(v, d, off[d], extent[d], tile->taps[d], axis);
    } else {
      axis->runs[0] = (struct run){off[d], extent[d], 0};
      axis->n = 1;
    }
    const struct run *last = &axis->runs[axis->n - 1];
    tile->in[d] = last->at + last->count;
  }
}

static int read_runs(const struct resample_view *v, const struct resample_tile *tile,
                     const struct tile_reads *reads, char *raw, struct err *err)
{
  const int nd = v->view.nd;
  int64_t stride[ND_MAX], counts[ND_MAX], at[ND_MAX] = {0};
  nd_strides(nd, tile->in, dtype_size(v->below->dtype), false, stride);
  for (int d = 0; d < nd; d++)
    counts[d] = reads->axis[d].n;
  do {
    int64_t off[ND_MAX], shape[ND_MAX], place = 0;
    for (int d = 0; d < nd; d++) {
      const struct run *run = &reads->axis[d].runs[at[d]];
      off[d] = run->from;
      shape[d] = run->count;
      place += run->at * stride[d];
    }
    if (cancel_check(err) ||
        view_read_region(v->below, off, shape, raw + place, stride, err))
      return -1;
  } while (nd_next(nd, counts, at));
  return 0;
}

/* scipy's zeros where the last coordinate was rounded up. */
static void erase_lost(const struct resample_tile *tile, char *out,
                       const int64_t *ostride)
{
  static const char zero[16];
  for (int d = 0; d < tile->nd; d++) {
    if (!tile->axis[d] || !tile->taps[d][tile->out[d] - 1].lost)
      continue;
    int64_t slab[ND_MAX];
    memcpy(slab, tile->out, sizeof slab);
    slab[d] = 1;
    nd_fill(tile->nd, slab, out + (tile->out[d] - 1) * ostride[d], ostride, zero,
            dtype_size(tile->to));
  }
}

static int make_tile(const struct resample_view *v, const struct resample_tile *planned,
                     const struct tile_reads *reads, char *out, const int64_t *ostride,
                     struct err *err)
{
  struct resample_tile tile = *planned;
  CLEANUP_FREE char *raw =
      malloc((size_t)(nd_count(tile.nd, tile.in) * dtype_size(tile.from)));
  if (!raw)
    return err_set(err, ENOMEM, "out of memory for a resampled box");
  if (read_runs(v, &tile, reads, raw, err))
    return -1;
  tile.raw = raw;
  if (resample_compute(&tile, out, ostride, err))
    return -1;
  if (v->compat)
    erase_lost(&tile, out, ostride);
  return 0;
}

static int make_tiles(const struct resample_view *v, const int64_t *off,
                      const int64_t *shape, struct arena *arena, char *out,
                      const int64_t *ostride, struct err *err)
{
  const int nd = v->view.nd;
  int64_t size[ND_MAX], at[ND_MAX] = {0}, extent[ND_MAX], from[ND_MAX];
  struct tile_reads reads;
  struct resample_tile tile = {
      .method = v->method, .nd = nd, .from = v->below->dtype, .to = v->view.dtype};
  tile_shape(v, shape, size);
  for (int d = 0; d < nd; d++) {
    const size_t n = (size_t)size[d];
    tile.axis[d] = v->axis[d];
    tile.taps[d] = arena_array(arena, v->axis[d] ? n : 1, sizeof *tile.taps[d], err);
    reads.axis[d].runs =
        arena_array(arena, v->sparse[d] ? n : 1, sizeof *reads.axis[d].runs, err);
    if (!tile.taps[d] || !reads.axis[d].runs)
      return -1;
  }
  do {
    tiles_extent(nd, shape, size, at, extent);
    for (int d = 0; d < nd; d++)
      from[d] = off[d] + at[d];
    plan_tile(v, from, extent, &tile, &reads);
    if (make_tile(v, &tile, &reads, out + nd_offset(nd, at, ostride), ostride, err))
      return -1;
  } while (tiles_next(nd, shape, size, at));
  return 0;
}

static int resample_read(const struct view *view, const int64_t *off,
                         const int64_t *shape, void *out, const int64_t *ostride,
                         struct err *err)
{
  const struct resample_view *v = (const struct resample_view *)view;
  const bool roomy = v->method == RESAMPLE_CUBIC && !has_room;
  if (roomy && room_take(err))
    return -1;
  __attribute__((cleanup(room_give), unused)) const bool taken = roomy;
  struct arena arena;
  arena_init(&arena);
  const int result = make_tiles(v, off, shape, &arena, out, ostride, err);
  arena_free(&arena);
  return result;
}

/* The dense box around what is needed. */
static void resample_prefetch(const struct view *view, const int64_t *off,
                              const int64_t *shape)
{
  const struct resample_view *v = (const struct resample_view *)view;
  int64_t from[ND_MAX], count[ND_MAX];
  for (int d = 0; d < view->nd; d++) {
    from[d] = off[d];
    count[d] = shape[d];
    if (!v->axis[d])
      continue;
    struct tap first[1], last[1];
    struct run runs[1];
    struct axis_reads a = {runs, 0};
    plan_axis(v, d, off[d], 1, first, &a);
    from[d] = runs->from;
    plan_axis(v, d, off[d] + shape[d] - 1, 1, last, &a);
    count[d] = runs->from + runs->count - from[d];
  }
  view_prefetch(v->below, from, count);
}

static const struct view_ops resample_ops = {
    .name = "resample",
    .read_region = resample_read,
    .prefetch = resample_prefetch,
};

/* --- construction ----------------------------------------------------------------------
 */

static int check_shape(const struct view *below, const int64_t *shape, struct err *err)
{
  int64_t bytes;
  for (int d = 0; d < below->nd; d++)
    if (shape[d] < 0 || (shape[d] > 0 && below->shape[d] == 0))
      return err_set(err, EINVAL, "axis %d of %lld voxels cannot become one of %lld", d,
                     (long long)below->shape[d], (long long)shape[d]);
  if (!checked_array_bytes(below->nd, shape, 16, &bytes))
    return err_set(err, EINVAL, "the resampled array would be too large");
  return 0;
}

/* The innermost axes are read densely, as long as few voxels are read for nothing. */
static void choose_sparse(struct resample_view *v)
{
  double skipped = 1;
  for (int d = v->view.nd - 1; d >= 0; d--) {
    const double step = v->axis[d] && v->step[d] > 1 ? v->step[d] : 1;
    v->sparse[d] = v->method != RESAMPLE_CUBIC && skipped * step >= DENSE_LIMIT;
    skipped *= v->sparse[d] ? 1 : step;
  }
}

static const struct view *mirrored(struct arena *arena, const struct view *below,
                                   const bool *axis, struct err *err)
{
  int64_t reach[ND_MAX];
  for (int d = 0; d < below->nd; d++)
    reach[d] = axis[d] ? SPLINE_REACH : 0;
  return view_pad(arena, below, reach, reach, PAD_REFLECT, 0, err);
}

static const struct view *resample(struct arena *arena, const struct view *below,
                                   const int64_t *shape, enum resample_method method,
                                   bool compat, struct err *err)
{
  if (check_shape(below, shape, err))
    return NULL;
  const bool areas = method == RESAMPLE_UNDER || method == RESAMPLE_LERP;
  struct resample_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  v->view = *below;
  v->view.run = (struct view_run){0}; /* the bytes below are not its values */
  v->view.ops = &resample_ops;
  v->view.dtype = method == RESAMPLE_LERP ? DT_F32 : below->dtype;
  v->below = below;
  v->method = method;
  v->compat = compat;
  int axes = 0;
  for (int d = 0; d < below->nd; d++) {
    const int64_t n = below->shape[d], m = shape[d];
    v->n[d] = n;
    v->view.shape[d] = m;
    v->axis[d] = n != m && m > 0;
    v->step[d] = areas && m ? (double)n / (double)m : view_zoom_step(n, m);
    axes += v->axis[d];
  }
  if (!axes && nd_count(below->nd, shape) == nd_count(below->nd, below->shape))
    return v->view.dtype == below->dtype ? below
                                         : view_cast(arena, below, v->view.dtype, err);
  if (method == RESAMPLE_CUBIC && axes > ZOOM_AXES_MAX) {
    err_set(err, EINVAL, "order 3 is for at most %d axes, found %d", ZOOM_AXES_MAX, axes);
    return NULL;
  }
  choose_sparse(v);
  if (method == RESAMPLE_CUBIC)
    v->below = mirrored(arena, below, v->axis, err);
  return v->below ? &v->view : NULL;
}

static int check_real(const struct view *below, int order, struct err *err)
{
  if (order == 0 || dtype_table[below->dtype].kind != 'c')
    return 0;
  return err_set(err, EINVAL, "expected real numbers for order %d, found %s", order,
                 dtype_table[below->dtype].name);
}

const struct view *view_zoom(struct arena *arena, const struct view *below,
                             const int64_t *shape, struct view_zoom how, struct err *err)
{
  const enum resample_method method = how.order == 0   ? RESAMPLE_NEAREST
                                      : how.order == 1 ? RESAMPLE_LINEAR
                                                       : RESAMPLE_CUBIC;
  if (check_real(below, how.order, err))
    return NULL;
  return resample(arena, below, shape, method, how.compat, err);
}

const struct view *view_resize(struct arena *arena, const struct view *below,
                               const int64_t *shape, int order, struct err *err)
{
  if (check_real(below, order, err))
    return NULL;
  return resample(arena, below, shape, order ? RESAMPLE_LERP : RESAMPLE_UNDER, false,
                  err);
}
