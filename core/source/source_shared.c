/* A hash table of sources, and a list of the files that are being opened. */
#include "core/source/source_shared.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/source/source_inside.h"

enum { WAIT_MS = 50 /* between two looks at the reader's token */ };

/* Protected by the table's lock. */
struct source_flight {
  LIST_ENTRY(source_flight) neighbours; /* until it has landed */
  const char *path;
  uint64_t print;
  int refs; /* the opener, and those who wait */
  bool landed;
  struct err err;
};

void source_shared_init(struct source_shared *self)
{
  pthread_mutex_init(&self->lock, NULL);
  clock_cond_init(&self->landed);
  TAILQ_INIT(&self->kept);
}

void source_shared_free(struct source_shared *self)
{
  pthread_cond_destroy(&self->landed);
  pthread_mutex_destroy(&self->lock);
}

static struct source_chain *chain_of(struct source_shared *self, uint64_t path_hash)
{
  return &self->by_path[path_hash % SHARED_BUCKETS];
}

/* Takes a reference unless the last one was given back a moment ago. */
static bool ref_living(struct source *source)
{
  int refs = atomic_load(&source->refs);
  while (refs > 0 && !atomic_compare_exchange_weak(&source->refs, &refs, refs + 1))
    continue;
  return refs > 0;
}

/* The lock is held. */
static struct source *find_open(struct source_shared *self, const char *path,
                                uint64_t print)
{
  const uint64_t hash = text_hash(0, path, strlen(path));
  struct source *source;
  LIST_FOREACH(source, chain_of(self, hash), same_path)
  if (source->path_hash == hash && source_print(source) == print &&
      !strcmp(source->files[0]->path, path) && !atomic_load(&source->stale) &&
      ref_living(source))
    return source;
  return NULL;
}

/* The lock is held. */
static void put_flight(struct source_flight *flight)
{
  if (--flight->refs == 0)
    free(flight);
}

/* Waits until the flight has landed; the lock is held. */
static int join(struct source_shared *self, struct source_flight *flight, uint64_t print,
                struct err *err)
{
  int rc = 0;
  flight->refs++;
  while (!flight->landed && !rc) {
    clock_wait(&self->landed, &self->lock, WAIT_MS);
    rc = cancel_check(err);
  }
  const struct err why = flight->err;
  const bool same = flight->print == print;
  put_flight(flight);
  if (!rc && same && why.errnum && why.errnum != EINTR && !err_is_passing(&why))
    rc = err_set(err, why.errnum, "%s", why.msg);
  return rc;
}

int source_shared_find(struct source_shared *self, const char *path, uint64_t print,
                       struct source **out, struct source_flight **ours, struct err *err)
{
  LOCK_FOR_SCOPE(&self->lock);
  struct source_flight *flight;
  *ours = NULL;
  if ((*out = find_open(self, path, print)))
    return 0;
  LIST_FOREACH(flight, &self->flights, neighbours)
  if (!strcmp(flight->path, path))
    return join(self, flight, print, err);
  flight = calloc(1, sizeof *flight);
  if (!flight)
    return err_set(err, ENOMEM, "out of memory");
  flight->path = path;
  flight->print = print;
  flight->refs = 1;
  LIST_INSERT_HEAD(&self->flights, flight, neighbours);
  *ours = flight;
  return 0;
}

void source_shared_land(struct source_shared *self, struct source_flight *flight,
                        struct source *source, const struct err *why)
{
  LOCK_FOR_SCOPE(&self->lock);
  if (source) {
    source->path_hash = text_hash(0, flight->path, strlen(flight->path));
    source->shared = true;
    LIST_INSERT_HEAD(chain_of(self, source->path_hash), source, same_path);
  } else {
    flight->err = *why;
  }
  flight->landed = true;
  LIST_REMOVE(flight, neighbours);
  pthread_cond_broadcast(&self->landed);
  put_flight(flight);
}

/* The lock is held. */
static void stop_keeping(struct source_shared *self, struct source *source)
{
  TAILQ_REMOVE(&self->kept, source, kept_by);
  source->kept = false;
  self->nkept--;
}

struct source *source_shared_keep(struct source_shared *self, struct source *source)
{
  LOCK_FOR_SCOPE(&self->lock);
  struct source *dropped = NULL;
  if (source->kept)
    stop_keeping(self, dropped = source);
  else if (self->nkept == SHARED_KEPT)
    stop_keeping(self, dropped = TAILQ_LAST(&self->kept, source_kept));
  TAILQ_INSERT_HEAD(&self->kept, source, kept_by);
  source->kept = true;
  self->nkept++;
  return dropped;
}

struct source *source_shared_unkeep(struct source_shared *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  struct source *dropped = TAILQ_LAST(&self->kept, source_kept), *source;
  TAILQ_FOREACH(source, &self->kept, kept_by)
  if (atomic_load(&source->stale))
    dropped = source;
  if (dropped)
    stop_keeping(self, dropped);
  return dropped;
}

void source_shared_forget(struct source_shared *self, struct source *source)
{
  if (!source->shared)
    return;
  LOCK_FOR_SCOPE(&self->lock);
  LIST_REMOVE(source, same_path);
}
