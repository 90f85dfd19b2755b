/* The files of a gathered field at one state: what they make together, and each of them
 * when it is asked for.
 *
 * Per piece only a hash of what stat() said is kept (8 bytes); headers are read of as few
 * pieces as are needed to know the whole.  A piece that cannot be read, or is not what
 * its place in the grid needs, is EIO only for its own readers.  Thread safe. */
#ifndef TESSERAFS_PIECES_H
#define TESSERAFS_PIECES_H

#include "core/dataset/dataset.h"
#include "core/field/open_pieces.h"
#include "core/view/view_gather.h"

struct pieces;

/* What the files make together. */
struct pieces_facts {
  struct view_gather_plan plan;          /* bounds[] live as long as the pieces */
  struct geometry geo;                   /* of the whole */
  int channel_axis, spatial, slice_axis; /* of the whole, as in struct snapshot */
  uint64_t version;                      /* changes with every change of a file */
  struct timespec mtime;                 /* the newest file's; {0}: there is none */
};

/* Looks at all files and reads the headers that are needed.  Returns 0 with one
 * reference, or -1: ENOENT when no file exists, EIO when files contradict each other,
 * EINVAL when the gather does not fit. */
int pieces_new(const struct scan_spec *scan, const struct field_spec *field,
               struct source_pool *pool, struct open_pieces *table, struct pieces **out,
               struct err *err);
void pieces_unref(struct pieces *pieces);
const struct pieces_facts *pieces_facts(const struct pieces *pieces);
int64_t pieces_count(const struct pieces *pieces);

/* For view_gather(), with the pieces as ctx.  With pieces_filled_ops a missing piece is a
 * hole that reads as fill. */
extern const struct view_gather_ops pieces_ops, pieces_filled_ops;

enum piece_state {
  PIECE_THERE,
  PIECE_HOLE,   /* reads as fill */
  PIECE_MISSING /* reads as an error: the file does not exist, or there is no fill */
};
enum piece_state pieces_state(const struct pieces *pieces, int64_t number);

/* Returns whether a file has changed, come or gone.  Looks at all of them at most every
 * SOURCE_CHECK_MS, and so seldom that looking takes a twentieth of the time.  Workers
 * look at very many files, so the answer may come with a later call. */
bool pieces_stale(struct pieces *pieces);
/* Sets EIO with the file for which stale pieces are stale; returns -1. */
int pieces_why_stale(const struct pieces *pieces, struct err *err);

#endif
