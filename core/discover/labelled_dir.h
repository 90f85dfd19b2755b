/* The inside of rule 4: the content of one of its directories (images/, labels/, ...), by
 * name. */
#ifndef TESSERAFS_LABELLED_DIR_H
#define TESSERAFS_LABELLED_DIR_H

#include "core/discover/discover_walk.h"

/* A volume or a stack of one of the directories. */
struct dir_volume {
  const char *rel;  /* below its directory; "" is the directory itself */
  const char *stem; /* rel without suffix, and without nnU-Net's channel number */
  const char
      *key;    /* the stem without words such as "mask" at the ends of its last name */
  int channel; /* nnU-Net: the number; else -1 */
  int intent;  /* of its header, as in struct geometry */
  bool stack, bits; /* as in struct found */
  int64_t npieces;
  const struct piece *pieces;
  int nmore; /* further arrays of its file, which are in scans/ only */
  const char *const *more;
  bool used;
};

/* One of the directories: its content, by stem. */
struct labelled_dir {
  const struct discover *discover;
  const char *name;  /* "train/images"; NULL: there is none */
  const char *field; /* "image" */
  bool channels;     /* names end in _0000 */
  struct dir_volume *volumes;
  size_t n, room;
  struct dir_volume **by_key; /* all of them, sorted by key */
};

void labelled_dir_ignore(const struct labelled_dir *dir, const char *rel,
                         const char *why);

/* Walks dir->name and fills volumes, sorted by stem, channel and path. */
int labelled_dir_read(struct labelled_dir *dir, enum stacking stacking, struct err *err);
void labelled_dir_free(struct labelled_dir *dir);

/* Returns the unused volume that goes with an image: one with exactly its name, else one
 * with its stem, else the only one with its key if that is the image's alone; or NULL. */
struct dir_volume *labelled_dir_partner(const struct labelled_dir *dir,
                                        const struct labelled_dir *images,
                                        const struct dir_volume *image);

/* Checks that stacks side by side have slices at the same places.  Returns false when
 * `other` was ignored with the reason. */
bool labelled_dir_same_slices(const struct labelled_dir *dir,
                              const struct dir_volume *image,
                              const struct dir_volume *other);

/* Makes its fields: `name`, and "<name>_<array>" of each further array; returns 1 +
 * nmore, or -1. */
int labelled_dir_fields(struct arena *arena, struct field_spec *out, const char *name,
                        const struct dir_volume *volume, struct err *err);

#endif
