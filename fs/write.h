/* The callbacks of files that accept writes (tree_attr.writable): these are commands, not
 * places to keep something, so that what was written is taken and gone. */
#ifndef TESSERAFS_WRITE_H
#define TESSERAFS_WRITE_H

#include "fs/fs.h"

/* Does this OPEN ask for more than reading? */
bool write_wanted(const struct fuse_file_info *info);
/* EROFS for all other files. */
void write_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info);
void write_data(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size,
                off_t offset, struct fuse_file_info *info);
/* Size and times of a file that accepts writes may be set, which does nothing: shells and
 * editors truncate what they are about to write.  All else is EROFS. */
void write_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
                   struct fuse_file_info *info);

#endif
