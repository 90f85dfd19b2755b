/* The callbacks that change the tree, and access(), which says beforehand whether they
 * would. */
#ifndef TESSERAFS_WRITE_H
#define TESSERAFS_WRITE_H

#include "fs/fs.h"

/* Does this OPEN ask for more than reading? */
bool write_wanted(const struct fuse_file_info *info);
/* Answers such an OPEN. */
void write_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info);
/* Adds all the other callbacks to *ops. */
void write_fill(struct fuse_lowlevel_ops *ops);

#endif
