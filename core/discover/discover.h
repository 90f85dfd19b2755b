/* Finds a dataset in a directory without a description: each layout has a rule, a row in
 * layouts[]; the first that matches wins. */
#ifndef TESSERAFS_DISCOVER_H
#define TESSERAFS_DISCOVER_H

#include "core/dataset/dataset.h"

/* The tree that is examined, what must not be entered, and where results go. */
struct discover {
  const char *root;  /* real path of SOURCE: a directory, or one data file */
  const char *avoid; /* real path of MOUNTPOINT, never entered; NULL: none */
  struct source_pool *pool;
  struct arena *arena;
  struct dataset_builder *builder;
  struct problems *problems; /* for a rule that finds several problems at once */
};

struct dataset_layout {
  const char *name;
  /* Returns whether the tree at root has this layout.  Looks at directory entries, and
   * into .h5 files until one does not fit. */
  bool (*matches)(const struct discover *discover);
  /* Adds the scans.  Files that cannot be used go to dataset_builder_ignore() with the
   * reason; -1 (or a problem) is only for faults that must stop the mount. */
  int (*collect)(const struct discover *discover, struct err *err);
};

extern const struct dataset_layout layout_deepreg;  /* moving_images + fixed_images, ...
                                                       (rule 2) */
extern const struct dataset_layout layout_medsegpy; /* .im + .seg, .h5 (rule 3) */
extern const struct dataset_layout
    layout_images_labels; /* images/ + labels/, nnU-Net (rule 4) */
extern const struct dataset_layout
    layout_folders; /* every volume a scan, directories of slices (rule 5) */

int discover(const char *root, const char *avoid, struct source_pool *pool,
             struct arena *arena, struct dataset_spec *out, struct problems *problems);

#endif
