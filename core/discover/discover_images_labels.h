/* Rule 4, which rule 5 meets on its walk through the tree. */
#ifndef TESSERAFS_DISCOVER_IMAGES_LABELS_H
#define TESSERAFS_DISCOVER_IMAGES_LABELS_H

#include "core/base/dir_list.h"
#include "core/discover/discover.h"

/* Returns whether the root holds directories of images and of their masks; after a
 * passing error, too, so that the walk reports it. */
bool labelled_matches(const struct discover *discover);
/* Adds the scans of such directories in the directory `prefix` (below the root), if it
 * holds any, and marks what it took in taken[]: a claim_fn without its ctx. */
int labelled_claim(const struct discover *discover, const char *prefix,
                   const struct dir_list *list, bool *taken, struct err *err);

#endif
