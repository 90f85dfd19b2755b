/* A doubly linked list under one lock, so that a close costs the same however many files
 * are open. */
#include "fs/open_files.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"

static void add(struct open_files *files, struct open_file *open)
{
  LOCK_FOR_SCOPE(&files->lock);
  open->next = files->first;
  if (open->next)
    open->next->prev = open;
  files->first = open;
}

static void take_out(struct open_files *files, const struct open_file *open)
{
  LOCK_FOR_SCOPE(&files->lock);
  if (open->next)
    open->next->prev = open->prev;
  if (open->prev)
    open->prev->next = open->next;
  else
    files->first = open->next;
}

static void close_file(struct open_files *files, struct open_file *open)
{
  take_out(files, open);
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
  while (files->first)
    close_file(files, files->first);
  pthread_mutex_destroy(&files->lock);
}

static struct open_file *open_node(struct open_files *files, struct tree *tree,
                                   uint64_t id, bool write, struct err *err)
{
  struct open_file *const open = calloc(1, sizeof *open);
  if (!open) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  if (write ? tree_open_write(tree, id, &open->writer, err)
            : tree_open(tree, id, &open->file, err)) {
    free(open);
    return NULL;
  }
  open->node = id;
  atomic_init(&open->refs, 1);
  atomic_init(&open->read, 0);
  add(files, open);
  return open;
}

struct open_file *open_files_open(struct open_files *files, struct tree *tree,
                                  uint64_t id, struct err *err)
{
  return open_node(files, tree, id, false, err);
}

struct open_file *open_files_open_write(struct open_files *files, struct tree *tree,
                                        uint64_t id, struct err *err)
{
  return open_node(files, tree, id, true, err);
}

uint64_t *open_files_nodes(struct open_files *files, size_t *n)
{
  LOCK_FOR_SCOPE(&files->lock);
  size_t count = 0;
  for (const struct open_file *open = files->first; open; open = open->next)
    count++;
  uint64_t *const nodes = count ? calloc(count, sizeof *nodes) : NULL;
  *n = 0;
  for (const struct open_file *open = files->first; nodes && open; open = open->next)
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
