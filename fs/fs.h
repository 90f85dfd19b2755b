/* What all callbacks share: the session's user data. */
#ifndef TESSERAFS_FS_H
#define TESSERAFS_FS_H

#ifndef FUSE_USE_VERSION
#define FUSE_USE_VERSION 312
#endif
#include <fuse_lowlevel.h>

#include "core/tree/tree.h"
#include "fs/kernel/finished.h"
#include "fs/kernel/promises.h"
#include "fs/kernel/revalidate.h"
#include "fs/open_files.h"

/* Immutable while the session runs, but for what locks itself. */
struct fs {
  struct tree *tree;
  uid_t uid; /* owner of everything */
  gid_t gid;
  mode_t umask; /* taken away from 0444 and 0555 */
  struct open_files files;
  struct finished finished;
  atomic_bool direct_maps; /* direct files can be mapped */
  struct promises promises;
  struct revalidate revalidate;
};

static inline struct fs *fs_of(fuse_req_t req)
{
  return fuse_req_userdata(req);
}

#endif
