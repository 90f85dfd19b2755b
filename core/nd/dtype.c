/* Element types: their table, their names, and conversion between any two of them.
 *
 * Conversion is one function per pair, made by macros.  A source value is first widened
 * without loss to one of three types (int64_t, uint64_t, double); each target has one
 * saturating store per such type. */
#include "core/nd/dtype.h"

#include <assert.h>
#include <math.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "values in memory are taken to be little-endian");

const struct dtype_info dtype_table[DT_COUNT] = {
    [DT_BOOL] = {"bool", "|b1", 1, 'b', 1},
    [DT_I8] = {"int8", "|i1", 1, 'i', 1},
    [DT_U8] = {"uint8", "|u1", 1, 'u', 1},
    [DT_I16] = {"int16", "<i2", 2, 'i', 2},
    [DT_U16] = {"uint16", "<u2", 2, 'u', 2},
    [DT_I32] = {"int32", "<i4", 4, 'i', 4},
    [DT_U32] = {"uint32", "<u4", 4, 'u', 4},
    [DT_I64] = {"int64", "<i8", 8, 'i', 8},
    [DT_U64] = {"uint64", "<u8", 8, 'u', 8},
    [DT_F16] = {"float16", "<f2", 2, 'f', 2},
    [DT_F32] = {"float32", "<f4", 4, 'f', 4},
    [DT_F64] = {"float64", "<f8", 8, 'f', 8},
    [DT_C64] = {"complex64", "<c8", 8, 'c', 4},
    [DT_C128] = {"complex128", "<c16", 16, 'c', 8},
};

bool dtype_parse(const char *text, enum dtype *dtype, bool *swap)
{
  char order = strchr("<>=|", *text) ? *text : 0;
  for (int i = 0; *text && i < DT_COUNT; i++) {
    const struct dtype_info *info = &dtype_table[i];
    bool is_name = !strcmp(text, info->name);
    if (!is_name && strcmp(text + (order != 0), info->numpy + 1))
      continue;
    bool big = order == '>' && info->swap_size > 1;
    if (big && !swap)
      return false;
    *dtype = (enum dtype)i;
    if (swap)
      *swap = big;
    return true;
  }
  return false;
}

/* --- float16 ----------------------------------------------------------------------- */

