/* MT19937 as CPython seeds it (init_by_array of the seed's 32-bit words) and draws from
 * it (Lib/random.py, Modules/_randommodule.c).  Matsumoto and Nishimura, 1998. */
#include "core/base/rng_mt.h"

#include <assert.h>

enum { N = RNG_MT_WORDS, M = 397 };

static void seed_by_number(struct rng_mt *mt, uint32_t seed)
{
  mt->word[0] = seed;
  for (uint32_t i = 1; i < N; i++)
    mt->word[i] = 1812433253U * (mt->word[i - 1] ^ (mt->word[i - 1] >> 30)) + i;
}

/* Returns the word before i, mixed as both passes below need it. */
static uint32_t before(const uint32_t *word, int i)
{
  return word[i - 1] ^ (word[i - 1] >> 30);
}

void rng_mt_seed(struct rng_mt *mt, uint64_t seed)
{
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  const uint32_t nkey = key[1] ? 2 : 1;
  uint32_t *word = mt->word;
  seed_by_number(mt, 19650218U);
  int i = 1;
  for (uint32_t k = 0; k < N; k++) {
    const uint32_t j = k % nkey;
    word[i] = (word[i] ^ (before(word, i) * 1664525U)) + key[j] + j;
    if (++i == N) {
      word[0] = word[N - 1];
      i = 1;
    }
  }
  for (int k = 1; k < N; k++) {
    word[i] = (word[i] ^ (before(word, i) * 1566083941U)) - (uint32_t)i;
    if (++i == N) {
      word[0] = word[N - 1];
      i = 1;
    }
  }
  word[0] = 0x80000000U;
  mt->used = N;
}

static void make_words(uint32_t *word)
{
  for (int i = 0; i < N; i++) {
    const uint32_t y = (word[i] & 0x80000000U) | (word[(i + 1) % N] & 0x7fffffffU);
    word[i] = word[(i + M) % N] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfU : 0);
  }
}

uint32_t rng_mt_u32(struct rng_mt *mt)
{
  if (mt->used == N) {
    make_words(mt->word);
    mt->used = 0;
  }
  uint32_t y = mt->word[mt->used++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

double rng_mt_random(struct rng_mt *mt)
{
  const uint32_t a = rng_mt_u32(mt) >> 5, b = rng_mt_u32(mt) >> 6;
  return (a * 67108864.0 + b) / 9007199254740992.0;
}

/* random.getrandbits(k), 1 <= k <= 64: the low word first, the last one cut. */
static uint64_t bits(struct rng_mt *mt, int k)
{
  if (k <= 32)
    return rng_mt_u32(mt) >> (32 - k);
  const uint64_t low = rng_mt_u32(mt);
  return low | (uint64_t)(rng_mt_u32(mt) >> (64 - k)) << 32;
}

uint64_t rng_mt_below(struct rng_mt *mt, uint64_t n)
{
  assert(n >= 1);
  const int k = 64 - __builtin_clzll(n);
  uint64_t r;
  do
    r = bits(mt, k);
  while (r >= n);
  return r;
}

/* Python keeps a pool of the remaining elements when that is smaller than a set: up to
 * 21. */
void rng_mt_sample2(struct rng_mt *mt, uint64_t n, uint64_t out[2])
{
  assert(n >= 2);
  out[0] = rng_mt_below(mt, n);
  if (n <= 21) {
    const uint64_t j = rng_mt_below(mt, n - 1);
    out[1] = j == out[0] ? n - 1 : j; /* the pool's last element stands in the first
                                       * draw's place */
    return;
  }
  do
    out[1] = rng_mt_below(mt, n);
  while (out[1] == out[0]);
}
