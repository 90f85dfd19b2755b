/* Numbers as the bytes of a header: `size` low bytes of value, little- or big-endian. */
#ifndef TESSERAFS_PUT_H
#define TESSERAFS_PUT_H

#include <stdint.h>
#include <string.h>

static inline void put_le(unsigned char *at, uint64_t value, int size)
{
  for (int i = 0; i < size; i++)
    at[i] = (unsigned char)(value >> (8 * i));
}

static inline void put_be(unsigned char *at, uint64_t value, int size)
{
  for (int i = 0; i < size; i++)
    at[i] = (unsigned char)(value >> (8 * (size - 1 - i)));
}

static inline void put_f32(unsigned char *at, double value)
{
  const float single = (float)value;
  uint32_t bits;
  memcpy(&bits, &single, sizeof bits);
  put_le(at, bits, 4);
}

static inline void put_f64(unsigned char *at, double value)
{
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_le(at, bits, 8);
}

#endif
