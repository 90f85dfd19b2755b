/* Memory of others within the cache's budget: how much, and who makes room. */
#include <errno.h>

#include "core/cache/block_cache.h"
#include "tests/support/cache_check.h"

enum { MB = 1024 * 1024, BUDGET = 16 * MB };

static int loader(void *ctx, void *data, size_t size, struct err *err)
{
  return 0;
}

/* Loads a block of size bytes; its errno. */
static int load(struct block_cache *cache, uint64_t index, size_t size)
{
  const struct block_key key = {.source = 1, .index = index};
  struct err err = ERR_INIT;
  const void *data = block_cache_get(cache, &key, size, loader, NULL, &err);
  if (data)
    block_cache_put(cache, data);
  return err.errnum;
}

static uint64_t held(struct block_cache *cache)
{
  struct block_stats stats;
  block_cache_stats(cache, &stats);
  CHECK(stats.peak <= stats.budget + BLOCK_CACHE_ALONE + MB);
  return stats.bytes;
}

static void charges_take_half_at_most(void)
{
  struct block_cache *cache = new_cache(BUDGET);
  CHECK(block_cache_charge(cache, 5 * MB));
  CHECK(!block_cache_charge(cache, 4 * MB));
  CHECK(!block_cache_charge(cache, (size_t)-1));
  CHECK(block_cache_charge(cache, 3 * MB));
  CHECK(held(cache) == 8 * MB);
  block_cache_discharge(cache, 8 * MB);
  CHECK(held(cache) == 0);
  block_cache_free(cache);
}

static void blocks_make_room(void)
{
  struct block_cache *cache = new_cache(BUDGET);
  for (uint64_t i = 0; i < 15; i++)
    CHECK(load(cache, i, MB - 8192) == 0);
  CHECK(block_cache_charge(cache, 8 * MB));
  CHECK(held(cache) <= BUDGET);
  for (uint64_t i = 100; i < 115; i++)
    CHECK(load(cache, i, MB - 8192) == 0);
  CHECK(held(cache) <= BUDGET);
  block_cache_discharge(cache, 8 * MB);
  block_cache_free(cache);
}

static void a_pinned_block_is_in_the_way(void)
{
  struct block_cache *cache = new_cache(BUDGET);
  const struct block_key key = {.source = 1};
  struct err err = ERR_INIT;
  const void *data = block_cache_get(cache, &key, 10 * MB, loader, NULL, &err);
  CHECK(data && !block_cache_charge(cache, 8 * MB));
  block_cache_put(cache, data);
  CHECK(block_cache_charge(cache, 8 * MB));
  block_cache_discharge(cache, 8 * MB);
  block_cache_free(cache);
}

static void a_block_that_does_not_fit_beside_it_is_loaded_alone(void)
{
  struct block_cache *cache = new_cache(BUDGET);
  CHECK(block_cache_charge(cache, 8 * MB));
  CHECK(load(cache, 1, 12 * MB) == 0);
  CHECK(held(cache) > BUDGET && held(cache) < BUDGET + 13 * MB);
  block_cache_discharge(cache, 8 * MB);
  block_cache_free(cache);
}

static void too_large_beside_what_is_in_use(void)
{
  const size_t budget = 2 * (size_t)BLOCK_CACHE_ALONE;
  struct block_cache *cache = new_cache(budget);
  CHECK(block_cache_charge(cache, budget / 2));
  CHECK(load(cache, 1, BLOCK_CACHE_ALONE + MB) == EIO);
  block_cache_discharge(cache, budget / 2);
  CHECK(load(cache, 1, BLOCK_CACHE_ALONE + MB) == 0);
  block_cache_free(cache);
}

/* What a mount may take beside its budget, less what the program itself needs. */
enum { BESIDE_BUDGET = 104 * MB };

static int watching_loader(void *ctx, void *data, size_t size, struct err *err)
{
  struct block_stats stats;
  block_cache_stats(ctx, &stats);
  CHECK(stats.bytes <= stats.budget + BESIDE_BUDGET);
  return 0;
}

static void a_large_block_and_the_others_stay_within_the_mounts_memory(void)
{
  const struct block_key large = {.source = 2};
  for (size_t size = 70; size <= 128; size += 29) {
    struct block_cache *cache = new_cache(64 * MB);
    struct err err = ERR_INIT;
    for (uint64_t i = 0; i < 63; i++)
      CHECK(load(cache, i, MB - 8192) == 0);
    const void *data =
        block_cache_get(cache, &large, size * MB, watching_loader, cache, &err);
    CHECK(data && held(cache) <= 64 * MB + BESIDE_BUDGET);
    for (uint64_t i = 0; i < 63; i++)
      CHECK(load(cache, i, MB - 8192) == 0);
    CHECK(held(cache) <= 64 * MB + BESIDE_BUDGET);
    block_cache_put(cache, data);
    /* a block that does not fit beside the large one takes its place */
    CHECK(load(cache, 100, 60 * MB) == 0 && !block_cache_has(cache, &large));
    block_cache_free(cache);
  }
}

static void the_largest_blocks_are_loaded_in_any_budget(void)
{
  struct block_cache *cache = new_cache(MB);
  CHECK(load(cache, 1, BLOCK_CACHE_ALONE) == 0 && load(cache, 2, 1000) == 0);
  CHECK(load(cache, 3, BLOCK_CACHE_ALONE) == 0);
  CHECK(load(cache, 4, BLOCK_CACHE_ALONE + 1) == EIO);
  block_cache_free(cache);
}

int main(void)
{
  a_large_block_and_the_others_stay_within_the_mounts_memory();
  the_largest_blocks_are_loaded_in_any_budget();
  charges_take_half_at_most();
  blocks_make_room();
  a_pinned_block_is_in_the_way();
  a_block_that_does_not_fit_beside_it_is_loaded_alone();
  too_large_beside_what_is_in_use();
  return check_report("cache charge");
}
