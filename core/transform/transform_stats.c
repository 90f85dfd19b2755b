/* Transforms that need statistics of a whole array: one streamed pass the first time, its
 * result kept under a key, so that a million reads of one item (or of one scan) cost one
 * pass.
 *
 * Sums are taken in a fixed order (that of storage, rows of STATS_ROW, merged by Chan,
 * Golub and LeVeque's update, 1979), so that no thread and no cut changes a bit. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/transform/transform_table.h"

enum { STATS_ROW = 4096, STATS_SLOTS = 4096, STATS_WAYS = 4, WAIT_MS = 50 };

struct sums {
  double n, mean, m2, min, max;
  bool nan;
};

static void sums_row(struct sums *sums, const double *value, size_t n)
{
  double sum = 0, m2 = 0;
  for (size_t i = 0; i < n; i++) {
    sum += value[i];
    sums->min = value[i] < sums->min ? value[i] : sums->min;
    sums->max = value[i] > sums->max ? value[i] : sums->max;
    sums->nan |= isnan(value[i]);
  }
  double mean = sum / (double)n;
  for (size_t i = 0; i < n; i++)
    m2 += (value[i] - mean) * (value[i] - mean);
  double all = sums->n + (double)n, delta = mean - sums->mean;
  sums->mean += delta * ((double)n / all);
  sums->m2 += m2 + delta * delta * (sums->n * ((double)n / all));
  sums->n = all;
}

struct pass {
  const struct view *view;
  struct sums sums;
  char *raw;     /* STATS_ROW elements of the view */
  double *value; /* the same as doubles */
  struct err *err;
};

static int pass_box(void *ctx, const int64_t *off, const int64_t *shape, int64_t linear)
{
  struct pass *pass = ctx;
  const struct view *view = pass->view;
  if (view_read_box(view, off, shape, pass->raw, pass->err))
    return -1;
  int64_t n = nd_count(view->nd, shape);
  int size = dtype_size(view->dtype);
  for (int64_t i = 0; i < n; i += STATS_ROW) {
    size_t m = n - i < STATS_ROW ? (size_t)(n - i) : STATS_ROW;
    dtype_convert(view->dtype, pass->raw + i * size, size, DT_F64, pass->value,
                  sizeof *pass->value, m);
    sums_row(&pass->sums, pass->value, m);
  }
  return 0;
}

/* The pass reads in ranges of this many voxels; rows never cross one, so that the order
 * of summation depends on the shape alone. */
enum { PASS_VOXELS = 64 * STATS_ROW };

static int stats_walk(const struct view *view, struct stats *out, struct err *err)
{
  int64_t all = nd_count(view->nd, view->shape);
  CLEANUP_FREE char *raw = malloc((size_t)PASS_VOXELS * (size_t)dtype_size(view->dtype));
  CLEANUP_FREE double *value = malloc(STATS_ROW * sizeof *value);
  if (!raw || !value)
    return err_set(err, ENOMEM, "out of memory for statistics");
  struct pass pass = {view, {.min = INFINITY, .max = -INFINITY}, raw, value, err};
  for (int64_t at = 0; at < all; at += PASS_VOXELS) {
    int64_t n = all - at < PASS_VOXELS ? all - at : PASS_VOXELS;
    if (cancel_check(err) || nd_linear(view->nd, view->shape, at, n, pass_box, &pass))
      return -1;
  }
  const struct sums *sums = &pass.sums;
  *out = (struct stats){sums->min, sums->max, sums->mean,
                        sums->n > 0 ? sqrt(sums->m2 / sums->n) : 0, sums->nan};
  return 0;
}

static int stats_compute(const struct view *view, struct stats *out, struct err *err)
{
  struct arena arena;
  arena_init(&arena);
  const struct view *ordered = view_in_storage_order(&arena, view, err);
  int rc = ordered ? stats_walk(ordered, out, err) : -1;
  arena_free(&arena);
  return rc;
}

int transform_expect_walkable(const struct transform_item *item, const struct view *view,
                              struct err *err)
{
  const int64_t n = nd_count(view->nd, view->shape);
  char text[ND_TEXT];
  if (n <= TRANSFORM_WALK || !item->voxels || n / TRANSFORM_BLOWN <= item->voxels)
    return 0;
  return err_set(err, EINVAL,
                 "expected an array of at most %d voxels, or %d times the %lld that are "
                 "stored, to go through, found %s",
                 TRANSFORM_WALK, TRANSFORM_BLOWN, (long long)item->voxels,
                 nd_text(view->nd, view->shape, text));
}

