/* Files that accept writes: .tesserafs/prefetch.
 *
 * A list comes in any pieces.  A path is whole with its newline (or NUL), or when its
 * file is closed; until then it waits in the writer, so that writers beside each other do
 * not mix their lines.  Offsets mean nothing: what is written is read at once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/log.h"
#include "core/tree/node.h"
#include "core/tree/path_queue.h"
#include "core/tree/prefetch.h"

enum { NAMED = 40 /* bytes of a line, in a message */ };

struct tree_writer {
  struct prefetch *prefetch;
  pthread_mutex_t lock; /* protects all below: threads may share the open file */
  bool skipping;        /* the rest of a line that is too long */
  size_t size;          /* of line */
  char line[PATH_QUEUE_PATH];
};

int tree_open_write(struct tree *tree, uint64_t id, struct tree_writer **out,
                    struct err *err)
{
  struct place place;
  char name[TREE_NAME_MAX + 1];
  uint64_t ino;
  if (node_get(tree->nodes, id, &place, name, &ino, err))
    return -1;
  view_use_unref(place.use);
  if (!place_writable(&place))
    return err_set(err, EROFS, "read-only");
  if (!tree->spec->prefetch)
    return err_set(err, EPERM, "mounted with prefetch=off");
  struct tree_writer *const writer = calloc(1, sizeof *writer);
  if (!writer)
    return err_set(err, ENOMEM, "out of memory");
  writer->prefetch = tree->prefetch;
  pthread_mutex_init(&writer->lock, NULL);
  *out = writer;
  return 0;
}

/* Keeps the beginning of a line whose end is still to come. */
static void keep(struct tree_writer *writer, const char *bytes, size_t n)
{
  if (writer->skipping)
    return;
  if (writer->size + n >= sizeof writer->line) {
    writer->skipping = true;
    const size_t kept = writer->size ? writer->size : n;
    log_error("/.tesserafs/prefetch: %.*s...: a line of more than %zu bytes",
              (int)(kept < NAMED ? kept : NAMED), writer->size ? writer->line : bytes,
              sizeof writer->line - 1);
    return;
  }
  memcpy(writer->line + writer->size, bytes, n);
  writer->size += n;
}

/* The line is whole.  -1: it stays, as it was before the last keep(). */
static int finish(struct tree_writer *writer, struct err *err)
{
  const size_t carriage = writer->size && writer->line[writer->size - 1] == '\r';
  const size_t size = writer->size - carriage;
  if (!writer->skipping && size &&
      prefetch_path(writer->prefetch, writer->line, size, err))
    return -1;
  writer->size = 0;
  writer->skipping = false;
  return 0;
}

static size_t line_end(const char *bytes, size_t n)
{
  size_t i = 0;
  while (i < n && bytes[i] != '\n' && bytes[i] != '\0')
    i++;
  return i;
}

int tree_write(struct tree_writer *writer, const char *bytes, size_t size, size_t *n,
               struct err *err)
{
  LOCK_FOR_SCOPE(&writer->lock);
  size_t at = 0;
  while (at < size) {
    const size_t before = writer->size, len = line_end(bytes + at, size - at);
    keep(writer, bytes + at, len);
    if (at + len < size && finish(writer, err)) {
      writer->size = before;
      break;
    }
    at += len + (at + len < size);
  }
  *n = at;
  return at || !size ? 0 : -1;
}

void tree_close_write(struct tree_writer *writer)
{
  struct err err = ERR_INIT;
  if (!writer)
    return;
  if (finish(writer, &err))
    log_err(&err, "/.tesserafs/prefetch");
  pthread_mutex_destroy(&writer->lock);
  free(writer);
}
