/* Numbers of 4 or 8 bytes: see numbers.h.  Shuffling 10^8 of them takes seconds, each
 * step a cache miss; so the shuffle checks now and then whether a reader still waits. */
#include "core/sampler/numbers.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"

enum { STEPS_BETWEEN_LOOKS = 1 << 16 };

static int64_t width(int64_t bound)
{
  return bound <= (int64_t)UINT32_MAX + 1 ? sizeof(uint32_t) : sizeof(uint64_t);
}

int64_t numbers_bytes(int64_t n, int64_t bound)
{
  int64_t bytes;
  return checked_mul(n, width(bound), &bytes) ? bytes : INT64_MAX;
}

int numbers_open(struct numbers *numbers, int64_t n, int64_t bound, struct err *err)
{
  const int64_t bytes = numbers_bytes(n, bound);
  void *room = bytes < INT64_MAX ? malloc(bytes ? (size_t)bytes : 1) : NULL;
  if (!room)
    return err_set(err, ENOMEM, "out of memory for an order of %lld numbers",
                   (long long)n);
  *numbers = (struct numbers){.n = n};
  if (width(bound) == sizeof(uint32_t))
    numbers->narrow = room;
  else
    numbers->wide = room;
  return 0;
}

void numbers_shorten(struct numbers *numbers, int64_t n)
{
  const size_t bytes = (size_t)(n ? n : 1);
  void *less;
  if (numbers->narrow && (less = realloc(numbers->narrow, bytes * sizeof(uint32_t))))
    numbers->narrow = less;
  if (numbers->wide && (less = realloc(numbers->wide, bytes * sizeof(uint64_t))))
    numbers->wide = less;
  numbers->n = n;
}

void numbers_free(struct numbers *numbers)
{
  free(numbers->narrow);
  free(numbers->wide);
  *numbers = (struct numbers){0};
}

int numbers_shuffle(struct numbers *numbers, struct rng_mt *mt, struct err *err)
{
  for (int64_t i = 0; i < numbers->n; i++)
    numbers_set(numbers, i, i);
  for (int64_t i = numbers->n - 1; i >= 1; i--) {
    const int64_t j = (int64_t)rng_mt_below(mt, (uint64_t)i + 1);
    const int64_t last = numbers_at(numbers, i);
    numbers_set(numbers, i, numbers_at(numbers, j));
    numbers_set(numbers, j, last);
    if (i % STEPS_BETWEEN_LOOKS == 0 && cancel_check(err))
      return -1;
  }
  return 0;
}
