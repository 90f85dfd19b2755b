/* Checks MOUNTPOINT before a mount. */
#ifndef TESSERAFS_MOUNTPOINT_H
#define TESSERAFS_MOUNTPOINT_H

#include "core/base/err.h"

/* Makes sure that path is a directory that can be mounted on; a mount that a killed
 * tesserafs of this user left there is unmounted first.  path: real and absolute.  -1:
 * *err says what is there instead. */
int mountpoint_prepare(const char *path, struct err *err);

#endif
