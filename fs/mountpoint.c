/* Dead mounts.  A daemon that was killed leaves a mount on which every call fails with
 * ENOTCONN.  stat() may not show that, because the kernel answers from its attribute
 * cache for a while; statvfs() always asks the daemon, so it is called only for mounts of
 * our own kind. */
#include "fs/mountpoint.h"

#include <errno.h>
#include <mntent.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* How many dead mounts may lie on top of each other. */
enum { LAYERS_MAX = 16 };

extern char **environ;

static bool is_ours(const struct mntent *mount)
{
  const char *option = hasmntopt(mount, "user_id");
  unsigned id;
  return !strcmp(mount->mnt_type, "fuse.tesserafs") && option &&
         sscanf(option, "user_id=%u", &id) == 1 && id == getuid();
}

/* Returns whether the topmost mount on `path` is a tesserafs of this user. */
static bool ours_is_on(const char *path)
{
  char line[16 * 1024];
  struct mntent mount;
  bool ours = false;
  FILE *mounts = setmntent("/proc/self/mounts", "re");
  if (!mounts)
    return false;
  while (getmntent_r(mounts, &mount, line, sizeof line))
    if (!strcmp(mount.mnt_dir, path))
      ours = is_ours(&mount);
  endmntent(mounts);
  return ours;
}

static bool is_dead(const char *path)
{
  struct statvfs st;
  return statvfs(path, &st) && errno == ENOTCONN;
}

static int run_fusermount(const char *path)
{
  char *const argv[] = {"fusermount3",           "-u", "-z", "-q", "--",
                        (char *)(uintptr_t)path, NULL};
  pid_t pid;
  int status;
  if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ))
    return -1;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return -1;
  return status ? -1 : 0;
}

/* Unmounts lazily, because programs may still hold files of the dead mount. */
static int clear(const char *path, struct err *err)
{
  if (geteuid() == 0 ? umount2(path, MNT_DETACH) : run_fusermount(path))
    return err_set(err, ENOTCONN,
                   "%s: the mount of a killed tesserafs cannot be cleared; try "
                   "fusermount3 -u -z",
                   path);
  return 0;
}

int mountpoint_prepare(const char *path, struct err *err)
{
  struct stat st;
  for (int layer = 0; layer < LAYERS_MAX && ours_is_on(path) && is_dead(path); layer++)
    if (clear(path, err))
      return -1;
  if (stat(path, &st))
    return err_set_errno(err, errno, "%s", path);
  if (!S_ISDIR(st.st_mode))
    return err_set(err, ENOTDIR, "%s: expected a directory to mount on", path);
  return 0;
}
