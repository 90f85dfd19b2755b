/* Threads that all do the same, side by side. */
#ifndef TESSERAFS_THREADS_H
#define TESSERAFS_THREADS_H

#include <pthread.h>
#include <stdint.h>

#include "tests/support/check.h"

struct threads {
  int n;
  pthread_t ids[16];
};

/* work(first), work(first + step), ... on n threads of their own.  step: bytes from one's
 * own to the next one's; 0: all share first; 1 with NULL: each gets its number. */
static inline struct threads threads_start(int n, void *(*work)(void *), void *first,
                                           size_t step)
{
  struct threads threads = {0};
  for (int i = 0; i < n; i++) {
    void *arg = (void *)((uintptr_t)first + (size_t)i * step);
    if (CHECK(i < 16 && !pthread_create(&threads.ids[threads.n], NULL, work, arg)))
      threads.n++;
  }
  return threads;
}

static inline void threads_join(const struct threads *threads)
{
  for (int i = 0; i < threads->n; i++)
    CHECK(!pthread_join(threads->ids[i], NULL));
}

/* The same, and returns when all have done. */
static inline void threads_run(int n, void *(*work)(void *), void *first, size_t step)
{
  const struct threads threads = threads_start(n, work, first, step);
  threads_join(&threads);
}

#endif
