/* The inside of DeepReg's datasets: one store (moving_images, labels, ...) of a split. */
#ifndef TESSERAFS_DEEPREG_STORE_H
#define TESSERAFS_DEEPREG_STORE_H

#include "core/discover/deepreg.h"

/* A file, or an array of an HDF5 file.  Strings live in the mount's arena. */
struct deepreg_entry {
  int dir;            /* index into split->dirs */
  int rank;           /* of the directory in the order of entries */
  const char *path;   /* below the store, without suffix; the HDF5 key */
  const char *group;  /* grouped: the directory, or the second part of the key; else "" */
  const char *base;   /* rest of the order within the group: the file's name, the key */
  const char *suffix; /* "nii", "nii.gz"; HDF5: "" */
  const char *file;   /* absolute; NULL: there is no file, and the members below are not
                       * set */
  const char *key;    /* HDF5; else NULL */
  bool nested;        /* the key is a group of arrays */
  int nd;             /* 0: the header could not be read */
  int64_t shape[ND_MAX];
};

struct deepreg_store {
  const char *name;
  struct deepreg_entry *entries; /* in DeepReg's order */
  size_t n, room;
};

/* Lists all directories of the split into *out, sorted, without headers.  The caller
 * frees it in any case.  Faults go to problems. */
int deepreg_store_list(const struct deepreg *deepreg, const struct deepreg_split *split,
                       const char *name, struct deepreg_store *out, struct err *err);
/* Reads the headers (nd, shape).  A file that cannot be read is reported as broken. */
int deepreg_store_look(const struct deepreg *deepreg, struct deepreg_store *store,
                       struct err *err);
/* Adds an entry without a file for each image that the labels lack. */
int deepreg_store_fill(const struct deepreg_store *images, struct deepreg_store *labels,
                       struct err *err);
void deepreg_store_free(struct deepreg_store *store);

/* Appends an entry. */
int deepreg_store_add(struct deepreg_store *store, const struct deepreg_entry *entry,
                      struct err *err);
/* Lists the part of a store that is a directory of NIfTI files in directory `dir`. */
int deepreg_list_nifti(const struct deepreg *deepreg, const struct deepreg_split *split,
                       int dir, struct deepreg_store *out, struct err *err);

/* Compares by DeepReg's order without the suffix; 0 when DeepReg takes both for the same
 * image. */
int deepreg_entry_cmp(const struct deepreg_entry *a, const struct deepreg_entry *b);
/* Returns "<file>", or "<file>:<key>", in the arena. */
const char *deepreg_entry_name(const struct deepreg *deepreg,
                               const struct deepreg_entry *entry);
/* Returns the second part of "group-X-Y" (its bytes in *n); NULL when the key has another
 * form. */
const char *deepreg_key_group(const char *key, size_t *n);
/* Returns a path as ignored.txt shows it. */
const char *deepreg_shown(const struct deepreg *deepreg, const char *path);

#endif
