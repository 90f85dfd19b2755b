/* A table of places by hash, and the thread that watches. */
#include "fs/promises.h"

#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/thread.h"
#include "fs/attr.h"

enum {
  LOOK_MS = 100, /* between looks; a source is looked at every SOURCE_CHECK_MS */
  /* The kernel's time starts when it gets the answer, ours when we make it. */
  LIFE_MS = (PROMISE_SECONDS + 10) * 1000,
  /* Once is not enough: an answer from before the change may be on its way to the kernel
   * when the first word is.  The second comes a look later. */
  TELL_TIMES = 2,
  TELL_AT_ONCE = 256 /* copied, to be told without the lock */
};

void promises_init(struct promises *self, struct tree *tree)
{
  *self = (struct promises){.tree = tree,
                            .telling = PTHREAD_MUTEX_INITIALIZER,
                            .lock = PTHREAD_MUTEX_INITIALIZER};
  clock_cond_init(&self->wake);
}

/* --- making ----------------------------------------------------------------------- */

/* Does it count at `now`? (lock held) */
static bool is_out(const struct promise *promise, int64_t now)
{
  return promise->node && now - promise->made < LIFE_MS;
}

/* The first of a node's places (lock held). */
static struct promise *places_of(struct promises *self, uint64_t node)
{
  const uint64_t set =
      (node * UINT64_C(0x9e3779b97f4a7c15) >> 32) % (PROMISES / PROMISE_WAYS);
  return self->table + set * PROMISE_WAYS;
}

/* The node's own place; else NULL (lock held). */
static struct promise *find(struct promises *self, uint64_t node)
{
  struct promise *const place = places_of(self, node);
  for (int i = 0; i < PROMISE_WAYS; i++)
    if (place[i].node == node)
      return &place[i];
  return NULL;
}

/* A place where nothing counts; NULL: there is none (lock held). */
static struct promise *free_place(struct promises *self, uint64_t node, int64_t now)
{
  struct promise *const place = places_of(self, node);
  for (int i = 0; i < PROMISE_WAYS; i++)
    if (!is_out(&place[i], now))
      return &place[i];
  return NULL;
}

/* Is what was asked for after `changes` known to be true still, and watched? (lock held)
 */
static bool holds(struct promises *self, uint64_t changes, int64_t now)
{
  if (!self->last || now - self->last >= LIFE_MS)
    self->changes = changes; /* nothing is out, so nobody has looked */
  return changes == self->changes && tree_changes(self->tree) == changes &&
         now >= self->quiet;
}

double promises_make(struct promises *self, const struct tree_attr *attr,
                     uint64_t changes)
{
  if (!self->started)
    return ATTR_SECONDS;
  const int64_t now = clock_ms();
  LOCK_FOR_SCOPE(&self->lock);
  struct promise *place = find(self, attr->id);
  if (!attr->watched || !holds(self, changes, now)) {
    if (place)
      place->node = 0; /* looked up now, and believed only briefly */
    return ATTR_SECONDS;
  }
  if (!place && !(place = free_place(self, attr->id, now)))
    return ATTR_SECONDS;
  *place = (struct promise){.node = attr->id, .made = now};
  if (!self->last || now - self->last >= LIFE_MS)
    pthread_cond_signal(&self->wake);
  self->last = now;
  return PROMISE_SECONDS;
}

double promises_left(struct promises *self, uint64_t node, uint64_t changes)
{
  if (!self->started)
    return ATTR_SECONDS;
  const int64_t now = clock_ms();
  LOCK_FOR_SCOPE(&self->lock);
  const struct promise *const place = find(self, node);
  if (!place || place->told || !holds(self, changes, now))
    return ATTR_SECONDS;
  const double left = PROMISE_SECONDS - (double)(now - place->made) / 1000;
  return left > ATTR_SECONDS ? left : ATTR_SECONDS;
}

bool promises_older(struct promises *self, uint64_t node, int64_t then)
{
  LOCK_FOR_SCOPE(&self->lock);
  const struct promise *const place = self->table ? find(self, node) : NULL;
  return place && is_out(place, clock_ms()) && place->made <= then;
}

/* --- taking back ------------------------------------------------------------------ */

/* Nodes from *at on that have to be told; how many.  *at: where to go on. */
static int next_nodes(struct promises *self, size_t *at, uint64_t out[TELL_AT_ONCE])
{
  LOCK_FOR_SCOPE(&self->lock);
  const int64_t now = clock_ms();
  int n = 0;
  for (; *at < PROMISES && n < TELL_AT_ONCE; ++*at) {
    struct promise *const promise = &self->table[*at];
    if (is_out(promise, now) && promise->told < TELL_TIMES) {
      promise->told++;
      out[n++] = promise->node;
    }
  }
  return self->stop ? 0 : n;
}

static void take_back(struct promises *self)
{
  uint64_t nodes[TELL_AT_ONCE];
  size_t at = 0;
  int n;
  LOCK_FOR_SCOPE(&self->telling);
  while ((n = next_nodes(self, &at, nodes)))
    for (int i = 0; i < n; i++)
      fuse_lowlevel_notify_inval_inode(self->fuse, nodes[i], -1, 0);
}

/* Waits for the next look; false: it is over. */
static bool wait_turn(struct promises *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  if (!self->stop && self->last && clock_ms() - self->last < LIFE_MS)
    clock_wait(&self->wake, &self->lock, LOOK_MS);
  while (!self->stop && (!self->last || clock_ms() - self->last >= LIFE_MS))
    pthread_cond_wait(&self->wake, &self->lock);
  return !self->stop;
}

/* Has something changed since the last call? */
static bool has_changed(struct promises *self)
{
  const uint64_t changes = tree_changes(self->tree);
  LOCK_FOR_SCOPE(&self->lock);
  if (self->changes == changes)
    return false;
  self->changes = changes;
  self->quiet = clock_ms() + PROMISE_QUIET_SECONDS * 1000;
  return true;
}

static void *watch(void *ctx)
{
  struct promises *const self = ctx;
  bool again = false;
  while (wait_turn(self)) {
    tree_look(self->tree, clock_ms() - LIFE_MS);
    const bool changed = has_changed(self);
    if (changed || again)
      take_back(self);
    again = changed;
  }
  return NULL;
}

/* --- its life --------------------------------------------------------------------- */

void promises_start(struct promises *self, struct fuse_session *fuse)
{
  self->fuse = fuse;
  self->table = calloc(PROMISES, sizeof *self->table);
  self->started = self->table && thread_start(&self->thread, watch, self);
}

void promises_stop(struct promises *self)
{
  LOCK_FOR_SCOPE(&self->telling);
  LOCK_FOR_SCOPE(&self->lock);
  self->stop = true;
  pthread_cond_broadcast(&self->wake);
}

void promises_free(struct promises *self)
{
  if (self->started)
    pthread_join(self->thread, NULL);
  free(self->table);
  pthread_cond_destroy(&self->wake);
  pthread_mutex_destroy(&self->lock);
  pthread_mutex_destroy(&self->telling);
}
