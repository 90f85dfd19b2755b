/* One buffer for each thread that answers reads: a fresh one of 1 MiB for every read
 * would cost 256 page faults, more than the copy into it. */
#ifndef TESSERAFS_READ_BUFFER_H
#define TESSERAFS_READ_BUFFER_H

#include <stddef.h>

#include "core/base/err.h"

/* Returns at least `size` bytes, valid until this thread's next call; they are freed with
 * the thread.  NULL: ENOMEM. */
char *read_buffer(size_t size, struct err *err);

#endif
