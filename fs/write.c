/* The callbacks that change the tree.
 *
 * The mount itself is not read-only (some files accept writes), so the kernel asks, and a
 * missing callback would be ENOSYS.  The core decides what may be changed, and answers
 * EROFS for the rest; this file refuses what no directory can take (links, devices,
 * attributes).  Three rules:
 *
 * A write reaches us as it was made (direct_io), because the writer must hear at once
 * that there is no room for more.
 *
 * A request that changes something cannot be interrupted (request.h): it is done, or it
 * fails, and the close of a writer that was killed still has its verdict.
 *
 * The kernel learns of names that came, went or moved only by our reply: it holds locks
 * of the directory for which a notification would wait. */
#include "fs/write.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fs/kernel/attr.h"
#include "fs/reply.h"
#include "fs/request.h"

/* Answers a request that has no result but success or failure. */
static void reply_done(fuse_req_t req, fuse_ino_t ino, const char *name,
                       const struct err *err)
{
  if (err->errnum)
    reply_error(req, ino, name, err);
  else
    fuse_reply_err(req, 0);
}

static void refuse(fuse_req_t req)
{
  fuse_reply_err(req, EROFS);
}

/* --- names ------------------------------------------------------------------------- */

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                      struct fuse_file_info *info)
{
  struct fs *fs = fs_of(req);
  struct tree_attr attr;
  struct tree_writer *writer;
  struct err err = ERR_INIT;
  if (tree_create(fs->tree, parent, name, &attr, &writer, &err)) {
    reply_error(req, parent, name, &err);
    return;
  }
  struct open_file *open = open_files_add(&fs->files, attr.id, NULL, writer, &err);
  const struct fuse_entry_param entry = attr_entry(fs, &attr, ATTR_SECONDS);
  info->fh = (uintptr_t)open;
  info->direct_io = 1;
  if (open && fuse_reply_create(req, &entry, info) != -ENOENT)
    return;
  if (open)
    open_files_unref(&fs->files, open);
  else
    reply_error(req, parent, name, &err);
  tree_forget(fs->tree, attr.id, 1);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
  const struct fs *fs = fs_of(req);
  struct tree_attr attr;
  struct err err = ERR_INIT;
  if (tree_mkdir(fs->tree, parent, name, &attr, &err)) {
    reply_error(req, parent, name, &err);
    return;
  }
  const struct fuse_entry_param entry = attr_entry(fs, &attr, ATTR_SECONDS);
  if (fuse_reply_entry(req, &entry) == -ENOENT)
    tree_forget(fs->tree, attr.id, 1);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
  struct err err = ERR_INIT;
  tree_unlink(fs_of(req)->tree, parent, name, &err);
  reply_done(req, parent, name, &err);
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
  struct err err = ERR_INIT;
  tree_rmdir(fs_of(req)->tree, parent, name, &err);
  reply_done(req, parent, name, &err);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
                      fuse_ino_t to_parent, const char *to_name, unsigned flags)
{
  struct err err = ERR_INIT;
  tree_rename(fs_of(req)->tree, parent, name, to_parent, to_name, flags, &err);
  reply_done(req, parent, name, &err);
}

static void refuse_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                         dev_t rdev)
{
  refuse(req);
}

static void refuse_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
                           const char *name)
{
  refuse(req);
}

static void refuse_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent,
                        const char *name)
{
  refuse(req);
}

/* --- what only the mounter may write ---------------------------------------------------
 */

/* The kernel looks at modes only with default_permissions, so that this is asked here.
 * Root may what the mounter may, as with any file of mode 0200. */
static bool is_mounter(fuse_req_t req)
{
  const struct fs *fs = fs_of(req);
  const uid_t uid = fuse_req_ctx(req)->uid;
  return uid == fs->mounter || uid == fs->uid || uid == 0;
}

static int not_mounter(struct err *err)
{
  return err_set(err, EACCES, "only the user who mounted it may write it");
}

/* --- bytes ------------------------------------------------------------------------- */

bool write_wanted(const struct fuse_file_info *info)
{
  return (info->flags & O_ACCMODE) != O_RDONLY || info->flags & O_TRUNC;
}

