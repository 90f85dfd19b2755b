/* The server that forks a child for each request.  It holds no file, no memory to speak
 * of and no directory of the user's; it only waits for its socket. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/source/hdf5/child/hdf5_child.h"
#include "core/source/hdf5/child/hdf5_lib.h"

/* The socket becomes descriptor 3; 0 to 2 are /dev/null; nothing else stays open, so that
 * the mount's own descriptors end with the daemon. */
static int keep_only(int sock)
{
  if (dup2(sock, 3) < 0)
    return -1;
  const int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++)
    if (null < 0 || dup2(null, fd) < 0)
      return -1;
  return close_range(4, ~0u, 0);
}

/* Not of the daemon's session: a Ctrl-C there ends the daemon, whose end ends the server.
 */
static void settle(void)
{
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGCHLD, SIG_IGN); /* children leave no zombies */
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  setsid();
  prctl(PR_SET_NAME, "tesserafs-hdf5");
}

/* A request and its reply pipe.  1, 0 at the end of the daemon, -1 for what is no
 * request. */
static int receive(int sock, struct hdf5_request *request, int *fd)
{
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  struct iovec data = {request, sizeof(*request)};
  struct msghdr message = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof(control)};
  const ssize_t n = recvmsg(sock, &message, MSG_CMSG_CLOEXEC);
  if (n == 0 || (n < 0 && errno != EINTR))
    return 0;
  const struct cmsghdr *head = n < 0 ? NULL : CMSG_FIRSTHDR(&message);
  if (!head || head->cmsg_type != SCM_RIGHTS)
    return -1;
  memcpy(fd, CMSG_DATA(head), sizeof(*fd));
  return 1;
}

static void serve(int sock, const struct hdf5_request *request, int fd)
{
  const pid_t pid = fork();
  if (pid == 0) {
    close(sock);
    hdf5_child_run(request, fd);
  }
  if (pid < 0) {
    char why[200];
    const int errnum = errno;
    snprintf(why, sizeof(why), "cannot start a process for libhdf5: %s",
             strerror(errnum));
    hdf5_reply(fd, errnum, why, strlen(why) + 1);
  }
  close(fd);
}

void hdf5_server_run(int sock)
{
  static struct hdf5_request request;
  if (keep_only(sock) || chdir("/"))
    _exit(1);
  settle();
  hdf5_lib_prepare(); /* once: each child inherits it */
  for (;;) {
    int fd;
    const int got = receive(3, &request, &fd);
    if (got == 0)
      _exit(0);
    if (got > 0)
      serve(3, &request, fd);
  }
}
