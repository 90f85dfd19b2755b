/* Inside of rule 4: what one of its directories (images/, labels/, ...) holds, by name.
 */
#ifndef TESSERAFS_PAIR_ROLE_H
#define TESSERAFS_PAIR_ROLE_H

#include "core/dataset/discover_walk.h"

/* A volume or a stack of one of the directories. */
struct unit {
  const char *rel;  /* below its directory; "" is the directory itself */
  const char *stem; /* rel without suffix; nnU-Net's channel number is off too */
  int channel;      /* nnU-Net: the number; else -1 */
  bool stack;
  int64_t npieces;
  const struct piece *pieces;
  bool used;
};

/* One of the directories: what it holds, by stem. */
struct role {
  const struct discover *discover;
  const char *dir;   /* "images" */
  const char *field; /* "image" */
  bool channels;     /* names end in _0000 */
  struct unit *units;
  size_t n, room;
};

void role_ignore(const struct role *role, const char *rel, const char *why);

/* Walks role->dir (NULL: there is none) and fills units, sorted by stem, channel and
 * path.  The caller frees units. */
int role_read(struct role *role, enum stacking stacking, struct err *err);

/* The unused unit that goes with an image: of exactly its name, else of its stem; or
 * NULL. */
struct unit *role_partner(const struct role *role, const struct unit *image);

/* Stacks side by side must have slice for slice the same places.  false: `other` was
 * ignored with the reason. */
bool role_same_slices(const struct role *role, const struct unit *image,
                      const struct unit *other);

void unit_field(struct field_spec *out, const char *name, const struct unit *unit);

#endif
