/* Random numbers against those who define them: Python's random (here and as recorded
 * beside DeepReg's orders) and numpy.random.Philox. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng_mt.h"
#include "core/base/rng_philox.h"
#include "core/sampler/numbers.h"
#include "tests/support/script_lines.h"

/* --- deepreg_rng.json: each list from a fresh generator ---------------------------- */

static struct rng_mt seeded(uint64_t seed)
{
  struct rng_mt mt;
  rng_mt_seed(&mt, seed);
  return mt;
}

static void golden_draws(uint64_t seed, const json_t *golden)
{
  size_t i;
  const json_t *value;
  struct rng_mt mt = seeded(seed);
  json_array_foreach(json_object_get(golden, "u32"), i, value)
  {
    CHECK(rng_mt_u32(&mt) == json_integer_value(value));
  }
  mt = seeded(seed);
  json_array_foreach(json_object_get(golden, "random"), i, value)
  {
    CHECK(rng_mt_random(&mt) == strtod(json_string_value(value), NULL));
  }
  mt = seeded(seed);
  json_array_foreach(json_object_get(golden, "randbelow_of_10"), i, value)
  {
    CHECK((json_int_t)rng_mt_below(&mt, 10) == json_integer_value(value));
  }
}

/* bound: one that decides for numbers of 4 bytes or of 8 */
static void golden_shuffle(uint64_t seed, const json_t *list, int64_t bound)
{
  struct err err = ERR_INIT;
  struct numbers numbers = {0};
  struct rng_mt mt = seeded(seed);
  const int64_t n = (int64_t)json_array_size(list);
  if (CHECK(numbers_open(&numbers, n, bound, &err) == 0) &&
      CHECK(numbers_shuffle(&numbers, &mt, &err) == 0))
    for (int64_t i = 0; i < n; i++)
      CHECK(numbers_at(&numbers, i) == json_integer_value(json_array_get(list, i)));
  numbers_free(&numbers);
}

static void golden_seed(uint64_t seed, json_t *golden)
{
  const char *key;
  json_t *value;
  golden_draws(seed, golden);
  json_object_foreach(golden, key, value)
  {
    if (strncmp(key, "shuffle_", 8))
      continue;
    golden_shuffle(seed, value, (int64_t)json_array_size(value));
    golden_shuffle(seed, value, INT64_C(1) << 33);
  }
  json_object_foreach(json_object_get(golden, "sample2_of_n"), key, value)
  {
    struct rng_mt mt = seeded(seed);
    uint64_t two[2];
    rng_mt_sample2(&mt, strtoull(key, NULL, 10), two);
    CHECK((json_int_t)two[0] == json_integer_value(json_array_get(value, 0)));
    CHECK((json_int_t)two[1] == json_integer_value(json_array_get(value, 1)));
  }
  json_object_foreach(json_object_get(golden, "choice_of_n"), key, value)
  {
    struct rng_mt mt = seeded(seed);
    CHECK((json_int_t)rng_mt_below(&mt, strtoull(key, NULL, 10)) ==
          json_integer_value(value));
  }
}

static void test_golden(void)
{
  json_t *all = json_load_file("tests/golden/deepreg_rng.json", 0, NULL);
  const char *seed;
  json_t *golden;
  int seeds = 0;
  json_object_foreach(all, seed, golden)
  {
    if (!strcmp(seed, "note"))
      continue;
    golden_seed(strtoull(seed, NULL, 10), golden);
    seeds++;
  }
  CHECK(seeds == 4);
  json_decref(all);
}

/* --- python3's random, now --------------------------------------------------------- */

