/* For param.c: values that are written as lists. */
#ifndef TESSERAFS_PARAM_LISTS_H
#define TESSERAFS_PARAM_LISTS_H

#include "core/params/param.h"

/* The first `len` bytes as a whole number, digits with a '-' before them or none. */
bool param_parse_int(const char *text, size_t len, int base, int64_t *out);
/* How many parts a text has between separators. */
int param_parts(const char *text, char separator);
/* "0:100x20:80x:"; a start or stop that is left out is the axis's.  False: it is none. */
bool param_parse_ranges(const char *text, struct ranges *out);
/* "3+17+4", in that order: 0, -1 with *err set (ENOMEM), or 1: they are not different
 * whole numbers, or too many. */
int param_parse_numbers(const char *text, struct number_list *out, struct arena *arena,
                        struct err *err);

#endif
