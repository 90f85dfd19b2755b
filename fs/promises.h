/* What the kernel may believe for longer than ATTR_SECONDS, and how it is taken back.
 *
 * Names and attributes of files whose sources are watched (tree_attr.watched) are
 * promised for PROMISE_SECONDS.  As long as promises are out, a thread looks at the
 * sources.  When one has changed (or is not watched any more) it tells the kernel, for
 * each node that was promised, that its attributes do not count any more; pages stay, and
 * the kernel asks before it shows or uses the attributes again.  It goes on believing
 * that the name means the node: who opens it comes to us with it, and is sent to look it
 * up again when the promise is older than the change (revalidate.h).
 *
 * Why: an open costs one request instead of two (scripts/bench patches-again: 1.3 times
 * as many files a second), a stat() none. */
#ifndef TESSERAFS_PROMISES_H
#define TESSERAFS_PROMISES_H

#include <pthread.h>

#include "core/tree/tree.h"

enum {
  PROMISES = 65536, /* at a time; the others are believed for ATTR_SECONDS */
  PROMISE_WAYS = 4, /* places that a node can have */
  PROMISE_SECONDS = 60,
  /* How long nothing is promised after a change: what is changed once a second, or more
   * fields than are watched, would have all promises taken back all the time. */
  PROMISE_QUIET_SECONDS = 10
};

struct promise {
  uint64_t node; /* 0: a free place */
  int64_t made;  /* ms, CLOCK_MONOTONIC: when the node was last looked up */
  int told;      /* how often it was taken back */
};

struct fuse_session;

struct promises {
  struct tree *tree;
  struct fuse_session *fuse;
  pthread_t thread;
  bool started;            /* the thread runs; else nothing is promised */
  pthread_mutex_t telling; /* held while the kernel is told; taken before lock */
  pthread_mutex_t lock;    /* protects all below */
  pthread_cond_t wake;
  bool stop;
  int64_t last;     /* ms: when the latest was made; 0: never */
  int64_t quiet;    /* ms: when promises may be made again */
  uint64_t changes; /* tree_changes() when the thread last looked */
  struct promise *table;
};

void promises_init(struct promises *self, struct tree *tree);
/* In the process that serves; before the first request. */
void promises_start(struct promises *self, struct fuse_session *fuse);
/* The session is about to close its descriptor: the kernel is told nothing any more. */
void promises_stop(struct promises *self);
/* Waits for the thread, which may wait for a disk. */
void promises_free(struct promises *self);

/* A node was looked up: for how many seconds the answer, attr, may be believed.  changes:
 * tree_changes() before attr was asked for. */
double promises_make(struct promises *self, const struct tree_attr *attr,
                     uint64_t changes);
/* The same of a node that the kernel asks for again, without looking it up. */
double promises_left(struct promises *self, uint64_t node, uint64_t changes);
/* May the kernel have a node from a look-up before `then` (ms, CLOCK_MONOTONIC)? */
bool promises_older(struct promises *self, uint64_t node, int64_t then);

#endif
