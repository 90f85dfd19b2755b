/* A list of problems: see problems.h.  Only the first PROBLEMS_MAX are kept, so that a
 * dataset of a million bad files does not fill the memory with complaints. */
#include "core/base/problems.h"

#include <stdarg.h>
#include <stdio.h>

void problems_add(struct problems *problems, const char *fmt, ...)
{
  if (++problems->count > PROBLEMS_MAX)
    return;
  char line[1000];
  va_list args;
  va_start(args, fmt);
  vsnprintf(line, sizeof line, fmt, args);
  va_end(args);
  err_one_line(line);
  text_add(&problems->lines, "%s\n", line);
}

void problems_free(struct problems *problems)
{
  text_free(&problems->lines);
  problems->count = 0;
}
