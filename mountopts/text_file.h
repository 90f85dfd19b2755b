/* Reads a whole text file into memory: a description, a list of paths.  What is parsed
 * takes many times its size, so that a larger file is refused before it is read. */
#ifndef TESSERAFS_TEXT_FILE_H
#define TESSERAFS_TEXT_FILE_H

#include <stddef.h>
#include <time.h>

#include "core/base/err.h"

enum { TEXT_FILE_BYTES = 16 * 1024 * 1024 };

/* beneath: the real path of a directory that the file must lie in, symbolic links
 * followed; NULL: anywhere.  Returns the bytes of the file and a NUL, to be freed by the
 * caller; *mtime (may be NULL) is the file's.  NULL: *err names the path; EINVAL when it
 * is no file or larger than TEXT_FILE_BYTES. */
char *text_file_read(const char *beneath, const char *path, size_t *size,
                     struct timespec *mtime, struct err *err);

#endif
