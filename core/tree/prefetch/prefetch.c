/* One thread works the lists off, in order: path -> files -> views, whose blocks the
 * workers decode when they have nothing else to do (source_wish).  It waits where hints
 * would be lost, so that the lists themselves, not the work, are what is kept.
 *
 * A path that names a directory stands for as many of its files as fill the cache.  More
 * would only push out the first of them, and a directory may have 10^12 files. */
#include "core/tree/prefetch/prefetch.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
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
  FILE_COSTS = 4096, /* bytes for which a file or a directory counts, beside its voxels */
  DEPTH_MAX = 1024,  /* of directories in a named one: a level takes 5 KiB */
  END_WAIT_MS = 100
};

/* The work on what was written since the list was last cleared. */
struct batch {
  atomic_bool stop; /* it is given up */
  int refs;         /* the prefetch, its thread, and the wishes; protected by its lock */
};

struct prefetch {
  struct tree *tree;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  /* protected by lock */
  struct batch *batch; /* the current one; NULL: none was needed yet */
  bool ended;
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
  struct batch *batch;
  char path[];
};

/* A path that is worked off. */
struct errand {
  struct prefetch *owner;
  struct batch *batch;
  int64_t files, bytes; /* that were asked for */
  int64_t most;         /* bytes that may be, of a directory */
  bool full;
};

/* The lock is held. */
static void batch_unref(struct batch *batch)
{
  if (batch && --batch->refs == 0)
    free(batch);
}

/* --- one file ---------------------------------------------------------------------- */

static void count_failed(struct prefetch *self, const char *path, const struct err *err)
{
  if (err->errnum == EINTR)
    return; /* the mount ends, or the list was cleared */
  log_err(err, path);
  LOCK_FOR_SCOPE(&self->lock);
  self->failed++;
}

static void file_done(struct source_wish *wish)
{
  struct file_wish *file = (struct file_wish *)wish;
  struct prefetch *self = file->owner;
  struct batch *batch = file->batch;
  if (wish->err.errnum)
    count_failed(self, file->path, &wish->err);
  free(file);
  LOCK_FOR_SCOPE(&self->lock);
  batch_unref(batch);
  self->wishes--;
  pthread_cond_broadcast(&self->changed);
}

static struct file_wish *file_new(const struct errand *errand, const char *path)
{
  struct prefetch *self = errand->owner;
  const size_t size = strlen(path) + 1;
  struct file_wish *file = malloc(sizeof *file + size);
  if (!file)
    return NULL;
  file->wish.done = file_done;
  file->wish.stop = &errand->batch->stop;
  file->owner = self;
  file->batch = errand->batch;
  memcpy(file->path, path, size);
  LOCK_FOR_SCOPE(&self->lock);
  errand->batch->refs++;
  self->wishes++;
  return file;
}

/* Counts the view of a file in a directory; returns whether there is room for it. */
static bool takes_room(struct errand *errand, const struct view *view)
{
  int64_t bytes;
  if (!checked_array_bytes(view->nd, view->shape, dtype_size(view->dtype), &bytes) ||
      bytes > errand->most - errand->bytes) {
    errand->full = true;
    return false;
  }
  errand->bytes += bytes;
  return true;
}

/* Texts need no blocks.  A file that was named itself is fetched whatever its size. */
static void wish_file(struct errand *errand, const struct place *place, const char *path,
                      int depth)
{
  struct prefetch *self = errand->owner;
  struct content content;
  struct err err = ERR_INIT;
  const int64_t start[ND_MAX] = {0};
  if (!place->file || !place->file->array)
    return;
  struct file_wish *file = file_new(errand, path);
  if (!file) {
    err_set(&err, ENOMEM, "out of memory");
    count_failed(self, path, &err);
    return;
  }
  content_init(&content);
  source_wish_begin(&file->wish);
  if (!place->file->array(self->tree, place, false, &content, &err)) {
    const struct view *view = content.made.item.view;
    if (!depth || takes_room(errand, view)) {
      errand->files++;
      view_prefetch(view, start, view->shape, &file->wish);
    }
  }
  source_wish_end(&file->wish, self->tree->pool, &err);
  content_free(&content);
}

/* --- directories ------------------------------------------------------------------- */

static void wish_node(struct errand *errand, uint64_t id, char path[PATH_MAX], int depth);

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

static bool goes_on(const struct errand *errand)
{
  return !errand->full && !cancel_requested();
}

