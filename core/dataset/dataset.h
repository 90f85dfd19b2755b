/* What a dataset consists of: scans, their fields, splits, and the files that were left
 * out.  It is built once before the mount (by a layout rule of discover.h, or from a
 * description), immutable from then on, and lives in the mount's arena. */
#ifndef TESSERAFS_DATASET_H
#define TESSERAFS_DATASET_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/problems.h"
#include "core/dataset/pair_set.h"
#include "core/source/source.h"
#include "core/transform/transform.h"

enum field_type { FIELD_IMG, FIELD_MASK };

/* What decided the type; see field_type.h. */
enum typed_by {
  TYPED_BY_NOTHING, /* FIELD_IMG for want of a reason */
  TYPED_BY_DESCRIPTION,
  TYPED_BY_LAYOUT, /* whose names have fixed roles */
  TYPED_BY_INTENT, /* of a NIfTI header */
  TYPED_BY_FIELD,  /* a word of the field's name, and so on */
  TYPED_BY_GROUP,
  TYPED_BY_FILE,
  TYPED_BY_DIRECTORY
};

/* One array of one file. */
struct piece {
  const char *path;             /* absolute; NULL: a hole, no piece is there */
  const char *key;              /* array of an HDF5 file; NULL: the file's first */
  const struct source_raw *raw; /* headerless file; else NULL */
};

/* One name of a gather: positions along an axis. */
struct gather_axis {
  const char *name; /* the placeholder, for messages: "slice", "row" */
  bool concat;      /* joins along axis `axis` of the PIECES; else (stack) the position
                       becomes a new axis `axis` of the RESULT */
  int axis;
  int64_t n;                 /* positions */
  const char *const *values; /* n: the placeholder's value at each position, for messages;
                              * NULL: the position's number */
};

enum { GATHER_AXES_MAX = 4 };

/* How the pieces of a field make one array.  The result has the axes of the pieces and
 * one more per stack; stack axes stand at their numbers in the result, and the pieces'
 * own axes fill the other places in order.  Names that concat along one axis nest, the
 * first of them outermost. */
struct gather_spec {
  int naxes;                                /* 0: one piece, as it is */
  struct gather_axis axes[GATHER_AXES_MAX]; /* axes[0] is the outermost: a piece's number
                                               is the C order of its positions */
  bool has_fill; /* holes, and voxels that a cell lacks, read as `fill`; else a hole is
                  * EIO that names it */
  double fill;
  /* What each piece is, where the description states it: then no header is read.  nd 0:
   * it does not; dtype counts only where nd is set, and is -1 when it is not stated. */
  int nd;
  int64_t shape[ND_MAX];
  int dtype;      /* enum dtype */
  bool converts;  /* each piece is converted to `dtype` (piece_dtype.h), where nd is 0,
                   * too, and where there is one piece */
  int dtype_else; /* enum dtype: the dtype while `dtype` is -1, pieces may be missing, and
                   * none can be opened */
  /* Cells of a fixed pitch, by the pieces' axes: along a concat axis the cell at position
   * p begins at p * pitch, and all of it is clipped to `extent`.  A piece may be smaller
   * than its cell (the rest is fill, or an error) or larger (the rest is cut off).  0: a
   * cell is as long as its pieces. */
  int64_t pitch[ND_MAX], extent[ND_MAX];
  bool may_be_short;     /* voxels that a cell lacks are `fill` even where a hole is an
                          * error */
  struct step_list each; /* applied to each piece before it is joined */
};

struct field_spec {
  const char *name;
  enum field_type type;
  enum typed_by typed_by;
  const char *typed_word; /* of static life; where typed_by is about a name */
  bool scans_only; /* a further series of its file, or a smaller version (pyramid level):
                    * shown in scans/, and by a view that names it alone */
  bool has_value;  /* a scalar from the description: no pieces, a 0-d float64 (int64 if
                      whole) */
  double value;
  const char *text; /* the scalar is this text, which is no array; NULL: it is a number */
  struct gather_spec gather;
  int64_t npieces;            /* prod(gather.axes[].n) */
  const struct piece *pieces; /* NULL: make_piece makes them */
  /* Makes a piece by rule, where there are too many to list.  Puts the path into room
   * (returns false when it does not fit with its terminating 0), and everything else into
   * *out. */
  bool (*make_piece)(const void *ctx, int64_t number, char room[PATH_MAX],
                     struct piece *out);
  const void *make_ctx;
  bool pieces_may_miss; /* a path that does not exist is a hole, which is found out when
                         * it is read */
  struct step_list transforms;  /* applied to the whole array, before any view */
  bool has_affine, has_spacing; /* the description states it, and it replaces the
                                 * file's */
  double affine[3][4];
  double spacing[3]; /* mm per voxel on the first three axes */
};

