/* Element types: names, conversion of every pair against a long double (which holds all
 * values of all real types exactly on x86), float16 against its definition. */
#include <math.h>
#include <string.h>

#include "core/nd/dtype.h"
#include "tests/support/check.h"

static void test_parse(void)
{
  static const struct {
    const char *text;
    enum dtype dtype;
    bool swap;
  } good[] = {
      {"uint8", DT_U8, false},   {"float64", DT_F64, false}, {"<u2", DT_U16, false},
      {">f4", DT_F32, true},     {"|u1", DT_U8, false},      {">u1", DT_U8, false},
      {"u2", DT_U16, false},     {"=i4", DT_I32, false},     {"|b1", DT_BOOL, false},
      {"bool", DT_BOOL, false},  {">c16", DT_C128, true},    {"<c8", DT_C64, false},
      {"float16", DT_F16, false}};
  static const char *const bad[] = {"",       "<",   "u3", "float",
                                    "<uint8", "u16", "U2", "<<u2"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    enum dtype dtype = DT_COUNT;
    bool swap = !good[i].swap;
    CHECK(dtype_parse(good[i].text, &dtype, &swap));
    CHECK(dtype == good[i].dtype && swap == good[i].swap);
    CHECK(dtype_parse(good[i].text, &dtype, NULL) == !good[i].swap);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    enum dtype dtype;
    bool swap;
    CHECK(!dtype_parse(bad[i], &dtype, &swap));
  }
}

static void test_table(void)
{
  for (int i = 0; i < DT_COUNT; i++) {
    const struct dtype_info *info = &dtype_table[i];
    enum dtype dtype;
    CHECK(dtype_parse(info->name, &dtype, NULL) && (int)dtype == i);
    CHECK(dtype_parse(info->numpy, &dtype, NULL) && (int)dtype == i);
    CHECK(info->swap_size == (info->kind == 'c' ? info->size / 2 : info->size));
  }
}

/* --- float16 ----------------------------------------------------------------------- */

static double half_by_definition(unsigned half)
{
  int exponent = half >> 10 & 31;
  double fraction = half & 1023;
  double value = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
  return half & 0x8000 ? -value : value;
}

static bool same_bits(double a, double b)
{
  return !memcmp(&a, &b, sizeof a);
}

static void test_every_half(void)
{
  bool values = true, back = true;
  for (unsigned half = 0; half < 65536; half++) {
    double value = dtype_half_to_double((uint16_t)half);
    back &= dtype_double_to_half(value) == half;
    if ((half & 0x7c00) != 0x7c00)
      values &= same_bits(value, half_by_definition(half));
    else if (half & 1023)
      values &= isnan(value);
    else
      values &= isinf(value) && !signbit(value) == !(half >> 15);
  }
  CHECK(values);
  CHECK(back);
}

/* Between two neighbours: the nearer one, in the middle the even one. */
static void test_half_rounds_to_nearest_even(void)
{
  bool ok = true;
  for (unsigned half = 0; half < 0x7bff; half++) {
    double low = half_by_definition(half), high = half_by_definition(half + 1);
    double middle = (low + high) / 2;
    unsigned even = half + (half & 1);
    for (unsigned sign = 0; sign <= 0x8000; sign += 0x8000) {
      double s = sign ? -1 : 1;
      ok &= dtype_double_to_half(s * middle) == (even | sign);
      ok &= dtype_double_to_half(s * nextafter(middle, 0)) == (half | sign);
      ok &= dtype_double_to_half(s * nextafter(middle, 1e9)) == ((half + 1) | sign);
    }
  }
  CHECK(ok);
}

/* numpy.float64(x).astype("f2").view("u2") of numpy 1.24.2 */
static void test_half_as_numpy(void)
{
  CHECK(dtype_double_to_half(65519.99) == 0x7bff);
  CHECK(dtype_double_to_half(65520) == 0x7c00);
  CHECK(dtype_double_to_half(-1e300) == 0xfc00);
  CHECK(dtype_double_to_half(1e-300) == 0);
  CHECK(dtype_double_to_half(-0.0) == 0x8000);
  CHECK(dtype_double_to_half(3.14159265358979) == 0x4248);
  CHECK(dtype_double_to_half(NAN) == 0x7e00);
}

/* --- conversion -------------------------------------------------------------------- */

static long double load(enum dtype dtype, const void *at)
{
  union {
    int8_t i8;
    uint8_t u8;
    int16_t i16;
    uint16_t u16;
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    float f32;
    double f64;
    char all[16];
  } v;
  memcpy(&v, at, (size_t)dtype_size(dtype));
  switch (dtype) {
  case DT_BOOL:
    return v.u8 != 0;
  case DT_I8:
    return v.i8;
  case DT_U8:
    return v.u8;
  case DT_I16:
    return v.i16;
  case DT_U16:
    return v.u16;
  case DT_I32:
    return v.i32;
  case DT_U32:
    return v.u32;
  case DT_I64:
    return v.i64;
  case DT_U64:
    return v.u64;
  case DT_F16:
    return dtype_half_to_double(v.u16);
  case DT_F32:
  case DT_C64: /* the real part */
    return v.f32;
  default:
    return v.f64;
  }
}