void write_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
  struct fs *fs = fs_of(req);
  struct tree_writer *writer;
  struct open_file *open = NULL;
  struct err err = ERR_INIT;
  if (!tree_open_write(fs->tree, ino, &writer, &err))
    open = open_files_add(&fs->files, ino, NULL, writer, &err);
  if (open && tree_writer_owner_only(writer) && !is_mounter(req))
    not_mounter(&err);
  else if (open && (info->flags & O_ACCMODE) != O_WRONLY)
    err_set(&err, EACCES, "can only be written");
  else if (open && info->flags & O_TRUNC)
    tree_truncate(fs->tree, ino, writer, 0, &err);
  info->fh = (uintptr_t)open;
  info->direct_io = 1;
  if (err.errnum)
    reply_error(req, ino, NULL, &err);
  else if (fuse_reply_open(req, info) != -ENOENT)
    return;
  if (open)
    open_files_unref(&fs->files, open);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size,
                     off_t offset, struct fuse_file_info *info)
{
  const struct open_file *open = (const struct open_file *)(uintptr_t)info->fh;
  struct err err = ERR_INIT;
  size_t n = 0;
  if (tree_write(open->writer, data, size, offset, &n, &err))
    reply_error(req, ino, NULL, &err);
  else
    fuse_reply_write(req, n);
}

/* Called at every close of a descriptor, of which an open file may have several.  A file
 * that is open for reading needs no FLUSH and, since kernel 5.16, gets none (noflush). */
static void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
  const struct open_file *open = (const struct open_file *)(uintptr_t)info->fh;
  struct err err = ERR_INIT;
  if (open->writer)
    tree_flush(open->writer, &err);
  reply_done(req, ino, NULL, &err);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int data_only,
                     struct fuse_file_info *info)
{
  const struct open_file *open = (const struct open_file *)(uintptr_t)info->fh;
  struct err err = ERR_INIT;
  if (open->writer)
    tree_fsync(open->writer, data_only, &err);
  reply_done(req, ino, NULL, &err);
}

/* --- attributes -------------------------------------------------------------------- */

/* Setting the times of a file that accepts writes succeeds and does nothing: editors and
 * cp do so. */
static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int to_set,
                       struct fuse_file_info *info)
{
  const struct fs *fs = fs_of(req);
  const struct open_file *open =
      info ? (const struct open_file *)(uintptr_t)info->fh : NULL;
  struct request request;
  struct tree_attr attr;
  struct err err = ERR_INIT;
  const bool fixed =
      to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID);
  if (to_set & FUSE_SET_ATTR_SIZE && !fixed &&
      tree_truncate(fs->tree, ino, open ? open->writer : NULL, st->st_size, &err)) {
    reply_error(req, ino, NULL, &err);
    return;
  }
  if (!request_begin(&request, req, REQUEST_NAMES))
    return;
  const int rc = tree_getattr(fs->tree, ino, &attr, &err);
  if (!request_end(&request))
    return;
  if (!rc && !attr.writable)
    err_set(&err, EROFS, "read-only");
  else if (!rc && fixed)
    err_set(&err, EROFS, "its mode and owner are fixed");
  else if (!rc && attr.owner_only && !is_mounter(req))
    not_mounter(&err);
  if (err.errnum) {
    reply_error(req, ino, NULL, &err);
    return;
  }
  const struct stat now = attr_stat(fs, &attr);
  fuse_reply_attr(req, &now, ATTR_SECONDS);
}

/* Asked only where the kernel does not check modes itself (see add_defaults() in
 * session.c). */
static void op_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
  const struct fs *fs = fs_of(req);
  struct request request;
  struct tree_attr attr = {0};
  struct err err = ERR_INIT;
  if (!request_begin(&request, req, REQUEST_NAMES))
    return;
  const int rc = tree_getattr(fs->tree, ino, &attr, &err);
  if (!request_end(&request))
    return;
  const bool file = attr.type == TREE_FILE;
  if (rc)
    reply_error(req, ino, NULL, &err);
  else if (mask & W_OK && !attr.writable)
    refuse(req);
  else if (mask & W_OK && attr.owner_only && !is_mounter(req))
    fuse_reply_err(req, EACCES);
  else
    fuse_reply_err(req,
                   file && (mask & X_OK || (attr.writable && mask & R_OK)) ? EACCES : 0);
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

void write_fill(struct fuse_lowlevel_ops *ops)
{
  ops->create = op_create;
  ops->mkdir = op_mkdir;
  ops->unlink = op_unlink;
  ops->rmdir = op_rmdir;
  ops->rename = op_rename;
  ops->mknod = refuse_mknod;
  ops->symlink = refuse_symlink;
  ops->link = refuse_link;
  ops->write = op_write;
  ops->flush = op_flush;
  ops->fsync = op_fsync;
  ops->setattr = op_setattr;
  ops->access = op_access;
  ops->setxattr = refuse_setxattr;
  ops->removexattr = refuse_removexattr;
}
