/* Shared by --help, the manual page and the completion: rows of a name and a text. */
#ifndef TESSERAFS_HELP_ROWS_H
#define TESSERAFS_HELP_ROWS_H

#include <stddef.h>

#include "core/args/param.h"

struct help_row {
  const char *name, *text;
};

extern const struct help_row help_usage[]; /* arguments, what they do; NULL-terminated */
extern const struct help_row help_flags[]; /* letters and long options; NULL-terminated */
extern const struct help_row help_passed[]; /* words of -o that are libfuse's;
                                             * NULL-terminated */

extern const char help_source[]; /* which SOURCE is allowed, and what MOUNTPOINT then
                                  * shows */
extern const char help_exit[];   /* the exit statuses */

/* Formats a parameter as a row: "cache=SIZE", and its help with range and default. */
struct help_param {
  char name[80], text[800];
};
struct help_param help_param(const struct param *row);

/* Calls fn once for each kind of view, with its bit and its directory's name. */
void help_each_kind(void (*fn)(void *ctx, unsigned kind, const char *name), void *ctx);

#endif
