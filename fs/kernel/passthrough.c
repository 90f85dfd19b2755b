/* A table of inodes by number, and a ring of those that nobody has open.
 *
 * The kernel knows an inode by its number and generation (fs/kernel/attr.c), and new
 * content is another generation: an inode of new content may have another memfd, or be
 * cached, while the old one is still open.  Within one all opens are of one kind, with
 * one memfd, which the kernel insists on.  An open is counted until its RELEASE, a little
 * longer than the kernel does. */
#include "fs/kernel/passthrough.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "fs/kernel/backing.h"

/* What a memfd costs beside its pages: its inode, the file it was filled from. */
enum { PAGE = 4096, OVERHEAD = 8192 };

static size_t hash(uint64_t ino)
{
  return (size_t)((ino * 0x9e3779b97f4a7c15u) >> 40);
}

static struct served **bucket_of(struct passthrough *self, uint64_t ino)
{
  return &self->buckets[hash(ino) % PASSTHROUGH_BUCKETS];
}

/* --- the table (lock held) --- */

static struct served *find(struct passthrough *self, uint64_t ino)
{
  struct served *served = *bucket_of(self, ino);
  while (served && served->ino != ino)
    served = served->chain;
  return served;
}

static void add(struct passthrough *self, struct served *served)
{
  struct served **const bucket = bucket_of(self, served->ino);
  served->chain = *bucket;
  *bucket = served;
}

static void idle_add(struct passthrough *self, struct served *served)
{
  served->newer = &self->idle;
  served->older = self->idle.older;
  served->older->newer = served->newer->older = served;
}

static void idle_remove(struct served *served)
{
  served->older->newer = served->newer;
  served->newer->older = served->older;
  served->newer = served->older = NULL;
}

/* Out of the table; on the list of garbage unless somebody has it open. */
static void drop(struct passthrough *self, struct served *served, struct served **garbage)
{
  struct served **p = bucket_of(self, served->ino);
  while (*p != served)
    p = &(*p)->chain;
  *p = served->chain;
  served->dropped = true;
  if (served->newer)
    idle_remove(served);
  if (served->opens == 0) {
    served->chain = *garbage;
    *garbage = served;
  }
}

static bool drop_oldest(struct passthrough *self, struct served **garbage)
{
  LOCK_FOR_SCOPE(&self->lock);
  if (self->idle.newer == &self->idle)
    return false;
  drop(self, self->idle.newer, garbage);
  return true;
}

/* --- memfds (no lock held) --- */

/* Takes back what served holds: its memfd, its charge, its file. */
static void empty(struct passthrough *self, struct served *served)
{
  if (served->backing > 0)
    backing_close(self->device, served->backing);
  tree_discharge(self->tree, served->charge);
  tree_close(served->file);
  served->backing = 0;
  served->charge = 0;
  served->file = NULL;
}

static void free_all(struct passthrough *self, struct served *garbage)
{
  for (struct served *next; garbage; garbage = next) {
    next = garbage->chain;
    empty(self, garbage);
    free(garbage);
  }
}

/* block_cache_give_fn: the one that was used longest ago */
static bool give(void *ctx)
{
  struct passthrough *const self = ctx;
  struct served *garbage = NULL;
  const bool gave = drop_oldest(self, &garbage);
  free_all(self, garbage);
  return gave;
}

static bool charge(struct passthrough *self, struct served *served, int64_t size)
{
  const size_t bytes = ((size_t)size + PAGE - 1) / PAGE * PAGE + OVERHEAD;
  while (!tree_charge(self->tree, bytes))
    if (!give(self))
      return false;
  served->charge = bytes;
  return true;
}

/* Gives `served` a memfd with the content of `file`; nothing when that fails: then reads
 * will say why. */
static bool fill(struct passthrough *self, struct served *served,
                 const struct tree_file *file)
{
  struct err err = ERR_INIT;
  if (charge(self, served, tree_file_size(file)) &&
      !tree_open(self->tree, served->ino, &served->file, &err) &&
      tree_file_same(served->file, file))
    served->backing = backing_open(self->device, served->file, &err);
  if (served->backing > 0)
    return true;
  if (err.errnum == EPERM)
    atomic_store(&self->refused, true);
  empty(self, served);
  return false;
}

