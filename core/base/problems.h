/* A list of problems, one line each, for callers that report all of them at once. */
#ifndef TESSERAFS_PROBLEMS_H
#define TESSERAFS_PROBLEMS_H

#include "core/base/err.h"
#include "core/base/text.h"

enum { PROBLEMS_MAX = 1000 }; /* further ones are only counted */

struct problems {
  int count;
  struct text lines; /* "<message>\n" each */
};

void problems_add(struct problems *problems, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void problems_free(struct problems *problems);

#endif
