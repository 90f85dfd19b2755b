/* How many requests are at work at the same time.
 *
 * There are more threads than may be at work, because a source that hangs takes the
 * thread of each request that needs it.  A request takes a place before it begins; one
 * that has been at work for very long is taken to wait for a disk, which costs nothing
 * but its thread, and loses its place to whoever waits for one. */
#ifndef TESSERAFS_PLACES_H
#define TESSERAFS_PLACES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* Each class has places of its own: names come at once while many read. */
enum request_class { REQUEST_NAMES, REQUEST_READS, REQUEST_CLASSES };

struct place_taken {
  int64_t since; /* ms */
  bool held;     /* false: it has lost its place, or never had one */
  TAILQ_ENTRY(place_taken) neighbours;
};

struct places {
  pthread_mutex_t lock;
  pthread_cond_t freed;
  int most;
  /* protected by lock */
  int taken;
  TAILQ_HEAD(taken_places, place_taken) oldest_first; /* those that hold one */
};

void places_init(struct places *self, int most);
/* Waits for a place.  Returns false when the reader has gone away meanwhile
 * (cancel_requested()); then there is nothing to leave. */
bool places_take(struct places *self, struct place_taken *taken);
void places_leave(struct places *self, struct place_taken *taken);

#endif
