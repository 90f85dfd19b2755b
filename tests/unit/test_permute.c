/* The shuffle without a table: a permutation for every n, and as even as a drawn one. All
 * places are fixed, so that the bounds (exceeded once in 1000 by chance) hold or do
 * not. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/sampler/permute.h"
#include "tests/support/check.h"
#include "tests/support/chi_square.h"

static struct permute permuted(int64_t n, int64_t epoch)
{
  const struct rng_place place = {RNG_USE_ORDER, 77, 5, epoch, 0};
  struct permute permute;
  permute_init(&permute, n, &place);
  return permute;
}

/* --- each exactly once ------------------------------------------------------------- */

static bool is_permutation(int64_t n, int64_t epoch)
{
  const struct permute permute = permuted(n, epoch);
  char *seen = calloc((size_t)n + 1, 1);
  bool good = seen;
  for (int64_t i = 0; good && i < n; i++) {
    const int64_t at = permute_at(&permute, i);
    good = at >= 0 && at < n && !seen[at]++;
  }
  free(seen);
  return good;
}

static void test_every_n(void)
{
  for (int64_t n = 0; n <= 2000; n++)
    for (int64_t epoch = -1; epoch < 3; epoch++)
      CHECK(is_permutation(n, epoch));
  CHECK(is_permutation(1 << 20, 1));
  CHECK(is_permutation(3000017, 1));
}

static int by_value(const void *a, const void *b)
{
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* Of 4 million numbers drawn with repetition from 10^12, eight would be there twice; that
 * none is happens once in 3000. */
static void test_sampled(int64_t n, int64_t first, int64_t step)
{
  enum { SAMPLES = 4000000 };
  const struct permute permute = permuted(n, 9);
  int64_t *values = malloc(SAMPLES * sizeof *values);
  if (!CHECK(values))
    return;
  int outside = 0, twice = 0;
  for (int i = 0; i < SAMPLES; i++) {
    values[i] = permute_at(&permute, first + i * step);
    outside += values[i] < 0 || values[i] >= n;
  }
  qsort(values, SAMPLES, sizeof *values, by_value);
  for (int i = 1; i < SAMPLES; i++)
    twice += values[i] == values[i - 1];
  CHECK(outside == 0);
  CHECK(twice == 0);
  free(values);
}

static void test_the_largest(void)
{
  const int64_t sizes[] = {INT64_MAX, INT64_MAX - 1, INT64_C(1) << 62};
  for (int k = 0; k < 3; k++) {
    const struct permute permute = permuted(sizes[k], 0);
    for (int64_t i = 0; i < 1000; i++) {
      const int64_t a = permute_at(&permute, i);
      const int64_t b = permute_at(&permute, sizes[k] - 1 - i);
      CHECK(a >= 0 && a < sizes[k] && b >= 0 && b < sizes[k] && a != b);
    }
  }
}

/* --- as even as drawn -------------------------------------------------------------- */

/* Which of the n! orders of 0 .. n-1 (Lehmer's code). */
static int which_order(const struct permute *permute, int n)
{
  int code = 0;
  for (int i = 0; i < n; i++) {
    int smaller = 0;
    for (int j = i + 1; j < n; j++)
      smaller += permute_at(permute, j) < permute_at(permute, i);
    code = code * (n - i) + smaller;
  }
  return code;
}

static void test_all_orders_of_few(void)
{
  static const int orders[] = {1, 1, 2, 6, 24, 120, 720};
  enum { TIMES = 100 };
  for (int n = 2; n <= 6; n++) {
    int count[720] = {0};
    for (int e = 0; e < orders[n] * TIMES; e++) {
      const struct permute permute = permuted(n, e);
      count[which_order(&permute, n)]++;
    }
    CHECK(is_even(count, orders[n], TIMES));
  }
}

/* What stands at a place over the epochs; where an element goes; what follows on it. */
static void test_places_are_even(int64_t n)
{
  enum { MOST = 1000, TIMES = 100 };
  int first[MOST] = {0}, last[MOST] = {0}, step[MOST] = {0}, again[MOST] = {0};
  for (int64_t e = 0; e < n * TIMES; e++) {
    const struct permute permute = permuted(n, e), next = permuted(n, e + 1);
    const int64_t a = permute_at(&permute, 0), b = permute_at(&permute, 1);
    first[a]++;
    last[permute_at(&permute, n - 1)]++;
    step[(b - a + n) % n]++;
    again[(permute_at(&next, 0) - a + n) % n]++;
  }
  CHECK(is_even(first, (int)n, TIMES));
  CHECK(is_even(last, (int)n, TIMES));
  CHECK(is_even(again, (int)n, TIMES));
  CHECK(step[0] == 0);
  CHECK(is_even(step + 1, (int)n - 1, TIMES * (double)n / (double)(n - 1)));
}

/* What stands at two places, and where two elements of them go: n * (n - 1) cells. */
static void test_two_places(int64_t n, int64_t i, int64_t j)
{
  enum { MOST = 128, TIMES = 20 };
  static int count[MOST * MOST];
  memset(count, 0, sizeof count);
  for (int64_t e = 0; e < n * (n - 1) * TIMES; e++) {
    const struct permute permute = permuted(n, e);
    const int64_t a = permute_at(&permute, i), b = permute_at(&permute, j);
    count[a * (n - 1) + b - (b > a)]++;
  }
  CHECK(is_even(count, (int)(n * (n - 1)), TIMES));
}

/* A drawn order keeps one element in its place on average, with variance 1. */
static void test_fixed_points(int64_t n)
{
  enum { TIMES = 2000 };
  int fixed = 0;
  for (int e = 0; e < TIMES; e++) {
    const struct permute permute = permuted(n, e);
    for (int64_t i = 0; i < n; i++)
      fixed += permute_at(&permute, i) == i;
  }
  CHECK(fabs(fixed - (double)TIMES) < 3.3 * sqrt(TIMES));
}

int main(void)
{
  test_every_n();
  test_sampled(INT64_C(1000000000000), 0, 1);
  test_sampled(INT64_C(1000000000000), 7, 249999);
  test_the_largest();
  test_all_orders_of_few();
  for (int64_t n = 10; n <= 1000; n *= 10)
    test_places_are_even(n);
  test_places_are_even(97);
  test_two_places(30, 0, 1);
  for (int64_t n = 65; n <= 128; n += 21) {
    test_two_places(n, 0, 1);
    test_two_places(n, 0, n - 1);
    test_two_places(n, 5, 14); /* of 65: one below the other in its grid */
  }
  test_fixed_points(64);
  test_fixed_points(65);
  test_fixed_points(1000);
  return check_report("test_permute");
}
