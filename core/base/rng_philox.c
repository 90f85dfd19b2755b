/* Philox4x64-10: see rng_philox.h.  Twenty multiplications; a draw computes its block of
 * four words anew, which is cheaper than keeping one per reader. */
#include "core/base/rng_philox.h"

#include <assert.h>

__extension__ typedef unsigned __int128 uint128;

static uint64_t high_word(uint64_t a, uint64_t b)
{
  return (uint64_t)((uint128)a * b >> 64);
}

void rng_philox(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4])
{
  static const uint64_t multiplier[2] = {0xD2E7470EE14C6C93U, 0xCA5A826395121157U};
  static const uint64_t weyl[2] = {0x9E3779B97F4A7C15U, 0xBB67AE8584CAA73BU};
  uint64_t x[4] = {counter[0], counter[1], counter[2], counter[3]};
  uint64_t k[2] = {key[0], key[1]};
  for (int round = 0; round < 10; round++) {
    const uint64_t high0 = high_word(multiplier[0], x[0]);
    const uint64_t high1 = high_word(multiplier[1], x[2]);
    const uint64_t low0 = multiplier[0] * x[0], low1 = multiplier[1] * x[2];
    x[0] = high1 ^ x[1] ^ k[0];
    x[1] = low1;
    x[2] = high0 ^ x[3] ^ k[1];
    x[3] = low0;
    k[0] += weyl[0];
    k[1] += weyl[1];
  }
  for (int i = 0; i < 4; i++)
    out[i] = x[i];
}

uint64_t rng_u64(const struct rng_place *place, uint64_t k)
{
  const uint64_t counter[4] = {k / 4, (uint64_t)place->item, (uint64_t)place->epoch,
                               place->stream};
  const uint64_t key[2] = {place->seed, (uint64_t)place->use};
  uint64_t out[4];
  rng_philox(counter, key, out);
  return out[k % 4];
}

double rng_unit(const struct rng_place *place, uint64_t k)
{
  return (double)(rng_u64(place, k) >> 11) * 0x1p-53;
}

uint64_t rng_below(const struct rng_place *place, uint64_t k, uint64_t n)
{
  assert(n >= 1);
  return high_word(rng_u64(place, k), n);
}
