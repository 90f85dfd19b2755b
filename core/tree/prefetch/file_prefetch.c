/* .tesserafs/prefetch as a file: each line is a path. */
#include <errno.h>

#include "core/tree/file_lines.h"
#include "core/tree/prefetch/path_queue.h"
#include "core/tree/prefetch/prefetch.h"

_Static_assert((int)FILE_LINES_MAX == (int)PATH_QUEUE_PATH, "a line is a path");

static int take_path(struct tree *tree, const char *line, size_t size, struct err *err)
{
  return prefetch_path(tree->prefetch, line, size, err);
}

static const struct file_writer prefetch_writer;

static int prefetch_open(struct tree *tree, const struct place *place,
                         struct tree_writer **out, struct err *err)
{
  if (!tree->spec->prefetch)
    return err_set(err, EPERM, "mounted with prefetch=off");
  return file_lines_open(tree, &prefetch_writer, take_path, "/.tesserafs/prefetch", out,
                         err);
}

/* It cannot be truncated: the processes of one job share the list, and one that opens the
 * file as shells do must not take away what the others wrote.  It has no flush, because a
 * line may go on in another process. */
static const struct file_writer prefetch_writer = {
    .owner_only = true,
    .open = prefetch_open,
    .write = file_lines_write,
    .close = file_lines_close,
};

const struct file_type file_prefetch = {
    .type = TREE_FILE,
    .frozen = true,
    .stat = file_lines_stat,
    .write = &prefetch_writer,
};
