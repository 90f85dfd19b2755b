/* EROFS, to everybody: the mount itself is not read-only (some files accept writes), so
 * the kernel asks.  A callback that were missing would be ENOSYS.  Opening for writing,
 * truncate, chmod, chown and utimens are in write.c. */
#include "fs/readonly.h"

#include <errno.h>
#include <unistd.h>

#include "fs/reply.h"
#include "fs/request.h"

static void refuse(fuse_req_t req)
{
  fuse_reply_err(req, EROFS);
}

static void refuse_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                         dev_t rdev)
{
  refuse(req);
}

static void refuse_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
  refuse(req);
}

/* unlink, rmdir */
static void refuse_remove(fuse_req_t req, fuse_ino_t parent, const char *name)
{
  refuse(req);
}

static void refuse_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
                           const char *name)
{
  refuse(req);
}

static void refuse_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
                          fuse_ino_t to_parent, const char *to_name, unsigned flags)
{
  refuse(req);
}

static void refuse_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent,
                        const char *name)
{
  refuse(req);
}

static void refuse_create(fuse_req_t req, fuse_ino_t parent, const char *name,
                          mode_t mode, struct fuse_file_info *info)
{
  refuse(req);
}

static void refuse_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
                            const char *value, size_t size, int flags)
{
  refuse(req);
}

static void refuse_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
  refuse(req);
}

/* Asked where the kernel does not look at modes itself (see add_defaults() in
 * session.c). */
static void access_node(fuse_req_t req, fuse_ino_t ino, int mask)
{
  const struct fs *const fs = fs_of(req);
  struct request request;
  struct tree_attr attr = {0};
  struct err err = ERR_INIT;
  if (!request_begin(&request, req))
    return;
  const int rc = tree_getattr(fs->tree, ino, &attr, &err);
  if (!request_end(&request))
    return;
  const bool file = attr.type == TREE_FILE;
  if (rc)
    reply_error(req, ino, NULL, &err);
  else if (mask & W_OK && !attr.writable)
    refuse(req);
  else
    fuse_reply_err(req,
                   (file && mask & X_OK) || (attr.writable && mask & R_OK) ? EACCES : 0);
}

void readonly_fill(struct fuse_lowlevel_ops *ops)
{
  ops->mknod = refuse_mknod;
  ops->mkdir = refuse_mkdir;
  ops->unlink = refuse_remove;
  ops->rmdir = refuse_remove;
  ops->symlink = refuse_symlink;
  ops->rename = refuse_rename;
  ops->link = refuse_link;
  ops->create = refuse_create;
  ops->setxattr = refuse_setxattr;
  ops->removexattr = refuse_removexattr;
  ops->access = access_node;
}
