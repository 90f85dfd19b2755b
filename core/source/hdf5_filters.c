/* The arithmetic of two HDF5 filters: shuffle undone, and the Fletcher checksum.
 *
 * A shuffled chunk of n-byte elements is n planes: all first bytes, all second bytes, ...
 * For the usual element sizes sixteen elements are put together at a time: a vector of
 * sixteen bytes from each plane, then log2(n) rounds in which plane j is interleaved with
 * plane j + n/2 (a perfect shuffle network).  Plain C vectors: the same code on every
 * machine. */
#include <string.h>

#include "core/source/hdf5_chunk.h"

typedef unsigned char bytes16 __attribute__((vector_size(16)));

enum { LANES = 16 };

static inline bytes16 interleave_low(bytes16 a, bytes16 b)
{
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7,
                                 23);
}

static inline bytes16 interleave_high(bytes16 a, bytes16 b)
{
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14,
                                 30, 15, 31);
}

/* Elements first .. count-1, one byte at a time. */
static void unshuffle_rest(unsigned char *out, const unsigned char *in, size_t count,
                           size_t element, size_t first)
{
  for (size_t b = 0; b < element; b++)
    for (size_t i = first; i < count; i++)
      out[i * element + b] = in[b * count + i];
}

/* The first `count` (a multiple of LANES) of `stride` elements.
 * element: a power of two, 2 to 16; a constant once inlined. */
static inline __attribute__((always_inline)) void
unshuffle_vectors(unsigned char *out, const unsigned char *in, size_t count,
                  size_t stride, size_t element)
{
  bytes16 plane[LANES], next[LANES];
  for (size_t i = 0; i < count; i += LANES) {
    for (size_t b = 0; b < element; b++)
      memcpy(&plane[b], in + b * stride + i, LANES);
    for (size_t round = 1; round < element; round *= 2) {
      for (size_t j = 0; j < element / 2; j++) {
        next[2 * j] = interleave_low(plane[j], plane[j + element / 2]);
        next[2 * j + 1] = interleave_high(plane[j], plane[j + element / 2]);
      }
      memcpy(plane, next, element * LANES);
    }
    memcpy(out + i * element, plane, element * LANES);
  }
}

void hdf5_unshuffle(void *out, const void *in, size_t size, size_t element)
{
  const size_t count = size / element, whole = count - count % LANES;
  size_t done = whole;
  switch (element) {
  case 2:
    unshuffle_vectors(out, in, whole, count, 2);
    break;
  case 4:
    unshuffle_vectors(out, in, whole, count, 4);
    break;
  case 8:
    unshuffle_vectors(out, in, whole, count, 8);
    break;
  case 16:
    unshuffle_vectors(out, in, whole, count, 16);
    break;
  default:
    done = 0;
  }
  unshuffle_rest(out, in, count, element, done);
  const size_t moved = count * element;
  if (moved < size)
    memcpy((char *)out + moved, (const char *)in + moved, size - moved);
}

/* Sums are folded (65536 counts as 1) before 360 words could overflow them. */
uint32_t hdf5_fletcher32(const void *data, size_t size)
{
  enum { WORDS = 360 };
  const unsigned char *at = data;
  uint32_t sum1 = 0, sum2 = 0;
  for (size_t left = size / 2; left;) {
    const size_t n = left < WORDS ? left : WORDS;
    left -= n;
    for (size_t i = 0; i < n; i++, at += 2) {
      sum1 += (uint32_t)at[0] << 8 | at[1];
      sum2 += sum1;
    }
    sum1 = (sum1 & 0xffff) + (sum1 >> 16);
    sum2 = (sum2 & 0xffff) + (sum2 >> 16);
  }
  if (size % 2) {
    sum1 += (uint32_t)*at << 8;
    sum2 += sum1;
    sum1 = (sum1 & 0xffff) + (sum1 >> 16);
    sum2 = (sum2 & 0xffff) + (sum2 >> 16);
  }
  sum1 = (sum1 & 0xffff) + (sum1 >> 16);
  sum2 = (sum2 & 0xffff) + (sum2 >> 16);
  return sum2 << 16 | sum1;
}
