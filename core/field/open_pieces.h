/* The files of gathered fields that are open now: at most OPEN_PIECES for all fields
 * together, and the ones being read beyond that.  The first thread that asks for a piece
 * opens it, outside the lock; others that want the same piece wait.  A failure leaves no
 * entry: each waiter then tries for itself. */
#ifndef TESSERAFS_OPEN_PIECES_H
#define TESSERAFS_OPEN_PIECES_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "core/dataset/dataset.h"

enum { OPEN_PIECES = 8192 /* about 5 KiB each */ };

struct open_pieces;

/* One open piece.  The members that `open` filled in are immutable while it is pinned. */
struct open_piece {
  struct arena arena;    /* of the view */
  struct source *source; /* referenced */
  const struct view *view;
  struct geometry geo;
  int channel_axis, spatial, slice_axis; /* as in struct snapshot */
  bool image;                            /* as in struct source_array */

  /* The rest belongs to the table, protected by its lock. */
  const void *owner;
  int64_t number;
  int pins;
  bool opening;
  bool gone;                       /* no longer in the table: closed with its last pin */
  LIST_ENTRY(open_piece) same_key; /* a chain of the hash table */
  TAILQ_ENTRY(open_piece) neighbours; /* while nobody pins it */
};

/* Fills the first part of a zeroed piece.  -1 with *err: the caller releases what was
 * set. */
typedef int open_piece_fn(const void *owner, int64_t number, struct open_piece *out,
                          struct err *err);

struct open_pieces *open_pieces_new(struct err *err);
struct open_pieces *open_pieces_ref(struct open_pieces *table);
void open_pieces_unref(struct open_pieces *table); /* NULL: nothing */

/* Gives piece `number` of `owner`, pinned until open_piece_put(); NULL with *err (EINTR
 * when this thread's reader is gone). */
struct open_piece *open_piece_get(struct open_pieces *table, const void *owner,
                                  int64_t number, open_piece_fn *open, struct err *err);
/* Gives the same if it is open already, else NULL at once. */
struct open_piece *open_piece_find(struct open_pieces *table, const void *owner,
                                   int64_t number);
void open_piece_put(struct open_pieces *table, struct open_piece *piece);
/* Releases the pin and makes sure that nobody gets this piece any more: its file must be
 * opened again. */
void open_piece_put_stale(struct open_pieces *table, struct open_piece *piece);

/* Closes all pieces of an owner that ends; none may be pinned. */
void open_pieces_forget(struct open_pieces *table, const void *owner);

/* Returns the array of a piece in its open source; NULL with EIO. */
const struct source_array *open_piece_array(const struct source *source,
                                            const struct piece *piece, int *index,
                                            struct err *err);

#endif
