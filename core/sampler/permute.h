/* A shuffle of 0 .. n-1 of which any element is computed by itself: no table that grows
 * with n, O(1) time. */
#ifndef TESSERAFS_PERMUTE_H
#define TESSERAFS_PERMUTE_H

#include <stdint.h>

#include "core/base/rng_philox.h"

enum { PERMUTE_ROUNDS = 8, PERMUTE_FEW = 64 };

/* Immutable after permute_init(). */
struct permute {
  uint64_t n;
  uint64_t rows, columns; /* rows * columns >= n, both near its root */
  uint64_t key[PERMUTE_ROUNDS];
  unsigned char few[PERMUTE_FEW]; /* the whole shuffle when n <= PERMUTE_FEW */
};

/* n >= 0.  The shuffle depends on n and on the place (its item included). */
void permute_init(struct permute *permute, int64_t n, const struct rng_place *place);

/* Returns the element at i, 0 <= i < n: each element comes exactly once over all i. */
int64_t permute_at(const struct permute *permute, int64_t i);

#endif
