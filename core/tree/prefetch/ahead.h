/* What will be read next: the rest of a file that is read from front to back, the next
 * items of a directory that is walked in order. */
#ifndef TESSERAFS_AHEAD_H
#define TESSERAFS_AHEAD_H

#include "core/tree/collections.h"

/* --- within a file ----------------------------------------------------------------- */

/* How far a file was read in order, and asked for ahead of that.  Zeroed at open; several
 * readers may race for it: what they lose is a hint. */
struct ahead_file {
  atomic_int_fast64_t next;    /* where the next read begins if it goes on in order */
  atomic_int_fast64_t window;  /* bytes to be ahead; 0: not read in order */
  atomic_int_fast64_t fetched; /* hints were given up to here */
};

/* A read of [offset, offset + size) is about to be served. */
void ahead_read(struct ahead_file *self, const struct tree *tree,
                const struct layout *layout, int64_t offset, int64_t size);

/* --- within a directory ------------------------------------------------------------ */

struct ahead_dirs;

struct ahead_dirs *ahead_dirs_new(struct err *err);
void ahead_dirs_free(struct ahead_dirs *dirs);
/* Item place->item of directory `dir` (node_directory()), which is of this collection,
 * was opened: when the ones before it were too, those after it are decoded ahead. */
void ahead_open(struct ahead_dirs *dirs, const struct tree *tree, uint64_t dir,
                const struct place *place, const struct collection *collection);

#endif
