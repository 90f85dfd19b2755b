/* What was read as a list of steps, by its text. */
#ifndef TESSERAFS_STEP_CHECK_H
#define TESSERAFS_STEP_CHECK_H

#include <stdio.h>
#include <string.h>

#include "tests/support/param_print.h"

static inline bool steps_read_as(const struct step_table *table,
                                 const struct step_list *list, const char *want)
{
  const struct param row = {"steps", PARAM_STEPS, 0, .steps = table};
  struct text printed = {0};
  param_print(&row, list, &printed);
  const bool same = !strcmp(printed.data ? printed.data : "", want);
  if (!same)
    fprintf(stderr, "  expected %s, found %s\n", want, printed.data);
  text_free(&printed);
  return same;
}

#endif
