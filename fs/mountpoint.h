/* MOUNTPOINT before a mount, and its removal. */
#ifndef TESSERAFS_MOUNTPOINT_H
#define TESSERAFS_MOUNTPOINT_H

#include "core/base/err.h"

/* Makes sure that path is a directory that can be mounted on; mounts that killed
 * tesserafs of this user left there are unmounted first.  path: real and absolute.  -1:
 * *err says what is there instead: also a tesserafs that lives, or does not answer, or is
 * another user's.  To be called while nothing else runs: it may start a thread. */
int mountpoint_prepare(const char *path, struct err *err);
/* Returns the number of the mount that holds `path`, without asking its filesystem; -1
 * when it cannot be told. */
int mountpoint_number(const char *path);
/* Unmounts lazily what stands on path.  Waits for no daemon. */
int mountpoint_detach(const char *path);

#endif
