/* Inside of an index, for gzindex.c (reading), gzindex_walk.c (the walk that checks and
 * notes points), gzindex_memory.c (who may keep how much) and nobody else. */
#ifndef TESSERAFS_GZINDEX_PRIVATE_H
#define TESSERAFS_GZINDEX_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "core/source/gzip/gzindex.h"
#include "core/source/gzip/gzindex_file.h"

enum {
  GZINDEX_LIVE = 2 /* streams kept where they ended, for who reads on from there */
};

/* The walk from the start, wherever it is now. */
struct gzindex_walk {
  struct gzip_stream *stream; /* NULL: not begun, or at its end */
  struct libdeflate_compressor *compressor;
  int64_t piece; /* the one whose bytes come next */
  uint32_t crc;  /* of its bytes so far */
};

struct gzindex {
  struct source *source;
  struct gzindex_facts facts; /* which piece sizes, too */
  int64_t end;                /* of the last piece, inflated bytes */

  /* protected by the lock in gzindex_memory.c */
  TAILQ_ENTRY(gzindex) neighbours;
  int users;      /* threads between gzindex_enter() and gzindex_leave() */
  size_t charged; /* bytes, as last told */

  pthread_mutex_t lock;
  pthread_cond_t changed; /* a walk paused or ended */
  /* protected by lock; of an index without users by that in gzindex_memory.c */
  struct gzindex_content content;
  int64_t verified; /* inflated bytes that were checked; INT64_MAX: all; written only
                       by who walks */
  bool walking;     /* a thread walks; `walk` is its own */
  bool kept;        /* content came from a file */
  unsigned changes; /* times that content was thrown away */
  struct err bad;   /* what is wrong behind `verified`, if anything is */
  struct gzip_stream *live[GZINDEX_LIVE];
  struct gzindex_walk walk;

  atomic_uint_fast64_t inflated, walked; /* bytes */
};

/* --- gzindex_walk.c ---------------------------------------------------------------- */

/* Inflated bytes before a piece, and before its end. */
int64_t gzindex_piece_start(const struct gzindex *index, int64_t piece);
int64_t gzindex_piece_end(const struct gzindex *index, int64_t piece);
/* Walks until `end` inflated bytes are checked.  index->walking is set by the caller, no
 * lock held.  On failure the walk is where it was, or (damaged data) over, with
 * index->bad. */
int gzindex_walk(struct gzindex *index, int64_t end, struct err *err);

/* --- gzindex_memory.c -------------------------------------------------------------- */

void gzindex_register(struct gzindex *index);
void gzindex_unregister(struct gzindex *index);
/* Around all use; in between, the content stays. */
void gzindex_enter(struct gzindex *index);
void gzindex_leave(struct gzindex *index);
/* Tells what it takes now, and drops what others have and do not use: true when all of
 * them still take too much.  index->lock is not held. */
bool gzindex_charge(struct gzindex *index);
/* index->lock is held. */
size_t gzindex_memory(const struct gzindex *index);
void gzindex_walk_end(struct gzindex_walk *walk);
/* Throws away all that was found out: index->lock is held, or there are no users. */
void gzindex_forget(struct gzindex *index);

#endif
