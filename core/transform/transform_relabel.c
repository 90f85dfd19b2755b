/* relabel: PyTC's reduce_label: the different positive ids of the item, in ascending
 * order, become 1..k; 0 and what is below stay; the dtype stays.
 *
 * The ids are collected by one pass over the item, the first time that it is read.  What
 * they were is kept under the item's key, for the next reads: all lists together take
 * KEPT_BYTES, and the one that was used longest ago goes first. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/transform/transform_table.h"

enum {
  IDS_MAX = 1 << 19, /* of one item */
  KEPT_BYTES = 8 << 20,
  KEPT_LISTS = 256,
  WALK_VOXELS = 64 * 1024,
};

static int relabel_check(const struct step_args *args, struct err *err)
{
  return args->n ? err_set(err, EINVAL, "expected no argument, found '%s'", args->text[0])
                 : 0;
}

/* --- the ids of an item ------------------------------------------------------------ */

/* An immutable ascending list, counted. */
struct ids {
  int refs; /* protected by kept.lock */
  size_t n;
  uint64_t at[];
};

/* A set of positive ids; 0: an empty slot. */
struct id_set {
  uint64_t *slot;
  size_t room, n; /* room: a power of two */
};

static size_t slot_of(const struct id_set *set, uint64_t id)
{
  size_t at = (size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (set->room - 1);
  while (set->slot[at] && set->slot[at] != id)
    at = (at + 1) & (set->room - 1);
  return at;
}

static int set_grow(struct id_set *set)
{
  struct id_set larger = {.room = set->room ? 2 * set->room : 1024, .n = set->n};
  larger.slot = calloc(larger.room, sizeof *larger.slot);
  if (!larger.slot)
    return -1;
  for (size_t i = 0; i < set->room; i++)
    if (set->slot[i])
      larger.slot[slot_of(&larger, set->slot[i])] = set->slot[i];
  free(set->slot);
  *set = larger;
  return 0;
}

static int set_add(struct id_set *set, uint64_t id, struct err *err)
{
  if (4 * set->n >= 3 * set->room && set_grow(set))
    return err_set(err, ENOMEM, "out of memory for the ids of a mask");
  const size_t at = slot_of(set, id);
  if (set->slot[at])
    return 0;
  if (set->n == IDS_MAX)
    return err_set(err, EIO,
                   "relabel: expected at most %d different ids in an item, found more",
                   IDS_MAX);
  set->slot[at] = id;
  set->n++;
  return 0;
}

static void set_free(struct id_set *set)
{
  free(set->slot);
}

static int compare(const void *a, const void *b)
{
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* Integers as 64-bit ones; those below 0 become 0, which has no new id either. */
static void to_ids(enum dtype from, const void *in, uint64_t *out, size_t n)
{
  dtype_convert(from, in, dtype_size(from), DT_U64, out, sizeof *out, n);
}

struct walk {
  const struct view *view;
  struct id_set set;
  char *raw;
  uint64_t *id;
  struct err *err;
};

static int walk_box(void *ctx, const int64_t *off, const int64_t *shape, int64_t linear)
{
  struct walk *walk = ctx;
  const size_t n = (size_t)nd_count(walk->view->nd, shape);
  uint64_t last = 0;
  if (view_read_box(walk->view, off, shape, walk->raw, walk->err))
    return -1;
  to_ids(walk->view->dtype, walk->raw, walk->id, n);
  for (size_t i = 0; i < n; i++) {
    if (walk->id[i] != last && walk->id[i] && set_add(&walk->set, walk->id[i], walk->err))
      return -1;
    last = walk->id[i];
  }
  return 0;
}

static struct ids *collect_ids(const struct view *view, struct err *err)
{
  const int64_t all = nd_count(view->nd, view->shape);
  CLEANUP_FREE char *raw = malloc((size_t)WALK_VOXELS * (size_t)dtype_size(view->dtype));
  CLEANUP_FREE uint64_t *id = malloc(WALK_VOXELS * sizeof *id);
  struct id_set set __attribute__((cleanup(set_free))) = {0};
  if (!raw || !id || set_grow(&set)) {
    err_set(err, ENOMEM, "out of memory for the ids of a mask");
    return NULL;
  }
  struct walk walk = {view, set, raw, id, err};
  int rc = 0;
  for (int64_t at = 0; at < all && !rc; at += WALK_VOXELS) {
    const int64_t n = all - at < WALK_VOXELS ? all - at : WALK_VOXELS;
    rc = cancel_check(err) || nd_linear(view->nd, view->shape, at, n, walk_box, &walk);
  }
  set = walk.set;
  struct ids *ids = rc ? NULL : malloc(sizeof *ids + set.n * sizeof *ids->at);
  if (!rc && !ids)
    err_set(err, ENOMEM, "out of memory for the ids of a mask");
  if (!ids)
    return NULL;
  *ids = (struct ids){.refs = 1};
  for (size_t i = 0; i < set.room; i++)
    if (set.slot[i])
      ids->at[ids->n++] = set.slot[i];
  qsort(ids->at, ids->n, sizeof *ids->at, compare);
  return ids;
}

/* --- lists that are kept ----------------------------------------------------------- */

static struct {
  pthread_mutex_t lock; /* protects all below */
  struct {
    uint64_t key;
    struct ids *ids; /* NULL: an empty slot */
    uint64_t used;   /* tick of the last use */
  } list[KEPT_LISTS];
  size_t bytes;
  uint64_t tick;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t bytes_of(const struct ids *ids)
{
  return sizeof *ids + ids->n * sizeof *ids->at;
}

/* The caller holds the lock. */
static void drop_ref(struct ids *ids)
{
  if (--ids->refs == 0)
    free(ids);
}

static void ids_put(struct ids *ids)
{
  LOCK_FOR_SCOPE(&kept.lock);
  drop_ref(ids);
}

static struct ids *find_kept(uint64_t key)
{
  LOCK_FOR_SCOPE(&kept.lock);
  for (int i = 0; i < KEPT_LISTS; i++)
    if (kept.list[i].ids && kept.list[i].key == key) {
      kept.list[i].used = ++kept.tick;
      kept.list[i].ids->refs++;
      return kept.list[i].ids;
    }
  return NULL;
}

/* Keeps one more reference, in an empty slot or in place of the oldest. */
static void keep(uint64_t key, struct ids *ids)
{
  LOCK_FOR_SCOPE(&kept.lock);
  for (;;) {
    int free_slot = -1, oldest = -1;
    for (int i = 0; i < KEPT_LISTS; i++) {
      if (!kept.list[i].ids)
        free_slot = i;
      else if (oldest < 0 || kept.list[i].used < kept.list[oldest].used)
        oldest = i;
    }
    if (free_slot >= 0 && (oldest < 0 || kept.bytes + bytes_of(ids) <= KEPT_BYTES)) {
      ids->refs++;
      kept.bytes += bytes_of(ids);
      kept.list[free_slot].key = key;
      kept.list[free_slot].ids = ids;
      kept.list[free_slot].used = ++kept.tick;
      return;
    }
    kept.bytes -= bytes_of(kept.list[oldest].ids);
    drop_ref(kept.list[oldest].ids);
    kept.list[oldest].ids = NULL;
  }
}

/* --- the step ---------------------------------------------------------------------- */

struct relabel {
  const struct view *of;
  uint64_t key;
  pthread_mutex_t lock; /* held while the ids are collected: once, not by each reader */
};

static struct ids *ids_of(struct relabel *self, struct err *err)
{
  struct ids *ids = find_kept(self->key);
  if (ids)
    return ids;
  LOCK_FOR_SCOPE(&self->lock);
  ids = find_kept(self->key);
  if (!ids && (ids = collect_ids(self->of, err)))
    keep(self->key, ids);
  return ids;
}

static int relabel_row(const void *arg, enum dtype from, const void *in, void *out,
                       ptrdiff_t step, size_t n, struct err *err)
{
  enum { ROW = 512 };
  /* the view is immutable to its readers; what it locks is how it collects ids */
  struct relabel *self = (struct relabel *)(uintptr_t)arg;
  const size_t size = (size_t)dtype_size(from);
  struct ids *ids = ids_of(self, err);
  uint64_t id[ROW], last = 0, number = 0;
  if (!ids)
    return -1;
  for (size_t i = 0; i < n; i += ROW) {
    const size_t m = n - i < ROW ? n - i : ROW;
    const char *old = (const char *)in + i * size;
    to_ids(from, old, id, m);
    for (size_t k = 0; k < m; k++) {
      char *to = (char *)out + (ptrdiff_t)(i + k) * step;
      if (!id[k]) {
        memcpy(to, old + k * size, size);
        continue;
      }
      if (id[k] != last) {
        const uint64_t *found = bsearch(&id[k], ids->at, ids->n, sizeof id[k], compare);
        last = id[k];
        number = found ? (uint64_t)(found - ids->at) + 1 : 0;
      }
      dtype_convert(DT_U64, &number, sizeof number, from, to, (ptrdiff_t)size, 1);
    }
  }
  ids_put(ids);
  return 0;
}

static int relabel_apply(const void *args, struct transform_item *item,
                         struct arena *arena, struct err *err)
{
  if (!item->mask)
    return 0;
  if (!strchr("iub", dtype_table[item->view->dtype].kind))
    return err_set(err, EINVAL, "expected a mask of integers, found %s",
                   dtype_table[item->view->dtype].name);
  if (transform_expect_walkable(item, item->view, err))
    return -1;
  struct relabel *self = arena_alloc(arena, sizeof *self, err);
  const struct view *ordered =
      self ? view_in_storage_order(arena, item->view, err) : NULL;
  if (!ordered)
    return -1;
  *self = (struct relabel){ordered, item->item_key, PTHREAD_MUTEX_INITIALIZER};
  item->view =
      view_pointwise(arena, item->view, item->view->dtype, NULL, relabel_row, self, err);
  return item->view ? 0 : -1;
}

const struct transform transform_relabel = {
    .type.name = "relabel",
    .type.usage = "relabel",
    .type.help = "a mask's positive ids of the item, ascending, become 1..k; images stay",
    .type.check = relabel_check,
    .apply = relabel_apply,
};
