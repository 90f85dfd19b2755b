/* Python's own random numbers: random.Random(seed) for an integer seed, draw for draw.
 *
 * Not for anything new: it has state, so the millionth number costs a million draws.  It
 * exists because DeepReg and MedSegPy define their orders by it; our own draws are in
 * rng_philox.h.  random.shuffle(x) is: for i = len(x)-1 down to 1, swap x[i] and
 * x[below(i+1)]. */
#ifndef TESSERAFS_RNG_MT_H
#define TESSERAFS_RNG_MT_H

#include <stdint.h>

enum { RNG_MT_WORDS = 624 };

/* The Mersenne Twister MT19937.  One owner at a time. */
struct rng_mt {
  uint32_t word[RNG_MT_WORDS];
  int used; /* words handed out of the current batch */
};

/* Does random.seed(n); seed is the absolute value of n. */
void rng_mt_seed(struct rng_mt *mt, uint64_t seed);
/* random.getrandbits(32) */
uint32_t rng_mt_u32(struct rng_mt *mt);
/* random.random(): 0 <= x < 1, 53 bits */
double rng_mt_random(struct rng_mt *mt);
/* random.randrange(n), n >= 1; draws at least once, even for n = 1.  random.choice() of a
 * list of n takes the same position. */
uint64_t rng_mt_below(struct rng_mt *mt, uint64_t n);
/* random.sample(range(n), 2), n >= 2 */
void rng_mt_sample2(struct rng_mt *mt, uint64_t n, uint64_t out[2]);

#endif
