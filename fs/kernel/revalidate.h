/* Opens that come so soon after a change of the source that the kernel may still hold
 * attributes and pages from before.
 *
 * The kernel believes what it was told for ATTR_SECONDS, or until it is taken back
 * (promises.h); only then does it ask again, see another mtime or size and drop its
 * pages.  A file opened in between would mix old pages, or the old size, with new bytes.
 * Such an open is answered ESTALE, once for each task: the kernel then looks the path up
 * again, which brings it the new attributes, and opens once more; users see nothing of
 * it. */
#ifndef TESSERAFS_REVALIDATE_H
#define TESSERAFS_REVALIDATE_H

#include <pthread.h>

#include "core/tree/tree.h"

/* More than the number of opens that can be between their ESTALE and their second try. */
enum { REVALIDATE_TOLD = 1024 };

struct revalidate {
  pthread_mutex_t lock;
  /* protected by lock */
  struct {
    uint64_t ino;    /* st_ino: the second try may come with another node id */
    int64_t changed; /* the change (tree_file_changed) that the task now knows of */
    pid_t task;      /* other tasks may still use the old node */
  } told[REVALIDATE_TOLD];
  size_t next; /* of told: the oldest */
};

void revalidate_init(struct revalidate *self);
/* Returns whether this open by a task must be answered ESTALE. */
bool revalidate_wanted(struct revalidate *self, const struct tree_file *file, pid_t task);

#endif
