/* A reader that goes away: the FUSE layer marks its thread's token, long work asks.
 *
 * The token belongs to the thread that serves the request.  Decoders and waits call
 * cancel_check() between pieces of work; it is one atomic load. */
#ifndef TESSERAFS_CANCEL_H
#define TESSERAFS_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/base/err.h"

/* Makes `token` (NULL: none) the one that this thread's work answers to. */
void cancel_set(const atomic_bool *token);
/* The program ends: all work stops, whoever it is for.  Async-signal-safe; for good. */
void cancel_everything(void);
bool cancel_requested(void);
/* 0, or -1 with EINTR when this thread's reader is gone. */
int cancel_check(struct err *err);

#endif
