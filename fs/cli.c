/* --ls and --cat. */
#include "fs/cli.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/grow.h"
#include "core/base/log.h"
#include "fs/exit_status.h"

enum { PIECE = 1024 * 1024 };

static int failed(const struct err *err, const char *path)
{
  if (err->errnum != EPIPE) /* a reader of the pipe that stopped reading needs no
                             * message */
    log_err(err, path[0] ? path : "/");
  return EXIT_DATASET;
}

/* --- ls ---------------------------------------------------------------------------- */

/* Lines of a directory that is still small enough to be sorted. */
struct lines {
  char **items;
  size_t n, room;
  bool streaming; /* too many to sort: entries are printed as they come */
  struct err err;
};

static int print_line(struct lines *lines, const char *line)
{
  if (puts(line) == EOF)
    return err_set_errno(&lines->err, errno, "cannot write");
  return 0;
}

static int by_locale(const void *a, const void *b)
{
  const char *x = *(char *const *)a, *y = *(char *const *)b;
  const int order = strcoll(x, y);
  return order ? order : strcmp(x, y);
}

/* Prints the lines kept so far, sorted or as they came, and forgets them. */
static int flush_lines(struct lines *lines, bool sorted)
{
  int rc = 0;
  if (sorted && lines->n)
    qsort(lines->items, lines->n, sizeof *lines->items, by_locale);
  for (size_t i = 0; i < lines->n; i++) {
    if (!rc)
      rc = print_line(lines, lines->items[i]);
    free(lines->items[i]);
  }
  free(lines->items);
  lines->items = NULL;
  lines->n = lines->room = 0;
  return rc;
}

static int keep_line(struct lines *lines, const char *line)
{
  if (grow(&lines->items, &lines->room, lines->n, sizeof line, "names", &lines->err))
    return -1;
  char *copy = strdup(line);
  if (!copy)
    return err_set(&lines->err, ENOMEM, "out of memory");
  lines->items[lines->n++] = copy;
  return 0;
}

/* tree_dirent_fn */
static int add_line(void *ctx, const struct tree_dirent *entry)
{
  struct lines *lines = ctx;
  char line[TREE_NAME_MAX + 2];
  snprintf(line, sizeof line, "%s%s", entry->name, entry->type == TREE_DIR ? "/" : "");
  if (!lines->streaming && lines->n == LS_SORTED) {
    lines->streaming = true;
    if (flush_lines(lines, false))
      return -1;
  }
  return lines->streaming ? print_line(lines, line) : keep_line(lines, line);
}

static int list_directory(struct tree *tree, uint64_t id, struct err *err)
{
  struct lines lines = {.err = ERR_INIT};
  int rc = tree_readdir(tree, id, 0, add_line, &lines, err);
  const bool complete = !rc && !lines.err.errnum;
  rc = flush_lines(&lines, true) || rc;
  if (complete && fflush(stdout))
    err_set_errno(&lines.err, errno, "cannot write");
  if (lines.err.errnum)
    return err_set(err, lines.err.errnum, "%s", lines.err.msg);
  return rc ? -1 : 0;
}

int cli_ls(struct tree *tree, const char *path)
{
  struct tree_attr attr;
  struct err err = ERR_INIT;
  setlocale(LC_COLLATE, "");
  if (tree_resolve(tree, path, &attr, &err))
    return failed(&err, path);
  if (attr.type == TREE_DIR)
    list_directory(tree, attr.id, &err);
  else if (puts(path) == EOF || fflush(stdout))
    err_set_errno(&err, errno, "cannot write");
  tree_forget(tree, attr.id, 1);
  return err.errnum ? failed(&err, path) : EXIT_SUCCESS;
}

/* --- cat --------------------------------------------------------------------------- */

static int write_all(const char *data, size_t size, struct err *err)
{
  while (size) {
    const ssize_t n = write(STDOUT_FILENO, data, size);
    if (n < 0 && errno != EINTR)
      return err_set_errno(err, errno, "cannot write");
    data += n > 0 ? n : 0;
    size -= n > 0 ? (size_t)n : 0;
  }
  return 0;
}

static int copy_out(struct tree_file *file, struct err *err)
{
  CLEANUP_FREE char *data = malloc(PIECE);
  size_t n = PIECE;
  if (!data)
    return err_set(err, ENOMEM, "out of memory");
  for (int64_t offset = 0; n == PIECE; offset += (int64_t)n)
    if (tree_pread(file, data, PIECE, offset, &n, err) || write_all(data, n, err))
      return -1;
  return 0;
}

static int cat_node(struct tree *tree, const struct tree_attr *attr, struct err *err)
{
  struct tree_file *file;
  if (attr->type != TREE_FILE)
    return err_set(err, EISDIR, "is not a file");
  if (tree_open(tree, attr->id, &file, err))
    return -1;
  const int rc = copy_out(file, err);
  tree_close(file);
  return rc;
}

int cli_cat(struct tree *tree, const char *path)
{
  struct tree_attr attr;
  struct err err = ERR_INIT;
  if (tree_resolve(tree, path, &attr, &err))
    return failed(&err, path);
  cat_node(tree, &attr, &err);
  tree_forget(tree, attr.id, 1);
  return err.errnum ? failed(&err, path) : EXIT_SUCCESS;
}
