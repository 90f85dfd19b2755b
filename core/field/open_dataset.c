/* The runtime of a dataset: it keeps at most one snapshot per field, opened when it is
 * asked for and opened anew when its files have changed.
 *
 * A dataset may have 100,000 scans, so a field that was never asked for costs one
 * pointer, and only the most recently used snapshots are kept.  One mutex guards the
 * table; it is never held while files are opened or looked at, so a slow disk holds up
 * only the readers of the field that lies on it: they wait until the first of them has
 * opened it. */
#include "core/field/open_dataset.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/field/snapshot.h"

enum {
  KEPT_SNAPSHOTS = 1000,
  KEPT_FILES = 4000000, /* 8 bytes each, of gathered fields */
  WATCHED_FILES = 5000, /* looked at every SOURCE_CHECK_MS: 3 % of a processor */
  WAIT_MS = 100         /* between two looks at the reader's token */
};

/* A field that was asked for.  Everything is protected by dataset->lock. */
struct slot {
  struct open_snapshot *snapshot; /* referenced; NULL: none is kept */
  bool opening;                   /* a thread opens the files now */
  struct err *failed;             /* why opening failed the last time; NULL: it did not */
  int64_t failed_at;              /* ms */
  bool bad;                       /* opening failed the last time */
  bool known;                     /* the following are set */
  uint64_t version;               /* of the last snapshot */
  struct timespec mtime;          /* as shown for it */
  struct timespec newest;         /* of all file times shown so far */
  long changes;                   /* of content, which did not show in the file times */
  int64_t changed;                /* ms: when `version` or `bad` last changed; 0: never */
  TAILQ_ENTRY(slot) neighbours;   /* in dataset->kept while snapshot is not NULL */
};

struct dataset {
  const struct dataset_spec *spec;
  struct source_pool *pool;
  struct open_pieces *table; /* referenced */
  int *first;                /* per scan: the index of its field 0 in slots */
  pthread_mutex_t lock;
  pthread_cond_t opened;       /* some slot's `opening` ended */
  struct slot **slots;         /* per field; NULL: never asked for; protected by lock */
  TAILQ_HEAD(kept, slot) kept; /* most recently used first; protected by lock */
  int64_t nkept, nfiles;       /* snapshots kept, and their files; protected by lock */
  atomic_uint_fast64_t changes;
};

/* --- making one -------------------------------------------------------------------- */

static int count_fields(struct dataset *dataset, size_t *n, struct err *err)
{
  const struct dataset_spec *spec = dataset->spec;
  dataset->first = calloc((size_t)spec->nscans + 1, sizeof *dataset->first);
  if (!dataset->first)
    return err_set(err, ENOMEM, "out of memory for %d scans", spec->nscans);
  int64_t total = 0;
  for (int i = 0; i < spec->nscans; i++) {
    dataset->first[i] = (int)total;
    total += spec->scans[i].nfields;
    if (total > INT32_MAX)
      return err_set(err, ENOMEM, "more than %d fields", INT32_MAX);
  }
  *n = (size_t)total;
  return 0;
}

struct dataset *dataset_open(const struct dataset_spec *spec, struct source_pool *pool,
                             struct err *err)
{
  struct dataset *dataset = calloc(1, sizeof *dataset);
  if (!dataset) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  dataset->spec = spec;
  dataset->pool = pool;
  TAILQ_INIT(&dataset->kept);
  pthread_mutex_init(&dataset->lock, NULL);
  clock_cond_init(&dataset->opened);
  size_t n = 0;
  dataset->table = open_pieces_new(err);
  if (dataset->table && !count_fields(dataset, &n, err)) {
    dataset->slots = calloc(n + 1, sizeof(struct slot *));
    if (dataset->slots)
      return dataset;
    err_set(err, ENOMEM, "out of memory for %zu fields", n);
  }
  dataset_close(dataset);
  return NULL;
}

static void slot_free(struct slot *slot)
{
  if (!slot)
    return;
  if (slot->snapshot)
    snapshot_unref(&slot->snapshot->pub);
  free(slot->failed);
  free(slot);
}

void dataset_close(struct dataset *dataset)
{
  if (!dataset)
    return;
  const struct dataset_spec *spec = dataset->spec;
  for (int i = 0; dataset->slots && i < spec->nscans; i++)
    for (int j = 0; j < spec->scans[i].nfields; j++)
      slot_free(dataset->slots[dataset->first[i] + j]);
  pthread_cond_destroy(&dataset->opened);
  pthread_mutex_destroy(&dataset->lock);
  open_pieces_unref(dataset->table);
  free(dataset->slots);
  free(dataset->first);
  free(dataset);
}

