/* The inodes that were lately read whole: a table indexed by hash, in which a new inode
 * overwrites the old one in its place.  A hint, never a promise; thread safe without a
 * lock. */
#ifndef TESSERAFS_FINISHED_H
#define TESSERAFS_FINISHED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The files that a page cache could still hold: 16 GiB in files of 1 MiB. */
enum { FINISHED_PLACES = 16384 };

struct finished {
  _Atomic uint64_t inodes[FINISHED_PLACES]; /* 0: none */
};

static inline _Atomic uint64_t *finished_place(struct finished *self, uint64_t ino)
{
  return &self->inodes[(ino * UINT64_C(0x9e3779b97f4a7c15) >> 40) % FINISHED_PLACES];
}

static inline void finished_add(struct finished *self, uint64_t ino)
{
  atomic_store(finished_place(self, ino), ino);
}

static inline bool finished_has(struct finished *self, uint64_t ino)
{
  return atomic_load(finished_place(self, ino)) == ino;
}

#endif
