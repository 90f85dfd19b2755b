/* The actions that need no mount.  Each function returns the exit status. */
#ifndef TESSERAFS_CLI_H
#define TESSERAFS_CLI_H

#include "core/tree/tree.h"

/* Prints one level as `ls -1Ap` does: one name a line, directories with '/', sorted as
 * the locale sorts; a file's path is printed as given.  A directory of more than
 * LS_SORTED entries is printed unsorted, while it is read. */
enum { LS_SORTED = 65536 };
int cli_ls(struct tree *tree, const char *path);

/* Writes one file's bytes to stdout. */
int cli_cat(struct tree *tree, const char *path);

/* Decodes everything, or the part of it that `what` names.  stdout: one line per problem;
 * stderr: a progress bar when it is a terminal, and a summary line at the end. */
int cli_check(struct tree *tree, const struct tree_check *what);

#endif
