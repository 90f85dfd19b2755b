/* Opening what lies beneath a directory, and nothing else.
 *
 * Symbolic links are followed where they stay beneath it, those that state an absolute
 * path too.  The kernel decides while it opens (openat2), so that a link which is swapped
 * meanwhile leads nowhere else; a check before the open would not be enough. */
#ifndef TESSERAFS_BENEATH_H
#define TESSERAFS_BENEATH_H

#include <sys/stat.h>

/* open(path, flags), without O_CREAT.  root: the real path of the directory, NULL:
 * anywhere.  -1 with errno; EXDEV: the path leads out of root. */
int beneath_open(const char *root, const char *path, int flags);
/* stat() alike. */
int beneath_stat(const char *root, const char *path, struct stat *st);

#endif
