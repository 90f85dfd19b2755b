/* Which scans are registered with which: what a registration dataset (DeepReg's layouts)
 * has beyond its scans.  Images are listed here in DeepReg's own enumeration, whose
 * numbers stand in its index vectors; a sampler draws the pairs of an epoch from it. */
#ifndef TESSERAFS_PAIR_SET_H
#define TESSERAFS_PAIR_SET_H

#include <stdbool.h>
#include <stdint.h>

enum pair_set_type { PAIR_SET_PAIRED, PAIR_SET_UNPAIRED, PAIR_SET_GROUPED };

/* Images that belong together: all of a split, or one group of it. */
struct pair_group {
  const char *name;          /* of a grouped set, for messages; else "" */
  int64_t n;                 /* images (paired: pairs), at least 1 */
  const int *moving, *fixed; /* n each: indices into dataset_spec.scans[]; the same array
                                unless the set is paired */
};

/* One split.  Each of its scans has the field "image" and, when labelled, "label", as
 * stored: 3-D, or 4-D (an image: with a last extent of 1; a label: a channel each). */
struct pair_set {
  const char *split;
  enum pair_set_type type;
  bool labeled;
  int ngroups; /* at least 1; 1 unless grouped */
  const struct pair_group *groups;
};

/* Returns the word in DeepReg's configuration: "paired", "unpaired", "grouped". */
const char *pair_set_type_name(enum pair_set_type type);

#endif
