/* The files of gathered fields that are open now: at most OPEN_PIECES, of all fields
 * together, and those that are being read.  Whoever asks first for a piece opens it,
 * outside the lock; others who want the same one wait for it.  A failure leaves nothing:
 * those who waited try for themselves. */
#ifndef TESSERAFS_OPEN_PIECES_H
#define TESSERAFS_OPEN_PIECES_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "core/dataset/dataset.h"

enum { OPEN_PIECES = 8192 /* about 5 KiB each */ };

struct open_pieces;

/* One piece, open.  What `open` filled in is immutable while it is pinned. */
struct open_piece {
  struct arena arena;    /* of the view */
  struct source *source; /* referenced */
  bool shared;           /* other pieces of the same file may have the source too */
  const struct view *view;
  struct geometry geo;
  int channel_axis, spatial; /* as in struct snapshot */

  /* The table's own, protected by its lock. */
  const void *owner;
  int64_t number;
  uint64_t path_hash;
  const char *path; /* the source's; NULL: it is not shared */
  int pins;
  bool opening;
  bool gone; /* not in the table any more: closed when nobody pins it */
  LIST_ENTRY(open_piece) same_key, same_path; /* chains of the hash tables */
  TAILQ_ENTRY(open_piece) neighbours;         /* while it is not pinned */
};

/* Fills the first part of a zeroed piece.  -1: *err; what it set is released by the
 * caller. */
typedef int open_piece_fn(const void *owner, int64_t number, struct open_piece *out,
                          struct err *err);

struct open_pieces *open_pieces_new(struct err *err);
struct open_pieces *open_pieces_ref(struct open_pieces *table);
void open_pieces_unref(struct open_pieces *table); /* NULL: nothing */

/* Piece `number` of `owner`, pinned until open_piece_put(); NULL with *err (EINTR when
 * this thread's reader is gone). */
struct open_piece *open_piece_get(struct open_pieces *table, const void *owner,
                                  int64_t number, open_piece_fn *open, struct err *err);
/* The same if it is open already, else NULL at once. */
struct open_piece *open_piece_find(struct open_pieces *table, const void *owner,
                                   int64_t number);
void open_piece_put(struct open_pieces *table, struct open_piece *piece);
/* The same, and nobody gets it any more: its file must be opened again. */
void open_piece_put_stale(struct open_pieces *table, struct open_piece *piece);

/* The source of a file, referenced: that of another piece of the same file and content
 * (source_print()), when one is open; NULL: none is. */
struct source *open_pieces_source(struct open_pieces *table, const char *path,
                                  uint64_t print);

/* Closes all pieces of an owner that ends (none may be pinned). */
void open_pieces_forget(struct open_pieces *table, const void *owner);

/* The array of a piece in its open source; NULL with EIO. */
const struct source_array *open_piece_array(const struct source *source,
                                            const struct piece *piece, int *index,
                                            struct err *err);

#endif
