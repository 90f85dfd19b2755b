/* MOUNTPOINT before a mount. */
#ifndef TESSERAFS_MOUNTPOINT_H
#define TESSERAFS_MOUNTPOINT_H

#include "core/base/err.h"

/* Must be a directory; what a killed tesserafs of this user left there is unmounted
 * first. path: real and absolute.  -1: *err says what is there instead. */
int mountpoint_prepare(const char *path, struct err *err);

#endif
