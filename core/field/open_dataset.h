/* A field at work: its files opened as one array, opened again when they change.
 *
 * A snapshot is the array at one state of its files; whoever reads holds a reference, and
 * what it reads is all from that state or an error. */
#ifndef TESSERAFS_OPEN_DATASET_H
#define TESSERAFS_OPEN_DATASET_H

#include "core/field/pieces.h"

struct dataset; /* the runtime of a dataset_spec; thread safe */

struct snapshot {
  const struct view *view; /* with the field's own transforms applied */
  /* The same with missing pieces read as PyTC reads them; `view` where there cannot be
   * any. */
  const struct view *filled;
  struct geometry geo;
  int spatial;           /* leading spatial axes that the format states; 0: it does not */
  int channel_axis;      /* -1: none */
  uint64_t version;      /* changes with every change of its files */
  struct timespec mtime; /* the newest file's or the description's */
  int64_t changed; /* ms, CLOCK_MONOTONIC: when they were last opened and were others
                      than before; 0: never */
};

struct dataset *dataset_open(const struct dataset_spec *spec, struct source_pool *pool,
                             struct err *err);
void dataset_close(struct dataset *dataset); /* no snapshot may be referenced */

/* The array as its files are now.  EIO when they cannot be read (the reason is in *err),
 * ENOENT when one vanished.  Release with snapshot_unref(). */
int dataset_snapshot(struct dataset *dataset, int scan, int field,
                     const struct snapshot **out, struct err *err);
/* One more reference to one that is held. */
const struct snapshot *snapshot_ref(const struct snapshot *snapshot);
void snapshot_unref(const struct snapshot *snapshot);
/* Are changes of all snapshots that were asked for seen by dataset_look()?  Not when they
 * are too many, or have too many files. */
bool dataset_can_watch(struct dataset *dataset);
/* Counts changes that were found, and moments from which on they cannot be watched any
 * more.  What follows from snapshots (shapes, times, sizes, bytes) holds for as long as
 * the number stays, if dataset_look() is called now and then. */
uint64_t dataset_changes(struct dataset *dataset);
/* Looks at the files of all snapshots that are kept, as often as snapshot_stale() does.
 * Waits for the disks.  false: they could not be watched. */
bool dataset_look(struct dataset *dataset);
/* snapshot.changed of a field's last snapshot, or when it was found that there is none
 * any more. */
int64_t dataset_changed(struct dataset *dataset, int scan, int field);
/* Have its files changed since? */
bool snapshot_stale(const struct snapshot *snapshot);
/* The files of a gathered field, for whoever wants them one by one; NULL: it is one file,
 * or none. */
struct pieces *snapshot_pieces(const struct snapshot *snapshot);

#endif
