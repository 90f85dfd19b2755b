/* One thread works the lists off, in order: path -> files -> views, whose blocks the
 * workers decode when they have nothing else to do (source_wish).  It waits where hints
 * would be lost, so that the lists themselves, not the work, are what is kept. */
#include "core/tree/prefetch/prefetch.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/thread.h"
#include "core/tree/file_array.h"
#include "core/tree/node.h"
#include "core/tree/prefetch/path_queue.h"
#include "core/tree/prefetch/path_walk.h"

enum {
  WALK_NAMES = 16,
  DEPTH_MAX = 1024, /* of directories in a named one: a level takes 5 KiB */
  END_WAIT_MS = 100
};

struct prefetch {
  struct tree *tree;
  atomic_bool stop;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  /* protected by lock */
  struct path_queue queue;
  bool started, working; /* working: a path is out of the queue and not handed out yet */
  int64_t wishes;        /* files whose blocks are on their way */
  int64_t paths, failed;
  pthread_t thread;
};

/* A file, until its last block is there. */
struct file_wish {
  struct source_wish wish; /* first */
  struct prefetch *owner;
  char path[];
};

/* --- one file ---------------------------------------------------------------------- */

static void count_failed(struct prefetch *self, const char *path, const struct err *err)
{
  if (err->errnum == EINTR)
    return; /* the mount ends */
  log_err(err, path);
  LOCK_FOR_SCOPE(&self->lock);
  self->failed++;
}

static void file_done(struct source_wish *wish)
{
  struct file_wish *file = (struct file_wish *)wish;
  struct prefetch *self = file->owner;
  if (wish->err.errnum)
    count_failed(self, file->path, &wish->err);
  free(file);
  LOCK_FOR_SCOPE(&self->lock);
  self->wishes--;
  pthread_cond_broadcast(&self->changed);
}

static struct file_wish *file_new(struct prefetch *self, const char *path)
{
  const size_t size = strlen(path) + 1;
  struct file_wish *file = malloc(sizeof *file + size);
  if (!file)
    return NULL;
  file->wish.done = file_done;
  file->wish.stop = &self->stop;
  file->owner = self;
  memcpy(file->path, path, size);
  LOCK_FOR_SCOPE(&self->lock);
  self->wishes++;
  return file;
}

/* Texts need no blocks. */
static void wish_file(struct prefetch *self, const struct place *place, const char *path)
{
  struct content content;
  struct err err = ERR_INIT;
  const int64_t start[ND_MAX] = {0};
  if (!place->file || !place->file->array)
    return;
  struct file_wish *file = file_new(self, path);
  if (!file) {
    err_set(&err, ENOMEM, "out of memory");
    count_failed(self, path, &err);
    return;
  }
  content_init(&content);
  source_wish_begin(&file->wish);
  if (!place->file->array(self->tree, place, false, &content, &err))
    view_prefetch(content.made.item.view, start, content.made.item.view->shape,
                  &file->wish);
  source_wish_end(&file->wish, self->tree->pool, &err);
  content_free(&content);
}

/* --- directories ------------------------------------------------------------------- */

static void wish_node(struct prefetch *self, uint64_t id, char path[PATH_MAX], int depth);

/* Some names of a directory, and where it goes on. */
struct walk {
  int64_t next;
  int n;
  char names[WALK_NAMES][TREE_NAME_MAX + 1];
};

static int walk_entry(void *ctx, const struct tree_dirent *entry)
{
  struct walk *walk = ctx;
  walk->next = entry->next;
  if (entry->type != TREE_LINK) /* it leads to what stands elsewhere */
    snprintf(walk->names[walk->n++], TREE_NAME_MAX + 1, "%s", entry->name);
  return walk->n == WALK_NAMES;
}

/* path: of `dir`, and again when it returns. */
static void wish_child(struct prefetch *self, uint64_t dir, const char *name,
                       char path[PATH_MAX], int depth)
{
  struct tree_attr attr;
  struct err err = ERR_INIT;
  const size_t n = strlen(path);
  snprintf(path + n, PATH_MAX - n, "/%s", name);
  if (tree_lookup(self->tree, dir, name, &attr, &err)) {
    count_failed(self, path, &err);
  } else {
    wish_node(self, attr.id, path, depth);
    tree_forget(self->tree, attr.id, 1);
  }
  path[n] = '\0';
}

