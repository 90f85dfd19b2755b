/* The files that the kernel has open.  Kept in a list because an unmount by signal, or of
 * a busy mount, ends the session without a RELEASE for each of them. */
#ifndef TESSERAFS_OPEN_FILES_H
#define TESSERAFS_OPEN_FILES_H

#include <pthread.h>

#include "core/tree/tree.h"

struct open_file {
  struct tree_file *file;
  struct open_file *next, *prev; /* protected by open_files.lock */
};

struct open_files {
  pthread_mutex_t lock;
  struct open_file *first; /* protected by lock */
};

void open_files_init(struct open_files *files);
/* Closes what is still open; no callback runs any more. */
void open_files_free(struct open_files *files);

/* tree_open(), remembered.  NULL: *err says why. */
struct open_file *open_files_open(struct open_files *files, struct tree *tree,
                                  uint64_t id, struct err *err);
void open_files_close(struct open_files *files, struct open_file *open);

#endif
