/* The inside of pieces.h: pieces.c (reading), pieces_measure.c (what the pieces make
 * together), pieces_source.c (opening one), pieces_look.c (their files), pieces_grid.c
 * (their places). */
#ifndef TESSERAFS_PIECES_INSIDE_H
#define TESSERAFS_PIECES_INSIDE_H

#include <stdatomic.h>

#include "core/field/pieces.h"

struct pieces {
  atomic_int refs;
  const struct scan_spec *scan;
  const struct field_spec *field;
  struct source_pool *pool;
  struct open_pieces *table;
  struct arena arena; /* bounds; written only while it is made */
  struct pieces_facts facts;
  int64_t measured;  /* the piece that others are compared with; -1: the description says
                      * what they are */
  int dtype;         /* each piece is converted to it; -1: each is as it is */
  bool bits_only;    /* only 1-bit images are */
  uint64_t *prints;  /* per piece: source_print_of(), or PRINT_NONE, PRINT_MISSING */
  uint64_t *halves;  /* per piece: the same of the other half of a .hdr/.img pair; NULL:
                      * there are no pairs */
  atomic_bool stale; /* only ever goes to true */
  atomic_int_fast64_t other;  /* the first piece that was found changed; -1: none was */
  atomic_bool looking;        /* a worker looks at the files now */
  atomic_int_fast64_t looked; /* ms, CLOCK_MONOTONIC: when a worker last began to look */
  atomic_int_fast64_t took;   /* ms: how long it took */
};

enum { PRINT_NONE = 1 /* described as a hole */, PRINT_MISSING = 2 };

/* Returns the position of piece `number` along axis d of the pieces, that is its cell. */
int64_t pieces_cell(const struct gather_spec *gather, int d, int64_t number);
/* Returns the number of cells along axis d. */
int64_t pieces_cells(const struct gather_spec *gather, int d);
/* Returns the number of the i-th piece in a cell. */
int64_t pieces_in_cell(const struct gather_spec *gather, int d, int64_t cell, int64_t i);
/* Returns whether a name concatenates along axis d. */
bool pieces_joins(const struct gather_spec *gather, int d);
/* Returns what one position of gather->axes[i] adds to a piece's number. */
int64_t pieces_worth(const struct gather_spec *gather, int i);

/* Opens a piece without comparing it; for open_piece_get() with struct pieces as
 * owner. */
int pieces_open(const void *owner, int64_t number, struct open_piece *out,
                struct err *err);

/* Sets the error that the piece is missing: `errnum`, its path and its place. */
int pieces_missing(const struct pieces *pieces, int64_t number, int errnum,
                   struct err *err);

/* Fills facts.plan, geo, channel_axis and spatial from the description and from
 * headers. */
int pieces_measure(struct pieces *pieces, struct err *err);
/* Compares the piece with what its cell needs.  -1: EIO that names both files. */
int pieces_compare(const struct pieces *pieces, int64_t number, const struct view *view,
                   struct err *err);

/* Returns the end of a piece's path, for messages that name two; "the description" for
 * number -1.  room: where the path is put when the piece has no path of its own. */
const char *pieces_path(const struct field_spec *field, int64_t number,
                        char room[PATH_MAX]);
/* Sets EIO for a piece that disagrees; the message names the file that others are
 * compared with. */
int pieces_disagree(const struct pieces *pieces, int64_t number, const int64_t *shape,
                    const struct view *found, bool at_least, struct err *err);

/* Looks at all files for the first time: prints, version, mtime. */
int pieces_look(struct pieces *pieces, struct err *err);
/* The prints of a file and of its other half. */
struct piece_prints {
  uint64_t print, half;
};
/* Gives the prints now; *mtime becomes the files' time when that is newer. */
struct piece_prints pieces_print(const struct pieces *pieces, int64_t number,
                                 struct timespec *mtime);
/* Returns whether these prints differ from those taken when the pieces were made. */
bool pieces_changed(const struct pieces *pieces, int64_t number, struct piece_prints now);
/* Notes that piece `number` has changed, come or gone. */
void pieces_set_stale(struct pieces *pieces, int64_t number);

#endif
