/* A kind of directory: what its collections are.  One file, one row in kinds[]. */
#ifndef TESSERAFS_KIND_H
#define TESSERAFS_KIND_H

#include "core/kind/collection.h"

enum scope {
  SCOPE_SCANS, /* <kind>/<view>/<scan>/<role>/<item> */
  SCOPE_EPOCHS /* <kind>/<view>/<split>/epoch-<E>/<role>/<item> */
};

struct grid;

struct kind {
  const char *name;   /* the directory: "patches" */
  enum view_kind bit; /* the rows of view_params[] that it has; kinds may share them */
  enum scope scope;
  const struct grid *grid; /* of a kind with GRID_KIND (grid.h); else NULL */
  /* SCOPE_EPOCHS: the splits that there are; none, and the kind does not show at all. */
  int (*splits)(const struct dataset_spec *spec);
  const char *(*split_name)(const struct dataset_spec *spec, int split);
  /* May be NULL.  Does the view fit the split?  Without a dataset.  EINVAL with the key,
   * the found and the expected. */
  int (*check)(const struct collection_of *of, struct err *err);
  /* Role i of those that this view shows, in listing order; false: it has fewer.  Opens
   * nothing. */
  bool (*role)(const struct collection_of *of, int i, struct role *out);
  /* May a view's `fields` name this? */
  bool (*role_known)(const struct dataset_spec *spec, const char *name);
  /* Sets all of *out but kind and of. */
  int (*open)(const struct kind *kind, const struct collection_of *of,
              struct collection **out, struct err *err);
  void (*close)(struct collection *collection);
  /* May be NULL, both: items have running numbers.  find_item: -1: there is none. */
  int (*item_name)(const struct collection *collection, int64_t number,
                   char out[ITEM_NAME_MAX + 1]);
  int64_t (*find_item)(const struct collection *collection, const char *name);
  /* Is there an item at the place?  EINVAL.  NULL: at= means nothing here. */
  int (*at)(const struct collection *collection, const char *at, struct err *err);
  int (*item)(const struct collection *collection, const struct item_id *id, int role,
              struct arena *arena, struct made *out, struct err *err);
  /* NULL: item() is as cheap. */
  int (*facts)(const struct collection *collection, const struct item_id *id, int role,
               struct arena *arena, struct made *out, struct err *err);
  /* items.csv without the column `item`: ",a,b", and its values, always of the length
   * that csv_head returns. */
  int64_t (*csv_head)(const struct collection *collection, struct text *out);
  int (*csv_row)(const struct collection *collection, int64_t number, struct text *out,
                 struct err *err);
  int (*describe)(const struct collection *collection, const struct item_id *id,
                  struct text *out, struct err *err);
};

extern const struct kind kind_slices, kind_patches, kind_chunks, kind_pairs;
extern const struct kind *const kinds[]; /* NULL-terminated, in the order of the tree */

/* NULL: no kind is called so. */
const struct kind *kind_named(const char *name);
/* Its place in kinds[]. */
int kind_index(const struct kind *kind);
/* Does it show in this dataset? */
bool kind_shown(const struct kind *kind, const struct dataset_spec *spec);

#endif
