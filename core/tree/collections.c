/* A program goes through one or two directories at a time, a training loop through one of
 * each scan: the table holds the last few, by view and scan, or view, split and epoch. */
#include "core/tree/collections.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/cache/block_cache.h"

enum { KEPT = 64 };
/* Smaller ones are not worth a charge. */
static const int64_t CHARGED = 64 * 1024;

struct opened {
  struct block_cache *cache;
  struct collection *collection;
  struct place place; /* referenced: the collection points into its view's parameters */
  int64_t charged;    /* bytes */
  atomic_int refs;    /* one is the table's */
};

struct collections {
  pthread_mutex_t lock; /* protects all below */
  int n;
  struct opened *kept[KEPT]; /* the last used first */
};

struct collections *collections_new(struct err *err)
{
  struct collections *self = calloc(1, sizeof *self);
  if (self)
    pthread_mutex_init(&self->lock, NULL);
  else
    err_set(err, ENOMEM, "out of memory");
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
  return collection_role(place->kind, &of, i, out);
}

/* --- the table; its lock is held --------------------------------------------------- */

static bool is_of(const struct opened *opened, const struct place *place)
{
  return opened->place.use == place->use && opened->place.scan == place->scan &&
         opened->place.split == place->split && opened->place.epoch == place->epoch;
}

static struct opened *take_out(struct collections *self, int i)
{
  struct opened *opened = self->kept[i];
  self->n--;
  memmove(self->kept + i, self->kept + i + 1, sizeof *self->kept * (size_t)(self->n - i));
  return opened;
}

static void put_in(struct collections *self, struct opened *opened)
{
  memmove(self->kept + 1, self->kept, sizeof *self->kept * (size_t)self->n);
  self->kept[0] = opened;
  self->n++;
}

/* Which is to go: the last used, but one that is cheap to open again before an order that
 * had to be played. */
static int last_used(const struct collections *self)
{
  for (int i = self->n - 1; i >= 0; i--)
    if (!self->kept[i]->charged)
      return i;
  return self->n - 1;
}

/* --- asking ------------------------------------------------------------------------ */

static struct opened *find(struct collections *self, const struct place *place)
{
  LOCK_FOR_SCOPE(&self->lock);
  for (int i = 0; i < self->n; i++) {
    if (!is_of(self->kept[i], place))
      continue;
    struct opened *opened = take_out(self, i);
    put_in(self, opened);
    atomic_fetch_add(&opened->refs, 1);
    return opened;
  }
  return NULL;
}

static void drop(struct collections *self, struct opened *opened)
{
  {
    LOCK_FOR_SCOPE(&self->lock);
    for (int i = 0; i < self->n; i++)
      if (self->kept[i] == opened) {
        take_out(self, i);
        atomic_fetch_sub(&opened->refs, 1); /* the caller has another */
        break;
      }
  }
  opened_put(opened);
}

/* Room in the budget; kept collections make it. */
static int charge(struct collections *self, struct opened *opened, struct err *err)
{
  const int64_t bytes = opened->collection->bytes;
  while (bytes > CHARGED && !block_cache_charge(opened->cache, (size_t)bytes)) {
    struct opened *other = NULL;
    {
      LOCK_FOR_SCOPE(&self->lock);
      for (int i = self->n - 1; i >= 0 && !other; i--)
        if (self->kept[i]->charged)
          other = take_out(self, i);
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

static void keep(struct collections *self, struct opened *opened)
{
  struct opened *out = NULL;
  {
    LOCK_FOR_SCOPE(&self->lock);
    if (self->n == KEPT)
      out = take_out(self, last_used(self));
    put_in(self, opened);
    atomic_fetch_add(&opened->refs, 1);
  }
  opened_put(out);
}

int collections_get(struct tree *tree, const struct place *place, struct opened **out,
                    struct err *err)
{
  struct collections *self = tree->collections;
  const struct collection_of of = collection_of(tree, place);
  struct collection *collection;
  *out = find(self, place);
  if (*out && !sources_stale(&(*out)->collection->sources))
    return 0;
  if (*out)
    drop(self, *out);
  *out = NULL;
  if (collection_open(place->kind, &of, &collection, err))
    return -1;
  struct opened *opened = calloc(1, sizeof *opened);
  if (!opened) {
    collection_close(collection);
    return err_set(err, ENOMEM, "out of memory");
  }
  *opened = (struct opened){
      .cache = source_pool_cache(tree->pool), .collection = collection, .place = *place};
  opened->place.name = NULL;
  place_ref(&opened->place);
  atomic_init(&opened->refs, 1);
  if (charge(self, opened, err)) {
    opened_put(opened);
    return -1;
  }
  if (!collection->partial)
    keep(self, opened);
  *out = opened;
  return 0;
}
