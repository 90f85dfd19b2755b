/* Goes to the background, in an order that lets the caller know whether the mount
 * succeeded.
 *
 * Threads and the libhdf5 process do not survive a fork, so the fork comes first, before
 * anything is read.  The parent waits: errors still reach its terminal, and its exit
 * status is the child's, or 0 once the tree can be read. */
#ifndef TESSERAFS_DAEMON_H
#define TESSERAFS_DAEMON_H

#include "core/base/err.h"

struct daemon {
  int ready_fd; /* pipe to the waiting parent; -1: in the foreground */
};

#define DAEMON_FOREGROUND ((struct daemon){.ready_fd = -1})

/* Forks and returns in the child; the parent exits.  -1: the fork failed, *err says
 * why. */
int daemon_start(struct daemon *daemon, struct err *err);
/* Says that the mount is up: lets the parent exit, leaves terminal and directory, logs to
 * syslog.  Does nothing in the foreground.  To be called in the thread that called
 * daemon_start(). */
void daemon_ready(struct daemon *daemon);

#endif
