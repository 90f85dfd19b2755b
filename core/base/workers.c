/* The threads and their two queues: a ring each. */
#include "core/base/workers.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/thread.h"

static _Thread_local bool is_one;

bool workers_is_one(void)
{
  return is_one;
}

struct piece {
  struct work work;
  _Alignas(16) char bytes[WORK_BYTES];
};

struct queue {
  size_t first, n;
  struct piece ring[WORK_QUEUE];
};

struct workers {
  int threads;
  pthread_mutex_t lock; /* protects all below */
  pthread_cond_t more;
  bool ending;
  int started;
  struct queue queue[2]; /* by enum work_class */
  pthread_t thread[];
};

struct workers *workers_new(int threads, struct err *err)
{
  struct workers *workers =
      calloc(1, sizeof *workers + (size_t)threads * sizeof(pthread_t));
  if (!workers) {
    err_set(err, ENOMEM, "out of memory for %d threads", threads);
    return NULL;
  }
  workers->threads = threads;
  pthread_mutex_init(&workers->lock, NULL);
  pthread_cond_init(&workers->more, NULL);
  return workers;
}

/* Takes the next piece (lock held).  Of wanted work it is the newest, because the reader
 * does the oldest himself; work ahead is taken in order. */
static bool take(struct workers *workers, struct piece *out)
{
  struct queue *wanted = &workers->queue[WORK_WANTED];
  struct queue *ahead = &workers->queue[WORK_AHEAD];
  if (wanted->n) {
    *out = wanted->ring[(wanted->first + --wanted->n) % WORK_QUEUE];
    return true;
  }
  if (!ahead->n)
    return false;
  *out = ahead->ring[ahead->first];
  ahead->first = (ahead->first + 1) % WORK_QUEUE;
  ahead->n--;
  return true;
}

static void *work_on(void *ctx)
{
  struct workers *workers = ctx;
  struct piece piece;
  is_one = true;
  pthread_mutex_lock(&workers->lock);
  while (!workers->ending) {
    if (!take(workers, &piece)) {
      pthread_cond_wait(&workers->more, &workers->lock);
      continue;
    }
    pthread_mutex_unlock(&workers->lock);
    piece.work.run(piece.bytes);
    pthread_mutex_lock(&workers->lock);
  }
  pthread_mutex_unlock(&workers->lock);
  return NULL;
}

/* Starts one more thread when some are missing (lock held). */
static void start(struct workers *workers)
{
  if (workers->started < workers->threads &&
      thread_start(&workers->thread[workers->started], work_on, workers))
    workers->started++;
}

bool workers_submit(struct workers *workers, enum work_class class,
                    const struct work *work, const void *bytes, size_t size)
{
  assert(size <= WORK_BYTES);
  LOCK_FOR_SCOPE(&workers->lock);
  struct queue *queue = &workers->queue[class];
  start(workers);
  if (workers->ending || !workers->started || queue->n == WORK_QUEUE)
    return false;
  struct piece *piece = &queue->ring[(queue->first + queue->n++) % WORK_QUEUE];
  piece->work = *work;
  memcpy(piece->bytes, bytes, size);
  pthread_cond_signal(&workers->more);
  return true;
}

void workers_free(struct workers *workers)
{
  struct piece piece;
  if (!workers)
    return;
  pthread_mutex_lock(&workers->lock);
  workers->ending = true;
  pthread_cond_broadcast(&workers->more);
  pthread_mutex_unlock(&workers->lock);
  for (int i = 0; i < workers->started; i++)
    pthread_join(workers->thread[i], NULL);
  while (take(workers, &piece))
    piece.work.drop(piece.bytes);
  pthread_cond_destroy(&workers->more);
  pthread_mutex_destroy(&workers->lock);
  free(workers);
}
