/* The fields of a dataset while it is mounted: each field's files are opened as one
 * array, and opened again when they change.
 *
 * A snapshot is the array at one state of its files.  A reader holds a reference to it,
 * and all that he reads is from that state, or an error. */
#ifndef TESSERAFS_OPEN_DATASET_H
#define TESSERAFS_OPEN_DATASET_H

#include "core/field/pieces.h"

struct dataset; /* the runtime of a dataset_spec; thread safe */

struct snapshot {
  const struct view *view; /* with the field's own transforms applied */
  /* The same view with missing pieces read as PyTC reads them; equal to `view` where no
   * piece can be missing. */
  const struct view *filled;
  const char *const *names; /* of the array in its file, where it has several (links of
                             * HDF5): the first, then the others; NULL ends them; NULL */
  struct geometry geo;
  int spatial;      /* leading spatial axes that the format states; 0: it states
                     * none */
  int channel_axis; /* -1: none */
  int slice_axis;   /* the axis that slices are cut along when nobody says: the first that
                     * the field was stacked along, else as the format has it; -1: none */
  int64_t voxels;   /* as they are stored, before any transform */
  uint64_t version; /* changes whenever the files change */
  struct timespec mtime; /* the newest file's or the description's */
  int64_t changed;       /* ms, CLOCK_MONOTONIC: when the files were last opened and had
                          * changed; 0: never */
};

struct dataset *dataset_open(const struct dataset_spec *spec, struct source_pool *pool,
                             struct err *err);
void dataset_close(struct dataset *dataset); /* no snapshot may be referenced */

/* Gives the array as its files are now.  EIO when they cannot be read or one
 * has vanished (*err has the reason).  The caller releases it with snapshot_unref(). */
int dataset_snapshot(struct dataset *dataset, int scan, int field,
                     const struct snapshot **out, struct err *err);
/* Takes one more reference to a snapshot that the caller holds. */
const struct snapshot *snapshot_ref(const struct snapshot *snapshot);
void snapshot_unref(const struct snapshot *snapshot);
/* Returns whether dataset_look() sees the changes of all snapshots that were asked for.
 * It does not when they are too many, or have too many files. */
bool dataset_can_watch(struct dataset *dataset);
/* Counts the changes that were found, and the moments from which changes can no longer be
 * watched.  Facts derived from snapshots (shapes, times, sizes, bytes) hold as long as
 * the number stays the same and dataset_look() is called now and then. */
uint64_t dataset_changes(struct dataset *dataset);
/* Looks at the files of all kept snapshots, as often as snapshot_stale() does; waits for
 * the disks.  Returns false when they could not be watched. */
bool dataset_look(struct dataset *dataset);
/* Returns snapshot.changed of a field's last snapshot, or when it was found that the
 * field has none any more. */
int64_t dataset_changed(struct dataset *dataset, int scan, int field);
/* Returns whether the snapshot's files have changed since it was opened. */
bool snapshot_stale(const struct snapshot *snapshot);
/* Does the same, but says which file has changed or vanished: EIO. */
int snapshot_check(const struct snapshot *snapshot, struct err *err);
/* Returns the files of a gathered field, for callers that want them one by one; NULL when
 * the field is one file or none. */
struct pieces *snapshot_pieces(const struct snapshot *snapshot);

#endif
