/* A reader that goes away: the FUSE layer marks its thread's token, long work asks.
 *
 * The token belongs to the thread that serves the request.  Decoders and waits call
 * cancel_check() between pieces of work; it is two atomic loads and a look at the
 * clock. */
#ifndef TESSERAFS_CANCEL_H
#define TESSERAFS_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core/base/err.h"

/* Makes `token` (NULL: none) the one that this thread's work answers to. */
void cancel_set(const atomic_bool *token);
/* The program ends: all work stops, whoever it is for.  Async-signal-safe; for good. */
void cancel_everything(void);
/* A task (thread id; 0: unknown) that this thread's work is for, until the next
 * cancel_set(): when it ends, the reader is gone.  Looked at every CANCEL_LOOK_MS. */
void cancel_watch(pid_t task);
enum { CANCEL_LOOK_MS = 100 };
/* Has the task ended, or does it have a signal that ends it, or asks it to?  Not when it
 * has another one that it catches: it goes on. */
bool cancel_task_ends(pid_t task);
bool cancel_requested(void);
/* 0, or -1 with EINTR when this thread's reader is gone. */
int cancel_check(struct err *err);

#endif
