/* Numbers at byte offsets of a header of NIfTI or Analyze, in either byte order. */
#ifndef TESSERAFS_NIFTI_FIELDS_H
#define TESSERAFS_NIFTI_FIELDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct fields {
  const unsigned char *bytes;
  bool swapped;
};

static inline uint64_t get_bits(struct fields f, int at, int size)
{
  uint64_t bits = 0;
  for (int i = 0; i < size; i++)
    bits |= (uint64_t)f.bytes[at + (f.swapped ? size - 1 - i : i)] << 8 * i;
  return bits;
}

static inline int16_t get_i16(struct fields f, int at)
{
  return (int16_t)get_bits(f, at, 2);
}

static inline int32_t get_i32(struct fields f, int at)
{
  return (int32_t)get_bits(f, at, 4);
}

static inline int64_t get_i64(struct fields f, int at)
{
  return (int64_t)get_bits(f, at, 8);
}

static inline double get_f32(struct fields f, int at)
{
  const uint32_t bits = (uint32_t)get_bits(f, at, 4);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline double get_f64(struct fields f, int at)
{
  const uint64_t bits = get_bits(f, at, 8);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#endif
