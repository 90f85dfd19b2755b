/* Starts threads that receive no signals, because signals are for the thread that owns
 * the session. */
#ifndef TESSERAFS_THREAD_H
#define TESSERAFS_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* pthread_create() with all signals blocked.  Returns false when no thread was
 * started. */
static inline bool thread_start(pthread_t *thread, void *(*run)(void *), void *ctx)
{
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const bool started = !pthread_create(thread, NULL, run, ctx);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

#endif