/* --- what is kept; dataset->lock is held ------------------------------------------- */

/* Takes the slot's snapshot out; the caller drops the reference after releasing the
 * lock. */
static struct open_snapshot *take_out(struct dataset *dataset, struct slot *slot)
{
  struct open_snapshot *snapshot = slot->snapshot;
  TAILQ_REMOVE(&dataset->kept, slot, neighbours);
  dataset->nkept--;
  dataset->nfiles -= snapshot_files(snapshot);
  slot->snapshot = NULL;
  return snapshot;
}

/* Returns whether all snapshots that were asked for are kept, and have few enough files
 * to be looked at all the time. */
static bool can_watch(const struct dataset *dataset)
{
  return dataset->nkept < KEPT_SNAPSHOTS && dataset->nfiles <= WATCHED_FILES;
}

static void put_in(struct dataset *dataset, struct slot *slot,
                   struct open_snapshot *snapshot)
{
  const bool could_watch = can_watch(dataset);
  slot->snapshot = snapshot;
  TAILQ_INSERT_HEAD(&dataset->kept, slot, neighbours);
  dataset->nkept++;
  dataset->nfiles += snapshot_files(snapshot);
  if (could_watch && !can_watch(dataset))
    atomic_fetch_add(&dataset->changes, 1);
}

/* Takes out the least recently used snapshot when there are too many; else returns
 * NULL. */
static struct open_snapshot *too_many(struct dataset *dataset)
{
  LOCK_FOR_SCOPE(&dataset->lock);
  struct slot *last = TAILQ_LAST(&dataset->kept, kept);
  if (!last || last == TAILQ_FIRST(&dataset->kept) ||
      (dataset->nkept <= KEPT_SNAPSHOTS && dataset->nfiles <= KEPT_FILES))
    return NULL;
  return take_out(dataset, last);
}

static struct slot *slot_of(struct dataset *dataset, int scan, int field, struct err *err)
{
  struct slot **slot = &dataset->slots[dataset->first[scan] + field];
  if (!*slot && !(*slot = calloc(1, sizeof **slot)))
    err_set(err, ENOMEM, "out of memory");
  return *slot;
}

/* --- times ------------------------------------------------------------------------- */

/* Sets the mtime that users see.  The kernel drops cached pages only when mtime or size
 * changes, so a change of content must show even where the newest file's time did not
 * move forward (a slice other than the newest was replaced, an older file was put in
 * place, times were restored): each such change adds one nanosecond. */
static void set_mtime(struct slot *slot, struct open_snapshot *snapshot)
{
  struct snapshot *pub = &snapshot->pub;
  const bool other = slot->known && slot->version != pub->version;
  if (other || slot->bad)
    slot->changed = clock_ms();
  pub->changed = slot->changed;
  if (slot->known && !other) {
    pub->mtime = slot->mtime;
    return;
  }
  if (!slot->known || clock_after(pub->mtime, slot->newest)) {
    slot->newest = pub->mtime;
  } else {
    long ns = pub->mtime.tv_nsec + ++slot->changes;
    pub->mtime.tv_sec += ns / 1000000000;
    pub->mtime.tv_nsec = ns % 1000000000;
  }
  slot->known = true;
  slot->version = pub->version;
  slot->mtime = pub->mtime;
}

/* --- asking ------------------------------------------------------------------------ */

/* Opens the field's files; this thread has set slot->opening.  A failure is remembered
 * for SOURCE_CHECK_MS, so that a directory listing does not try a bad file a hundred
 * times. */
static int open_anew(struct dataset *dataset, struct slot *slot, int scan, int field,
                     const struct snapshot **out, struct err *err)
{
  const struct scan_spec *spec = &dataset->spec->scans[scan];
  struct err why = ERR_INIT;
  struct open_snapshot *snapshot = NULL;
  const struct snapshot_from from = {dataset->pool, dataset->table, dataset->spec->mtime};
  int rc = snapshot_open(spec, &spec->fields[field], &from, &snapshot, &why);
  LOCK_FOR_SCOPE(&dataset->lock);
  slot->opening = false;
  pthread_cond_broadcast(&dataset->opened);
  free(slot->failed);
  slot->failed = NULL;
  if (!rc) {
    set_mtime(slot, snapshot);
    slot->bad = false;
    put_in(dataset, slot, snapshot);
    atomic_fetch_add(&snapshot->refs, 1);
    *out = &snapshot->pub;
    return 0;
  }
  if (slot->known && !slot->bad)
    slot->changed = clock_ms();
  slot->bad = true;
  if (!err_is_passing(&why) && (slot->failed = malloc(sizeof why))) {
    *slot->failed = why;
    slot->failed_at = clock_ms();
  }
  return err_set(err, why.errnum, "%s", why.msg);
}

