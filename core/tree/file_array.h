/* Files that are made of voxels by an encoding, and what such a file stands on while it
 * is open. */
#ifndef TESSERAFS_FILE_ARRAY_H
#define TESSERAFS_FILE_ARRAY_H

#include "core/tree/dir.h"

void content_init(struct content *content);
void content_free(struct content *content);

int array_stat(struct tree *tree, const struct place *place, struct tree_attr *out,
               struct err *err);
int array_open(struct tree *tree, const struct place *place, struct content *content,
               struct layout *layout, struct err *err);

/* The formats in which an array like this one is listed: those of the mask that can hold
 * it, all of them when it cannot be made (then opening says why).  Fills out->formats;
 * mask 0: the mount's. */
int array_formats(struct tree *tree, const struct place *array, unsigned mask,
                  struct listing *out, struct err *err);

#define ARRAY_FILE .type = TREE_FILE, .stat = array_stat, .open = array_open

#endif
