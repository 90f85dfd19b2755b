/* What something stands on: held snapshots, and what follows from all of them
 * together. */
#ifndef TESSERAFS_SOURCES_H
#define TESSERAFS_SOURCES_H

#include "core/field/open_dataset.h"

enum { SOURCES_FEW = 4 };

/* Starts as {0}; may be moved by assignment; one owner. */
struct sources {
  int n;
  const struct snapshot *few[SOURCES_FEW]; /* the first ones, referenced */
  const struct snapshot **more;            /* the others */
  size_t room;                             /* of more */
  uint64_t version;                        /* another one: other content */
  struct timespec mtime;                   /* the newest */
  int64_t changed; /* ms: when one was last found to be another; 0: never */
  bool watched;    /* the owner's word: all changes of it are changes of snapshots
                      that dataset_look() looks at */
};

/* Takes the caller's reference, also when it fails (ENOMEM). */
int sources_add(struct sources *sources, const struct snapshot *snapshot,
                struct err *err);
/* Holds all that the other one holds, is raised to it, and is watched if both are.
 * ENOMEM. */
int sources_hold(struct sources *sources, const struct sources *other, struct err *err);
/* mtime and changed become at least the other's. */
void sources_raise(struct sources *sources, const struct sources *other);
/* Has a file of one of them changed? */
bool sources_stale(const struct sources *sources);
/* Gives all references back. */
void sources_drop(struct sources *sources);

#endif
