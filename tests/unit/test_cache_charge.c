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

int main(void)
{
  charges_take_half_at_most();
  blocks_make_room();
  a_pinned_block_is_in_the_way();
  a_block_that_does_not_fit_beside_it_is_loaded_alone();
  too_large_beside_what_is_in_use();
  return check_report("cache charge");
}
