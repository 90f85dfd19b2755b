/* Threads that all do the same. */
#ifndef TESSERAFS_THREADS_H
#define TESSERAFS_THREADS_H

#include <pthread.h>
#include <stdint.h>

#include "tests/unit/check.h"

enum { THREADS = 4 };

/* work(0), work(1), ... side by side; returns when all have. */
static inline void threads_run(void *(*work)(void *))
{
  pthread_t threads[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++)
    CHECK(!pthread_create(&threads[i], NULL, work, (void *)i));
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
}

#endif
