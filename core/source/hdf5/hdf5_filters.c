/* The arithmetic of two HDF5 filters: undoing shuffle, and the Fletcher checksum.
 *
 * A shuffled chunk of n-byte elements is n planes: all first bytes, all second bytes, ...
 * For the usual element sizes sixteen elements are put together at a time: a vector of
 * sixteen bytes is loaded from each plane, then log2(n) rounds interleave plane j with
 * plane j + n/2 (a perfect shuffle network).  The vectors are plain C, so the code is the
 * same on every machine. */
#include <errno.h>
#include <string.h>

#include "core/source/hdf5/hdf5_chunk.h"

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

/* Puts elements first .. count-1 together, one byte at a time. */
static void unshuffle_rest(unsigned char *out, const unsigned char *in, size_t count,
                           size_t element, size_t first)
{
  for (size_t b = 0; b < element; b++)
    for (size_t i = first; i < count; i++)
      out[i * element + b] = in[b * count + i];
}

/* Puts the first `count` (a multiple of LANES) of `stride` elements together.  element: a
 * power of two, 2 to 16; a constant once inlined. */
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

/* Folding treats 65536 as 1, so a sum that is not 0 never becomes 0: it does not matter
 * when sums are folded. */
static void fold(struct hdf5_sum *sum)
{
  sum->sum1 = (sum->sum1 & 0xffff) + (sum->sum1 >> 16);
  sum->sum2 = (sum->sum2 & 0xffff) + (sum->sum2 >> 16);
}

static void add_word(struct hdf5_sum *sum, unsigned char high, unsigned char low)
{
  sum->sum1 += (uint32_t)high << 8 | low;
  sum->sum2 += sum->sum1;
}

/* Sums are folded before 360 words could overflow them. */
void hdf5_sum_add(struct hdf5_sum *sum, const void *data, size_t size)
{
  enum { WORDS = 360 };
  const unsigned char *at = data;
  if (sum->odd && size) {
    add_word(sum, sum->last, *at++);
    fold(sum);
    sum->odd = false;
    size--;
  }
  for (size_t left = size / 2; left;) {
    const size_t n = left < WORDS ? left : WORDS;
    left -= n;
    for (size_t i = 0; i < n; i++, at += 2)
      add_word(sum, at[0], at[1]);
    fold(sum);
  }
  if (size % 2) {
    sum->odd = true;
    sum->last = *at;
  }
}

uint32_t hdf5_sum_end(struct hdf5_sum sum)
{
  if (sum.odd) {
    add_word(&sum, sum.last, 0);
    fold(&sum);
  }
  fold(&sum);
  return sum.sum2 << 16 | sum.sum1;
}

uint32_t hdf5_fletcher32(const void *data, size_t size)
{
  struct hdf5_sum sum = {0};
  hdf5_sum_add(&sum, data, size);
  return hdf5_sum_end(sum);
}

/* libhdf5 1.6.2 swapped the bytes of the sums' halves; later ones tolerate that. */
static uint32_t swap_halves(uint32_t sum)
{
  return (sum & 0x00ff00ff) << 8 | (sum >> 8 & 0x00ff00ff);
}

int hdf5_sum_check(uint32_t sum, const unsigned char *stored, struct err *err)
{
  uint32_t expected;
  memcpy(&expected, stored, sizeof expected);
  if (expected == sum || expected == swap_halves(sum))
    return 0;
  return err_set(err, EIO, "expected the fletcher32 checksum %08x, found %08x", expected,
                 sum);
}
