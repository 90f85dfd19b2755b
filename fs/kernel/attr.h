/* tree_attr in the form that the kernel takes. */
#ifndef TESSERAFS_ATTR_H
#define TESSERAFS_ATTR_H

#include <sys/stat.h>

#include "fs/fs.h"

/* How long the kernel may answer from what it was told, in seconds: attributes, names,
 * and names that do not exist.  A source that changed must be seen within a second, and
 * the core itself looks at a source only every 0.3 s (SOURCE_CHECK_MS).  One number
 * serves all three, because a directory's listing and sizes follow from its sources too.
 * Only answers that can be taken back hold longer (promises.h). */
#define ATTR_SECONDS 0.5

/* Bytes that stdio, cp and cat take as the size of their reads: the kernel's readahead
 * window, because more would not reach us in one request. */
enum { ATTR_BLKSIZE = 128 * 1024 };

struct stat attr_stat(const struct fs *fs, const struct tree_attr *attr);
/* The reply to a lookup that found the node, valid for so many seconds. */
struct fuse_entry_param attr_entry(const struct fs *fs, const struct tree_attr *attr,
                                   double seconds);

#endif
