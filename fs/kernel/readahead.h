/* The size of the kernel's reads ahead. */
#ifndef TESSERAFS_READAHEAD_H
#define TESSERAFS_READAHEAD_H

enum { READAHEAD_KB = 1024 };

/* Lets the kernel read READAHEAD_KB ahead, where we may say so (root), after INIT: the
 * kernel offers 128 KiB there and takes no more.  Asks the mount nothing, so that its own
 * threads may call it. */
void readahead_raise(const char *mountpoint);

#endif
