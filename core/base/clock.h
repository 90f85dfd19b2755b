/* Time: monotonic clocks, the order of file times, short waits. */
#ifndef TESSERAFS_CLOCK_H
#define TESSERAFS_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC in ms. */
static inline int64_t clock_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* CLOCK_MONOTONIC in ns. */
static inline int64_t clock_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Returns whether a is later than b. */
static inline bool clock_after(struct timespec a, struct timespec b)
{
  return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* Initialises a condition variable that waits by CLOCK_MONOTONIC. */
static inline void clock_cond_init(pthread_cond_t *cond)
{
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(cond, &monotonic);
  pthread_condattr_destroy(&monotonic);
}

/* Waits until the condition is signalled, but at most `ms`, whichever clock it was
 * initialised with.  The caller holds the mutex. */
static inline void clock_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t ms)
{
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += ms % 1000 * 1000000;
  until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &until);
}

#endif
