/* From decoded bytes to elements: predictors, byte order, packed samples.
 *
 * Samples that are whole bytes have the file's byte order, all others are packed, most
 * significant bit first, and each row begins on a byte.  A predictor's arithmetic is
 * modulo 2^bits, whatever type the elements have. */
#include <errno.h>
#include <string.h>

#include <tiffio.h>

#include "core/base/scratch.h"
#include "core/source/tiff/tiff_stored.h"

bool tiff_samples_in_place(const struct tiff_kind *kind, enum dtype dtype)
{
  return dtype != DT_BOOL && kind->bits == 8 * dtype_size(dtype);
}

void tiff_samples_swap(void *bytes, int64_t n, int size)
{
  unsigned char *at = bytes;
  for (int64_t i = 0; i < n; i++, at += size)
    for (int low = 0, high = size - 1; low < high; low++, high--) {
      const unsigned char byte = at[low];
      at[low] = at[high];
      at[high] = byte;
    }
}

/* --- predictors -------------------------------------------------------------------- */

#define ADD_BEFORE(type)                                                                 \
  static void add_before_##type(void *row, int64_t n, int step, uint64_t mask)           \
  {                                                                                      \
    type *at = row;                                                                      \
    for (int64_t i = step; i < n; i++)                                                   \
      at[i] = (type)((at[i] + at[i - step]) & mask);                                     \
  }
ADD_BEFORE(uint8_t)
ADD_BEFORE(uint16_t)
ADD_BEFORE(uint32_t)
ADD_BEFORE(uint64_t)

/* Adds to each element of a row the one `step` before it, modulo 2^bits. */
static void add_before(void *row, int size, int bits, int64_t n, int step)
{
  const uint64_t mask = UINT64_MAX >> (64 - bits);
  switch (size) {
  case 1:
    add_before_uint8_t(row, n, step, mask);
    break;
  case 2:
    add_before_uint16_t(row, n, step, mask);
    break;
  case 4:
    add_before_uint32_t(row, n, step, mask);
    break;
  default:
    add_before_uint64_t(row, n, step, mask);
  }
}

/* Undoes the floating-point predictor, whatever the file's byte order: bytes were
 * subtracted, after all first (most significant) bytes, all second ones, ... of a row
 * were put together. */
static void gather_floats(unsigned char *row, unsigned char *spare, int size, int64_t n,
                          int step)
{
  add_before(row, 1, 8, n * size, step);
  memcpy(spare, row, (size_t)(n * size));
  for (int b = 0; b < size; b++)
    for (int64_t i = 0; i < n; i++)
      row[i * size + b] = spare[(size - 1 - b) * n + i];
}

/* --- packed samples ---------------------------------------------------------------- */

static void put(unsigned char *out, int size, uint64_t value)
{
  memcpy(out, &value, (size_t)size);
}

static void spread_bytes(const unsigned char *in, int from, bool swapped, int64_t n,
                         int size, unsigned char *out)
{
  for (int64_t i = 0; i < n; i++, in += from, out += size) {
    uint64_t value = 0;
    for (int b = 0; b < from; b++)
      value = value << 8 | in[swapped ? b : from - 1 - b];
    put(out, size, value);
  }
}

static void spread_bits(const unsigned char *in, int bits, int64_t n, int size,
                        unsigned char *out)
{
  unsigned __int128 held = 0;
  int nheld = 0;
  for (int64_t i = 0; i < n; i++, out += size) {
    while (nheld < bits) {
      held = held << 8 | *in++;
      nheld += 8;
    }
    nheld -= bits;
    put(out, size, (uint64_t)(held >> nheld) & UINT64_MAX >> (64 - bits));
  }
}

/* Gives the elements of a row the sign that their highest bit says. */
static void extend_sign(unsigned char *row, int bits, int64_t n, int size)
{
  for (int64_t i = 0; i < n; i++, row += size) {
    uint64_t value = 0;
    memcpy(&value, row, (size_t)size);
    if (value >> (bits - 1) & 1)
      put(row, size, value | UINT64_MAX << bits);
  }
}

/* --- rows -------------------------------------------------------------------------- */

static void make_packed_row(const struct tiff_kind *kind, int size, bool swapped,
                            const unsigned char *in, int64_t n, int step,
                            unsigned char *out)
{
  if (kind->bits % 8)
    spread_bits(in, kind->bits, n, size, out);
  else
    spread_bytes(in, kind->bits / 8, swapped, n, size, out);
  if (kind->predictor == PREDICTOR_HORIZONTAL)
    add_before(out, size, kind->bits, n, step);
  if (kind->format == SAMPLEFORMAT_INT)
    extend_sign(out, kind->bits, n, size);
}

int tiff_samples_make(const struct tiff_kind *kind, enum dtype dtype, bool swapped,
                      void *in, int64_t n, int64_t across, int step, void *out,
                      struct err *err)
{
  const int size = dtype_size(dtype);
  const int64_t stride = (across * kind->bits + 7) / 8;
  unsigned char *row = in, *to = out;
  if (!tiff_samples_in_place(kind, dtype)) {
    for (int64_t y = 0; y < n; y++, row += stride, to += across * size)
      make_packed_row(kind, size, swapped, row, across, step, to);
    return 0;
  }
  const bool floats = kind->predictor == PREDICTOR_FLOATINGPOINT;
  CLEANUP_SCRATCH unsigned char *spare = floats ? scratch_get((size_t)stride) : NULL;
  if (floats && !spare)
    return err_set(err, ENOMEM, "out of memory");
  for (int64_t y = 0; y < n; y++, row += stride) {
    const int unit = dtype_table[dtype].swap_size;
    if (floats)
      gather_floats(row, spare, size, across, step);
    else if (swapped && unit > 1)
      tiff_samples_swap(row, across * (size / unit), unit);
    if (kind->predictor == PREDICTOR_HORIZONTAL)
      add_before(row, size, kind->bits, across, step);
  }
  return 0;
}
