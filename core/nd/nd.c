/* The small arithmetic of boxes: strides, counts, positions, text. */
#include "core/nd/nd.h"

#include <stdio.h>

void nd_strides(int nd, const int64_t *shape, int64_t itemsize, bool fortran,
                int64_t *stride)
{
  int64_t step = itemsize;
  for (int i = 0; i < nd; i++) {
    int d = fortran ? i : nd - 1 - i;
    stride[d] = step;
    step *= shape[d] ? shape[d] : 1; /* representable: see checked_array_bytes() */
  }
}

int64_t nd_offset(int nd, const int64_t *at, const int64_t *stride)
{
  int64_t sum = 0;
  for (int d = 0; d < nd; d++)
    sum += at[d] * stride[d];
  return sum;
}

int64_t nd_count(int nd, const int64_t *shape)
{
  int64_t count = 1;
  for (int d = 0; d < nd; d++)
    if (shape[d] == 0)
      return 0;
  for (int d = 0; d < nd; d++)
    count *= shape[d];
  return count;
}

bool nd_next(int nd, const int64_t *shape, int64_t *at)
{
  for (int d = nd - 1; d >= 0; d--) {
    if (++at[d] < shape[d])
      return true;
    at[d] = 0;
  }
  return false;
}

char *nd_text(int nd, const int64_t *shape, char buf[ND_TEXT])
{
  int used = 0;
  buf[0] = 0;
  for (int d = 0; d < nd; d++)
    used += snprintf(buf + used, (size_t)(ND_TEXT - used), "%s%lld", d ? "x" : "",
                     (long long)shape[d]);
  return buf;
}
