/* The answers to what a tree that is not written to cannot do. */
#ifndef TESSERAFS_READONLY_H
#define TESSERAFS_READONLY_H

#include "fs/fs.h"

/* Adds to *ops every callback that would change the tree, each of which says EROFS, and
 * access(), which says so beforehand. */
void readonly_fill(struct fuse_lowlevel_ops *ops);

#endif
