/* The files that an HDF5 file refers to by name: where they are, and whether they may be
 * read.  Needs no libhdf5; both processes use it. */
#ifndef TESSERAFS_HDF5_LINK_H
#define TESSERAFS_HDF5_LINK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* Checks that the real path `path` lies below the real path `root` (NULL or "": anywhere)
 * and is a regular file.  -1: EACCES or stat()'s error, with a reason that names the
 * path. */
int hdf5_link_allowed(const char *path, const char *root, struct err *err);

/* Gives the real path of the file that `of` (an absolute path) means by `name`, as
 * libhdf5 looks for it: an absolute name as it is, then its last component; a relative
 * name beside `of`, then in the root directory, where the process stands, then beside the
 * target of `of` when that is a symbolic link.  Then checks hdf5_link_allowed().  -1:
 * ENOENT, EACCES. */
int hdf5_link_resolve(const char *of, const char *name, const char *root,
                      char out[PATH_MAX], struct err *err);

/* Makes the name of one block's source from a name in a virtual dataset, as libhdf5 does:
 * %b is the block's number, %% is %.  Cuts what is longer than out[size].  Returns
 * whether the name differs by block. */
bool hdf5_link_block(const char *pattern, uint64_t block, char *out, size_t size);

#endif
