/* The numbers that steps draw. */
#include <assert.h>

#include "core/augment/augment_table.h"

/* Draws are numbered: part, step, and what the step counts.  These numbers decide about
 * bytes that users have seen and never change. */
struct augment_stream augment_stream(const struct augment_key *key, int step)
{
  assert(key->part >= 0 && key->part < AUGMENT_PARTS && step < AUGMENT_STEPS);
  return (struct augment_stream){
      .place = {RNG_USE_AUGMENT, key->seed, key->stream, key->epoch, key->item},
      .first = (uint64_t)key->part << 63 | (uint64_t)step << 59,
  };
}

double augment_uniform(const struct augment_stream *stream, uint64_t k)
{
  /* the middles of 2^52 equal parts */
  return ((double)(rng_u64(&stream->place, stream->first + k) >> 12) + 0.5) * 0x1p-52;
}
