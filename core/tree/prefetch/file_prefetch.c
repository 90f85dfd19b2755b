/* .tesserafs/prefetch as a file.
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
#include "core/tree/dir.h"
#include "core/tree/prefetch/path_queue.h"
#include "core/tree/prefetch/prefetch.h"

enum { NAMED = 40 /* bytes of a line, in a message */ };

struct prefetch_writer {
  struct tree_writer base;
  struct prefetch *prefetch;
  pthread_mutex_t lock; /* protects all below: threads may share the open file */
  bool skipping;        /* the rest of a line that is too long */
  size_t size;          /* of line */
  char line[PATH_QUEUE_PATH];
};

/* Keeps the beginning of a line whose end is still to come. */
static void keep(struct prefetch_writer *writer, const char *bytes, size_t n)
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
static int finish(struct prefetch_writer *writer, struct err *err)
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

static int prefetch_write(struct tree_writer *base, const char *bytes, size_t size,
                          int64_t offset, size_t *n, struct err *err)
{
  struct prefetch_writer *writer = (struct prefetch_writer *)base;
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

static void prefetch_close(struct tree_writer *base)
{
  struct prefetch_writer *writer = (struct prefetch_writer *)base;
  struct err err = ERR_INIT;
  if (finish(writer, &err))
    log_err(&err, "/.tesserafs/prefetch");
  pthread_mutex_destroy(&writer->lock);
  free(writer);
}

static const struct file_writer prefetch_writer;

static int prefetch_open(struct tree *tree, const struct place *place,
                         struct tree_writer **out, struct err *err)
{
  if (!tree->spec->prefetch)
    return err_set(err, EPERM, "mounted with prefetch=off");
  struct prefetch_writer *writer = calloc(1, sizeof *writer);
  if (!writer)
    return err_set(err, ENOMEM, "out of memory");
  writer->base.ops = &prefetch_writer;
  writer->prefetch = tree->prefetch;
  pthread_mutex_init(&writer->lock, NULL);
  *out = &writer->base;
  return 0;
}

/* The verdict comes with the last close, not with a flush: a line may go on in another
 * process. */
static const struct file_writer prefetch_writer = {
    .open = prefetch_open,
    .write = prefetch_write,
    .close = prefetch_close,
};

static int prefetch_stat(struct tree *tree, const struct place *place,
                         struct tree_attr *out, struct err *err)
{
  return 0;
}

const struct file_type file_prefetch = {
    .type = TREE_FILE,
    .frozen = true,
    .stat = prefetch_stat,
    .write = &prefetch_writer,
};
