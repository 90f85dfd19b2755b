/* Files that take lines: .tesserafs/prefetch and .tesserafs/control.
 *
 * What is written comes in any pieces.  A line is whole with its newline (or NUL), or
 * when its file is closed; until then it waits in the writer, so that writers beside each
 * other do not mix their lines.  Offsets and sizes mean nothing: what is written is taken
 * at once. */
#ifndef TESSERAFS_FILE_LINES_H
#define TESSERAFS_FILE_LINES_H

#include "core/tree/dir.h"

enum { FILE_LINES_MAX = 4096 /* bytes of a line, and one more */ };

/* Takes a line of `size` bytes (at least 1, less than FILE_LINES_MAX, no NUL among
 * them). */
typedef int file_line_fn(struct tree *tree, const char *line, size_t size,
                         struct err *err);

/* What a row's open() returns: a writer that hands its lines to `take`.  path: of the
 * file, for messages. */
int file_lines_open(struct tree *tree, const struct file_writer *ops, file_line_fn *take,
                    const char *path, struct tree_writer **out, struct err *err);

/* The other members of the row.  A line that is refused fails the write that ends it,
 * when it is the first of that write; the lines before it are taken. */
int file_lines_write(struct tree_writer *base, const char *bytes, size_t size,
                     int64_t offset, size_t *n, struct err *err);
/* Takes an unfinished line as a whole one.  A row has it where a verdict is worth more
 * than a line that goes on in another process. */
int file_lines_flush(struct tree_writer *base, struct err *err);
void file_lines_close(struct tree_writer *base);

/* The row's stat(): such a file has no size. */
int file_lines_stat(struct tree *tree, const struct place *place, struct tree_attr *out,
                    struct err *err);

#endif
