/* Cleanup by attribute: buffers, descriptors and locks that live as long as their
 * scope. */
#ifndef TESSERAFS_CLEANUP_H
#define TESSERAFS_CLEANUP_H

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *ptr)
{
  free(*(void **)ptr);
}

static inline void cleanup_close(int *fd)
{
  if (*fd >= 0)
    close(*fd);
}

static inline void cleanup_unlock(pthread_mutex_t **lock)
{
  pthread_mutex_unlock(*lock);
}

#define CLEANUP_FREE __attribute__((cleanup(cleanup_free)))
#define CLEANUP_CLOSE __attribute__((cleanup(cleanup_close), unused))

/* Holds the mutex until the end of the enclosing scope. */
#define LOCK_SCOPE_NAME2(line) lock_scope_##line
#define LOCK_SCOPE_NAME(line) LOCK_SCOPE_NAME2(line)
#define LOCK_FOR_SCOPE(mutex)                                                            \
  __attribute__((cleanup(cleanup_unlock), unused))                                       \
  pthread_mutex_t *LOCK_SCOPE_NAME(__LINE__) = (mutex);                                  \
  pthread_mutex_lock(mutex)

#endif
