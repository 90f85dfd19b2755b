/* The FUSE callbacks.
 *
 * Every call that may read a source stands between request_begin() and request_end(), so
 * that a reader that is being ended gets EINTR at once.  When the kernel no longer wants
 * a result (it has its EINTR, or the reply failed with ENOENT), the callback gives it
 * back: it forgets the node, or closes the file.
 *
 * Not here: opendir (a listing has no state), and the callbacks that write or might
 * (write.c). */
#include "fs/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "core/base/cleanup.h"
#include "fs/dirbuf.h"
#include "fs/kernel/attr.h"
#include "fs/kernel/serve_mode.h"
#include "fs/read_buffer.h"
#include "fs/reply.h"
#include "fs/request.h"
#include "fs/write.h"
#include "fs/xattr.h"

/* Lets the kernel remember that the name does not exist. */
static void reply_lookup_error(fuse_req_t req, fuse_ino_t parent, const char *name,
                               const struct err *err)
{
  const struct fuse_entry_param none = {.ino = 0, .entry_timeout = ATTR_SECONDS};
  if (err->errnum == ENOENT)
    fuse_reply_entry(req, &none);
  else
    reply_error(req, parent, name, err);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
  struct fs *fs = fs_of(req);
  struct request request;
  struct tree_attr attr;
  struct err err = ERR_INIT;
  if (!request_begin(&request, req, REQUEST_NAMES))
    return;
  const uint64_t changes = tree_changes(fs->tree);
  const int rc = tree_lookup(fs->tree, parent, name, &attr, &err);
  const bool ours = request_end(&request);
  if (rc && ours)
    reply_lookup_error(req, parent, name, &err);
  if (rc)
    return;
  const struct fuse_entry_param entry =
      attr_entry(fs, &attr, promises_make(&fs->promises, &attr, changes));
  if (!ours || fuse_reply_entry(req, &entry) == -ENOENT)
    tree_forget(fs->tree, attr.id, 1);
  old_names_notice(&fs->old_names);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
  tree_forget(fs_of(req)->tree, ino, n);
  fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count,
                            struct fuse_forget_data *forgets)
{
  for (size_t i = 0; i < count; i++)
    tree_forget(fs_of(req)->tree, forgets[i].ino, forgets[i].nlookup);
  fuse_reply_none(req);
}

/* fstat() of an open file shows the state at its open: a status file has the size of its
 * copy, and a file whose source has changed is gone.  The kernel asks before a read, too,
 * and would otherwise take the new size for the end of the old file. */
static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
  struct fs *fs = fs_of(req);
  struct open_file *open =
      info ? open_files_ref((struct open_file *)(uintptr_t)info->fh) : NULL;
  struct request request;
  struct tree_attr attr = {0};
  struct err err = ERR_INIT;
  if (request_begin(&request, req, REQUEST_NAMES)) {
    int rc = tree_getattr(fs->tree, ino, &attr, &err);
    if (!rc && open && open->file) {
      if (attr.volatile_size)
        attr.size = tree_file_size(open->file);
      rc = tree_file_check(open->file, &err);
    }
    const bool ours = request_end(&request);
    const struct stat st = attr_stat(fs, &attr);
    if (ours && rc)
      reply_error(req, ino, NULL, &err);
    else if (ours)
      fuse_reply_attr(req, &st, attr.volatile_size ? 0 : ATTR_SECONDS);
  }
  if (open)
    open_files_unref(&fs->files, open);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
  char target[PATH_MAX];
  struct err err = ERR_INIT;
  if (tree_readlink(fs_of(req)->tree, ino, target, sizeof target, &err))
    reply_error(req, ino, NULL, &err);
  else
    fuse_reply_readlink(req, target);
}

/* Opens the file and tells the kernel how to cache it.  The pages of earlier opens stay:
 * the kernel itself drops them when an attribute reply shows another mtime or size
 * (AUTO_INVAL_DATA).  A status file's content is that at its open, so it is never
 * cached. */
