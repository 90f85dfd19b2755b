/* Memory of large tiles: few threads may hold one at a time. */
#ifndef TESSERAFS_RESAMPLE_ROOM_H
#define TESSERAFS_RESAMPLE_ROOM_H

#include <stdbool.h>

#include "core/base/err.h"

enum { RESAMPLE_ROOMS = 6 };

/* Waits until a room is free, or two seconds: whoever has one may be waiting for what
 * this thread does (a statistic, say), and memory is the smaller worry then.  A thread
 * that has one takes no other: *taken tells.  -1: the reader went away. */
int resample_room_take(bool *taken, struct err *err);
void resample_room_give(const bool *taken); /* fits __attribute__((cleanup)) */

#endif
