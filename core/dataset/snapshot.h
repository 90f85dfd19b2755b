/* Inside of a snapshot, for snapshot.c (building one) and field.c (keeping them). */
#ifndef TESSERAFS_SNAPSHOT_H
#define TESSERAFS_SNAPSHOT_H

#include <stdatomic.h>
#include <sys/stat.h>

#include "core/dataset/field.h"

/* One piece's file. */
struct held {
  struct source *source; /* referenced; NULL: it cannot be opened */
  const struct piece *piece;
  bool unread; /* source NULL: the system could not read it; maybe later it can */
  int looked;  /* source NULL: the errno of stat(), 0: `facts` are what it said */
  struct stat facts;
};

struct open_snapshot {
  struct snapshot pub; /* first: what users hold; immutable once built */
  atomic_int refs;
  atomic_bool stale;          /* only ever goes to true */
  atomic_int_fast64_t looked; /* ms, CLOCK_MONOTONIC: when snapshot_stale() looked */
  atomic_int_fast64_t tried;  /* ms: when what is `unread` was last tried again */
  struct source_pool *pool;
  struct arena arena; /* the views */
  int64_t nheld;
  struct held *held; /* in the order of the pieces */
};

/* Opens the field's files now; 0 with one reference, -1 with *err.  A slice that cannot
 * be opened while others can is EIO where it lies, not everywhere.  mtime: of the
 * description. */
int snapshot_open(const struct scan_spec *scan, const struct field_spec *field,
                  struct source_pool *pool, struct timespec mtime,
                  struct open_snapshot **out, struct err *err);

/* A scalar of the description: 0-d, int64 when whole and exact, else float64. */
struct view *snapshot_value_view(struct arena *arena, double value, struct err *err);
/* A slice that cannot be read: every read is EIO with this reason.  dtype and shape are
 * the caller's to set. */
struct view *snapshot_broken_view(struct arena *arena, const char *why, struct err *err);

#endif
