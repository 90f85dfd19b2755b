/* Two ways beneath a directory: see beneath.h.  The kernel refuses every absolute link
 * (RESOLVE_BENEATH), also one that leads back; then, and where there is no openat2
 * (before Linux 5.6, or forbidden in a container), realpath() says which path is meant,
 * and that path is opened without following any link. */
#include "core/base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/cleanup.h"

enum { TRIES = 4 /* of a path whose directories are being renamed */ };

/* What of an absolute path stands below root ("." for root itself); NULL: it does not. */
static const char *below(const char *root, const char *path)
{
  size_t n = strlen(root);
  while (n && root[n - 1] == '/')
    n--;
  if (strncmp(path, root, n) != 0 || (path[n] && path[n] != '/'))
    return NULL;
  path += n + strspn(path + n, "/");
  return *path ? path : ".";
}

/* *known is cleared when the system has no openat2(). */
static int open_at(int dir, const char *path, int flags, uint64_t resolve, bool *known)
{
  struct open_how how = {.flags = (uint64_t)flags, .resolve = resolve};
  long fd = -1;
  for (int i = 0; i < TRIES && fd < 0; i++) {
    fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd < 0 && errno != EAGAIN && errno != EINTR)
      break;
  }
  *known = fd >= 0 || (errno != ENOSYS && errno != EPERM);
  return (int)fd;
}

/* Opens a path without links and dots, one component after the other. */
static int step_down(int dir, const char *path, int flags)
{
  char name[NAME_MAX + 1];
  int at = dir, fd = -1;
  for (;;) {
    const size_t n = strcspn(path, "/");
    const bool last = !path[n];
    if (n > NAME_MAX) {
      errno = ENAMETOOLONG;
      fd = -1;
    } else {
      memcpy(name, path, n);
      name[n] = '\0';
      fd = openat(at, name,
                  O_NOFOLLOW | (last ? flags : O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    const int errnum = errno;
    if (at != dir)
      close(at);
    errno = errnum;
    if (fd < 0 || last)
      return fd;
    at = fd;
    path += n + 1;
  }
}

/* Opens what the path means now, if that is beneath root. */
static int open_real(int dir, const char *root, const char *path, int flags)
{
  for (int i = 0; i < TRIES; i++) {
    char *real CLEANUP_FREE = realpath(path, NULL);
    const char *rest = real ? below(root, real) : NULL;
    if (!real)
      return -1;
    if (!rest)
      break;
    bool known;
    int fd = open_at(dir, rest, flags, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, &known);
    if (!known)
      fd = step_down(dir, rest, flags);
    if (fd >= 0 || errno != ELOOP)
      return fd; /* ELOOP: a link was put there meanwhile */
  }
  errno = EXDEV;
  return -1;
}

int beneath_open(const char *root, const char *path, int flags)
{
  bool known;
  if (!root)
    return open(path, flags);
  int dir CLEANUP_CLOSE = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0)
    return -1;
  const char *rest = below(root, path);
  if (rest) {
    const int fd =
        open_at(dir, rest, flags, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS, &known);
    if (fd >= 0 || (known && errno != EXDEV))
      return fd;
  }
  return open_real(dir, root, path, flags);
}

int beneath_stat(const char *root, const char *path, struct stat *st)
{
  if (!root)
    return stat(path, st);
  int fd CLEANUP_CLOSE = beneath_open(root, path, O_PATH | O_CLOEXEC);
  return fd < 0 ? -1 : fstat(fd, st);
}
