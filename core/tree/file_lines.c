/* Cuts what is written into lines: see file_lines.h. */
#include "core/tree/file_lines.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/log.h"

enum { NAMED = 40 /* bytes of a line, in a message */ };

struct line_writer {
  struct tree_writer base;
  file_line_fn *take;
  const char *path;
  pthread_mutex_t lock; /* protects all below: threads may share the open file */
  bool skipping;        /* the rest of a line that is too long */
  size_t size;          /* of line */
  char line[FILE_LINES_MAX];
};

int file_lines_open(struct tree *tree, const struct file_writer *ops, file_line_fn *take,
                    const char *path, struct tree_writer **out, struct err *err)
{
  struct line_writer *writer = calloc(1, sizeof *writer);
  if (!writer)
    return err_set(err, ENOMEM, "out of memory");
  writer->base.ops = ops;
  writer->base.tree = tree;
  writer->take = take;
  writer->path = path;
  pthread_mutex_init(&writer->lock, NULL);
  *out = &writer->base;
  return 0;
}

/* Keeps the beginning of a line whose end is still to come. */
static void keep(struct line_writer *writer, const char *bytes, size_t n)
{
  if (writer->skipping)
    return;
  if (writer->size + n >= sizeof writer->line) {
    writer->skipping = true;
    const size_t kept = writer->size ? writer->size : n;
    log_error("%s: %.*s...: a line of more than %zu bytes", writer->path,
              (int)(kept < NAMED ? kept : NAMED), writer->size ? writer->line : bytes,
              sizeof writer->line - 1);
    return;
  }
  memcpy(writer->line + writer->size, bytes, n);
  writer->size += n;
}

/* The line is whole.  -1: it stays, as it was before the last keep(). */
static int finish(struct line_writer *writer, struct err *err)
{
  const size_t carriage = writer->size && writer->line[writer->size - 1] == '\r';
  const size_t size = writer->size - carriage;
  if (!writer->skipping && size &&
      writer->take(writer->base.tree, writer->line, size, err))
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

int file_lines_write(struct tree_writer *base, const char *bytes, size_t size,
                     int64_t offset, size_t *n, struct err *err)
{
  struct line_writer *writer = (struct line_writer *)base;
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

int file_lines_flush(struct tree_writer *base, struct err *err)
{
  struct line_writer *writer = (struct line_writer *)base;
  LOCK_FOR_SCOPE(&writer->lock);
  const int rc = finish(writer, err);
  writer->size = 0; /* a refused line is told once */
  return rc;
}

void file_lines_close(struct tree_writer *base)
{
  struct line_writer *writer = (struct line_writer *)base;
  struct err err = ERR_INIT;
  if (finish(writer, &err))
    log_err(&err, writer->path);
  pthread_mutex_destroy(&writer->lock);
  free(writer);
}

int file_lines_stat(struct tree *tree, const struct place *place, struct tree_attr *out,
                    struct err *err)
{
  return 0;
}