/* Waits a while for the thread that opens; the caller holds dataset->lock. */
static int wait_opened(struct dataset *dataset, struct err *err)
{
  clock_wait(&dataset->opened, &dataset->lock, WAIT_MS);
  return cancel_check(err);
}

/* Looks into the table.  Returns 1 with *out referenced, 0 when the caller has to open
 * (slot->opening is set), -1 with *err. */
static int look_up(struct dataset *dataset, int scan, int field, struct slot **slot,
                   const struct snapshot **out, struct err *err)
{
  LOCK_FOR_SCOPE(&dataset->lock);
  struct slot *found = *slot = slot_of(dataset, scan, field, err);
  if (!found)
    return -1;
  while (found->opening)
    if (wait_opened(dataset, err))
      return -1;
  if (found->snapshot) {
    TAILQ_REMOVE(&dataset->kept, found, neighbours);
    TAILQ_INSERT_HEAD(&dataset->kept, found, neighbours);
    atomic_fetch_add(&found->snapshot->refs, 1);
    *out = &found->snapshot->pub;
    return 1;
  }
  if (found->failed && clock_ms() - found->failed_at < SOURCE_CHECK_MS)
    return err_set(err, found->failed->errnum, "%s", found->failed->msg);
  found->opening = true;
  return 0;
}

/* Drops a stale snapshot from the table, and the reference that look_up() took. */
static void drop(struct dataset *dataset, struct slot *slot,
                 const struct snapshot *snapshot)
{
  struct open_snapshot *kept = NULL;
  pthread_mutex_lock(&dataset->lock);
  if (slot->snapshot && &slot->snapshot->pub == snapshot)
    kept = take_out(dataset, slot);
  if (kept)
    atomic_fetch_add(&dataset->changes, 1);
  pthread_mutex_unlock(&dataset->lock);
  if (kept)
    snapshot_unref(&kept->pub);
  snapshot_unref(snapshot);
}

int dataset_snapshot(struct dataset *dataset, int scan, int field,
                     const struct snapshot **out, struct err *err)
{
  for (;;) {
    struct slot *slot;
    const struct snapshot *snapshot = NULL;
    int rc = look_up(dataset, scan, field, &slot, &snapshot, err);
    if (rc < 0)
      return -1;
    if (rc == 0) {
      rc = open_anew(dataset, slot, scan, field, out, err);
      for (struct open_snapshot *old; (old = too_many(dataset));)
        snapshot_unref(&old->pub);
      return rc;
    }
    if (!snapshot_stale(snapshot)) {
      *out = snapshot;
      return 0;
    }
    drop(dataset, slot, snapshot);
  }
}

/* --- watching ---------------------------------------------------------------------- */

struct kept_one {
  struct slot *slot;
  const struct snapshot *snapshot; /* referenced */
};

/* Returns all snapshots that are kept, *n of them; NULL when there is no memory or they
 * cannot be watched. */
static struct kept_one *all_kept(struct dataset *dataset, int64_t *n)
{
  LOCK_FOR_SCOPE(&dataset->lock);
  struct kept_one *all =
      can_watch(dataset) ? calloc((size_t)dataset->nkept + 1, sizeof *all) : NULL;
  struct slot *slot = TAILQ_FIRST(&dataset->kept);
  for (*n = 0; all && slot; slot = TAILQ_NEXT(slot, neighbours)) {
    atomic_fetch_add(&slot->snapshot->refs, 1);
    all[(*n)++] = (struct kept_one){slot, &slot->snapshot->pub};
  }
  return all;
}

bool dataset_look(struct dataset *dataset)
{
  int64_t n;
  struct kept_one *all = all_kept(dataset, &n);
  for (int64_t i = 0; all && i < n; i++)
    if (snapshot_stale(all[i].snapshot))
      drop(dataset, all[i].slot, all[i].snapshot);
    else
      snapshot_unref(all[i].snapshot);
  free(all);
  return all != NULL;
}

int64_t dataset_changed(struct dataset *dataset, int scan, int field)
{
  LOCK_FOR_SCOPE(&dataset->lock);
  const struct slot *slot = dataset->slots[dataset->first[scan] + field];
  return slot ? slot->changed : 0;
}

uint64_t dataset_changes(struct dataset *dataset)
{
  return atomic_load(&dataset->changes);
}

bool dataset_can_watch(struct dataset *dataset)
{
  LOCK_FOR_SCOPE(&dataset->lock);
  return can_watch(dataset);
}