double dtype_half_to_double(uint16_t half)
{
  uint64_t sign = (uint64_t)(half >> 15) << 63, bits;
  int exponent = half >> 10 & 31;
  uint64_t mantissa = half & 1023;
  if (exponent == 0) {
    double value = (double)mantissa * 0x1p-24;
    return sign ? -value : value;
  }
  if (exponent == 31)
    bits = sign | 0x7ffULL << 52 | mantissa << 42;
  else
    bits = sign | (uint64_t)(exponent - 15 + 1023) << 52 | mantissa << 42;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* value >> shift, to nearest even. */
static uint64_t shift_rounding(uint64_t value, int shift)
{
  uint64_t whole = value >> shift, rest = value & ((1ULL << shift) - 1);
  uint64_t half = 1ULL << (shift - 1);
  return whole + (rest > half || (rest == half && (whole & 1)));
}

uint16_t dtype_double_to_half(double value)
{
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint16_t sign = (uint16_t)(bits >> 63 << 15);
  int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
  uint64_t mantissa = bits & ((1ULL << 52) - 1);
  if (exponent == 1024 && mantissa) { /* NaN, its upper payload kept as numpy does */
    uint16_t payload = (uint16_t)(mantissa >> 42);
    return (uint16_t)(sign | 0x7c00 | (payload ? payload : 1));
  }
  if (exponent > 15)
    return sign | 0x7c00;
  if (exponent < -25)
    return sign;
  if (exponent < -14) /* subnormal: in units of 2^-24 */
    return (uint16_t)(sign | shift_rounding(mantissa | 1ULL << 52, 28 - exponent));
  /* rounding up may carry into the exponent, up to infinity: that is the right value */
  uint64_t magnitude = (uint64_t)(exponent + 15) << 52 | mantissa;
  return (uint16_t)(sign | shift_rounding(magnitude, 42));
}

/* --- stores: one value of each wide type into each element type -------------------- */

/* Any real type of at most 64 bits, by the C type `type` whose limits are MIN and MAX. */
#define DEFINE_INTEGER_STORES(name, type, MIN, MAX)                                      \
  static inline type name##_of_s(int64_t v)                                              \
  {                                                                                      \
    if ((MIN) == 0)                                                                      \
      return v < 0 ? 0 : (uint64_t)v > (uint64_t)(MAX) ? (MAX) : (type)v;                \
    return v < (int64_t)(MIN) ? (MIN) : v > (int64_t)(MAX) ? (MAX) : (type)v;            \
  }                                                                                      \
  static inline type name##_of_u(uint64_t v)                                             \
  {                                                                                      \
    return v > (uint64_t)(MAX) ? (MAX) : (type)v;                                        \
  }                                                                                      \
  /* (double)MAX may round up to MAX + 1, which `>=` takes care of */                    \
  static inline type name##_of_f(double v)                                               \
  {                                                                                      \
    return v <= (double)(MIN) ? (MIN) : v >= (double)(MAX) ? (MAX) : (type)v;            \
  }

DEFINE_INTEGER_STORES(i8, int8_t, INT8_MIN, INT8_MAX)
DEFINE_INTEGER_STORES(u8, uint8_t, 0, UINT8_MAX)
DEFINE_INTEGER_STORES(i16, int16_t, INT16_MIN, INT16_MAX)
DEFINE_INTEGER_STORES(u16, uint16_t, 0, UINT16_MAX)
DEFINE_INTEGER_STORES(i32, int32_t, INT32_MIN, INT32_MAX)
DEFINE_INTEGER_STORES(u32, uint32_t, 0, UINT32_MAX)
DEFINE_INTEGER_STORES(i64, int64_t, INT64_MIN, INT64_MAX)
DEFINE_INTEGER_STORES(u64, uint64_t, 0, UINT64_MAX)

#define DEFINE_OTHER_STORES(name, type, convert)                                         \
  static inline type name##_of_s(int64_t v)                                              \
  {                                                                                      \
    return convert(v);                                                                   \
  }                                                                                      \
  static inline type name##_of_u(uint64_t v)                                             \
  {                                                                                      \
    return convert(v);                                                                   \
  }                                                                                      \
  static inline type name##_of_f(double v)                                               \
  {                                                                                      \
    return convert(v);                                                                   \
  }

struct c64 {
  float re, im;
};

struct c128 {
  double re, im;
};

#define TO_BOOL(v) ((v) != 0)
#define TO_F16(v) dtype_double_to_half((double)(v))
#define TO_F32(v) ((float)(v))
#define TO_F64(v) ((double)(v))
#define TO_C64(v) ((struct c64){(float)(v), 0})
#define TO_C128(v) ((struct c128){(double)(v), 0})
DEFINE_OTHER_STORES(b1, uint8_t, TO_BOOL)
DEFINE_OTHER_STORES(f16, uint16_t, TO_F16)
DEFINE_OTHER_STORES(f32, float, TO_F32)
DEFINE_OTHER_STORES(f64, double, TO_F64)
DEFINE_OTHER_STORES(c64, struct c64, TO_C64)
DEFINE_OTHER_STORES(c128, struct c128, TO_C128)

/* --- one function per pair --------------------------------------------------------- */

typedef size_t convert_fn(const char *in, ptrdiff_t in_step, char *out,
                          ptrdiff_t out_step, size_t n);

/* Elements may be unaligned (a file's bytes need not be). */
#define DEFINE_PAIR(from, load_type, wide_type, widen, wide, to, to_type, is_int)        \
  static size_t from##_to_##to(const char *in, ptrdiff_t in_step, char *out,             \
                               ptrdiff_t out_step, size_t n)                             \
  {                                                                                      \
    for (size_t i = 0; i < n; i++, in += in_step, out += out_step) {                     \
      load_type loaded;                                                                  \
      memcpy(&loaded, in, sizeof loaded);                                                \
      wide_type v = (wide_type)widen(loaded);                                            \
      if ((is_int) && v != v)                                                            \
        return i;                                                                        \
      to_type stored = to##_of_##wide(v);                                                \
      memcpy(out, &stored, sizeof stored);                                               \
    }                                                                                    \
    return n;                                                                            \
  }

