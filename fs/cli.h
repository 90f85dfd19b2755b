/* The actions that need no mount.  Each returns the exit status. */
#ifndef TESSERAFS_CLI_H
#define TESSERAFS_CLI_H

#include "core/tree/tree.h"

/* One level as `ls -1Ap` prints it: one name a line, directories with '/', sorted as the
 * locale sorts; a file's path is printed as given.  A directory of more than LS_SORTED
 * entries comes in the tree's own order, as it is read. */
enum { LS_SORTED = 65536 };
int cli_ls(struct tree *tree, const char *path);

/* One file's bytes to stdout. */
int cli_cat(struct tree *tree, const char *path);

/* Decodes everything; stdout: one line per problem; stderr: a progress bar when it is a
 * terminal, at the end a line that sums up. */
int cli_check(struct tree *tree);

#endif
