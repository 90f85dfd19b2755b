/* A loop that the workers take part in: for many small independent steps (a stat, a
 * header) whose results are all needed now. */
#ifndef TESSERAFS_SHARE_H
#define TESSERAFS_SHARE_H

#include <stdint.h>

#include "core/base/workers.h"

/* Does steps from .. to-1.  Several threads call it at once, each with other steps. */
typedef void share_fn(void *ctx, int64_t from, int64_t to);

/* Does steps 0 .. n-1, `most` at a time, in this thread and in as many workers as are
 * idle (workers NULL: in this thread alone); returns when all are done.  Without memory
 * this thread does them all. */
void share_steps(struct workers *workers, int64_t n, int64_t most, share_fn *fn,
                 void *ctx);

#endif
