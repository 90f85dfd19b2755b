/* Errors on their way to the kernel and to the log. */
#ifndef TESSERAFS_REPLY_H
#define TESSERAFS_REPLY_H

#include "fs/fs.h"

/* Replies err->errnum, and logs the error with the path of the node (of `name` in it,
 * when not NULL) unless it is an everyday one (no such name, reader gone). */
void reply_error(fuse_req_t req, fuse_ino_t ino, const char *name, const struct err *err);

#endif