#define DEFINE_ALL_FROM(from, load_type, wide_type, widen, wide)                         \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, b1, uint8_t, 0)                   \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, i8, int8_t, 1)                    \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, u8, uint8_t, 1)                   \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, i16, int16_t, 1)                  \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, u16, uint16_t, 1)                 \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, i32, int32_t, 1)                  \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, u32, uint32_t, 1)                 \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, i64, int64_t, 1)                  \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, u64, uint64_t, 1)                 \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, f16, uint16_t, 0)                 \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, f32, float, 0)                    \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, f64, double, 0)                   \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, c64, struct c64, 0)               \
  DEFINE_PAIR(from, load_type, wide_type, widen, wide, c128, struct c128, 0)             \
  static convert_fn *const from##_to[DT_COUNT] = {                                       \
      from##_to_b1,  from##_to_i8,  from##_to_u8,  from##_to_i16, from##_to_u16,         \
      from##_to_i32, from##_to_u32, from##_to_i64, from##_to_u64, from##_to_f16,         \
      from##_to_f32, from##_to_f64, from##_to_c64, from##_to_c128};

#define IS_SET(v) ((v) != 0)
#define SAME(v) (v)
DEFINE_ALL_FROM(b1, uint8_t, int64_t, IS_SET, s)
DEFINE_ALL_FROM(i8, int8_t, int64_t, SAME, s)
DEFINE_ALL_FROM(u8, uint8_t, int64_t, SAME, s)
DEFINE_ALL_FROM(i16, int16_t, int64_t, SAME, s)
DEFINE_ALL_FROM(u16, uint16_t, int64_t, SAME, s)
DEFINE_ALL_FROM(i32, int32_t, int64_t, SAME, s)
DEFINE_ALL_FROM(u32, uint32_t, int64_t, SAME, s)
DEFINE_ALL_FROM(i64, int64_t, int64_t, SAME, s)
DEFINE_ALL_FROM(u64, uint64_t, uint64_t, SAME, u)
DEFINE_ALL_FROM(f16, uint16_t, double, dtype_half_to_double, f)
DEFINE_ALL_FROM(f32, float, double, SAME, f)
DEFINE_ALL_FROM(f64, double, double, SAME, f)

#define DEFINE_COMPLEX(name, from, to, part)                                             \
  static size_t name(const char *in, ptrdiff_t in_step, char *out, ptrdiff_t out_step,   \
                     size_t n)                                                           \
  {                                                                                      \
    for (size_t i = 0; i < n; i++, in += in_step, out += out_step) {                     \
      from v;                                                                            \
      memcpy(&v, in, sizeof v);                                                          \
      to w = {(part)v.re, (part)v.im};                                                   \
      memcpy(out, &w, sizeof w);                                                         \
    }                                                                                    \
    return n;                                                                            \
  }

DEFINE_COMPLEX(c64_to_c64, struct c64, struct c64, float)
DEFINE_COMPLEX(c64_to_c128, struct c64, struct c128, double)
DEFINE_COMPLEX(c128_to_c64, struct c128, struct c64, float)
DEFINE_COMPLEX(c128_to_c128, struct c128, struct c128, double)

static convert_fn *const c64_to[DT_COUNT] = {
    [DT_C64] = c64_to_c64, [DT_C128] = c64_to_c128};
static convert_fn *const c128_to[DT_COUNT] = {
    [DT_C64] = c128_to_c64, [DT_C128] = c128_to_c128};

static convert_fn *const *const converters[DT_COUNT] = {
    b1_to,  i8_to,  u8_to,  i16_to, u16_to, i32_to, u32_to,
    i64_to, u64_to, f16_to, f32_to, f64_to, c64_to, c128_to};

size_t dtype_convert(enum dtype from, const void *in, ptrdiff_t in_step, enum dtype to,
                     void *out, ptrdiff_t out_step, size_t n)
{
  size_t size = (size_t)dtype_size(from);
  if (from == to && from != DT_BOOL && in_step == out_step && (size_t)in_step == size) {
    memcpy(out, in, n * size);
    return n;
  }
  convert_fn *convert = converters[from][to];
  assert(convert);
  return convert(in, in_step, out, out_step, n);
}
