/* Extended attributes user.tesserafs.*; registered only with -o xattr, because 'ls -l'
 * asks for two per file, while without a callback (ENOSYS) it is asked once per mount. */
#ifndef TESSERAFS_XATTR_H
#define TESSERAFS_XATTR_H

#include "fs/fs.h"

void xattr_get(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size);
void xattr_list(fuse_req_t req, fuse_ino_t ino, size_t size);

#endif