static void wish_directory(struct prefetch *self, uint64_t id, char path[PATH_MAX],
                           int depth)
{
  struct err err = ERR_INIT;
  CLEANUP_FREE struct walk *walk = calloc(1, sizeof *walk);
  int rc = walk ? 0 : err_set(&err, ENOMEM, "out of memory");
  if (depth == DEPTH_MAX)
    rc = err_set(&err, ELOOP, "more than %d directories deep", DEPTH_MAX);
  while (!rc && !cancel_requested()) {
    walk->n = 0;
    rc = tree_readdir(self->tree, id, walk->next, walk_entry, walk, &err);
    for (int i = 0; i < walk->n && !cancel_requested(); i++)
      wish_child(self, id, walk->names[i], path, depth + 1);
    if (!rc && !walk->n)
      return;
  }
  if (rc)
    count_failed(self, path, &err);
}

static void wish_node(struct prefetch *self, uint64_t id, char path[PATH_MAX], int depth)
{
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  struct place place;
  struct err err = ERR_INIT;
  if (node_get(self->tree->nodes, id, &place, name, &ino, &err)) {
    count_failed(self, path, &err);
    return;
  }
  if (place.dir)
    wish_directory(self, id, path, depth);
  else
    wish_file(self, &place, path);
  place_unref(&place);
}

/* --- paths ------------------------------------------------------------------------- */

static void wish_path(struct prefetch *self, const char *written)
{
  char path[PATH_MAX];
  uint64_t id;
  struct err err = ERR_INIT;
  if (path_walk(self->tree, written, path, &id, &err)) {
    err_prefix(&err, "prefetch");
    count_failed(self, written, &err);
    return;
  }
  wish_node(self, id, path, 0);
  tree_forget(self->tree, id, 1);
}

/* --- the thread -------------------------------------------------------------------- */

/* false: the mount ends. */
static bool next_path(struct prefetch *self, char out[PATH_QUEUE_PATH])
{
  LOCK_FOR_SCOPE(&self->lock);
  self->working = false;
  while (!cancel_requested()) {
    self->working = path_queue_pop(&self->queue, out);
    if (self->working)
      return true;
    pthread_cond_wait(&self->changed, &self->lock);
  }
  return false;
}

static void *work_off(void *ctx)
{
  struct prefetch *self = ctx;
  char path[PATH_QUEUE_PATH];
  cancel_set(&self->stop);
  while (next_path(self, path))
    wish_path(self, path);
  return NULL;
}

/* Lock held. */
static bool start(struct prefetch *self)
{
  if (!self->started)
    self->started = thread_start(&self->thread, work_off, self);
  return self->started;
}

struct prefetch *prefetch_new(struct tree *tree, struct err *err)
{
  struct prefetch *self = calloc(1, sizeof *self);
  if (!self) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  self->tree = tree;
  pthread_mutex_init(&self->lock, NULL);
  clock_cond_init(&self->changed);
  return self;
}

static void end(struct prefetch *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  atomic_store(&self->stop, true);
  path_queue_free(&self->queue);
  pthread_cond_broadcast(&self->changed);
}

static void wait_for_wishes(struct prefetch *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  while (self->wishes)
    clock_wait(&self->changed, &self->lock, END_WAIT_MS);
}

void prefetch_free(struct prefetch *self)
{
  if (!self)
    return;
  end(self);
  if (self->started)
    pthread_join(self->thread, NULL);
  wait_for_wishes(self);
  pthread_cond_destroy(&self->changed);
  pthread_mutex_destroy(&self->lock);
  free(self);
}

int prefetch_path(struct prefetch *self, const char *path, size_t size, struct err *err)
{
  if (size >= PATH_QUEUE_PATH)
    return err_set(err, ENAMETOOLONG, "%.40s...: paths have at most %d bytes", path,
                   PATH_QUEUE_PATH - 1);
  LOCK_FOR_SCOPE(&self->lock);
  if (!start(self))
    return err_set(err, EAGAIN, "no thread to fetch with");
  if (!path_queue_push(&self->queue, path, size))
    return err_set(err, ENOSPC, "the list is full: %lld paths wait to be fetched",
                   (long long)self->queue.count);
  self->paths++;
  pthread_cond_broadcast(&self->changed);
  return 0;
}

void prefetch_stats(struct prefetch *self, struct prefetch_stats *out)
{
  LOCK_FOR_SCOPE(&self->lock);
  out->paths = self->paths;
  out->pending = self->queue.count + self->working + self->wishes;
  out->failed = self->failed;
}