static struct served *served_new(uint64_t ino)
{
  struct served *const served = calloc(1, sizeof *served);
  if (served)
    served->ino = ino;
  return served;
}

/* --- open and close --- */

/* Lock held. */
static enum serve_mode decide(struct passthrough *self, const struct served *fresh,
                              bool may_fill, const struct tree_file *file,
                              struct serve_facts facts)
{
  const struct served *const known = find(self, fresh->ino);
  facts.passthrough = true;
  facts.open_cached = known && known->cached;
  facts.backed = fresh->backing || (known && known->backing);
  facts.finished &=
      may_fill && !atomic_load(&self->refused) && tree_file_same(file, file);
  return serve_mode_pick(&facts);
}

/* Memfds of other content are for those who have them open. */
static void drop_other_content(struct passthrough *self, uint64_t ino,
                               const struct tree_file *file, struct served **garbage)
{
  struct served *const known = find(self, ino);
  if (known && known->backing && !tree_file_same(known->file, file))
    drop(self, known, garbage);
}

/* Counts an open of `fresh` or of what is known already; the other one is garbage. */
static struct served *count(struct passthrough *self, struct served *fresh, bool cached,
                            struct served **garbage)
{
  struct served *served = find(self, fresh->ino);
  if (served) {
    fresh->chain = *garbage;
    *garbage = fresh;
  } else {
    served = fresh;
    add(self, served);
  }
  if (served->newer)
    idle_remove(served);
  served->cached = cached;
  served->opens++;
  return served;
}

/* One try: false when a memfd must be filled first. */
static bool try_open(struct passthrough *self, struct served *fresh, bool may_fill,
                     const struct tree_file *file, const struct serve_facts *facts,
                     enum serve_mode *mode, struct served **out)
{
  struct served *garbage = NULL;
  bool done = true;
  pthread_mutex_lock(&self->lock);
  drop_other_content(self, fresh->ino, file, &garbage);
  *mode = decide(self, fresh, may_fill, file, *facts);
  const struct served *const known = find(self, fresh->ino);
  if (*mode == SERVE_PASSTHROUGH && !fresh->backing && !(known && known->backing))
    done = false;
  else
    *out = count(self, fresh, *mode == SERVE_CACHED, &garbage);
  pthread_mutex_unlock(&self->lock);
  free_all(self, garbage);
  return done;
}

enum serve_mode passthrough_open(struct passthrough *self, uint64_t ino,
                                 struct tree_file *file, const struct serve_facts *facts,
                                 struct served **out)
{
  enum serve_mode mode = SERVE_DIRECT; /* without memory; goes with all other kinds */
  *out = NULL;
  if (!atomic_load(&self->started) || facts->frozen)
    return serve_mode_pick(facts);
  struct served *const fresh = served_new(ino);
  if (!fresh || try_open(self, fresh, true, file, facts, &mode, out))
    return mode;
  const bool filled = fill(self, fresh, file);
  try_open(self, fresh, filled, file, facts, &mode, out);
  return mode;
}

void passthrough_close(struct passthrough *self, struct served *served)
{
  struct served *garbage = NULL;
  if (!served)
    return;
  pthread_mutex_lock(&self->lock);
  if (--served->opens == 0) {
    if (served->dropped) {
      garbage = served;
      garbage->chain = NULL;
    } else if (served->backing) {
      idle_add(self, served);
    } else {
      drop(self, served, &garbage);
    }
  }
  pthread_mutex_unlock(&self->lock);
  free_all(self, garbage);
}

/* --- its life --- */

void passthrough_init(struct passthrough *self, struct tree *tree)
{
  *self = (struct passthrough){.tree = tree, .lock = PTHREAD_MUTEX_INITIALIZER};
  self->idle.newer = self->idle.older = &self->idle;
}

void passthrough_start(struct passthrough *self, int device)
{
  self->device = device;
  tree_set_giver(self->tree, give, self);
  atomic_store(&self->started, true);
}

void passthrough_stop(struct passthrough *self)
{
  if (!atomic_load(&self->started))
    return;
  tree_set_giver(self->tree, NULL, NULL);
  passthrough_free(self);
  self->device = -1; /* the rest goes with the connection */
}

void passthrough_free(struct passthrough *self)
{
  while (give(self))
    continue;
}
