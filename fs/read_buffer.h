/* A buffer for each thread that answers reads: a fresh one of 1 MiB for every read would
 * be 256 page faults, more than the copy into it. */
#ifndef TESSERAFS_READ_BUFFER_H
#define TESSERAFS_READ_BUFFER_H

#include <stddef.h>

#include "core/base/err.h"

/* At least size bytes, this thread's until its next call; freed with the thread.  NULL:
 * ENOMEM. */
char *read_buffer(size_t size, struct err *err);

#endif
