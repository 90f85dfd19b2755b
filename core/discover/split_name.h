/* Directories that are named like splits are splits, in every layout: train, validation,
 * valid, val, test and monitor-<any>, in any case of letters. */
#ifndef TESSERAFS_SPLIT_NAME_H
#define TESSERAFS_SPLIT_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* Judges the first n bytes of a directory's name. */
bool split_named(const char *name, size_t n);

/* Returns the first directory on the way down the path that is named like a split, *n
 * bytes at the result; NULL: there is none.  last: the last name is a directory, too. */
const char *split_of_path(const char *path, bool last, size_t *n);

#endif