static void as_python(FILE *lines, uint64_t seed)
{
  static const uint64_t below[] = {1,
                                   2,
                                   10,
                                   UINT32_MAX,
                                   (uint64_t)1 << 32,
                                   ((uint64_t)1 << 32) + 1,
                                   ((uint64_t)1 << 40) + 7,
                                   INT64_MAX};
  static const uint64_t sampled[] = {2, 3, 5, 20, 21, 22, 23, 1000, (uint64_t)1 << 33};
  struct rng_mt mt = seeded(seed);
  CHECK(rng_mt_u32(&mt) == next_word(lines));
  CHECK(rng_mt_random(&mt) == next_double(lines));
  for (size_t i = 0; i < sizeof below / sizeof below[0]; i++)
    CHECK(rng_mt_below(&mt, below[i]) == next_word(lines));
  for (size_t i = 0; i < sizeof sampled / sizeof sampled[0]; i++) {
    uint64_t two[2];
    rng_mt_sample2(&mt, sampled[i], two);
    CHECK(two[0] == next_word(lines));
    CHECK(two[1] == next_word(lines));
  }
  struct err err = ERR_INIT;
  struct numbers numbers = {0};
  CHECK(numbers_open(&numbers, 40, 40, &err) == 0 &&
        numbers_shuffle(&numbers, &mt, &err) == 0);
  for (int i = 0; i < 40; i++)
    CHECK((uint64_t)numbers_at(&numbers, i) == next_word(lines));
  numbers_free(&numbers);
  CHECK(rng_mt_below(&mt, 40) == next_word(lines));
  for (int i = 0; i < 700; i++)
    rng_mt_u32(&mt);
  CHECK(rng_mt_u32(&mt) == next_word(lines));
}

static void test_as_python(void)
{
  FILE *lines = lines_begin("model/rng_numbers.py python");
  uint64_t seed;
  int cases = 0;
  for (; lines && fscanf(lines, "%" SCNu64, &seed) == 1; cases++)
    as_python(lines, seed);
  CHECK(cases == 1011);
  lines_end(lines);
}

/* --- numpy.random.Philox ----------------------------------------------------------- */

static void as_numpy(FILE *lines, uint64_t seed)
{
  const uint64_t key[2] = {seed, next_word(lines)};
  uint64_t counter[4], out[4];
  for (int i = 0; i < 4; i++)
    counter[i] = next_word(lines);
  rng_philox(counter, key, out);
  /* a place spells the counter's first word by k/4, and the rest as it is */
  const struct rng_place place = {(enum rng_use)key[1], key[0], counter[3],
                                  (int64_t)counter[2], (int64_t)counter[1]};
  const bool spelt = counter[0] < UINT64_MAX / 4 && key[1] <= INT32_MAX;
  for (uint64_t i = 0; i < 4; i++) {
    CHECK(out[i] == next_word(lines));
    CHECK(!spelt || rng_u64(&place, 4 * counter[0] + i) == out[i]);
  }
  const double unit = next_double(lines);
  CHECK(!spelt || rng_unit(&place, 4 * counter[0]) == unit);
}

static void test_as_numpy(void)
{
  FILE *lines = lines_begin("model/rng_numbers.py numpy");
  uint64_t seed;
  int cases = 0;
  for (; lines && fscanf(lines, "%" SCNu64, &seed) == 1; cases++)
    as_numpy(lines, seed);
  CHECK(cases == 500);
  lines_end(lines);
}

/* --- draws of a place -------------------------------------------------------------- */

/* The high word of n * u64: of a draw u it is floor(n * (u / 2^64)). */
static void test_below(void)
{
  struct rng_place place = {.use = RNG_USE_PAIR, .seed = 9};
  int seen[7] = {0};
  for (place.item = 0; place.item < 7000; place.item++) {
    const uint64_t r = rng_below(&place, 0, 7);
    const double exact = 7 * ((double)rng_u64(&place, 0) * 0x1p-64);
    CHECK(r < 7 && (double)r <= exact + 1e-9 && exact - 1e-9 <= (double)r + 1);
    seen[r < 7 ? r : 0]++;
  }
  double chi2 = 0; /* 6 degrees of freedom: 22.5 is exceeded once in 1000 */
  for (int i = 0; i < 7; i++)
    chi2 += (seen[i] - 1000.0) * (seen[i] - 1000.0) / 1000;
  CHECK(chi2 < 22.5);
  CHECK(rng_below(&place, 3, 1) == 0);
}

static void test_places_differ(void)
{
  const struct rng_place place = {RNG_USE_ORDER, 1, 2, 3, 4};
  struct rng_place others[6];
  for (int i = 0; i < 6; i++)
    others[i] = place;
  others[0].use = RNG_USE_PAIR;
  others[1].seed++;
  others[2].stream++;
  others[3].epoch++;
  others[4].epoch = -3;
  others[5].item++;
  for (int i = 0; i < 6; i++)
    CHECK(rng_u64(&others[i], 0) != rng_u64(&place, 0));
  CHECK(rng_u64(&place, 0) != rng_u64(&place, 1));
}

int main(void)
{
  test_golden();
  test_as_python();
  test_as_numpy();
  test_below();
  test_places_differ();
  return check_report("test_rng");
}
