/* A thread that sleeps until the end begins. */
#include "fs/ending.h"

#include <dirent.h>
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/log.h"
#include "core/base/thread.h"
#include "fs/mountpoint.h"

static sem_t begun;
static atomic_bool watched, has_begun;
static atomic_int exit_status;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  const char *path; /* NULL: nothing is mounted */
  int number;       /* of the mount: another may stand there by then */
} mounted;          /* protected by lock */

static void detach(void)
{
  LOCK_FOR_SCOPE(&lock);
  if (mounted.path && mountpoint_number(mounted.path) == mounted.number)
    mountpoint_detach(mounted.path);
}

/* Closes the connections to the kernel and to the HDF5 server.  A thread that not even
 * SIGKILL ends would keep them open, and readers would go on waiting for replies.  Files
 * stay open: closing one may hang as reading does.  Nobody can open anything from then
 * on, so that no thread that still runs writes to a new file by an old number. */
static void close_connections(void)
{
  const struct rlimit none = {0, 0};
  DIR *dir = opendir("/proc/self/fd");
  if (!dir || setrlimit(RLIMIT_NOFILE, &none))
    return;
  for (const struct dirent *entry; (entry = readdir(dir));) {
    char target[64] = "";
    const int fd = atoi(entry->d_name);
    if (fd > STDERR_FILENO && fd != dirfd(dir) &&
        readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1) > 0 &&
        (!strcmp(target, "/dev/fuse") || !strncmp(target, "socket:", 7)))
      close(fd);
  }
}

static void *watch(void *ctx)
{
  struct timespec left = {.tv_sec = ENDING_SECONDS};
  while (sem_wait(&begun))
    ;
  while (nanosleep(&left, &left) && errno == EINTR)
    ;
  log_error("ending without waiting for a source that does not answer");
  log_flush();
  detach();
  close_connections();
  _exit(atomic_load(&exit_status));
}

void ending_watch(void)
{
  pthread_t thread;
  if (!sem_init(&begun, 0, 0) && thread_start(&thread, watch, NULL)) {
    pthread_detach(thread);
    atomic_store(&watched, true);
  }
}

void ending_begin(int status)
{
  if (atomic_load(&watched) && !atomic_exchange(&has_begun, true)) {
    atomic_store(&exit_status, status);
    sem_post(&begun);
  }
}

void ending_mounted(const char *mountpoint)
{
  LOCK_FOR_SCOPE(&lock);
  mounted.path = mountpoint;
  mounted.number = mountpoint_number(mountpoint);
}

void ending_unmounted(void)
{
  LOCK_FOR_SCOPE(&lock);
  mounted.path = NULL;
}
