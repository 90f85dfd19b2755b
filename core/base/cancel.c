/* The token of this thread's reader.  Thread local rather than passed along: the wish to
 * stop crosses every layer, and no layer between may have an opinion on it. */
#include "core/base/cancel.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

static _Thread_local const atomic_bool *token_of_thread;
static _Thread_local pid_t task_of_thread; /* 0: none, or not there any more */
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

static bool task_gone(void)
{
  if (task_of_thread <= 0 || now_ms() < next_look)
    return task_ended;
  next_look = now_ms() + CANCEL_LOOK_MS;
  const int before = errno; /* of whoever only asks in passing */
  if (kill(task_of_thread, 0) && errno == ESRCH) {
    task_of_thread = 0;
    task_ended = true;
  }
  errno = before;
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