static struct open_file *open_file(fuse_req_t req, fuse_ino_t ino,
                                   struct fuse_file_info *info, struct err *err)
{
  struct fs *fs = fs_of(req);
  struct tree_file *file;
  if (tree_open(fs->tree, ino, &file, err))
    return NULL;
  if (revalidate_wanted(&fs->revalidate, file, fuse_req_ctx(req)->pid)) {
    tree_close(file);
    err_set(err, ESTALE, "changed a moment ago");
    return NULL;
  }
  const struct serve_facts facts = {
      .frozen = tree_file_frozen(file),
      .in_bulk = tree_file_in_bulk(file),
      .direct_maps = atomic_load(&fs->direct_maps),
      .finished = finished_has(&fs->finished, ino),
      .size = tree_file_size(file),
  };
  struct open_file *open = open_files_add(&fs->files, ino, file, NULL, err);
  info->fh = (uintptr_t)open;
  info->direct_io = serve_directly(&facts);
  info->keep_cache = !facts.frozen;
  info->noflush = 1; /* nothing is written, so closing needs no FLUSH */
  return open;
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
  struct fs *fs = fs_of(req);
  struct request request;
  struct err err = ERR_INIT;
  if (write_wanted(info)) {
    write_open(req, ino, info);
    return;
  }
  if (!request_begin(&request, req, REQUEST_NAMES))
    return;
  struct open_file *open = open_file(req, ino, info, &err);
  const bool ours = request_end(&request);
  if (!open && ours)
    reply_error(req, ino, NULL, &err);
  else if (open && (!ours || fuse_reply_open(req, info) == -ENOENT))
    open_files_unref(&fs->files, open);
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
  open_files_unref(&fs_of(req)->files, (struct open_file *)(uintptr_t)info->fh);
  fuse_reply_err(req, 0);
}

static void count_read(struct fs *fs, fuse_ino_t ino, struct open_file *open, size_t n)
{
  const size_t read = atomic_fetch_add(&open->read, n) + n;
  if ((int64_t)read >= tree_file_size(open->file))
    finished_add(&fs->finished, ino);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                    struct fuse_file_info *info)
{
  struct fs *fs = fs_of(req);
  struct open_file *open = open_files_ref((struct open_file *)(uintptr_t)info->fh);
  struct request request;
  struct err err = ERR_INIT;
  size_t n = 0;
  if (!open->file) {
    err_set(&err, EBADF, "can only be written");
    reply_error(req, ino, NULL, &err);
  } else if (request_begin(&request, req, REQUEST_READS)) {
    char *buf = read_buffer(size, &err);
    if (buf)
      tree_pread(open->file, buf, size, offset, &n, &err);
    const bool ours = request_end(&request);
    count_read(fs, ino, open, n);
    if (ours && err.errnum)
      reply_error(req, ino, NULL, &err);
    else if (ours)
      fuse_reply_buf(req, buf, n);
  }
  open_files_unref(&fs->files, open);
}

static void list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, bool plus)
{
  struct fs *fs = fs_of(req);
  struct request request;
  struct dirbuf buf;
  struct err err = ERR_INIT;
  if (!request_begin(&request, req, REQUEST_NAMES))
    return;
  int rc = dirbuf_init(&buf, req, ino, size, plus, &err);
  if (!rc)
    rc = dirbuf_fill(&buf, offset, &err);
  const bool ours = request_end(&request);
  if (rc && ours)
    reply_error(req, ino, NULL, &err);
  if (rc || !ours || fuse_reply_buf(req, buf.data, buf.used) == -ENOENT)
    dirbuf_forget(&buf);
  dirbuf_free(&buf);
  old_names_notice(&fs->old_names);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                       struct fuse_file_info *info)
{
  list(req, ino, size, offset, false);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                           struct fuse_file_info *info)
{
  list(req, ino, size, offset, true);
}

/* The mount takes no space on a disk. */
static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
  const struct statvfs st = {
      .f_bsize = ATTR_BLKSIZE, .f_frsize = 512, .f_namemax = TREE_NAME_MAX};
  fuse_reply_statfs(req, &st);
}

struct fuse_lowlevel_ops ops_table(bool xattr)
{
  struct fuse_lowlevel_ops ops = {
      .lookup = op_lookup,
      .forget = op_forget,
      .forget_multi = op_forget_multi,
      .getattr = op_getattr,
      .readlink = op_readlink,
      .open = op_open,
      .release = op_release,
      .read = op_read,
      .readdir = op_readdir,
      .readdirplus = op_readdirplus,
      .statfs = op_statfs,
      .getxattr = xattr ? xattr_get : NULL,
      .listxattr = xattr ? xattr_list : NULL,
  };
  write_fill(&ops);
  return ops;
}
