/* The snapshots that a collection or an item depends on, and what follows from all of
 * them together. */
#ifndef TESSERAFS_SOURCES_H
#define TESSERAFS_SOURCES_H

#include "core/field/open_dataset.h"

enum { SOURCES_FEW = 4 };

/* Starts as {0}; may be moved by assignment; one owner. */
struct sources {
  int n;
  int looked; /* the first so many are of different files; every other one is of the same
               * open file as one of them */
  const struct snapshot *few[SOURCES_FEW]; /* the first ones, referenced */
  const struct snapshot **more;            /* the others */
  size_t room;                             /* of more */
  uint64_t version;                        /* changes when any content changes */
  struct timespec mtime;                   /* the newest */
  int64_t changed; /* ms: when one of them last changed; 0: never */
  bool watched;    /* set by the owner: all changes are changes of snapshots that
                    * dataset_look() looks at */
};

/* Takes over the caller's reference, even when it fails (ENOMEM). */
int sources_add(struct sources *sources, const struct snapshot *snapshot,
                struct err *err);
/* Takes references to all snapshots of `other`, raises the times as sources_raise() does,
 * and is watched if both are.  ENOMEM. */
int sources_hold(struct sources *sources, const struct sources *other, struct err *err);
/* Raises mtime and changed to at least the other's. */
void sources_raise(struct sources *sources, const struct sources *other);
/* Returns whether a file of any of the snapshots has changed. */
bool sources_stale(const struct sources *sources);
/* Does the same, but says which file has changed or vanished: EIO. */
int sources_check(const struct sources *sources, struct err *err);
/* Gives all references back. */
void sources_drop(struct sources *sources);

#endif
