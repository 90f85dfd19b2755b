/* The process that calls libhdf5: what the daemon sees when it crashes, hangs, is killed
 * or is no longer wanted, and that it ends with the daemon.  A FIFO stands for a file
 * that libhdf5 hangs on: opening it waits for a writer that never comes. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "core/base/cancel.h"
#include "core/source/hdf5/hdf5_worker.h"
#include "tests/support/source_check.h"

static void pause_ms(long ms)
{
  const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&time, NULL);
}

static int64_t now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The parent of a process, by /proc; 0: it is gone. */
static pid_t parent_of(pid_t pid)
{
  char path[64], state = 'Z';
  int parent = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE *f = fopen(path, "r");
  if (!f || fscanf(f, "%*d (%*[^)]) %c %d", &state, &parent) != 2 || state == 'Z')
    parent = 0;
  if (f)
    fclose(f);
  return parent;
}

/* Some child of `parent`, waited for up to a second; 0: none. */
static pid_t child_of(pid_t parent)
{
  for (int tries = 0; tries < 100; tries++) {
    DIR *dir = opendir("/proc");
    pid_t found = 0;
    for (struct dirent *e; !found && (e = readdir(dir));)
      if (atoi(e->d_name) > 0 && parent_of(atoi(e->d_name)) == parent)
        found = atoi(e->d_name);
    closedir(dir);
    if (found)
      return found;
    pause_ms(10);
  }
  return 0;
}

static bool ends_within(pid_t pid, int64_t ms)
{
  const int64_t until = now_ms() + ms;
  while (parent_of(pid) && now_ms() < until)
    pause_ms(5);
  return parent_of(pid) == 0;
}

/* One request on a thread of its own. */
struct call {
  struct hdf5_request request;
  const atomic_bool *token;
  struct err err;
  int rc;
  struct hdf5_walk_reply out;
  pthread_t thread;
};

static void *run_call(void *arg)
{
  struct call *call = arg;
  cancel_set(call->token);
  call->rc = hdf5_worker_walk(&call->request, &call->out, &call->err);
  return NULL;
}

static struct call *start_call(const char *name, const atomic_bool *token)
{
  struct call *call = calloc(1, sizeof *call);
  call->request.op = HDF5_WALK;
  call->request.most = HDF5_WALK_MAX;
  call->token = token;
  snprintf(call->request.path, sizeof call->request.path, "%s/%s", check_dir, name);
  pthread_create(&call->thread, NULL, run_call, call);
  return call;
}

static void end_call(struct call *call)
{
  free(call->out.arrays);
  free(call->out.known);
  free(call);
}

static void a_crash_is_an_error(pid_t server)
{
  struct call *call = start_call("fifo", NULL);
  const pid_t child = child_of(server);
  CHECK(child && !kill(child, SIGSEGV));
  pthread_join(call->thread, NULL);
  CHECK(call->rc == -1 && call->err.errnum == EIO);
  CHECK(strstr(call->err.msg, "/fifo: libhdf5 crashed") != NULL);
  end_call(call);
}

static void nobody_waits_for_a_reader_that_is_gone(pid_t server)
{
  atomic_bool gone = false;
  struct call *call = start_call("fifo", &gone);
  const pid_t child = child_of(server);
  const int64_t start = now_ms();
  atomic_store(&gone, true);
  pthread_join(call->thread, NULL);
  CHECK(call->rc == -1 && call->err.errnum == EINTR);
  CHECK(now_ms() - start < 1000);
  CHECK(child && ends_within(child, 1000)); /* nor does it go on */
  end_call(call);
}

static void calls_run_side_by_side(void)
{
  enum { CALLS = 8 };
  struct call *calls[CALLS];
  for (int i = 0; i < CALLS; i++)
    calls[i] = start_call("good.h5", NULL);
  for (int i = 0; i < CALLS; i++) {
    pthread_join(calls[i]->thread, NULL);
    CHECK(calls[i]->rc == 0 && calls[i]->out.size == calls[0]->out.size);
  }
  for (int i = 0; i < CALLS; i++)
    end_call(calls[i]);
}

