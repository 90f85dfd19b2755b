/* Going to the background, in the order that lets the caller know how it went.
 *
 * Threads and the libhdf5 process do not survive a fork, so the fork comes first, before
 * anything is read.  The parent waits: errors still reach its terminal, and its exit
 * status is the child's, or 0 once the tree can be read. */
#ifndef TESSERAFS_DAEMON_H
#define TESSERAFS_DAEMON_H

#include "core/base/err.h"

struct daemon {
  int ready_fd; /* to the waiting parent; -1: in the foreground */
};

#define DAEMON_FOREGROUND ((struct daemon){.ready_fd = -1})

/* Returns in the child; the parent exits.  -1: no fork, *err says why. */
int daemon_start(struct daemon *daemon, struct err *err);
/* The mount is up: lets the parent go, leaves terminal and directory, logs to syslog.
 * Does nothing in the foreground.  From the thread that called daemon_start(). */
void daemon_ready(struct daemon *daemon);

#endif
