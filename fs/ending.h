/* Bounds how long the process takes to end.
 *
 * A thread that waits for a disk that hangs (an NFS server that is gone) cannot be
 * stopped, and libfuse and we wait for all threads.  So once the end has begun it takes
 * at most ENDING_SECONDS: then the mount is detached and the process exits as it is.
 * Nothing is lost by that: what is kept on a disk is whole at every moment, as a SIGKILL
 * would have to find it. */
#ifndef TESSERAFS_ENDING_H
#define TESSERAFS_ENDING_H

enum { ENDING_SECONDS = 3 };

/* Starts the thread that watches; without it (no memory) an end is not bounded. */
void ending_watch(void);
/* The process has begun to end, with this exit status.  Async-signal-safe; the first call
 * counts. */
void ending_begin(int status);
/* There is a mount to detach; after ending_unmounted() there is none.  The path must stay
 * valid until then. */
void ending_mounted(const char *mountpoint);
void ending_unmounted(void);

#endif