/* Results by key: a fixed table, the oldest of a set makes room. */
static struct {
  pthread_mutex_t lock;  /* protects all below */
  pthread_cond_t change; /* some slot was finished or given up */
  struct slot {
    uint64_t key;
    enum { SLOT_EMPTY, SLOT_BUSY, SLOT_READY } state;
    uint64_t used; /* tick of the last use */
    struct stats stats;
  } slots[STATS_SLOTS][STATS_WAYS];
  uint64_t tick;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER};

/* The slot of the key, or the one that may take it (lock held); NULL: all are busy. */
static struct slot *slot_find(uint64_t key)
{
  struct slot *set = kept.slots[key % STATS_SLOTS], *oldest = NULL;
  for (int i = 0; i < STATS_WAYS; i++) {
    if (set[i].state != SLOT_EMPTY && set[i].key == key)
      return &set[i];
    if (set[i].state != SLOT_BUSY && (!oldest || set[i].used < oldest->used))
      oldest = &set[i];
  }
  return oldest;
}

int stats_of(const struct view *view, uint64_t key, struct stats *out, struct err *err)
{
  struct slot *slot = NULL;
  {
    LOCK_FOR_SCOPE(&kept.lock);
    while ((slot = slot_find(key)) && slot->state == SLOT_BUSY && slot->key == key) {
      clock_wait(&kept.change, &kept.lock, WAIT_MS);
      if (cancel_check(err))
        return -1;
    }
    if (slot) {
      slot->used = ++kept.tick;
      if (slot->state == SLOT_READY && slot->key == key) {
        *out = slot->stats;
        return 0;
      }
      slot->state = SLOT_BUSY;
      slot->key = key;
    }
  }
  int rc = stats_compute(view, out, err);
  if (slot) {
    LOCK_FOR_SCOPE(&kept.lock);
    slot->state = rc ? SLOT_EMPTY : SLOT_READY;
    slot->stats = *out;
    pthread_cond_broadcast(&kept.change);
  }
  return rc;
}

int transform_expect_scope(const struct step_args *args, struct err *err)
{
  if (args->n > 1 || (args->n == 1 && strcmp(args->text[0], "scan")))
    return err_set(err, EINVAL, "expected nothing or 'scan', found '%s'", args->text[0]);
  return 0;
}

struct normalise {
  const struct view *of; /* whose statistics */
  uint64_t key;
  transform_finish_fn *finish;
  double arg;
  pthread_mutex_t lock;
  bool ready;         /* protected by lock */
  struct stats stats; /* protected by lock until ready, then constant */
};

static int normalise_prepare(const void *arg, struct err *err)
{
  /* the view is immutable to its readers; this is its one lazily computed fact */
  struct normalise *self = (struct normalise *)(uintptr_t)arg;
  LOCK_FOR_SCOPE(&self->lock);
  if (self->ready)
    return 0;
  if (stats_of(self->of, self->key, &self->stats, err))
    return -1;
  self->ready = true;
  return 0;
}

static int normalise_row(const void *arg, enum dtype from, const void *in, void *out,
                         ptrdiff_t step, size_t n, struct err *err)
{
  const struct normalise *self = arg;
  enum { ROW = 512 };
  float row[ROW], rc[ROW];
  for (size_t i = 0; i < n; i += ROW) {
    size_t m = n - i < ROW ? n - i : ROW;
    dtype_convert(from, (const char *)in + i * (size_t)dtype_size(from), dtype_size(from),
                  DT_F32, row, sizeof *row, m);
    if (self->finish(&self->stats, self->arg, row, rc, m, err))
      return -1;
    for (size_t k = 0; k < m; k++)
      memcpy((char *)out + (ptrdiff_t)(i + k) * step, &rc[k], sizeof rc[k]);
  }
  return 0;
}

int transform_normalise(const struct step_args *args, struct transform_item *item,
                        struct arena *arena, transform_finish_fn *finish, double arg,
                        struct err *err)
{
  if (dtype_table[item->view->dtype].kind == 'c')
    return err_set(err, EINVAL, "expected real numbers, found %s",
                   dtype_table[item->view->dtype].name);
  struct normalise *self = arena_alloc(arena, sizeof *self, err);
  if (!self)
    return -1;
  const bool scan = transform_word(args, "scan");
  if (transform_expect_walkable(item, scan ? item->scan : item->view, err))
    return -1;
  *self = (struct normalise){.of = scan ? item->scan : item->view,
                             .key = scan ? item->scan_key : item->item_key,
                             .finish = finish,
                             .arg = arg,
                             .lock = PTHREAD_MUTEX_INITIALIZER};
  item->view = view_pointwise(arena, item->view, DT_F32, normalise_prepare, normalise_row,
                              self, err);
  return item->view ? 0 : -1;
}
