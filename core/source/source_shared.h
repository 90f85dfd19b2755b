/* The sources that are open now, by path: whoever opens a file that is open already gets
 * the same source, with its one description and its descriptors.  An HDF5 file may hold
 * ten thousand arrays, each of which is opened as a field of its own.
 *
 * Only one thread opens a path at a time; others that want the same content wait for it.
 * A failure leaves no entry, and the threads that waited for it get its error. */
#ifndef TESSERAFS_SOURCE_SHARED_H
#define TESSERAFS_SOURCE_SHARED_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/base/err.h"

struct source;
struct source_flight; /* a file that one thread opens */

/* The SHARED_KEPT last used sources with large descriptions are kept after their last
 * user, because it took long to read them. */
enum { SHARED_KEPT = 16, SHARED_BUCKETS = 4096 };

LIST_HEAD(source_chain, source);
LIST_HEAD(source_flights, source_flight);
TAILQ_HEAD(source_kept, source);

struct source_shared {
  pthread_mutex_t lock;
  pthread_cond_t landed; /* some flight ended */
  /* protected by lock */
  struct source_chain by_path[SHARED_BUCKETS];
  struct source_flights flights;
  struct source_kept kept; /* most recently used first; referenced */
  int nkept;
};

void source_shared_init(struct source_shared *self);
void source_shared_free(struct source_shared *self); /* nothing may be kept */

/* Finds the open source of the path and content (source_print()), referenced; or begins
 * this thread's flight (*ours).  Both are NULL when another thread has just opened the
 * path: look again.  -1: that thread's error; EINTR when this thread's reader is gone. */
int source_shared_find(struct source_shared *self, const char *path, uint64_t print,
                       struct source **out, struct source_flight **ours, struct err *err);
/* Ends this thread's flight: with a source, which is entered, or (NULL) with *why. */
void source_shared_land(struct source_shared *self, struct source_flight *flight,
                        struct source *source, const struct err *why);
/* Keeps a source as the last used one, and takes over one reference to it.  Returns a
 * source whose reference the caller gives back (this one, if it was kept already; one
 * that is no longer kept), or NULL. */
struct source *source_shared_keep(struct source_shared *self, struct source *source);
/* Stops keeping the source that was not used for longest, or is stale; returns it with
 * the reference, or NULL. */
struct source *source_shared_unkeep(struct source_shared *self);
/* Takes out a source that has no references left. */
void source_shared_forget(struct source_shared *self, struct source *source);

#endif
