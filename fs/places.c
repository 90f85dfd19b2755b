#include "fs/places.h"

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"

enum { HANGS_MS = 2000, LOOK_MS = 100 };

void places_init(struct places *self, int most)
{
  *self = (struct places){
      .lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER, .most = most};
  TAILQ_INIT(&self->oldest_first);
}

/* The caller holds the lock. */
static void free_place(struct places *self, struct place_taken *taken)
{
  TAILQ_REMOVE(&self->oldest_first, taken, neighbours);
  taken->held = false;
  self->taken--;
}

bool places_take(struct places *self, struct place_taken *taken)
{
  LOCK_FOR_SCOPE(&self->lock);
  taken->held = false;
  while (self->taken >= self->most) {
    struct place_taken *oldest = TAILQ_FIRST(&self->oldest_first);
    if (clock_ms() - oldest->since > HANGS_MS) {
      free_place(self, oldest);
      continue;
    }
    clock_wait(&self->freed, &self->lock, LOOK_MS);
    if (cancel_requested())
      return false;
  }
  taken->since = clock_ms();
  taken->held = true;
  TAILQ_INSERT_TAIL(&self->oldest_first, taken, neighbours);
  self->taken++;
  return true;
}

void places_leave(struct places *self, struct place_taken *taken)
{
  LOCK_FOR_SCOPE(&self->lock);
  if (!taken->held)
    return;
  free_place(self, taken);
  pthread_cond_signal(&self->freed);
}
