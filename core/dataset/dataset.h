/* What a dataset consists of: scans, their fields, splits, and what was left out.  Built
 * once before the mount (by a layout rule of discover.h, or from a description) and
 * immutable from then on; lives in the mount's arena. */
#ifndef TESSERAFS_DATASET_H
#define TESSERAFS_DATASET_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/problems.h"
#include "core/source/source.h"
#include "core/transform/transform.h"

enum field_type { FIELD_IMG, FIELD_MASK };

/* One array of one file. */
struct piece {
  const char *path;             /* absolute */
  const char *key;              /* array of an HDF5 file; NULL: the file's first */
  const struct source_raw *raw; /* headerless file; else NULL */
};

struct field_spec {
  const char *name;
  enum field_type type;
  bool stacked;   /* the pieces are slices, joined on a new axis 0 in this order */
  bool has_value; /* a scalar from the description: no pieces, a 0-d float64 (int64 if
                     whole) */
  double value;
  int64_t npieces;
  const struct piece *pieces;
  struct transform_list transforms; /* on the whole array, before any view */
  bool has_affine, has_spacing;     /* said by the description, instead of the file's */
  double affine[3][4];
  double spacing[3]; /* mm per voxel on the first three axes */
};

struct scan_spec {
  const char *id;      /* may contain '/' */
  int spatial;         /* leading spatial axes as the description says; 0: derived */
  bool channels_first; /* the description says that axis 0 is channels, not space */
  int nfields;
  const struct field_spec *fields;
};

struct split_spec {
  const char *name;
  int nscans;
  const int *scans; /* indices into scans[], ascending */
};

struct dataset_spec {
  int nscans;
  const struct scan_spec *scans; /* sorted by id, bytewise; ids are unique */
  int nsplits;
  const struct split_spec *splits; /* at least one: "all" when nothing says otherwise */
  const char *ignored;   /* "<path>: <reason>\n" for all that was seen and not used */
  const char *broken;    /* the lines of `ignored` that are about damaged data */
  const char *layout;    /* the rule that recognised it: "folders", "description", ... */
  struct timespec mtime; /* of the description; {0} without one */
};

/* The type that a name suggests: a mask when it contains label, mask or seg (any case).
 */
enum field_type dataset_field_type(const char *name);

/* --- building one
 * ------------------------------------------------------------------------- */

/* Collects scans in any order; used by layout rules and by the description reader. */
struct dataset_builder;

/* The builder allocates from `arena` (the mount's), which outlives it. */
struct dataset_builder *dataset_builder_new(struct arena *arena, struct err *err);
/* A further scan, in the order in which clashes are settled; the fields' array is copied
 * shallowly (strings and pieces must live in the arena).  split: NULL, or the name of the
 * split it belongs to (may be added to further ones by dataset_builder_split). `longer`:
 * the id to take when `id` is taken already (the same with its suffix kept); NULL: a
 * clash is an error. */
int dataset_builder_scan(struct dataset_builder *builder, const struct scan_spec *scan,
                         const char *longer, const char *split, struct err *err);
int dataset_builder_split(struct dataset_builder *builder, const char *split,
                          const char *scan_id, struct err *err);
void dataset_builder_ignore(struct dataset_builder *builder, const char *path,
                            const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same for what is a dataset's file but cannot be read: --check reports these. */
void dataset_builder_broken(struct dataset_builder *builder, const char *path,
                            const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Sorts, settles clashes (an id that is also "<other id>/<field name>" of another scan:
 * the later keeps its suffix and `ignored` says so; without a longer name, an error),
 * makes the split "all" where there is none.  Frees the builder in any case.  -1: all
 * problems are in *problems. */
int dataset_builder_finish(struct dataset_builder *builder, struct dataset_spec *out,
                           struct problems *problems);

#endif
