/* The files that the kernel has open.  Kept in a list because an unmount by signal, or of
 * a busy mount, ends the session without a RELEASE for each of them. */
#ifndef TESSERAFS_OPEN_FILES_H
#define TESSERAFS_OPEN_FILES_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "core/tree/tree.h"

/* Reference counted: a reader that was interrupted closes while its read is still at
 * work. */
struct open_file {
  uint64_t node;
  struct tree_file *file;     /* NULL: open for writing, */
  struct tree_writer *writer; /* else NULL */
  atomic_int refs;
  atomic_size_t read;               /* bytes that we answered */
  LIST_ENTRY(open_file) neighbours; /* protected by open_files.lock */
};

struct open_files {
  pthread_mutex_t lock;
  LIST_HEAD(open_list, open_file) open; /* protected by lock */
};

void open_files_init(struct open_files *files);
/* Closes what is still open; no callback runs any more. */
void open_files_free(struct open_files *files);

/* Remembers what was opened as `node`, of which one is NULL; referenced once.  Takes both
 * over, also when it fails.  NULL: ENOMEM. */
struct open_file *open_files_add(struct open_files *files, uint64_t node,
                                 struct tree_file *file, struct tree_writer *writer,
                                 struct err *err);
/* The nodes of all of them; *n.  To be freed; NULL: there is none, or no memory. */
uint64_t *open_files_nodes(struct open_files *files, size_t *n);
struct open_file *open_files_ref(struct open_file *open);
/* The last one closes it. */
void open_files_unref(struct open_files *files, struct open_file *open);

#endif
