/* Random numbers without state: a draw is a pure function of its place, so item N of
 * epoch E costs one step, and any thread in any order gets the same number.
 *
 * Philox4x64-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3;
 * 2011) is the generator of numpy.random.Philox.  The place below is its counter and key:
 * Philox(counter=[k/4, item, epoch, stream], key=[seed, use]), word k%4; numpy adds 1 to
 * the counter before it draws. */
#ifndef TESSERAFS_RNG_PHILOX_H
#define TESSERAFS_RNG_PHILOX_H

#include <stdint.h>

/* The purpose of a draw; draws for two purposes are independent.  The numbers decide
 * about bytes that users have seen, so they never change. */
enum rng_use {
  RNG_USE_ORDER = 1,   /* which item comes when */
  RNG_USE_PAIR = 2,    /* what an item is paired with */
  RNG_USE_LABEL = 3,   /* which label is shown */
  RNG_USE_AUGMENT = 4, /* how an item is deformed */
};

struct rng_place {
  enum rng_use use;
  uint64_t seed;
  uint64_t stream; /* names the split */
  int64_t epoch;   /* any number; negative ones in two's complement */
  int64_t item;
};

/* The bare function of ten rounds. */
void rng_philox(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4]);

/* Returns draw number k >= 0 of a place: 64 bits. */
uint64_t rng_u64(const struct rng_place *place, uint64_t k);
/* Returns 0 <= x < 1 with 53 bits, as numpy's Generator.random() makes it of such a
 * word. */
double rng_unit(const struct rng_place *place, uint64_t k);
/* Returns 0 .. n-1, n >= 1: the high word of n times the draw.  Always takes one draw;
 * the chances of two values differ by at most 2^-64. */
uint64_t rng_below(const struct rng_place *place, uint64_t k, uint64_t n);

#endif
