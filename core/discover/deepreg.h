/* DeepReg's datasets: a split has directories, each with the same stores, and a rule of
 * what is registered with what.  A store NAME is the directory <dir>/NAME/ of NIfTI files
 * at any depth, or the file <dir>/NAME.h5 with an array per key.  A paired split has the
 * stores moving_images and fixed_images (and moving_labels, fixed_labels); an unpaired or
 * grouped one has images (and labels).
 *
 * Such a dataset is found in a directory (discover_deepreg.c) or declared in a
 * description. */
#ifndef TESSERAFS_DEEPREG_H
#define TESSERAFS_DEEPREG_H

#include "core/dataset/dataset.h"

/* What all splits have in common. */
struct deepreg {
  struct source_pool *pool;
  struct arena *arena; /* the mount's */
  struct dataset_builder *builder;
  const char *root;  /* absolute; ignored.txt names what lies below it relative to it */
  const char *avoid; /* MOUNTPOINT, never entered; NULL: none */
  struct problems *problems;
};

struct deepreg_dir {
  const char *name; /* as the user wrote it: DeepReg orders files by it */
  const char *path; /* absolute, normal */
};

struct deepreg_split {
  const char *name; /* ids of its scans begin with "<name>/"; NULL: no splits */
  int ndirs;        /* at least 1 */
  const struct deepreg_dir *dirs;
  bool h5;
  enum pair_set_type type;
  bool labeled;        /* false: label stores are not looked at */
  bool missing_labels; /* an image may lack its label: its scan has no such field */
};

/* Lists the split's stores, reads the headers, and adds its scans and its pair set.  The
 * scans are <split>/<case>/moving and .../fixed, or <split>/<image>; when the split has
 * several directories, a directory's name stands before the case.  Every fault (a store
 * that is missing or empty, names that do not agree, axes of another number) is added to
 * problems, and the split is left out; a file that cannot be read is given to the builder
 * as broken and keeps its number.  -1: EINTR, ENOMEM, ... */
int deepreg_add_split(const struct deepreg *deepreg, const struct deepreg_split *split,
                      struct err *err);

#endif
