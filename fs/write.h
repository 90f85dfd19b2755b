/* The callbacks that change the tree, and access(), which tells beforehand whether they
 * would succeed. */
#ifndef TESSERAFS_WRITE_H
#define TESSERAFS_WRITE_H

#include "fs/fs.h"

/* Returns whether this OPEN asks for more than reading. */
bool write_wanted(const struct fuse_file_info *info);
/* Answers such an OPEN. */
void write_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info);
/* Adds all other callbacks of write.c to *ops. */
void write_fill(struct fuse_lowlevel_ops *ops);

#endif
