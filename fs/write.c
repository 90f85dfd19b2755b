/* Files that accept writes.  Every write comes to us as it was made (direct_io), for the
 * writer must hear at once that there is no room for more. */
#include "fs/write.h"

#include <errno.h>
#include <fcntl.h>

#include "fs/kernel/attr.h"
#include "fs/reply.h"
#include "fs/request.h"

bool write_wanted(const struct fuse_file_info *info)
{
  return (info->flags & O_ACCMODE) != O_RDONLY || info->flags & O_TRUNC;
}

/* Such a file cannot be read, so not for reading and writing either. */
static int check_mode(const struct fuse_file_info *info, struct err *err)
{
  if ((info->flags & O_ACCMODE) == O_WRONLY)
    return 0;
  return err_set(err, EACCES, "can only be written");
}

void write_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
  struct fs *const fs = fs_of(req);
  struct err err = ERR_INIT;
  struct open_file *const open = open_files_open_write(&fs->files, fs->tree, ino, &err);
  info->fh = (uintptr_t)open;
  info->direct_io = 1;
  info->noflush =
      1; /* a line may go on in another process: it ends with the last close */
  if (!open || check_mode(info, &err))
    reply_error(req, ino, NULL, &err);
  else if (fuse_reply_open(req, info) != -ENOENT)
    return;
  if (open)
    open_files_unref(&fs->files, open);
}

void write_data(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size,
                off_t offset, struct fuse_file_info *info)
{
  const struct open_file *const open = (const struct open_file *)(uintptr_t)info->fh;
  struct err err = ERR_INIT;
  size_t n = 0;
  if (tree_write(open->writer, data, size, offset, &n, &err))
    reply_error(req, ino, NULL, &err);
  else
    fuse_reply_write(req, n);
}

void write_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *unused, int to_set,
                   struct fuse_file_info *info)
{
  const struct fs *const fs = fs_of(req);
  struct request request;
  struct tree_attr attr;
  struct err err = ERR_INIT;
  if (!request_begin(&request, req))
    return;
  const int rc = tree_getattr(fs->tree, ino, &attr, &err);
  if (!request_end(&request))
    return;
  if (rc || (!attr.writable && err_set(&err, EROFS, "read-only")) ||
      (to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID) &&
       err_set(&err, EROFS, "its mode and owner are fixed"))) {
    reply_error(req, ino, NULL, &err);
    return;
  }
  const struct stat st = attr_stat(fs, &attr);
  fuse_reply_attr(req, &st, ATTR_SECONDS);
}
