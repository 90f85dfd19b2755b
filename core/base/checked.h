/* Arithmetic on sizes that come from files: every product is checked. */
#ifndef TESSERAFS_CHECKED_H
#define TESSERAFS_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

/* Return true when a op b fits an int64_t, with the result in *out. */
static inline bool checked_add(int64_t a, int64_t b, int64_t *out)
{
  return !__builtin_add_overflow(a, b, out);
}

static inline bool checked_mul(int64_t a, int64_t b, int64_t *out)
{
  return !__builtin_mul_overflow(a, b, out);
}

/* Gives the bytes of an array: itemsize * prod(shape).  Returns false when a side is
 * negative or when the product, taken with zero sides counted as one, does not fit; so 0
 * x 2^63 is refused, and the strides of an empty array can always be represented. */
static inline bool checked_array_bytes(int nd, const int64_t *shape, int64_t itemsize,
                                       int64_t *bytes)
{
  int64_t all = itemsize, nonzero = itemsize;
  for (int d = 0; d < nd; d++) {
    if (shape[d] < 0 || !checked_mul(nonzero, shape[d] ? shape[d] : 1, &nonzero))
      return false;
    all = shape[d] ? all * shape[d] : 0;
    if (!all)
      all = 0;
  }
  *bytes = all;
  return true;
}

#endif
