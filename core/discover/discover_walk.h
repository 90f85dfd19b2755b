/* Walks a tree of unknown files; shared by the layout rules.
 *
 * A walk reports each usable file, and each directory of slices, as one `struct found`;
 * all other files go to dataset_builder_ignore() with the reason.  Hidden entries are
 * skipped. */
#ifndef TESSERAFS_DISCOVER_WALK_H
#define TESSERAFS_DISCOVER_WALK_H

#include "core/discover/discover.h"

/* Which files directly in the walked directory form a stack.  In directories below it
 * that are not named like splits, equal files always do (rule 5: all image files are
 * single 2-D images of one shape and dtype). */
enum stacking {
  STACK_ALIKE,
  STACK_NUMBERED, /* and all named by bare numbers */
  STACK_NEVER
};

struct found_array {
  const char *name; /* as in source_array; NULL: unnamed */
  enum dtype dtype;
  int nd;
  int channel_axis;
  bool image; /* of a PNG or TIFF */
  bool level; /* a smaller version of another one */
  int64_t shape[ND_MAX];
  int intent; /* as in struct geometry */
};

/* A file with its usable arrays, or a directory of slices. */
struct found {
  const char
      *rel;    /* path below the walked directory, "" for itself; in the mount's arena */
  size_t stem; /* bytes of rel without the format's suffix */
  bool hdf5;   /* arrays are named by the file's author */
  bool stack;  /* one array, each piece a slice of it */
  bool bits;   /* a stack of 1-bit images alone */
  int64_t npieces;                  /* 1 for a file */
  const struct piece *pieces;       /* in the mount's arena; of a file: with key NULL */
  int narrays;                      /* at least 1; of a stack: what one slice is */
  const struct found_array *arrays; /* name order of the file; only during the call */
};

typedef int found_fn(void *ctx, const struct found *found, struct err *err);

/* Is shown each directory (rel: below the walk) before its files are looked at; entries
 * for which it sets taken[] are left alone. */
struct dir_list;
typedef int claim_fn(void *ctx, const char *rel, const struct dir_list *list, bool *taken,
                     struct err *err);

/* Walks discover->root/below ("": the root itself, which may be one file).  Calls fn for
 * each result, directories in natural order, a directory's own files before its
 * subdirectories.  claim: NULL, when nothing is to be left out.  -1: ENOMEM, or the
 * result of fn or claim. */
int discover_walk(const struct discover *discover, const char *below,
                  enum stacking stacking, found_fn *fn, claim_fn *claim, void *ctx,
                  struct err *err);

/* Adds a scan; one that cannot be added (its id is no file name) is ignored with the
 * reason, under the path `shown`. */
int discover_add(const struct discover *discover, const struct scan_spec *scan,
                 const char *longer, const char *split, const char *shown,
                 struct err *err);

/* Returns the last component of the root's path: the id of a stack that is the root
 * itself. */
const char *discover_base_name(const struct discover *discover);

/* Returns root/below; "" is the root itself. */
char *discover_path(const struct discover *discover, const char *below, struct err *err);

#endif
