/* Threads for work that somebody will want: the other blocks of a read, and what comes
 * next.
 *
 * Two queues: WORK_WANTED is what a reader waits for now, newest first; WORK_AHEAD is
 * done when nothing is wanted, oldest first.  Both are bounded: work that does not fit is
 * refused, which costs speed, never correctness.  Nobody waits for a piece of work here:
 * whoever needs its result asks the cache, and does it himself when no worker has begun
 * it. */
#ifndef TESSERAFS_WORKERS_H
#define TESSERAFS_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

struct workers;

enum work_class { WORK_WANTED, WORK_AHEAD };
enum { WORK_BYTES = 128, WORK_QUEUE = 1024 /* pieces, of each class */ };

/* What is to be done with a copy of the submitted bytes.  Exactly one of the two is
 * called, once. */
struct work {
  void (*run)(void *bytes);
  void (*drop)(void *bytes); /* it will not be done: release what it holds */
};

/* Threads start with the first submit.  NULL: ENOMEM. */
struct workers *workers_new(int threads, struct err *err);
/* Drops what is queued, waits for what is running. */
void workers_free(struct workers *workers);
/* Thread safe.  false: refused, nothing was called and nothing kept. */
bool workers_submit(struct workers *workers, enum work_class class,
                    const struct work *work, const void *bytes, size_t size);
/* Is the calling thread one?  It has no reader that could go away: work without a
 * foreseeable end is not for it. */
bool workers_is_one(void);

#endif
