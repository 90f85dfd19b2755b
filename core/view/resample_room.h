/* Memory for large tiles: only a few threads may hold it at a time. */
#ifndef TESSERAFS_RESAMPLE_ROOM_H
#define TESSERAFS_RESAMPLE_ROOM_H

#include <stdbool.h>

#include "core/base/err.h"

enum { RESAMPLE_ROOMS = 6 };

/* Waits until a room is free, but at most two seconds: a thread that holds one may itself
 * wait for this thread's work (a statistic, say), and exceeding the memory is then the
 * smaller evil.  A thread that has a room takes no other; *taken tells.  -1: the reader
 * went away. */
int resample_room_take(bool *taken, struct err *err);
void resample_room_give(const bool *taken); /* fits __attribute__((cleanup)) */

#endif
