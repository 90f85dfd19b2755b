/* What every directory of a collection holds, whether a view's scan or an epoch: a
 * directory per role, items.csv, and <item>.json, which is not listed. */
#ifndef TESSERAFS_DIR_ITEMS_H
#define TESSERAFS_DIR_ITEMS_H

#include "core/tree/dir.h"

/* See struct dir_type: child and entry; and how many entries there are. */
int collection_child(struct tree *tree, const struct place *dir, const char *name,
                     struct place *out, struct err *err);
int64_t collection_entries(const struct tree *tree, const struct place *dir);
void collection_entry(const struct tree *tree, const struct place *dir, int64_t i,
                      char *buf, struct place *child);

#endif
