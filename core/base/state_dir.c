/* From a path to a descriptor of a directory that is ours alone: see state_dir.h. */
#include "core/base/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"

/* Makes a directory of mode 0700.  The umask may have taken even its owner's rights, and
 * then only a descriptor of O_PATH can be had: such a one is changed through /proc. */
static int make_directory(int at, const char *name)
{
  char self[64];
  struct stat st;
  if (mkdirat(at, name, 0700))
    return errno == EEXIST ? 0 : -1;
  int fd CLEANUP_CLOSE = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  if (fd < 0 || fstat(fd, &st))
    return -1;
  return (st.st_mode & 07777) == 0700 ? 0 : chmod(self, 0700);
}

/* Opens one component of a path, and makes it when it is missing; -1 with errno. */
static int step(int at, const char *name, int flags, bool make)
{
  flags |= O_PATH | O_DIRECTORY | O_CLOEXEC;
  const int fd = openat(at, name, flags);
  if (fd >= 0 || errno != ENOENT || !make)
    return fd;
  return make_directory(at, name) ? -1 : openat(at, name, flags | O_NOFOLLOW);
}

/* Opens the directories above the path's last component, whose name is put into name. */
static int walk(const char *path, bool make, char name[NAME_MAX + 1])
{
  int fd = open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (path += strspn(path, "/"); fd >= 0;) {
    const size_t n = strcspn(path, "/");
    const bool last = !path[n + strspn(path + n, "/")];
    if (n > NAME_MAX) {
      close(fd);
      errno = ENAMETOOLONG;
      return -1;
    }
    memcpy(name, path, n);
    name[n] = '\0';
    if (last)
      break;
    path += n + strspn(path + n, "/");
    const int above = fd;
    fd = step(above, name, 0, make);
    const int errnum = errno;
    close(above);
    errno = errnum;
  }
  return fd;
}

/* Refuses a directory that others can change.  owned: it has to be this user's; otherwise
 * it may be root's. */
static int check(int fd, bool owned, struct err *err)
{
  struct stat st;
  if (fstat(fd, &st))
    return err_set_errno(err, errno, "cannot look at it");
  const bool ours = st.st_uid == geteuid();
  if (!ours && (owned || st.st_uid))
    return err_set(err, EPERM, "expected a directory of user %u, found one of user %u",
                   (unsigned)geteuid(), (unsigned)st.st_uid);
  if (st.st_mode & 022 && !(ours && st.st_mode & S_ISVTX))
    return err_set(err, EPERM,
                   "expected a directory that only its owner can write to, found mode "
                   "%04o (chmod go-w would do)",
                   (unsigned)st.st_mode & 07777);
  return 0;
}

/* Opens a directory that may be no link, and refuses one that is not ours. */
static int open_ours(int at, const char *name, bool owned, bool make, struct err *err)
{
  const int fd = step(at, name, O_NOFOLLOW, make);
  if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
    return err_set(err, EPERM, "expected a directory, found a symbolic link or a file");
  if (fd < 0)
    return err_set_errno(err, errno, "cannot open it");
  if (!check(fd, owned, err))
    return fd;
  close(fd);
  return -1;
}

int state_dir_open(const char *state, const char *part, bool make, struct err *err)
{
  char name[NAME_MAX + 1];
  int above CLEANUP_CLOSE = walk(state, make, name);
  if (above < 0)
    return err_set_errno(err, errno, "%s", state);
  int fd CLEANUP_CLOSE = open_ours(above, name, false, make, err);
  if (fd < 0)
    return err_prefix(err, "%s", state);
  int inner CLEANUP_CLOSE = open_ours(fd, part, true, make, err);
  if (inner < 0)
    return err_prefix(err, "%s/%s", state, part);
  const int list = openat(inner, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return list < 0 ? err_set_errno(err, errno, "%s/%s", state, part) : list;
}
