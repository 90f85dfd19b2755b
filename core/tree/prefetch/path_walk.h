/* Paths as users write them: absolute or relative to the root, with ".", ".." and
 * links. */
#ifndef TESSERAFS_PATH_WALK_H
#define TESSERAFS_PATH_WALK_H

#include <limits.h>

#include "core/tree/tree.h"

/* The node that `written` names, held until tree_forget(*id, 1), and its path without
 * links ("/scans/a", "" is the root).  What is absolute may begin with the mountpoint;
 * ".." takes away what stands before it.  ENOENT, ENAMETOOLONG, ELOOP, ... */
int path_walk(struct tree *tree, const char *written, char path[PATH_MAX], uint64_t *id,
              struct err *err);

#endif
