/* A fork, and a pipe: one byte on it means "ready", its end without a byte means
 * "failed". */
#include "fs/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/log.h"
#include "fs/exit_status.h"

/* Returns the exit status for a child that ended without having been ready. */
static int status_of(pid_t pid)
{
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return EXIT_CANNOT_MOUNT;
  if (WIFSIGNALED(status)) {
    log_error("killed by signal %d before the mount was ready", WTERMSIG(status));
    return EXIT_CANNOT_MOUNT;
  }
  return WEXITSTATUS(status);
}

static _Noreturn void wait_for_child(int fd, pid_t pid)
{
  char byte;
  ssize_t n;
  do
    n = read(fd, &byte, 1);
  while (n < 0 && errno == EINTR);
  _exit(n == 1 ? EXIT_SUCCESS : status_of(pid));
}

int daemon_start(struct daemon *daemon, struct err *err)
{
  int pair[2];
  if (pipe2(pair, O_CLOEXEC))
    return err_set_errno(err, errno, "cannot make a pipe");
  const pid_t parent = getpid(), pid = fork();
  if (pid < 0) {
    close(pair[0]);
    close(pair[1]);
    return err_set_errno(err, errno, "cannot go to the background");
  }
  close(pair[pid ? 1 : 0]);
  if (pid)
    wait_for_child(pair[0], pid);
  /* a signal to the waiting parent (kill, timeout) is meant for the child too */
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent)
    _exit(EXIT_CANNOT_MOUNT);
  daemon->ready_fd = pair[1];
  return 0;
}

/* Changes to "/", so that no other mount is kept busy, and lets the caller's terminal and
 * pipes go. */
static void leave(void)
{
  int null CLEANUP_CLOSE = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; fd++)
    if (null >= 0)
      dup2(null, fd);
  setsid();
  if (chdir("/"))
    log_error("cannot change to /");
}

void daemon_ready(struct daemon *daemon)
{
  if (daemon->ready_fd < 0)
    return;
  prctl(PR_SET_PDEATHSIG, 0); /* the death signal is set for this thread, not for the
                               * process */
  log_to_syslog(true);
  leave();
  const ssize_t written = write(daemon->ready_fd, "", 1);
  (void)written; /* a parent that is gone needs no answer */
  close(daemon->ready_fd);
  daemon->ready_fd = -1;
}
