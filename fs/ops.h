/* The FUSE callbacks, all but init (session.c).  Each callback finds the node, calls the
 * core, and replies once. */
#ifndef TESSERAFS_OPS_H
#define TESSERAFS_OPS_H

#include "fs/fs.h"

/* The session's user data is a struct fs. */
struct fuse_lowlevel_ops ops_table(bool xattr);

#endif
