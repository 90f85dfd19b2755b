/* Each thread takes the next few steps in turn; the caller takes part too, so that all
 * steps are done even when no worker is free.  The shared state lives until the last
 * thread that was asked has seen that no step is left. */
#include "core/base/share.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/base/cleanup.h"

enum { HELPERS = 16 };

struct share {
  share_fn *fn;
  void *ctx;
  int64_t n, most;
  atomic_int_fast64_t next; /* the first step that nobody has taken */
  pthread_mutex_t lock;
  pthread_cond_t finished;
  int64_t done; /* steps; protected by lock */
  int refs;     /* protected by lock */
};

static void unref(struct share *share)
{
  pthread_mutex_lock(&share->lock);
  const int left = --share->refs;
  pthread_mutex_unlock(&share->lock);
  if (left)
    return;
  pthread_cond_destroy(&share->finished);
  pthread_mutex_destroy(&share->lock);
  free(share);
}

static void take_part(struct share *share)
{
  for (;;) {
    const int64_t from = atomic_fetch_add(&share->next, share->most);
    if (from >= share->n)
      return;
    const int64_t to = share->n - from > share->most ? from + share->most : share->n;
    share->fn(share->ctx, from, to);
    LOCK_FOR_SCOPE(&share->lock);
    share->done += to - from;
    if (share->done == share->n)
      pthread_cond_signal(&share->finished);
  }
}

static void run(void *bytes)
{
  struct share *share = *(struct share **)bytes;
  take_part(share);
  unref(share);
}

static void drop(void *bytes)
{
  unref(*(struct share **)bytes);
}

static void invite(struct share *share, struct workers *workers)
{
  static const struct work work = {run, drop};
  for (int i = 0; i < HELPERS && (i + 1) * share->most < share->n; i++) {
    pthread_mutex_lock(&share->lock);
    share->refs++;
    pthread_mutex_unlock(&share->lock);
    if (!workers_submit(workers, WORK_WANTED, &work, &share, sizeof share)) {
      unref(share);
      return;
    }
  }
}

void share_steps(struct workers *workers, int64_t n, int64_t most, share_fn *fn,
                 void *ctx)
{
  if (n <= 0)
    return;
  struct share *share = workers && n > most ? malloc(sizeof *share) : NULL;
  if (!share) {
    fn(ctx, 0, n);
    return;
  }
  *share = (struct share){.fn = fn, .ctx = ctx, .n = n, .most = most, .refs = 1};
  pthread_mutex_init(&share->lock, NULL);
  pthread_cond_init(&share->finished, NULL);
  invite(share, workers);
  take_part(share);
  pthread_mutex_lock(&share->lock);
  while (share->done < n)
    pthread_cond_wait(&share->finished, &share->lock);
  pthread_mutex_unlock(&share->lock);
  unref(share);
}
