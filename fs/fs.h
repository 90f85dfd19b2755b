/* The session's user data, which all callbacks share. */
#ifndef TESSERAFS_FS_H
#define TESSERAFS_FS_H

#ifndef FUSE_USE_VERSION
#define FUSE_USE_VERSION 312
#endif
#include <fuse_lowlevel.h>

#include "core/tree/tree.h"
#include "fs/kernel/finished.h"
#include "fs/kernel/old_names.h"
#include "fs/kernel/promises.h"
#include "fs/kernel/revalidate.h"
#include "fs/open_files.h"
#include "fs/places.h"

/* Immutable while the session runs, except members that have their own lock. */
struct fs {
  struct tree *tree;
  uid_t uid; /* owner of everything */
  uid_t mounter;
  gid_t gid;
  mode_t umask; /* bits removed from 0444 and 0555 */
  struct places places[REQUEST_CLASSES];
  struct open_files files;
  struct finished finished;
  atomic_bool direct_maps; /* the kernel can map direct files */
  struct promises promises;
  struct old_names old_names;
  struct revalidate revalidate;
};

static inline struct fs *fs_of(fuse_req_t req)
{
  return fuse_req_userdata(req);
}

#endif
