/* Two threads, which sleep while no promise is out. */
#include "fs/kernel/promises.h"

#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/thread.h"
#include "fs/fs.h"
#include "fs/kernel/attr.h"
#include "fs/kernel/kernel_epoch.h"

enum {
  TURN_MS = 100, /* between two looks; a source is looked at every SOURCE_CHECK_MS */
  LATE_MS = 700, /* a change must be seen within a second of the last look */
  /* The kernel's time starts when it gets the answer, ours already when we make it. */
  LIFE_MS = (PROMISE_SECONDS + 10) * 1000
};

void promises_init(struct promises *self, struct tree *tree, struct open_files *files)
{
  *self = (struct promises){.tree = tree,
                            .files = files,
                            .telling = PTHREAD_MUTEX_INITIALIZER,
                            .lock = PTHREAD_MUTEX_INITIALIZER};
  clock_cond_init(&self->wake);
}

/* Returns whether a promise is out; the caller holds lock. */
static bool is_out(const struct promises *self, int64_t now)
{
  return self->last && now - self->last < LIFE_MS;
}

/* Returns whether something has changed, or might have without our seeing it; the caller
 * holds lock. */
static bool is_doubtful(const struct promises *self, int64_t now)
{
  return tree_changes(self->tree) != self->changes || now - self->looked > LATE_MS;
}

double promises_make(struct promises *self, const struct tree_attr *attr,
                     uint64_t changes)
{
  LOCK_FOR_SCOPE(&self->lock);
  const int64_t now = clock_ms();
  if (!self->usable || self->stop || !attr->watched || now < self->quiet)
    return ATTR_SECONDS;
  if (!is_out(self, now)) { /* no promise was out, so nobody has looked */
    self->changes = changes;
    self->looked = now;
    self->last = 0;
  }
  if (changes != self->changes || is_doubtful(self, now) || !tree_can_watch(self->tree))
    return ATTR_SECONDS;
  if (!self->last)
    pthread_cond_broadcast(&self->wake);
  self->last = now;
  return PROMISE_SECONDS;
}

/* --- the threads ------------------------------------------------------------------- */

/* Waits a turn, or as long as no promise is out; returns false when the thread has to
 * end. */
static bool wait_turn(struct promises *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  if (!self->stop && is_out(self, clock_ms()))
    clock_wait(&self->wake, &self->lock, TURN_MS);
  while (!self->stop && !is_out(self, clock_ms()))
    pthread_cond_wait(&self->wake, &self->lock);
  return !self->stop;
}

static void *look(void *ctx)
{
  struct promises *self = ctx;
  while (wait_turn(self)) {
    const int64_t begun = clock_ms();
    const bool looked = tree_look(self->tree);
    LOCK_FOR_SCOPE(&self->lock);
    if (looked)
      self->looked = begun;
  }
  return NULL;
}

/* Withdraws all promises; returns false when there is no need to. */
static bool give_up(struct promises *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  const int64_t now = clock_ms();
  if (self->stop || !self->last || !is_doubtful(self, now))
    return false;
  self->last = 0;
  self->quiet = now + PROMISE_QUIET_SECONDS * 1000;
  return true;
}

static bool is_over(struct promises *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  return self->stop;
}

static void tell_names(struct promises *self)
{
  LOCK_FOR_SCOPE(&self->telling);
  if (!is_over(self))
    kernel_epoch_raise(fuse_session_fd(self->fuse));
}

static void tell_open_files(struct promises *self)
{
  size_t n;
  uint64_t *nodes CLEANUP_FREE = open_files_nodes(self->files, &n);
  LOCK_FOR_SCOPE(&self->telling);
  for (size_t i = 0; i < n && !is_over(self); i++)
    fuse_lowlevel_notify_inval_inode(self->fuse, nodes[i], -1, 0);
}

static void pause_a_turn(struct promises *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  if (!self->stop)
    clock_wait(&self->wake, &self->lock, TURN_MS);
}

static void *tell(void *ctx)
{
  struct promises *self = ctx;
  while (wait_turn(self)) {
    if (!give_up(self))
      continue;
    tell_names(self);
    tell_open_files(self);
    pause_a_turn(self);
    tell_open_files(self); /* for files that were just being opened */
  }
  return NULL;
}

/* --- their life -------------------------------------------------------------------- */

void promises_start(struct promises *self, struct fuse_session *fuse)
{
  self->fuse = fuse;
  if (!kernel_epoch_raise(fuse_session_fd(fuse)))
    return;
  self->looks = thread_start(&self->looker, look, self);
  self->tells = thread_start(&self->teller, tell, self);
  LOCK_FOR_SCOPE(&self->lock);
  self->usable = self->looks && self->tells;
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
  if (self->looks)
    pthread_join(self->looker, NULL);
  if (self->tells)
    pthread_join(self->teller, NULL);
  pthread_cond_destroy(&self->wake);
  pthread_mutex_destroy(&self->lock);
  pthread_mutex_destroy(&self->telling);
}
