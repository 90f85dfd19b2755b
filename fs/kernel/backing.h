/* A file's bytes in a sealed memfd that the kernel reads by itself. */
#ifndef TESSERAFS_BACKING_H
#define TESSERAFS_BACKING_H

#include "core/tree/tree.h"

/* Fills a memfd with all of the file and hands it to the kernel of the session `device`.
 * Returns its backing id (> 0), or -1: what tree_pread says, ENOMEM, or EPERM when the
 * kernel does not take it from us. */
int backing_open(int device, struct tree_file *file, struct err *err);
/* The answer to an OPEN that is served from it, as the kernel takes it. */
struct backing_reply {
  uint64_t fh;
  uint32_t open_flags;
  int32_t backing_id;
};
struct backing_reply backing_reply(uint64_t fh, int id);
/* The kernel lets it go with the last file that is open on it. */
void backing_close(int device, int id);

#endif
