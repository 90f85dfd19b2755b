/* Rooms for large tiles: see resample_room.h. */
#include "core/view/resample_room.h"

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"

enum { WAIT = 2000 /* ms */ };

static struct {
  pthread_mutex_t lock; /* protects all below */
  pthread_cond_t change;
  int taken;
} rooms = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER};

static _Thread_local bool has_room;

int resample_room_take(bool *taken, struct err *err)
{
  const int64_t until = clock_ms() + WAIT;
  *taken = false;
  if (has_room)
    return 0;
  LOCK_FOR_SCOPE(&rooms.lock);
  while (rooms.taken >= RESAMPLE_ROOMS && clock_ms() < until) {
    clock_wait(&rooms.change, &rooms.lock, 50);
    if (cancel_check(err))
      return -1;
  }
  rooms.taken++;
  *taken = has_room = true;
  return 0;
}

void resample_room_give(const bool *taken)
{
  if (!*taken)
    return;
  LOCK_FOR_SCOPE(&rooms.lock);
  rooms.taken--;
  has_room = false;
  pthread_cond_signal(&rooms.change);
}
