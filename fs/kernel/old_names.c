#include "fs/kernel/old_names.h"

#include <errno.h>
#include <linux/fuse.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/thread.h"
#include "fs/fs.h"

enum { BATCH = 256, PAUSE_MS = 50, QUIET_MS = 100 };

void old_names_init(struct old_names *self, struct tree *tree, struct open_files *files)
{
  *self = (struct old_names){.tree = tree,
                             .files = files,
                             .telling = PTHREAD_MUTEX_INITIALIZER,
                             .lock = PTHREAD_MUTEX_INITIALIZER};
  clock_cond_init(&self->wake);
}

void old_names_notice(struct old_names *self)
{
  atomic_store_explicit(&self->looked_up, clock_ms(), memory_order_relaxed);
  if (!tree_has_old_names(self->tree))
    return;
  LOCK_FOR_SCOPE(&self->lock);
  pthread_cond_signal(&self->wake);
}

/* Waits for old names; returns false when the thread has to end. */
static bool wait_turn(struct old_names *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  while (!self->stop && !tree_has_old_names(self->tree))
    pthread_cond_wait(&self->wake, &self->lock);
  return !self->stop;
}

/* Where all names are those of open files, each look-up would be another turn. */
static void pause_a_turn(struct old_names *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  const int64_t until = clock_ms() + PAUSE_MS;
  for (int64_t left = PAUSE_MS; !self->stop && left > 0; left = until - clock_ms())
    clock_wait(&self->wake, &self->lock, left);
}

static bool is_over(struct old_names *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  return self->stop;
}

/* Has the kernel drop the names of files that nobody uses, by their numbers (since Linux
 * 6.18; libfuse 3.14 has no function for this).  Returns false where the kernel does not
 * know how. */
static bool prune(struct old_names *self, const struct tree_name *names, size_t n)
{
  enum { NOTIFY_PRUNE = 9 }; /* newer than some kernel headers */
  struct notice {
    struct fuse_out_header head;
    uint32_t count, padding;
    uint64_t spare;
    uint64_t ids[BATCH];
  } notice = {.head.error = NOTIFY_PRUNE};
  for (size_t i = 0; i < n; i++)
    if (!names[i].is_dir)
      notice.ids[notice.count++] = names[i].id;
  notice.head.len =
      (uint32_t)(offsetof(struct notice, ids) + notice.count * sizeof *notice.ids);
  LOCK_FOR_SCOPE(&self->telling);
  return is_over(self) || write(fuse_session_fd(self->fuse), &notice, notice.head.len) ==
                              (ssize_t)notice.head.len;
}

/* May names be told whose directory the kernel has to lock? */
static bool is_quiet(struct old_names *self)
{
  return tree_has_old_names(self->tree) == TREE_OLD_MANY ||
         clock_ms() - atomic_load_explicit(&self->looked_up, memory_order_relaxed) >
             QUIET_MS;
}

/* Tells the kernel of a batch, and returns whether there may be more. */
static bool tell_batch(struct old_names *self, struct tree_name names[BATCH])
{
  const bool quiet = is_quiet(self);
  if (!self->prunes && !quiet)
    return false;
  size_t nopen;
  uint64_t *open CLEANUP_FREE = open_files_nodes(self->files, &nopen);
  const size_t n = tree_old_names(self->tree, quiet, open, nopen, names, BATCH);
  if (self->prunes)
    prune(self, names, n);
  LOCK_FOR_SCOPE(&self->telling);
  for (size_t i = 0; i < n && !is_over(self); i++)
    if (names[i].is_dir || !self->prunes)
      fuse_lowlevel_notify_inval_entry(self->fuse, names[i].parent, names[i].name,
                                       strlen(names[i].name));
  return n == BATCH;
}

static void *tell(void *ctx)
{
  struct old_names *self = ctx;
  struct tree_name *names CLEANUP_FREE = calloc(BATCH, sizeof *names);
  self->prunes = prune(self, NULL, 0);
  while (names && wait_turn(self))
    if (!tell_batch(self, names))
      pause_a_turn(self);
  return NULL;
}

void old_names_start(struct old_names *self, struct fuse_session *fuse)
{
  self->fuse = fuse;
  self->tells = thread_start(&self->teller, tell, self);
}

void old_names_stop(struct old_names *self)
{
  LOCK_FOR_SCOPE(&self->telling);
  LOCK_FOR_SCOPE(&self->lock);
  self->stop = true;
  pthread_cond_broadcast(&self->wake);
}

void old_names_free(struct old_names *self)
{
  if (self->tells)
    pthread_join(self->teller, NULL);
  pthread_cond_destroy(&self->wake);
  pthread_mutex_destroy(&self->lock);
  pthread_mutex_destroy(&self->telling);
}
