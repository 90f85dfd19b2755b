/* The files that an HDF5 file refers to by name: where they are, and whether they may be
 * read.  Needs no libhdf5; both processes use it. */
#ifndef TESSERAFS_HDF5_LINK_H
#define TESSERAFS_HDF5_LINK_H

#include <limits.h>

#include "core/base/err.h"

/* Does the real path `path` lie below the real path `root` (NULL or "": anywhere), and is
 * it a regular file?  -1: EACCES or what stat said, with a reason that names the path. */
int hdf5_link_allowed(const char *path, const char *root, struct err *err);

/* The real path of what the file `of` (an absolute path) means by `name`, as libhdf5
 * looks for it: an absolute name as it is, then its last component; a relative one beside
 * `of`, then beside what `of` is a symbolic link to.  Then hdf5_link_allowed().  -1:
 * ENOENT, EACCES. */
int hdf5_link_resolve(const char *of, const char *name, const char *root,
                      char out[PATH_MAX], struct err *err);

#endif