/* What `value` must become, as a value. */
static long double expected(enum dtype to, long double value)
{
  const int bits = 8 * dtype_size(to);
  const long double whole = truncl(value) + 0.0L; /* an integer has no -0 */
  switch (dtype_table[to].kind) {
  case 'b':
    return value != 0;
  case 'i':
    return fmaxl(-ldexpl(1, bits - 1), fminl(ldexpl(1, bits - 1) - 1, whole));
  case 'u':
    return fmaxl(0, fminl(ldexpl(1, bits) - 1, whole));
  }
  if (to == DT_F16)
    return dtype_half_to_double(dtype_double_to_half((double)value));
  return to == DT_F32 || to == DT_C64 ? (float)value : (double)value;
}

static const double wide[] = {0,       -0.0,    1,       -1,           0.5,    -0.5,
                              0.99,    1.99,    -1.99,   127,          127.5,  128,
                              -128,    -128.9,  -129,    255,          255.9,  256,
                              32767.5, 32768,   -32769,  65535,        65536,  1e9,
                              0x1p31,  -0x1p31, 0x1p32,  4294967295.0, 0x1p53, 0x1p62,
                              0x1p63,  0x1p64,  -0x1p63, 1e19,         -1e19,  1e30,
                              -1e30,   1e300,   1e-40,   1e-300,       65504,  65520};

static void check_pair(enum dtype from, enum dtype to, const void *in)
{
  char bytes[40] = {0}, *out = bytes + 1; /* unaligned */
  CHECK(dtype_convert(from, in, 16, to, out, 16, 1) == 1);
  long double want = expected(to, load(from, in)), got = load(to, out);
  CHECK(want == got && !signbit(want) == !signbit(got));
  if (dtype_table[to].kind == 'c') {
    long double imaginary = load(to, out + dtype_size(to) / 2);
    CHECK(imaginary == 0);
  }
}

static void test_every_real_pair(void)
{
  for (int from = 0; from < DT_C64; from++)
    for (int to = 0; to < DT_COUNT; to++)
      for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        char in[16] = {0};
        dtype_convert(DT_F64, &wide[i], 8, (enum dtype)from, in, 8, 1);
        check_pair((enum dtype)from, (enum dtype)to, in);
      }
}

/* 64-bit integers that no double holds. */
static void test_large_integers(void)
{
  static const int64_t s[] = {INT64_MAX, INT64_MIN, INT64_MAX - 1, (1LL << 53) + 1,
                              -(1LL << 62) - 1};
  static const uint64_t u[] = {UINT64_MAX, UINT64_MAX - 1, (1ULL << 63) + 1};
  for (int to = 0; to < DT_COUNT; to++) {
    for (size_t i = 0; i < sizeof s / sizeof s[0]; i++)
      check_pair(DT_I64, (enum dtype)to, &s[i]);
    for (size_t i = 0; i < sizeof u / sizeof u[0]; i++)
      check_pair(DT_U64, (enum dtype)to, &u[i]);
  }
}

static void test_complex(void)
{
  const double in[] = {1.5, -2.25, 1e300, 3};
  float out[4];
  double back[4];
  CHECK(dtype_convert(DT_C128, in, 16, DT_C64, out, 8, 2) == 2);
  CHECK(out[0] == 1.5f && out[1] == -2.25f && isinf(out[2]) && out[3] == 3);
  CHECK(dtype_convert(DT_C64, out, 8, DT_C128, back, 16, 2) == 2);
  CHECK(back[1] == -2.25 && isinf(back[2]));
}

static void test_nan(void)
{
  const double in[] = {1, 2, NAN, 4};
  const float in32[] = {NAN, 1};
  const uint16_t in16[] = {0x3c00, 0x7e00};
  int16_t ints[4];
  uint64_t longs[4];
  uint8_t bools[4];
  float floats[4];
  CHECK(dtype_convert(DT_F64, in, 8, DT_I16, ints, 2, 4) == 2);
  CHECK(dtype_convert(DT_F32, in32, 4, DT_U64, longs, 8, 2) == 0);
  CHECK(dtype_convert(DT_F16, in16, 2, DT_I16, ints, 2, 2) == 1);
  CHECK(dtype_convert(DT_F64, in, 8, DT_F32, floats, 4, 4) == 4 && isnan(floats[2]));
  CHECK(dtype_convert(DT_F64, in, 8, DT_BOOL, bools, 1, 4) == 4 && bools[2] == 1);
}

static void test_steps(void)
{
  const uint8_t in[] = {1, 99, 2, 99, 3};
  int16_t out[6] = {7, 7, 7, 7, 7, 7};
  CHECK(dtype_convert(DT_U8, in, 2, DT_I16, out + 4, -4, 3) == 3);
  CHECK(out[4] == 1 && out[2] == 2 && out[0] == 3 && out[1] == 7 && out[5] == 7);
  uint8_t bools[] = {0, 2, 255}, clean[3];
  CHECK(dtype_convert(DT_BOOL, bools, 1, DT_BOOL, clean, 1, 3) == 3);
  CHECK(clean[0] == 0 && clean[1] == 1 && clean[2] == 1);
}

int main(void)
{
  test_parse();
  test_table();
  test_every_half();
  test_half_rounds_to_nearest_even();
  test_half_as_numpy();
  test_every_real_pair();
  test_large_integers();
  test_complex();
  test_nan();
  test_steps();
  return check_report("dtype");
}
