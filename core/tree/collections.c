/* A program goes through one or two directories at a time, a training loop through one of
 * each scan: the table holds the last few, by view and scan, or view, split and epoch. */
#include "core/tree/collections.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/cache/block_cache.h"

enum { KEPT = 64, WAIT_MS = 100 /* between looks whether the reader is still there */ };
/* Smaller ones are not worth a charge. */
static const int64_t CHARGED = 64 * 1024;

struct opened {
  struct block_cache *cache;
  struct collection *collection; /* NULL while it is being opened, or could not be */
  struct place place; /* referenced: the collection points into its view's parameters */
  int64_t charged;    /* bytes */
  int64_t at;         /* ms: when it was opened */
  atomic_int refs;    /* one is the table's */
};

struct collections {
  pthread_mutex_t lock;
  pthread_cond_t changed; /* one was opened, or could not be */
  /* protected by lock */
  int n;
  struct opened *kept[KEPT]; /* most recently used first */
};

struct collections *collections_new(struct err *err)
{
  struct collections *self = calloc(1, sizeof *self);
  if (!self) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  pthread_mutex_init(&self->lock, NULL);
  clock_cond_init(&self->changed);
  return self;
}

void opened_put(struct opened *opened)
{
  if (!opened || atomic_fetch_sub(&opened->refs, 1) > 1)
    return;
  collection_close(opened->collection);
  if (opened->charged)
    block_cache_discharge(opened->cache, (size_t)opened->charged);
  place_unref(&opened->place);
  free(opened);
}

void collections_free(struct collections *self)
{
  for (int i = 0; self && i < self->n; i++)
    opened_put(self->kept[i]);
  free(self);
}

const struct collection *opened_collection(const struct opened *opened)
{
  return opened->collection;
}

struct collection_of collection_of(const struct tree *tree, const struct place *place)
{
  return (struct collection_of){.dataset = place->world->dataset,
                                .spec = place->world->spec,
                                .params = &place->use->params,
                                .scan = place->scan,
                                .split = place->split,
                                .epoch = place->epoch,
                                .seed = tree->spec->seed,
                                /* more cannot be charged */
                                .most = (int64_t)(tree->spec->cache_bytes / 2)};
}

bool place_role(const struct tree *tree, const struct place *place, int i,
                struct role *out)
{
  const struct collection_of of = collection_of(tree, place);
  return place->kind->role(&of, i, out);
}

/* --- the table; its lock is held --------------------------------------------------- */

static bool is_of(const struct opened *opened, const struct place *place)
{
  return opened->place.use == place->use && opened->place.scan == place->scan &&
         opened->place.split == place->split && opened->place.epoch == place->epoch;
}

static void take_out(struct collections *self, int i)
{
  self->n--;
  memmove(self->kept + i, self->kept + i + 1, sizeof *self->kept * (size_t)(self->n - i));
}

static void put_in(struct collections *self, struct opened *opened)
{
  memmove(self->kept + 1, self->kept, sizeof *self->kept * (size_t)self->n);
  self->kept[0] = opened;
  self->n++;
}

/* The least recently used that nobody holds, with `charged` one that takes room in the
 * budget; NULL: there is none. */
static struct opened *take_idle(struct collections *self, bool charged)
{
  for (int i = self->n - 1; i >= 0; i--) {
    struct opened *opened = self->kept[i];
    if (atomic_load(&opened->refs) > 1 || (charged && !opened->charged))
      continue;
    take_out(self, i);
    return opened;
  }
  return NULL;
}

/* --- asking ------------------------------------------------------------------------ */

static void drop(struct collections *self, struct opened *opened)
{
  bool kept = false;
  {
    LOCK_FOR_SCOPE(&self->lock);
    for (int i = 0; i < self->n && !kept; i++)
      if (self->kept[i] == opened) {
        take_out(self, i);
        kept = true;
      }
    pthread_cond_broadcast(&self->changed);
  }
  if (kept)
    opened_put(opened);
}

/* Another state of its sources may be there now. */
static bool is_old(const struct opened *opened)
{
  const struct collection *collection = opened->collection;
  return sources_stale(&collection->sources) ||
         (collection->partial && clock_ms() - opened->at > SOURCE_CHECK_MS);
}

/* Room in the budget; kept collections that nobody holds make it. */
static int charge(struct collections *self, struct opened *opened, struct err *err)
{
  const int64_t bytes = opened->collection->bytes;
  while (bytes > CHARGED && !block_cache_charge(opened->cache, (size_t)bytes)) {
    struct opened *other;
    {
      LOCK_FOR_SCOPE(&self->lock);
      other = take_idle(self, true);
    }
    if (!other)
      return err_set(err, EIO,
                     "the order of an epoch takes %lld bytes, which do not fit into what "
                     "cache= leaves beside what is being read",
                     (long long)bytes);
    opened_put(other);
  }
  opened->charged = bytes > CHARGED ? bytes : 0;
  return 0;
}

/* The place's entry, referenced for the caller: one that is there (*ours false), or a new
 * one that the caller is to open.  Waits while another thread opens it. */
static struct opened *find(struct tree *tree, const struct place *place, bool *ours,
                           struct err *err)
{
  struct collections *self = tree->collections;
  struct opened *made = NULL, *idle = NULL, *found = NULL;
  pthread_mutex_lock(&self->lock);
  for (int i = 0; i < self->n && !found; i++) {
    if (!is_of(self->kept[i], place))
      continue;
    if (!self->kept[i]->collection) {
      clock_wait(&self->changed, &self->lock, WAIT_MS);
      if (cancel_check(err))
        break;
      i = -1; /* the table may be another one */
      continue;
    }
    found = self->kept[i];
    take_out(self, i);
    put_in(self, found);
  }
  *ours = !found && !err->errnum;
  if (found)
    atomic_fetch_add(&found->refs, 1);
  else if (*ours && !(found = made = calloc(1, sizeof *made)))
    err_set(err, ENOMEM, "out of memory");
  if (made) {
    *made = (struct opened){.cache = source_pool_cache(tree->pool), .place = *place};
    made->place.name = NULL;
    place_ref(&made->place);
    if (self->n == KEPT)
      idle = take_idle(self, false);
    atomic_init(&made->refs, 1);
    if (self->n < KEPT) { /* else all are in use: this one is not kept */
      put_in(self, made);
      atomic_fetch_add(&made->refs, 1);
    }
  }
  pthread_mutex_unlock(&self->lock);
  opened_put(idle);
  return found;
}

int collections_get(struct tree *tree, const struct place *place, struct opened **out,
                    struct err *err)
{
  struct collections *self = tree->collections;
  const struct collection_of of = collection_of(tree, place);
  for (;;) {
    bool ours;
    struct opened *opened = find(tree, place, &ours, err);
    struct collection *collection;
    if (!opened)
      return -1;
    if (!ours && !is_old(opened)) {
      *out = opened;
      return 0;
    }
    if (!ours) {
      drop(self, opened);
      opened_put(opened);
      continue;
    }
    int rc = collection_open(place->kind, &of, &collection, err);
    if (!rc) {
      LOCK_FOR_SCOPE(&self->lock);
      opened->at = clock_ms();
      opened->collection = collection;
      pthread_cond_broadcast(&self->changed);
    }
    if (!rc)
      rc = charge(self, opened, err);
    if (!rc) {
      *out = opened;
      return 0;
    }
    drop(self, opened);
    opened_put(opened);
    return -1;
  }
}
