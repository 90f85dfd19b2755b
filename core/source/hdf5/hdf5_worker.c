/* The daemon's side: starts the server, sends requests, waits for replies. */
#include "core/source/hdf5/hdf5_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/source/hdf5/child/hdf5_child.h"

enum {
  POLL_MS = 50,
  GRACE_SECONDS = 2,
  MESSAGE_MAX = 500,
  SERVER_FD = 3, /* the socket of a server that is started again */
  TRIES = 3      /* of a request whose server is killed before it is served */
};

static const char server_name[] = "tesserafs-hdf5"; /* argv[0] of a server that is started
                                                     * again */
static bool can_spawn;                              /* set before there are threads */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int server_sock = -1; /* protected by lock; -1: not running */
static pid_t server_pid;     /* protected by lock; 0: never started */

/* --- the server -------------------------------------------------------------------- */

/* /proc/self/task has a sub-directory for each thread, so its link count is 2 +
 * threads. */
static bool has_one_thread(void)
{
  struct stat st;
  return !stat("/proc/self/task", &st) && st.st_nlink == 3;
}

/* Starts this program anew as a server, which a program with threads may do: a fork of it
 * could meet any lock taken, libhdf5's among them.  Returns 0 or an errno. */
static int spawn(int sock, pid_t *pid)
{
  char *const argv[] = {(char *)(uintptr_t)server_name, NULL};
  posix_spawn_file_actions_t actions;
  int errnum = posix_spawn_file_actions_init(&actions);
  if (errnum)
    return errnum;
  errnum = posix_spawn_file_actions_adddup2(&actions, sock, SERVER_FD);
  if (!errnum)
    errnum = posix_spawn(pid, "/proc/self/exe", &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  return errnum;
}

/* The caller holds lock. */
static int start_locked(struct err *err)
{
  if (server_sock >= 0)
    return 0;
  const bool alone = !server_pid || has_one_thread();
  if (!alone && !can_spawn)
    return err_set(err, EIO,
                   "the process that runs libhdf5 (%ld) was killed, and this program "
                   "cannot start it again",
                   (long)server_pid);
  int pair[2], errnum = 0;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
    return err_set_errno(err, errno, "cannot make a socket for the libhdf5 process");
  pid_t pid = 0;
  if (!alone) {
    errnum = spawn(pair[1], &pid);
  } else if ((pid = fork()) == 0) {
    close(pair[0]);
    hdf5_server_run(pair[1]);
  } else if (pid < 0) {
    errnum = errno;
  }
  close(pair[1]);
  if (errnum) {
    close(pair[0]);
    return err_set_errno(err, errnum, "cannot start the libhdf5 process");
  }
  server_sock = pair[0];
  server_pid = pid;
  return 0;
}

void hdf5_worker_main(char **argv)
{
  if (!argv[0] || strcmp(argv[0], server_name))
    can_spawn = true;
  else
    hdf5_server_run(SERVER_FD);
}

int hdf5_worker_start(struct err *err)
{
  LOCK_FOR_SCOPE(&lock);
  return start_locked(err);
}

/* --- a request --------------------------------------------------------------------- */

static int send_locked(const struct hdf5_request *request, int fd)
{
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec data = {(void *)(uintptr_t)request, sizeof *request};
  struct msghdr message = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(head), &fd, sizeof fd);
  ssize_t n;
  do
    n = sendmsg(server_sock, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -1 : 0;
}

/* Takes note that the server is gone; the caller holds lock. */
static void forget_server(void)
{
  close(server_sock);
  server_sock = -1;
  waitpid(server_pid, NULL, WNOHANG);
}

/* Returns whether the server was killed, which is noted.  A reply's pipe may end a moment
 * before the server's socket does. */
static bool server_died(void)
{
  LOCK_FOR_SCOPE(&lock);
  struct pollfd poll_fd = {.fd = server_sock};
  if (server_sock >= 0 && poll(&poll_fd, 1, POLL_MS) > 0 && poll_fd.revents & POLLHUP)
    forget_server();
  return server_sock < 0;
}

/* Sends the request with the writing end of its pipe.  A server that was killed is
 * noticed here, and started again if that is possible. */
static int send_request(const struct hdf5_request *request, int fd, struct err *err)
{
  LOCK_FOR_SCOPE(&lock);
  for (int i = 0; i < 2; i++) {
    if (start_locked(err))
      return err_prefix(err, "%s", request->path);
    if (!send_locked(request, fd))
      return 0;
    if (errno != EPIPE && errno != ECONNRESET && errno != ENOTCONN)
      break;
    forget_server();
  }
  return err_set_errno(err, errno, "%s: cannot reach the libhdf5 process", request->path);
}

static const char *doing(const struct hdf5_request *request)
{
  static const char *const texts[] = {"listing its arrays", "looking for the chunks of ",
                                      "reading "};
  return texts[request->op];
}

static int ended_early(const struct hdf5_request *request, struct err *err)
{
  return err_set(
      err, EIO,
      "%s: libhdf5 crashed (or took longer than %d s, or too much memory) while "
      "%s%s",
      request->path, HDF5_WORKER_SECONDS, doing(request), request->object);
}

/* A reply that is being received. */
struct reply {
  const struct hdf5_request *request;
  int fd;
  int64_t deadline; /* ms */
};

/* Receives exactly `size` bytes of the reply. */
static int receive(const struct reply *reply, void *out, size_t size, struct err *err)
{
  for (size_t done = 0; done < size;) {
    struct pollfd poll_fd = {.fd = reply->fd, .events = POLLIN};
    if (cancel_check(err))
      return -1;
    const int ready = poll(&poll_fd, 1, POLL_MS);
    if (ready <= 0) {
      if (clock_ms() >= reply->deadline)
        return ended_early(reply->request, err);
      continue;
    }
    const ssize_t n = read(reply->fd, (char *)out + done, size - done);
    if (n == 0)
      return ended_early(reply->request, err);
    if (n > 0)
      done += (size_t)n;
    else if (errno != EINTR && errno != EAGAIN)
      return err_set_errno(err, errno, "%s: cannot read the reply of the libhdf5 process",
                           reply->request->path);
  }
  return 0;
}

static int damaged(const struct reply *reply, struct err *err)
{
  return err_set(err, EIO, "%s: the libhdf5 process gave a damaged reply while %s%s",
                 reply->request->path, doing(reply->request), reply->request->object);
}

/* Receives the message that says why the request failed. */
static int receive_error(const struct reply *reply, const struct hdf5_reply_head *head,
                         struct err *err)
{
  char message[MESSAGE_MAX];
  if (head->size == 0 || head->size > sizeof message || head->errnum < 0 ||
      head->errnum > 4095)
    return damaged(reply, err);
  if (receive(reply, message, head->size, err))
    return -1;
  message[head->size - 1] = 0;
  return err_set(err, head->errnum == EINTR ? EIO : head->errnum, "%s", message);
}

/* Sends the request once and receives the head of its reply; reply->fd stays open. */
static int try_once(struct reply *reply, const struct hdf5_request *request,
                    struct hdf5_reply_head *head, struct err *err)
{
  int pair[2];
  if (cancel_check(err))
    return -1;
  if (pipe2(pair, O_CLOEXEC))
    return err_set_errno(err, errno, "%s: cannot make a pipe", request->path);
  *reply = (struct reply){request, pair[0],
                          clock_ms() + (HDF5_WORKER_SECONDS + GRACE_SECONDS) * 1000};
  const int rc = send_request(request, pair[1], err);
  close(pair[1]);
  return rc || receive(reply, head, sizeof *head, err) ? -1 : 0;
}

/* Sends the request and receives the head of its reply; reply->fd stays open.  A server
 * that is killed takes the requests with it that it has not begun to serve, and those are
 * sent again; a file that crashes its own process is not tried again. */
static int begin(struct reply *reply, const struct hdf5_request *request,
                 struct hdf5_reply_head *head, struct err *err)
{
  int tries = 1;
  while (try_once(reply, request, head, err)) {
    if (err->errnum != EIO || !can_spawn || !server_died() || tries++ == TRIES)
      return -1;
    if (reply->fd >= 0)
      close(reply->fd);
    reply->fd = -1;
    *err = (struct err)ERR_INIT;
  }
  if (head->magic != HDF5_MAGIC)
    return damaged(reply, err);
  return head->errnum ? receive_error(reply, head, err) : 0;
}

int hdf5_worker_read(const struct hdf5_request *request, void *out, size_t size,
                     struct err *err)
{
  struct reply reply = {.fd = -1};
  struct hdf5_reply_head head;
  int rc = begin(&reply, request, &head, err);
  int fd CLEANUP_CLOSE = reply.fd;
  if (!rc && head.size != size)
    rc = damaged(&reply, err);
  return rc ? -1 : receive(&reply, out, size, err);
}

/* Receives a walk's payload, which the caller frees. */
static int receive_payload(const struct reply *reply, const struct hdf5_reply_head *head,
                           void **out, size_t *size, struct err *err)
{
  if (head->size > HDF5_WALK_MAX)
    return damaged(reply, err);
  void *data CLEANUP_FREE = malloc(head->size + 1);
  if (!data)
    return err_set(err, ENOMEM, "%s: out of memory", reply->request->path);
  if (receive(reply, data, head->size, err))
    return -1;
  *out = data;
  *size = head->size;
  data = NULL;
  return 0;
}

int hdf5_worker_walk(const struct hdf5_request *request, struct hdf5_walk_reply *out,
                     struct err *err)
{
  struct reply reply = {.fd = -1};
  struct hdf5_reply_head head;
  struct err ignored = ERR_INIT;
  *out = (struct hdf5_walk_reply){0};
  int rc = begin(&reply, request, &head, err);
  int fd CLEANUP_CLOSE = reply.fd;
  if (rc || receive_payload(&reply, &head, &out->arrays, &out->size, err))
    return -1;
  reply.deadline = clock_ms() + HDF5_KNOWN_SECONDS * 1000;
  if (!receive(&reply, &head, sizeof head, &ignored) && head.magic == HDF5_MAGIC &&
      !head.errnum)
    receive_payload(&reply, &head, &out->known, &out->known_size, &ignored);
  return 0;
}
