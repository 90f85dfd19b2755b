/* What stands on MOUNTPOINT, and the removal of dead mounts.
 *
 * A daemon that was killed leaves a mount on which every call fails.  stat() may not show
 * that, because the kernel answers from its attribute cache for a while; statvfs() always
 * asks the daemon.  It fails with ENOTCONN once the connection has ended, and with
 * ECONNABORTED when the connection ends while the call waits, which is what happens when
 * the daemon has been killed a moment ago.  A daemon that is stopped, or whose threads
 * all wait for a disk, does not answer at all, so another thread calls statvfs() and this
 * one waits for it only so long.
 *
 * Only mounts of our own kind and of our own user are asked, and only dead ones are
 * removed.  The mount that a path leads to is told by its number: /proc/self/mounts also
 * lists mounts that lie below others. */
#include "fs/mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
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

#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/thread.h"

/* A killed daemon with gigabytes of cache on a busy machine takes seconds to end. */
enum { ANSWER_MS = 10 * 1000 };

extern char **environ;

/* --- which mount ------------------------------------------------------------------- */

/* A line of /proc/self/mountinfo. */
struct mount_line {
  int id, parent;
  char root[PATH_MAX], path[PATH_MAX];
  char type[64];
  char source[PATH_MAX];
  long user; /* of a FUSE mount; else -1 */
};

/* Undoes the kernel's octal escapes: "\040" is a space. */
static void unescape(char *text)
{
  char *out = text;
  for (const char *p = text; *p; p++) {
    int c = (unsigned char)*p;
    if (*p == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] && p[3]) {
      c = (p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0');
      p += 3;
    }
    *out++ = (char)c;
  }
  *out = 0;
}

/* Copies the next word; returns what follows it. */
static const char *word(const char *p, char *out, size_t size)
{
  p += strspn(p, " ");
  const size_t length = strcspn(p, " \n");
  snprintf(out, size, "%.*s", (int)length, p);
  unescape(out);
  return p + length;
}

/* "36 35 98:0 /root /path options [tags] - type source superblock-options" */
static bool parse_line(const char *text, struct mount_line *out)
{
  char skipped[PATH_MAX];
  int used = 0;
  const char *tail = strstr(text, " - ");
  if (sscanf(text, "%d %d %*s%n", &out->id, &out->parent, &used) != 2 || !used || !tail)
    return false;
  word(word(text + used, out->root, sizeof out->root), out->path, sizeof out->path);
  tail = word(tail + 3, out->type, sizeof out->type);
  tail = word(tail, out->source, sizeof out->source);
  word(tail, skipped, sizeof skipped);
  const char *user = strstr(skipped, "user_id=");
  out->user = user ? strtol(user + strlen("user_id="), NULL, 10) : -1;
  return true;
}

int mountpoint_number(const char *path)
{
  char name[64], text[512];
  int number = -1;
  int fd CLEANUP_CLOSE = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return -1;
  snprintf(name, sizeof name, "/proc/self/fdinfo/%d", fd);
  FILE *info = fopen(name, "re");
  if (!info)
    return -1;
  while (fgets(text, sizeof text, info))
    sscanf(text, "mnt_id: %d", &number);
  fclose(info);
  return number;
}

/* The mount that stands on a path, and one that stands below it. */
struct standing {
  struct mount_line top;
  char inside[PATH_MAX]; /* where another mount stands within it; "": none does */
};

/* Returns false when nothing is mounted on `path` itself. */
static bool find_standing(const char *path, struct standing *out)
{
  const int number = mountpoint_number(path);
  struct mount_line *line = number < 0 ? NULL : malloc(sizeof *line);
  FILE *mounts = line ? fopen("/proc/self/mountinfo", "re") : NULL;
  char *text CLEANUP_FREE = NULL;
  size_t room = 0;
  bool found = false;
  out->inside[0] = 0;
  while (mounts && getline(&text, &room, mounts) >= 0) {
    if (!parse_line(text, line))
      continue;
    if (line->id == number && !strcmp(line->path, path)) {
      out->top = *line;
      found = true;
    } else if (line->parent == number) {
      snprintf(out->inside, sizeof out->inside, "%s", line->path);
    }
  }
  if (mounts)
    fclose(mounts);
  free(line);
  return found;
}

/* --- whether it lives -------------------------------------------------------------- */

enum life { LIVES, DEAD, SILENT };

