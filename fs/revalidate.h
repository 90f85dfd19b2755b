/* Opens that come so soon after a change of the source that the kernel may still hold
 * attributes and pages from before.
 *
 * The kernel believes what it was told for ATTR_SECONDS; only then does it ask again, see
 * another mtime or size and drop its pages.  A file opened in between would mix old
 * pages, or the old size, with new bytes.  Such an open is answered ESTALE once: the
 * kernel then looks the path up again, which brings it the new attributes, and opens once
 * more; users see nothing of it. */
#ifndef TESSERAFS_REVALIDATE_H
#define TESSERAFS_REVALIDATE_H

#include <pthread.h>

#include "core/tree/tree.h"

enum { REVALIDATE_SLOTS = 64 };

struct revalidate {
  pthread_mutex_t lock;
  struct {
    uint64_t ino;
    int64_t until; /* ms, CLOCK_MONOTONIC: ESTALE was said, the kernel knows better now */
  } told[REVALIDATE_SLOTS]; /* protected by lock */
};

void revalidate_init(struct revalidate *self);
/* Must this open be answered ESTALE? */
bool revalidate_wanted(struct revalidate *self, uint64_t ino,
                       const struct tree_file *file);

#endif