struct scan_spec {
  const char *id;      /* may contain '/' */
  int spatial;         /* leading spatial axes that the description states; 0: derived */
  bool channels_first; /* the description says that axis 0 is channels, not space */
  int nfields;
  int napart; /* of these fields, those that views leave out: scalars, and what is in
               * scans/ only; the builder counts them */
  const struct field_spec *fields;
};

struct split_spec {
  const char *name;
  int nscans;
  const int *scans; /* indices into scans[], ascending */
};

/* A scalar field that some scan has: a column of items.csv. */
struct scalar_column {
  const char *name;
  int width; /* characters of the longest number of all scans */
};

struct dataset_spec {
  int nscans;
  const struct scan_spec *scans; /* sorted by id, bytewise; ids are unique */
  int nsplits;
  const struct split_spec *splits; /* at least one: "all" when nothing says otherwise */
  int nscalars;
  const struct scalar_column *scalars; /* in order of appearance */
  int npair_sets;                      /* 0: nothing to register */
  const struct pair_set *pair_sets;    /* train, valid, test, then others */
  const char *ignored;   /* "<path>: <reason>\n" for every file that was seen and not
                          * used */
  const char *broken;    /* the lines of `ignored` that are about damaged data */
  const char *layout;    /* the rule that recognised it: "folders", "description", ... */
  struct timespec mtime; /* of the description; {0} without one */
};

/* Gives piece `number` of a field.  room: where its path is put when it is made by
 * rule. */
bool field_piece(const struct field_spec *field, int64_t number, char room[PATH_MAX],
                 struct piece *out);
/* Gives the first piece that is no hole; returns false when there is none. */
bool field_first_piece(const struct field_spec *field, char room[PATH_MAX],
                       struct piece *out);
/* Returns the gather of a directory of n slices: a stack on axis 0.  bits: all are known
 * to be 1-bit images, so that none needs to be looked at for being wider. */
struct gather_spec gather_slices(int64_t n, bool bits);

/* --- building one ------------------------------------------------------------------ */

/* Collects scans in any order; used by layout rules and by the description reader. */
struct dataset_builder;

/* The builder allocates from `arena` (the mount's), which outlives it. */
struct dataset_builder *dataset_builder_new(struct arena *arena, struct err *err);
/* Adds a scan.  The order of additions settles clashes; the fields' array is copied
 * shallowly (strings and pieces must live in the arena).  split: NULL, or the name of the
 * split that the scan belongs to (dataset_builder_split() may add it to others).
 * `longer`: the id to take when `id` is taken already (the same with its suffix kept);
 * NULL: a clash is an error. */
int dataset_builder_scan(struct dataset_builder *builder, const struct scan_spec *scan,
                         const char *longer, const char *split, struct err *err);
int dataset_builder_split(struct dataset_builder *builder, const char *split,
                          const char *scan_id, struct err *err);
void dataset_builder_ignore(struct dataset_builder *builder, const char *path,
                            const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Does the same for a file that belongs to the dataset but cannot be read; --check
 * reports these. */
void dataset_builder_broken(struct dataset_builder *builder, const char *path,
                            const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Returns how many scans were added (and not left out), which is the number of the next
 * one. */
int dataset_builder_scans(const struct dataset_builder *builder);
/* Adds a set of what is registered with what.  Its scans are numbers as of
 * dataset_builder_scans(); its arrays must live until the builder is finished. */
int dataset_builder_pairs(struct dataset_builder *builder, const struct pair_set *set,
                          struct err *err);
/* Sorts the scans, settles clashes, makes the split "all" where there is no split, and
 * frees the builder in any case.  A clash is an id that is also "<other id>/<field name>"
 * of another scan: the later scan keeps its suffix and `ignored` says so; without a
 * longer name it is an error.  -1: all problems are in *problems. */
int dataset_builder_finish(struct dataset_builder *builder, struct dataset_spec *out,
                           struct problems *problems);

/* Adds lines to `ignored`, and to `broken`, for scans that are in two splits, unless one
 * of these is called monitor-..., and for scans that are in none while others are. */
int dataset_say_splits(struct dataset_spec *spec, struct arena *arena, struct err *err);

#endif
