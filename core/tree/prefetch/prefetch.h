/* .tesserafs/prefetch: lists of paths in, decoded blocks in the cache out. */
#ifndef TESSERAFS_PREFETCH_H
#define TESSERAFS_PREFETCH_H

#include "core/tree/tree.h"

struct prefetch;

/* The thread that works the lists off starts with the first path. */
struct prefetch *prefetch_new(struct tree *tree, struct err *err);
/* Forgets what waits; returns when nothing is under way any more. */
void prefetch_free(struct prefetch *self);

struct prefetch_stats {
  int64_t paths;   /* taken from lists so far */
  int64_t pending; /* of these: waiting, or not all of their blocks are there yet */
  int64_t failed;  /* files and paths that could not be read */
};
void prefetch_stats(struct prefetch *self, struct prefetch_stats *out);

/* Takes one path of a list (`size` bytes without a NUL, at least 1).  ENOSPC: as many
 * wait as may; ENAMETOOLONG. */
int prefetch_path(struct prefetch *self, const char *path, size_t size, struct err *err);

/* Forgets what waits, and gives up what is under way. */
void prefetch_clear(struct prefetch *self);

#endif
