/* Which answers the kernel may believe for longer than ATTR_SECONDS, and how they are
 * taken back.
 *
 * A look-up of a file whose sources are watched (tree_attr.watched) is answered for
 * PROMISE_SECONDS.  While such answers are out, one thread looks at the sources, and
 * another makes the kernel stop believing them when a source has changed, when the
 * sources are no longer watched, or when the look takes too long (a disk that hangs).  It
 * raises the epoch, so that every name is looked up again, with another generation of its
 * node where the content has changed; and it invalidates the attributes of each open
 * file, so that the kernel asks for them before the next read, which then fails.
 *
 * A look-up that is under way meanwhile belongs to the old epoch, because the kernel
 * reads the epoch before it asks.  (That is not so for READDIRPLUS, which therefore
 * promises nothing.)
 *
 * The price of raising the epoch: the kernel drops the pages of all files that nobody has
 * open, and mounts that stand on directories of this one.  So a change is followed by a
 * minute without promises, in which nothing has to be taken back.
 *
 * Why: an open costs one request instead of two, a stat() none.  Files of 16 KiB again,
 * a second after the first time (scripts/bench small-again), with promises against
 * without, medians of 25 turns on a busy machine: one reader 15,000 files a second
 * against 9,900, two 23,400 against 13,800, with 1.35 and 1.6 times less processor time.
 * stat() of 1,000 names again: 8 - 22 times.  From 256 KiB on (patches-again,
 * files-256k-warm), and with numpy.load, the bytes outweigh the request: no difference
 * beyond the spread.
 *
 * A kernel without epochs (before 6.16) is promised nothing, and works as well. */
#ifndef TESSERAFS_PROMISES_H
#define TESSERAFS_PROMISES_H

#include <pthread.h>

#include "core/tree/tree.h"
#include "fs/open_files.h"

enum { PROMISE_SECONDS = 60, PROMISE_QUIET_SECONDS = 60 };

struct fuse_session;

struct promises {
  struct tree *tree;
  struct open_files *files;
  struct fuse_session *fuse;
  pthread_t looker, teller;
  bool looks, tells;       /* the threads run */
  pthread_mutex_t telling; /* held while the kernel is told; taken before lock */
  pthread_mutex_t lock;    /* protects all below */
  pthread_cond_t wake;
  bool usable; /* the kernel has epochs, both threads run */
  bool stop;
  int64_t last;     /* ms: when the latest promise was made; 0: none is out */
  int64_t quiet;    /* ms: when promises may be made again */
  int64_t looked;   /* ms: when the last completed look began */
  uint64_t changes; /* tree_changes() at the promises that are out */
};

void promises_init(struct promises *self, struct tree *tree, struct open_files *files);
/* Starts after INIT was answered: before that the kernel has no epoch to raise. */
void promises_start(struct promises *self, struct fuse_session *fuse);
/* To be called before the session closes its descriptor: from then on the kernel is told
 * nothing. */
void promises_stop(struct promises *self);
/* Waits for the threads; a look may wait for a disk. */
void promises_free(struct promises *self);

/* Returns for how many seconds the answer of a look-up, attr, may be believed.  changes:
 * tree_changes() before attr was asked for. */
double promises_make(struct promises *self, const struct tree_attr *attr,
                     uint64_t changes);

#endif
