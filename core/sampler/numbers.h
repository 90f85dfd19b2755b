/* Many whole numbers in memory, of 4 bytes each where that suffices, else 8: orders that
 * must be kept because they come from a generator with state. */
#ifndef TESSERAFS_NUMBERS_H
#define TESSERAFS_NUMBERS_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/rng_mt.h"

/* Starts as {0}, ends with numbers_free(). */
struct numbers {
  int64_t n;
  uint32_t *narrow; /* one of these two */
  uint64_t *wide;
};

/* Returns the bytes for n numbers that are all < bound; INT64_MAX when that does not
 * fit. */
int64_t numbers_bytes(int64_t n, int64_t bound);
/* Makes room for n numbers, which are not set. */
int numbers_open(struct numbers *numbers, int64_t n, int64_t bound, struct err *err);
/* Gives back the room of all but the first n. */
void numbers_shorten(struct numbers *numbers, int64_t n);
void numbers_free(struct numbers *numbers);

/* Does x = list(range(n)); random.shuffle(x) in the room of numbers_open(n, n).  EINTR
 * when the reader is gone. */
int numbers_shuffle(struct numbers *numbers, struct rng_mt *mt, struct err *err);

static inline int64_t numbers_at(const struct numbers *numbers, int64_t i)
{
  return numbers->narrow ? (int64_t)numbers->narrow[i] : (int64_t)numbers->wide[i];
}

static inline void numbers_set(struct numbers *numbers, int64_t i, int64_t value)
{
  if (numbers->narrow)
    numbers->narrow[i] = (uint32_t)value;
  else
    numbers->wide[i] = (uint64_t)value;
}

#endif
