/* Replies errors, and decides which of them are logged. */
#include "fs/reply.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/base/log.h"

/* Returns whether programs cause this error all day long; other errors are logged, for a
 * person to read. */
static bool everyday(int errnum)
{
  static const int errnums[] = {ENOENT,       EINTR,      EROFS,     ESTALE,
                                ENODATA,      ENOTDIR,    EISDIR,    EEXIST,
                                ENAMETOOLONG, EOPNOTSUPP, ENOTEMPTY, EACCES};
  for (size_t i = 0; i < sizeof errnums / sizeof *errnums; i++)
    if (errnum == errnums[i])
      return true;
  return false;
}

static void log_it(struct tree *tree, uint64_t id, const char *name,
                   const struct err *err)
{
  char path[PATH_MAX];
  tree_path(tree, id, path, sizeof path);
  const size_t len = strlen(path);
  if (name)
    snprintf(path + len, sizeof path - len, "%s%s",
             len && path[len - 1] != '/' ? "/" : "", name);
  log_err(err, path[0] ? path : "/");
}

void reply_error(fuse_req_t req, fuse_ino_t ino, const char *name, const struct err *err)
{
  const struct fs *fs = fs_of(req);
  const int errnum = err->errnum ? err->errnum : EIO;
  if (!everyday(errnum))
    log_it(fs->tree, ino, name, err);
  fuse_reply_err(req, errnum);
}
