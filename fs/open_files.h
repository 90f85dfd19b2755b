/* The files that the kernel has open.  They are kept in a list because an unmount by
 * signal, or of a busy mount, ends the session without a RELEASE for each of them. */
#ifndef TESSERAFS_OPEN_FILES_H
#define TESSERAFS_OPEN_FILES_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "core/tree/tree.h"

/* Reference counted, because a reader that was interrupted closes the file while its read
 * is still being served. */
struct open_file {
  uint64_t node;
  struct tree_file *file;     /* NULL: it is open for writing, */
  struct tree_writer *writer; /* and this is not NULL */
  atomic_int refs;
  atomic_size_t read;               /* bytes of it that were sent */
  LIST_ENTRY(open_file) neighbours; /* protected by open_files.lock */
};

struct open_files {
  pthread_mutex_t lock;
  LIST_HEAD(open_list, open_file) open; /* protected by lock */
};

void open_files_init(struct open_files *files);
/* Closes the files that are still open; no callback may run any more. */
void open_files_free(struct open_files *files);

/* Adds a file that was opened as `node`, with one reference.  One of file and writer is
 * NULL; both are taken over, also when it fails.  NULL: ENOMEM. */
struct open_file *open_files_add(struct open_files *files, uint64_t node,
                                 struct tree_file *file, struct tree_writer *writer,
                                 struct err *err);
/* Returns the nodes of all open files, *n of them, to be freed by the caller; NULL when
 * there are none, or no memory. */
uint64_t *open_files_nodes(struct open_files *files, size_t *n);
struct open_file *open_files_ref(struct open_file *open);
/* Drops a reference; the last one closes the file. */
void open_files_unref(struct open_files *files, struct open_file *open);

#endif