static void a_reply_of_another_size_is_refused(void)
{
  struct call *call = start_call("good.h5", NULL);
  pthread_join(call->thread, NULL);
  char out[4];
  CHECK(hdf5_worker_read(&call->request, out, sizeof out, &call->err) == -1);
  CHECK(call->err.errnum == EIO && strstr(call->err.msg, "damaged reply"));
  end_call(call);
}

static void errors_of_libhdf5_come_through(void)
{
  struct call *call = start_call("text.h5", NULL);
  pthread_join(call->thread, NULL);
  CHECK(call->rc == -1 && call->err.errnum == EIO);
  CHECK(strstr(call->err.msg, "/text.h5: file signature not found") != NULL);
  end_call(call);
}

/* Ten seconds, of which the other tests use some. */
static void a_hang_ends(struct call *call, int64_t start)
{
  pthread_join(call->thread, NULL);
  const int64_t took = now_ms() - start;
  CHECK(call->rc == -1 && call->err.errnum == EIO);
  CHECK(strstr(call->err.msg, "took longer than 10 s") != NULL);
  CHECK(took > 9000 && took < 13000);
  end_call(call);
}

/* The next request starts it again, with threads or without: each server is killed. */
static void a_killed_server_is_started_again(pid_t server)
{
  for (int i = 0; i < 3; i++) {
    CHECK(!kill(server, SIGKILL));
    CHECK(ends_within(server, 1000));
    struct call *call = start_call("good.h5", NULL);
    pthread_join(call->thread, NULL);
    CHECK(call->rc == 0);
    end_call(call);
    server = child_of(getpid());
    CHECK(server != 0);
  }
}

/* A request that a stopped server has not begun to serve is sent again to the next one.
 */
static void a_request_survives_its_server(void)
{
  const pid_t server = child_of(getpid());
  CHECK(server && !kill(server, SIGSTOP));
  struct call *call = start_call("good.h5", NULL);
  pause_ms(200);
  CHECK(!kill(server, SIGKILL));
  pthread_join(call->thread, NULL);
  CHECK(call->rc == 0);
  end_call(call);
}

/* The server of a process that is killed ends too. */
static void the_server_ends_with_the_daemon(void)
{
  const pid_t daemon = fork();
  if (daemon == 0) {
    struct err err = ERR_INIT;
    hdf5_worker_start(&err);
    for (;;)
      pause();
  }
  const pid_t server = child_of(daemon);
  pause_ms(50);
  CHECK(server && !kill(daemon, SIGKILL));
  CHECK(waitpid(daemon, NULL, 0) == daemon);
  CHECK(ends_within(server, 2000));
}

static void the_server_outlives_signals_to_the_terminal(pid_t server)
{
  kill(server, SIGINT);
  kill(server, SIGTERM);
  kill(server, SIGHUP);
  calls_run_side_by_side();
}

int main(int argc, char **argv)
{
  struct err err = ERR_INIT;
  hdf5_worker_main(argv);
  the_server_ends_with_the_daemon();
  CHECK(!hdf5_worker_start(&err));
  const pid_t server = child_of(getpid());
  check_dir_make();
  CHECK(!mkfifo("fifo", 0600) && !mkfifo("slow", 0600));
  CHECK(check_python("import h5py\n"
                     "h5py.File('good.h5', 'w')['a'] = np.arange(3)\n"
                     "open('text.h5', 'w').write('no HDF5 ' * 100)\n"));
  a_crash_is_an_error(server);
  nobody_waits_for_a_reader_that_is_gone(server);
  const int64_t start = now_ms();
  struct call *slow = start_call("slow", NULL);
  calls_run_side_by_side();
  a_reply_of_another_size_is_refused();
  errors_of_libhdf5_come_through();
  the_server_outlives_signals_to_the_terminal(server);
  a_hang_ends(slow, start);
  a_killed_server_is_started_again(server);
  a_request_survives_its_server();
  return check_report("test_hdf5_worker");
}
