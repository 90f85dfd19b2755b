/* Threads for work whose result will be wanted: the other blocks of a read, and what is
 * read next.
 *
 * There are two queues.  WORK_WANTED is work that a reader waits for now, newest first;
 * WORK_AHEAD is done when nothing is wanted, oldest first.  Both are bounded: work that
 * does not fit is refused, which costs speed, never correctness.  Nobody waits here for a
 * piece of work: a thread that needs its result asks the cache, and does the work itself
 * when no worker has begun it. */
#ifndef TESSERAFS_WORKERS_H
#define TESSERAFS_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

struct workers;

enum work_class { WORK_WANTED, WORK_AHEAD };
enum { WORK_BYTES = 128, WORK_QUEUE = 1024 /* pieces, of each class */ };

/* What is done with a copy of the submitted bytes: exactly one of the two functions is
 * called, once. */
struct work {
  void (*run)(void *bytes);
  void (*drop)(void *bytes); /* called when the work will not be done: releases what it
                              * holds */
};

/* The threads start with the first submit.  NULL: ENOMEM. */
struct workers *workers_new(int threads, struct err *err);
/* Drops queued work and waits for running work. */
void workers_free(struct workers *workers);
/* Submits work.  Returns false when it is refused: then no function was called and
 * nothing is kept.  Thread safe. */
bool workers_submit(struct workers *workers, enum work_class class,
                    const struct work *work, const void *bytes, size_t size);
/* Returns whether the calling thread is a worker.  A worker has no reader that could go
 * away, so it must not do work without a foreseeable end. */
bool workers_is_one(void);

#endif
