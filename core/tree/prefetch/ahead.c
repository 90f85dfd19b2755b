/* Sequences are recognised by their second step, and hints grow with their length, so
 * that a random reader costs nothing. */
#include "core/tree/prefetch/ahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/base/cleanup.h"

/* The kernel's own readahead comes in several requests at once, in any order: a read that
 * begins this near to the expected place goes on in order. */
static const int64_t SLACK = 1 << 20;
/* A window is large because of what lies under it: the rows of a C-ordered file cross all
 * the chunks of a slab, which are complete only at its end. */
static const int64_t WINDOW_MIN = 1 << 20, WINDOW_MAX = 64 << 20;
/* The most that the kernel asks for at once: who begins with that wants more. */
static const int64_t LARGEST = 1 << 20;
/* Of the cache's budget: more would push out what is being read. */
enum { WINDOW_SHARE = 8 };

static int64_t window_limit(const struct tree *tree)
{
  int64_t share = (int64_t)(tree->spec->cache_bytes / WINDOW_SHARE);
  return share < WINDOW_MAX ? share : WINDOW_MAX;
}

void ahead_read(struct ahead_file *self, const struct tree *tree,
                const struct layout *layout, int64_t offset, int64_t size)
{
  const int64_t next = atomic_load(&self->next), end = offset + size;
  int64_t window = atomic_load(&self->window);
  if (offset < next - SLACK || offset > next + SLACK) {
    atomic_store(&self->window, 0);
    atomic_store(&self->fetched, 0);
    atomic_store(&self->next, end);
    return;
  }
  if (end <= next)
    return;
  atomic_store(&self->next, end);
  window = window ? window * 2 : next || size >= LARGEST ? WINDOW_MIN : 0;
  if (window > window_limit(tree))
    window = window_limit(tree);
  atomic_store(&self->window, window);
  int64_t from = atomic_load(&self->fetched);
  if (from < end)
    from = end;
  /* in steps of half a window, not for every read */
  if (window && end + window > from + window / 2) {
    atomic_store(&self->fetched, end + window);
    encoding_prefetch(layout, from, end + window - from);
  }
}

/* A directory that is walked. */
struct walk {
  uint64_t dir;
  int64_t last;    /* item */
  int64_t run;     /* items opened in order */
  int64_t fetched; /* hints were given for items before this one */
};

enum { WALKS = 64, ITEMS_MAX = 32, RUN_MIN = 2 };

struct ahead_dirs {
  pthread_mutex_t lock; /* protects all below */
  struct walk walks[WALKS];
};

struct ahead_dirs *ahead_dirs_new(struct err *err)
{
  struct ahead_dirs *dirs = calloc(1, sizeof *dirs);
  if (dirs)
    pthread_mutex_init(&dirs->lock, NULL);
  else
    err_set(err, ENOMEM, "out of memory");
  return dirs;
}

void ahead_dirs_free(struct ahead_dirs *dirs)
{
  free(dirs);
}

/* The items to be hinted at now: [*from, *to). */
static void next_items(struct ahead_dirs *dirs, uint64_t dir, int64_t item, int64_t *from,
                       int64_t *to)
{
  LOCK_FOR_SCOPE(&dirs->lock);
  struct walk *walk = &dirs->walks[dir % WALKS];
  *from = *to = 0;
  if (walk->dir == dir && item == walk->last)
    return;
  bool on = walk->dir == dir && item == walk->last + 1;
  *walk = (struct walk){dir, item, on ? walk->run + 1 : 0, on ? walk->fetched : 0};
  if (walk->run < RUN_MIN)
    return;
  *from = walk->fetched > item ? walk->fetched : item + 1;
  *to = item + 1 + (walk->run < ITEMS_MAX ? walk->run : ITEMS_MAX);
  walk->fetched = *to;
}

/* An item larger than a window may be opened for a part of it: what is read in order is
 * seen by ahead_read. */
static void prefetch_item(const struct tree *tree, const struct collection *collection,
                          int64_t item, int role)
{
  const struct item_id id = {item, NULL};
  const int64_t start[ND_MAX] = {0};
  struct err unsaid = ERR_INIT; /* whoever opens it will be told */
  struct arena arena;
  struct made made;
  arena_init(&arena);
  if (!collection_item(collection, &id, role, &arena, &made, &unsaid)) {
    const struct view *view = made.item.view;
    if (nd_count(view->nd, view->shape) <= window_limit(tree) / dtype_size(view->dtype))
      view_prefetch(view, start, view->shape, NULL);
    made_drop(&made);
  }
  arena_free(&arena);
}

void ahead_open(struct ahead_dirs *dirs, const struct tree *tree, uint64_t dir,
                const struct place *place, const struct collection *collection)
{
  int64_t from, to;
  if (!tree->spec->prefetch || !collection || place->item < 0)
    return;
  next_items(dirs, dir, place->item, &from, &to);
  for (; from < to && from < collection->count; from++)
    prefetch_item(tree, collection, from, place->role);
}