/* Shared with the thread that asks, which may outlive its caller. */
struct question {
  pthread_mutex_t lock;
  pthread_cond_t answered;
  bool done;     /* protected by lock */
  int errnum;    /* protected by lock; 0: it answered */
  bool unwanted; /* protected by lock; the asking thread frees the question */
  char path[];
};

static void *ask(void *ctx)
{
  struct question *self = ctx;
  struct statvfs st;
  int rc;
  do
    rc = statvfs(self->path, &st);
  while (rc && errno == EINTR);
  const int errnum = rc ? errno : 0;
  pthread_mutex_lock(&self->lock);
  self->done = true;
  self->errnum = errnum;
  const bool unwanted = self->unwanted;
  pthread_cond_signal(&self->answered);
  pthread_mutex_unlock(&self->lock);
  if (unwanted)
    free(self);
  return NULL;
}

static enum life look_at(const char *path, struct err *err)
{
  pthread_t thread;
  const size_t length = strlen(path) + 1;
  struct question *self = calloc(1, sizeof *self + length);
  if (!self)
    return err_set(err, ENOMEM, "out of memory"), SILENT;
  memcpy(self->path, path, length);
  pthread_mutex_init(&self->lock, NULL);
  clock_cond_init(&self->answered);
  if (!thread_start(&thread, ask, self)) {
    free(self);
    return err_set(err, EAGAIN, "cannot start a thread"), SILENT;
  }
  const int64_t until = clock_ms() + ANSWER_MS;
  pthread_mutex_lock(&self->lock);
  while (!self->done && clock_ms() < until)
    clock_wait(&self->answered, &self->lock, until - clock_ms() + 1);
  const bool done = self->done;
  const int errnum = self->errnum;
  self->unwanted = !done;
  pthread_mutex_unlock(&self->lock);
  if (!done) {
    pthread_detach(thread);
    return SILENT;
  }
  pthread_join(thread, NULL);
  free(self);
  return errnum == ENOTCONN || errnum == ECONNABORTED ? DEAD : LIVES;
}

/* --- clearing ---------------------------------------------------------------------- */

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

int mountpoint_detach(const char *path)
{
  return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) && run_fusermount(path) ? -1 : 0;
}

/* Removes a dead mount, lazily, because programs may still hold files of it.  Another
 * process (that of auto_unmount) may be faster. */
static int clear(const char *path, const struct standing *dead, struct err *err)
{
  if (dead->inside[0])
    return err_set(err, EBUSY,
                   "%s: a killed tesserafs left its mount there, and %s is mounted "
                   "inside; unmount both: umount -l %s",
                   path, dead->inside, path);
  const int rc = mountpoint_detach(path);
  if (mountpoint_number(path) != dead->top.id)
    return 0;
  return err_set(err, ENOTCONN,
                 "%s: the mount of a killed tesserafs cannot be cleared%s; try "
                 "fusermount3 -u -z %s",
                 path, rc ? "" : " (it is still there)", path);
}

/* Returns 1 when a dead mount was removed, 0 when nothing of ours stands there, -1 with
 * *err. */
static int clear_top(const char *path, struct err *err)
{
  struct standing *standing CLEANUP_FREE = malloc(sizeof *standing);
  if (!standing)
    return err_set(err, ENOMEM, "out of memory");
  if (!find_standing(path, standing) || strcmp(standing->top.type, "fuse.tesserafs"))
    return 0;
  const struct mount_line *top = &standing->top;
  if (top->user != (long)getuid())
    return err_set(err, EBUSY,
                   "%s: user %ld has a tesserafs mounted there (of %s); they can unmount "
                   "it: fusermount3 -u %s",
                   path, top->user, top->source, path);
  switch (look_at(path, err)) {
  case DEAD:
    return clear(path, standing, err) ? -1 : 1;
  case LIVES:
    return err_set(err, EBUSY,
                   "%s: a tesserafs is mounted there (of %s); unmount it first: "
                   "fusermount3 -u %s",
                   path, top->source, path);
  case SILENT:
    break;
  }
  return err_set(
      err, EBUSY,
      "%s: a tesserafs is mounted there (of %s) that does not answer; if it is "
      "not wanted any more: fusermount3 -u -z %s",
      path, top->source, path);
}

int mountpoint_prepare(const char *path, struct err *err)
{
  struct stat st;
  int cleared;
  while ((cleared = clear_top(path, err)) > 0)
    ;
  if (cleared < 0)
    return -1;
  if (stat(path, &st))
    return err_set_errno(err, errno, "%s", path);
  if (!S_ISDIR(st.st_mode))
    return err_set(err, ENOTDIR, "%s: expected a directory to mount on", path);
  return 0;
}
