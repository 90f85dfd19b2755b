/* Inside of rule 4: what one of its directories (images/, labels/, ...) holds, by
 * name. */
#ifndef TESSERAFS_LABELLED_DIR_H
#define TESSERAFS_LABELLED_DIR_H

#include "core/discover/discover_walk.h"

/* A volume or a stack of one of the directories. */
struct dir_volume {
  const char *rel;  /* below its directory; "" is the directory itself */
  const char *stem; /* rel without suffix; nnU-Net's channel number is off too */
  int channel;      /* nnU-Net: the number; else -1 */
  bool stack;
  int64_t npieces;
  const struct piece *pieces;
  bool used;
};

/* One of the directories: what it holds, by stem. */
struct labelled_dir {
  const struct discover *discover;
  const char *name;  /* "images" */
  const char *field; /* "image" */
  bool channels;     /* names end in _0000 */
  struct dir_volume *volumes;
  size_t n, room;
};

void labelled_dir_ignore(const struct labelled_dir *dir, const char *rel,
                         const char *why);

/* Walks dir->name (NULL: there is none) and fills volumes, sorted by stem, channel and
 * path.  The caller frees volumes. */
int labelled_dir_read(struct labelled_dir *dir, enum stacking stacking, struct err *err);

/* The unused volume that goes with an image: of exactly its name, else of its stem; or
 * NULL. */
struct dir_volume *labelled_dir_partner(const struct labelled_dir *dir,
                                        const struct dir_volume *image);

/* Stacks side by side must have slice for slice the same places.  false: `other` was
 * ignored with the reason. */
bool labelled_dir_same_slices(const struct labelled_dir *dir,
                              const struct dir_volume *image,
                              const struct dir_volume *other);

void labelled_dir_field(struct field_spec *out, const char *name,
                        const struct dir_volume *volume);

#endif
