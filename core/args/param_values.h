/* Shared by the files that read, print and explain values. */
#ifndef TESSERAFS_PARAM_VALUES_H
#define TESSERAFS_PARAM_VALUES_H

#include "core/args/param.h"

/* Text to the value of any type but PARAM_STEPS: 0, -1 with *err set (ENOMEM), or 1: the
 * text is none. */
int param_value_set(const struct param *row, void *value, const char *text,
                    struct arena *arena, struct err *err);
bool param_value_in_range(const struct param *row, int64_t value);
/* How many parts a text has between separators. */
int param_value_parts(const char *text, char separator);
/* As param_expected(), but with the number of axes that the user wrote; who wrote numbers
 * is not told about words. */
void param_value_expected(const struct param *row, const char *text, char *buf,
                          size_t size);

#endif
