/* tree_attr as the kernel wants it. */
#ifndef TESSERAFS_ATTR_H
#define TESSERAFS_ATTR_H

#include <sys/stat.h>

#include "fs/fs.h"

/* How long the kernel may answer from what it was told, in seconds: attributes, names,
 * and names that do not exist.  A source that changed must be seen within a second, and
 * the core itself looks at a source only every 0.3 s (SOURCE_CHECK_MS); one number for
 * all, because a directory's listing and sizes follow from its sources too.  Longer is
 * what can be taken back (promises.h). */
#define ATTR_SECONDS 0.5

/* Bytes; what stdio, cp and cat take as the size of their reads: the kernel's readahead
 * window, more would not reach us in one request. */
enum { ATTR_BLKSIZE = 128 * 1024 };

struct stat attr_stat(const struct fs *fs, const struct tree_attr *attr);
/* The reply to a lookup that found it, to be believed for so long. */
struct fuse_entry_param attr_entry(const struct fs *fs, const struct tree_attr *attr,
                                   double seconds);

#endif
