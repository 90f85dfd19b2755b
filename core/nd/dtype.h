/* Element types: one table row each.  Values in memory are in host byte order, which is
 * little-endian on every machine this program builds for (checked in dtype.c). */
#ifndef TESSERAFS_DTYPE_H
#define TESSERAFS_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dtype {
  DT_BOOL, /* one byte, 0 or 1 */
  DT_I8,
  DT_U8,
  DT_I16,
  DT_U16,
  DT_I32,
  DT_U32,
  DT_I64,
  DT_U64,
  DT_F16,
  DT_F32,
  DT_F64,
  DT_C64,
  DT_C128,
  DT_COUNT
};

struct dtype_info {
  const char *name;  /* numpy's: "uint8", "float32", "bool", "complex64" */
  const char *numpy; /* numpy's descr, little-endian: "|u1", "<f4", "|b1" */
  int size;          /* bytes */
  char kind;         /* numpy's: 'b' bool, 'i' signed, 'u' unsigned, 'f', 'c' */
  int swap_size;     /* bytes of one swapped unit: size, or half of it for complex */
};

extern const struct dtype_info dtype_table[DT_COUNT];

static inline int dtype_size(enum dtype dtype)
{
  return dtype_table[dtype].size;
}

/* From a name ("uint8") or a numpy descr ("<u2", ">f4", "|u1", "u2", "=i4").  *swap (may
 * be NULL: then big-endian is refused) tells whether the stored bytes are big-endian.
 * false when unknown. */
bool dtype_parse(const char *text, enum dtype *dtype, bool *swap);

/* n elements of `from` at `in`, `in_step` bytes apart, to `to` at `out`, `out_step`
 * apart. C conversions of numpy's astype for values that fit (float to integer truncates
 * towards zero, integers wrap are NOT wanted: out-of-range values saturate).  Returns the
 * index of the first NaN met when converting to an integer, else n.  Complex to real is
 * not supported (asserted). */
size_t dtype_convert(enum dtype from, const void *in, ptrdiff_t in_step, enum dtype to,
                     void *out, ptrdiff_t out_step, size_t n);

double dtype_half_to_double(uint16_t half);
uint16_t dtype_double_to_half(double value); /* to nearest even */

#endif
