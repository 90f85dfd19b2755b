/* Arrays that are filled one by one. */
#ifndef TESSERAFS_GROW_H
#define TESSERAFS_GROW_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base/err.h"

/* Makes room for one more element of `size` bytes in the malloc'ed array of n elements
 * that *(void **) array points to; *room: the elements that there is room for.  -1:
 * ENOMEM, with a message about so many `what`; the array is unchanged. */
static inline int grow(void *array, size_t *room, size_t n, size_t size, const char *what,
                       struct err *err)
{
  if (n < *room)
    return 0;
  const size_t more = *room ? 2 * *room : 64;
  void *bigger = more > INT32_MAX ? NULL : realloc(*(void **)array, more * size);
  if (!bigger)
    return err_set(err, ENOMEM, "out of memory for %zu %s", more, what);
  *(void **)array = bigger;
  *room = more;
  return 0;
}

#endif
