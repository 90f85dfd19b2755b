/* A doubly linked list under one lock, so that a close costs the same however many files
 * are open. */
#include "fs/open_files.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"

static void close_file(struct open_files *files, struct open_file *open)
{
  {
    LOCK_FOR_SCOPE(&files->lock);
    LIST_REMOVE(open, neighbours);
  }
  tree_close_write(open->writer);
  tree_close(open->file);
  free(open);
}

void open_files_init(struct open_files *files)
{
  *files = (struct open_files){0};
  pthread_mutex_init(&files->lock, NULL);
}

void open_files_free(struct open_files *files)
{
  while (!LIST_EMPTY(&files->open))
    close_file(files, LIST_FIRST(&files->open));
  pthread_mutex_destroy(&files->lock);
}

struct open_file *open_files_add(struct open_files *files, uint64_t node,
                                 struct tree_file *file, struct tree_writer *writer,
                                 struct err *err)
{
  struct open_file *open = calloc(1, sizeof *open);
  if (!open) {
    tree_close_write(writer);
    tree_close(file);
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  open->node = node;
  open->file = file;
  open->writer = writer;
  atomic_init(&open->refs, 1);
  atomic_init(&open->read, 0);
  LOCK_FOR_SCOPE(&files->lock);
  LIST_INSERT_HEAD(&files->open, open, neighbours);
  return open;
}

uint64_t *open_files_nodes(struct open_files *files, size_t *n)
{
  LOCK_FOR_SCOPE(&files->lock);
  const struct open_file *open;
  size_t count = 0;
  for (open = LIST_FIRST(&files->open); open; open = LIST_NEXT(open, neighbours))
    count++;
  uint64_t *nodes = count ? calloc(count, sizeof *nodes) : NULL;
  *n = 0;
  if (!nodes)
    return NULL;
  for (open = LIST_FIRST(&files->open); open; open = LIST_NEXT(open, neighbours))
    nodes[(*n)++] = open->node;
  return nodes;
}

struct open_file *open_files_ref(struct open_file *open)
{
  atomic_fetch_add(&open->refs, 1);
  return open;
}

void open_files_unref(struct open_files *files, struct open_file *open)
{
  if (atomic_fetch_sub(&open->refs, 1) == 1)
    close_file(files, open);
}
