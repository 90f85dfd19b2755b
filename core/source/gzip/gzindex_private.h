/* The inside of an index, only for gzindex.c (reading), gzindex_walk.c (the walk that
 * checks and notes points) and gzindex_memory.c (how much each index may keep). */
#ifndef TESSERAFS_GZINDEX_PRIVATE_H
#define TESSERAFS_GZINDEX_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "core/source/gzip/gzindex.h"
#include "core/source/gzip/gzindex_file.h"

enum {
  GZINDEX_LIVE = 2 /* streams kept where they ended, for a reader that reads on from
                    * there */
};

/* The state of the walk from the file's start. */
struct gzindex_walk {
  struct gzip_stream *stream; /* NULL: not begun, or at its end */
  struct libdeflate_compressor *compressor;
  int64_t piece; /* the piece whose bytes come next */
  uint32_t crc;  /* of that piece's bytes so far */
};

struct gzindex {
  struct source *source;
  struct gzindex_facts facts; /* which piece sizes, too */
  int64_t end;                /* of the last piece, inflated bytes */

  /* protected by the lock in gzindex_memory.c */
  TAILQ_ENTRY(gzindex) neighbours;
  int users;      /* threads between gzindex_enter() and gzindex_leave() */
  size_t charged; /* bytes that gzindex_charge() last counted */

  pthread_mutex_t lock;
  pthread_cond_t changed; /* a walk paused or ended */
  /* protected by lock; in an index without users by the lock in gzindex_memory.c */
  struct gzindex_content content;
  int64_t verified; /* inflated bytes that were checked; INT64_MAX: all; written only by
                     * the walking thread */
  bool walking;     /* a thread walks and owns `walk` */
  bool kept;        /* content came from a file */
  unsigned changes; /* times that content was thrown away */
  struct err bad;   /* the damage behind `verified`, if any */
  struct gzip_stream *live[GZINDEX_LIVE];
  struct gzindex_walk walk;

  atomic_uint_fast64_t inflated, walked; /* bytes */
};

/* --- gzindex_walk.c ---------------------------------------------------------------- */

/* Return the inflated bytes before a piece, and before its end. */
int64_t gzindex_piece_start(const struct gzindex *index, int64_t piece);
int64_t gzindex_piece_end(const struct gzindex *index, int64_t piece);
/* Walks until `end` inflated bytes are checked.  The caller has set index->walking and
 * holds no lock.  After a failure the walk is where it was, or, for damaged data, over
 * with index->bad set. */
int gzindex_walk(struct gzindex *index, int64_t end, struct err *err);

/* --- gzindex_memory.c -------------------------------------------------------------- */

void gzindex_register(struct gzindex *index);
void gzindex_unregister(struct gzindex *index);
/* Surround all use of an index: between the two its content stays. */
void gzindex_enter(struct gzindex *index);
void gzindex_leave(struct gzindex *index);
/* Counts the memory that the index takes now, and drops indexes that nobody uses; returns
 * true when all of them still take too much.  The caller does not hold index->lock. */
bool gzindex_charge(struct gzindex *index);
/* The caller holds index->lock. */
size_t gzindex_memory(const struct gzindex *index);
void gzindex_walk_end(struct gzindex_walk *walk);
/* Throws away all points and checksums; the caller holds index->lock, or the index has no
 * users. */
void gzindex_forget(struct gzindex *index);

#endif
