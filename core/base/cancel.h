/* Stopping work whose reader has gone away: the FUSE layer sets the token of its thread,
 * and long work asks.
 *
 * The token belongs to the thread that serves the request.  Decoders and waits call
 * cancel_check() between pieces of work; it costs two atomic loads and a look at the
 * clock. */
#ifndef TESSERAFS_CANCEL_H
#define TESSERAFS_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core/base/err.h"

/* Makes `token` (NULL: none) the token that this thread's work obeys. */
void cancel_set(const atomic_bool *token);
/* Stops all work of every thread, for good, because the program ends.
 * Async-signal-safe. */
void cancel_everything(void);
/* Names the task (thread id; 0: unknown) that this thread works for, until the next
 * cancel_set(): when the task ends, the reader is gone.  It is looked at every
 * CANCEL_LOOK_MS. */
void cancel_watch(pid_t task);
enum { CANCEL_LOOK_MS = 100 };
/* Returns whether the task has ended, or has a pending signal that ends it or asks it to
 * end.  Another signal that the task catches does not count: it goes on. */
bool cancel_task_ends(pid_t task);
bool cancel_requested(void);
/* Returns 0, or -1 with EINTR when this thread's reader is gone. */
int cancel_check(struct err *err);

#endif
