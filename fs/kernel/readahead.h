/* The size of the kernel's reads ahead. */
#ifndef TESSERAFS_READAHEAD_H
#define TESSERAFS_READAHEAD_H

enum { READAHEAD_KB = 1024 };

/* Lets the kernel read READAHEAD_KB ahead, where we have the right to set that (root).
 * To be called after INIT, in which the kernel offers 128 KiB and accepts no more.
 * Sends no request to the mount, so the mount's own threads may call it. */
void readahead_raise(const char *mountpoint);

#endif
