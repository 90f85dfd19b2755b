/* Undoes a PNG row's filter.  A byte depends on the one before it in the row, so only the
 * samples of one pixel can be computed at once: they are widened to sixteen bits in eight
 * lanes, the number that the largest pixel needs.  Pixels of one byte do without lanes.
 * Only the filter "up" has no such dependency. */
#include <string.h>

#include "core/source/png/png_decode.h"

typedef int16_t lanes __attribute__((vector_size(16)));
typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef uint8_t bytes16 __attribute__((vector_size(16)));

#define INLINE static inline __attribute__((always_inline))

/* Copies in two parts of 1, 2 or 4 bytes: a copy of 3 or 6 bytes at once would go through
 * memory, which takes five times as long. */
INLINE lanes load(const unsigned char *from, size_t pixel)
{
  const size_t first = pixel == 3 ? 2 : pixel == 6 ? 4 : pixel;
  uint64_t word = 0, rest = 0;
  memcpy(&word, from, first);
  memcpy(&rest, from + first, pixel - first);
  word |= rest << (8 * first & 63);
  bytes8 bytes;
  memcpy(&bytes, &word, sizeof bytes);
  return __builtin_convertvector(bytes, lanes);
}

/* Stores the low byte of each lane; returns what the next pixel takes for its left
 * neighbour. */
INLINE lanes store(unsigned char *to, lanes values, size_t pixel)
{
  const size_t first = pixel == 3 ? 2 : pixel == 6 ? 4 : pixel;
  const bytes8 bytes = __builtin_convertvector(values, bytes8);
  uint64_t word;
  memcpy(&word, &bytes, sizeof word);
  memcpy(to, &word, first);
  word >>= 8 * first & 63;
  memcpy(to + first, &word, pixel - first);
  return values & 0xff;
}

INLINE lanes choose(lanes mask, lanes yes, lanes no)
{
  return (mask & yes) | (~mask & no);
}

/* Returns the one of left, up, corner that is nearest to left + up - corner (the first of
 * equals), by two comparisons: it is the corner, or else the smaller or the larger of the
 * other two. */
INLINE lanes nearest(lanes left, lanes up, lanes corner)
{
  const lanes limit = corner + corner + corner - left - up;
  const lanes swap = up < left;
  const lanes low = choose(swap, up, left), high = choose(swap, left, up);
  return choose(limit <= low, high, choose(high <= limit, low, corner));
}

INLINE int nearest_byte(int left, int up, int corner)
{
  const int limit = 3 * corner - left - up;
  const int low = left < up ? left : up, high = left < up ? up : left;
  const int other = high <= limit ? low : corner;
  return limit <= low ? high : other;
}

INLINE void undo_sub(unsigned char *out, const unsigned char *in, size_t n, size_t pixel)
{
  lanes left = {0};
  for (size_t i = 0; i < n; i += pixel)
    left = store(out + i, load(in + i, pixel) + left, pixel);
}

INLINE void undo_average(unsigned char *out, const unsigned char *in,
                         const unsigned char *up, size_t n, size_t pixel)
{
  lanes left = {0};
  for (size_t i = 0; i < n; i += pixel)
    left =
        store(out + i, load(in + i, pixel) + ((left + load(up + i, pixel)) >> 1), pixel);
}

INLINE void undo_paeth(unsigned char *out, const unsigned char *in,
                       const unsigned char *up, size_t n, size_t pixel)
{
  lanes left = {0}, corner = {0};
  for (size_t i = 0; i < n; i += pixel) {
    const lanes above = load(up + i, pixel);
    left = store(out + i, load(in + i, pixel) + nearest(left, above, corner), pixel);
    corner = above;
  }
}

static void undo_bytes(int filter, unsigned char *out, const unsigned char *in,
                       const unsigned char *up, size_t n)
{
  unsigned char left = 0, corner = 0;
  if (filter == 1)
    for (size_t i = 0; i < n; i++)
      out[i] = left = (unsigned char)(left + in[i]);
  else if (filter == 3)
    for (size_t i = 0; i < n; i++)
      out[i] = left = (unsigned char)(in[i] + (left + up[i]) / 2);
  else
    for (size_t i = 0; i < n; i++) {
      const unsigned char above = up[i];
      out[i] = left = (unsigned char)(in[i] + nearest_byte(left, above, corner));
      corner = above;
    }
}

static void undo_up(unsigned char *out, const unsigned char *in, const unsigned char *up,
                    size_t n)
{
  size_t i = 0;
  for (bytes16 a, b; n - i >= sizeof a; i += sizeof a) {
    memcpy(&a, in + i, sizeof a);
    memcpy(&b, up + i, sizeof b);
    a += b;
    memcpy(out + i, &a, sizeof a);
  }
  for (; i < n; i++)
    out[i] = (unsigned char)(in[i] + up[i]);
}

/* Compiled once for each size of a pixel. */
INLINE void undo_chained(int filter, unsigned char *out, const unsigned char *in,
                         const unsigned char *up, size_t n, size_t pixel)
{
  if (filter == 1)
    undo_sub(out, in, n, pixel);
  else if (filter == 3)
    undo_average(out, in, up, n, pixel);
  else
    undo_paeth(out, in, up, n, pixel);
}

bool png_unfilter(int filter, unsigned char *out, const unsigned char *in,
                  const unsigned char *up, size_t n, int pixel)
{
  if (filter < 0 || filter > 4)
    return false;
  if (filter == 0)
    memmove(out, in, n);
  else if (filter == 2)
    undo_up(out, in, up, n);
  else if (pixel == 1)
    undo_bytes(filter, out, in, up, n);
  else if (pixel == 2)
    undo_chained(filter, out, in, up, n, 2);
  else if (pixel == 3)
    undo_chained(filter, out, in, up, n, 3);
  else if (pixel == 4)
    undo_chained(filter, out, in, up, n, 4);
  else if (pixel == 6)
    undo_chained(filter, out, in, up, n, 6);
  else
    undo_chained(filter, out, in, up, n, 8);
  return true;
}
