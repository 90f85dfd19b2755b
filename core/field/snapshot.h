/* The inside of a snapshot, for snapshot.c (building one) and open_dataset.c (keeping
 * them). */
#ifndef TESSERAFS_SNAPSHOT_H
#define TESSERAFS_SNAPSHOT_H

#include <stdatomic.h>

#include "core/field/open_dataset.h"

struct open_snapshot {
  struct snapshot pub; /* first: what users hold; immutable once built */
  atomic_int refs;
  struct arena arena;    /* the views */
  struct source *source; /* referenced; of a field that is one file; else NULL */
  struct pieces *pieces; /* referenced; of a gathered field; else NULL */
};

/* What snapshots are opened with. */
struct snapshot_from {
  struct source_pool *pool;
  struct open_pieces *table;
  struct timespec mtime; /* of the description */
};

/* Opens the field's file now, or looks at its many files; returns 0 with one reference,
 * or -1 with *err. */
int snapshot_open(const struct scan_spec *scan, const struct field_spec *field,
                  const struct snapshot_from *from, struct open_snapshot **out,
                  struct err *err);
/* Returns whether both are arrays of one open file, which therefore change together. */
bool snapshot_same_file(const struct snapshot *a, const struct snapshot *b);
/* Returns the number of files that the snapshot keeps facts of. */
int64_t snapshot_files(const struct open_snapshot *s);

#endif
