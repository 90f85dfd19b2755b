/* The token of this thread's reader.  It is thread local rather than passed along,
 * because the wish to stop crosses every layer and concerns none of the layers
 * between. */
#include "core/base/cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Thread_local const atomic_bool *token_of_thread;
static _Thread_local pid_t task_of_thread; /* 0: none, or it has ended */
static _Thread_local bool task_ended;
static _Thread_local int64_t next_look; /* ms */
static atomic_bool everything;

void cancel_set(const atomic_bool *token)
{
  token_of_thread = token;
  task_of_thread = 0;
  task_ended = false;
}

static int64_t now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void cancel_watch(pid_t task)
{
  task_of_thread = task;
  next_look = now_ms() + CANCEL_LOOK_MS;
}

static uint64_t signal_set(const char *status, const char *name)
{
  const char *at = strstr(status, name);
  return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

static uint64_t signals(const int *numbers, size_t n)
{
  uint64_t set = 0;
  for (size_t i = 0; i < n; i++)
    set |= UINT64_C(1) << (numbers[i] - 1);
  return set;
}
#define SIGNALS(...)                                                                     \
  signals((const int[]){__VA_ARGS__}, sizeof(int[]){__VA_ARGS__} / sizeof(int))

/* Returns whether a signal is pending that ends the task or asks it to end.  A signal
 * does not count when the task ignores or blocks it, when its default ends nobody, or
 * when the task catches it; except ^C, which a program that catches it wants to hear of
 * soon.  (proc(5): bit 0 is signal 1) */
static bool has_fatal_signal(const char *status)
{
  const uint64_t asks = SIGNALS(SIGINT, SIGTERM, SIGHUP, SIGQUIT);
  const uint64_t harmless =
      SIGNALS(SIGCHLD, SIGURG, SIGWINCH, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU);
  const uint64_t pending = signal_set(status, "SigPnd:") | signal_set(status, "ShdPnd:");
  const uint64_t heeded = ~signal_set(status, "SigIgn:") & ~signal_set(status, "SigBlk:");
  const uint64_t caught = signal_set(status, "SigCgt:");
  return pending & heeded & ~harmless & (~caught | asks);
}

bool cancel_task_ends(pid_t task)
{
  const int before = errno; /* a caller that only asks in passing keeps its errno */
  char path[32], status[4096];
  ssize_t n = 0;
  if (task <= 0)
    return false;
  bool ends = kill(task, 0) && errno == ESRCH;
  snprintf(path, sizeof path, "/proc/%d/status", (int)task);
  const int fd = ends ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    n = read(fd, status, sizeof status - 1);
    close(fd);
  }
  if (n > 0) {
    status[n] = 0;
    ends = has_fatal_signal(status);
  }
  errno = before;
  return ends;
}

static bool task_gone(void)
{
  if (task_of_thread <= 0 || now_ms() < next_look)
    return task_ended;
  next_look = now_ms() + CANCEL_LOOK_MS;
  if (cancel_task_ends(task_of_thread)) {
    task_of_thread = 0;
    task_ended = true;
  }
  return task_ended;
}

void cancel_everything(void)
{
  atomic_store(&everything, true);
}

bool cancel_requested(void)
{
  return atomic_load_explicit(&everything, memory_order_relaxed) ||
         (token_of_thread &&
          atomic_load_explicit(token_of_thread, memory_order_relaxed)) ||
         task_gone();
}

int cancel_check(struct err *err)
{
  if (cancel_requested())
    return err_set(err, EINTR, "the reader went away");
  return 0;
}