/* path: of `dir`, and again when it returns. */
static void wish_child(struct errand *errand, uint64_t dir, const char *name,
                       char path[PATH_MAX], int depth)
{
  struct tree *tree = errand->owner->tree;
  struct tree_attr attr;
  struct err err = ERR_INIT;
  const size_t n = strlen(path);
  if (errand->most - errand->bytes < FILE_COSTS) {
    errand->full = true;
    return;
  }
  errand->bytes += FILE_COSTS;
  snprintf(path + n, PATH_MAX - n, "/%s", name);
  if (tree_lookup(tree, dir, name, &attr, &err)) {
    count_failed(errand->owner, path, &err);
  } else {
    wish_node(errand, attr.id, path, depth);
    tree_forget(tree, attr.id, 1);
  }
  path[n] = '\0';
}

static void wish_directory(struct errand *errand, uint64_t id, char path[PATH_MAX],
                           int depth)
{
  struct err err = ERR_INIT;
  CLEANUP_FREE struct walk *walk = calloc(1, sizeof *walk);
  int rc = walk ? 0 : err_set(&err, ENOMEM, "out of memory");
  if (depth == DEPTH_MAX)
    rc = err_set(&err, ELOOP, "more than %d directories deep", DEPTH_MAX);
  while (!rc && goes_on(errand)) {
    walk->n = 0;
    rc = tree_readdir(errand->owner->tree, id, walk->next, walk_entry, walk, &err);
    for (int i = 0; i < walk->n && goes_on(errand); i++)
      wish_child(errand, id, walk->names[i], path, depth + 1);
    if (!rc && !walk->n)
      return;
  }
  if (rc)
    count_failed(errand->owner, path, &err);
}

static void wish_node(struct errand *errand, uint64_t id, char path[PATH_MAX], int depth)
{
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  struct place place;
  struct err err = ERR_INIT;
  if (node_get(errand->owner->tree->nodes, id, &place, name, &ino, &err)) {
    count_failed(errand->owner, path, &err);
    return;
  }
  if (place.dir)
    wish_directory(errand, id, path, depth);
  else
    wish_file(errand, &place, path, depth);
  place_unref(&place);
}

/* --- paths ------------------------------------------------------------------------- */

static void wish_path(struct prefetch *self, struct batch *batch, const char *written)
{
  struct tree *tree = self->tree;
  struct errand errand = {.owner = self, .batch = batch};
  char path[PATH_MAX];
  uint64_t id;
  struct err err = ERR_INIT;
  errand.most =
      tree->spec->cache_bytes < INT64_MAX ? (int64_t)tree->spec->cache_bytes : INT64_MAX;
  if (path_walk(tree, written, path, &id, &err)) {
    err_prefix(&err, "prefetch");
    count_failed(self, written, &err);
    return;
  }
  wish_node(&errand, id, path, 0);
  tree_forget(tree, id, 1);
  if (errand.full)
    log_error(
        "%s: prefetch: the first %lld files fill the cache of %lld MiB; the rest is "
        "left",
        written, (long long)errand.files, (long long)(errand.most >> 20));
}

/* --- the thread -------------------------------------------------------------------- */

/* The next path, and the batch that it belongs to, referenced; NULL: the mount ends. */
static struct batch *next_path(struct prefetch *self, char out[PATH_QUEUE_PATH])
{
  LOCK_FOR_SCOPE(&self->lock);
  self->working = false;
  while (!self->ended) {
    self->working = path_queue_pop(&self->queue, out);
    if (self->working) {
      self->batch->refs++;
      return self->batch;
    }
    pthread_cond_wait(&self->changed, &self->lock);
  }
  return NULL;
}

static void *work_off(void *ctx)
{
  struct prefetch *self = ctx;
  char path[PATH_QUEUE_PATH];
  for (struct batch *batch; (batch = next_path(self, path));) {
    cancel_set(&batch->stop);
    wish_path(self, batch, path);
    cancel_set(NULL);
    LOCK_FOR_SCOPE(&self->lock);
    batch_unref(batch);
  }
  return NULL;
}

/* The lock is held. */
static bool start(struct prefetch *self)
{
  if (!self->batch && (self->batch = calloc(1, sizeof *self->batch)))
    self->batch->refs = 1;
  if (!self->started && self->batch)
    self->started = thread_start(&self->thread, work_off, self);
  return self->started && self->batch;
}

/* Gives up what was written so far.  The lock is held. */
static void give_up(struct prefetch *self)
{
  if (self->batch)
    atomic_store(&self->batch->stop, true);
  batch_unref(self->batch);
  self->batch = NULL;
  path_queue_free(&self->queue);
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
  self->ended = true;
  give_up(self);
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

void prefetch_clear(struct prefetch *self)
{
  LOCK_FOR_SCOPE(&self->lock);
  give_up(self);
}

void prefetch_stats(struct prefetch *self, struct prefetch_stats *out)
{
  LOCK_FOR_SCOPE(&self->lock);
  out->paths = self->paths;
  out->pending = self->queue.count + self->working + self->wishes;
  out->failed = self->failed;
}
