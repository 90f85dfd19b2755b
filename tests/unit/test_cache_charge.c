/* Memory of others within the cache's budget: how much, who makes room, who gives way. */
#include <errno.h>

#include "core/cache/block_cache.h"
#include "tests/unit/check.h"

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
  const void *const data = block_cache_get(cache, &key, size, loader, NULL, &err);
  if (data)
    block_cache_put(cache, data);
  return err.errnum;
}

static struct block_cache *new_cache(size_t budget)
{
  struct err err = ERR_INIT;
  struct block_cache *const cache = block_cache_new(budget, &err);
  CHECK(cache != NULL);
  return cache;
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
  struct block_cache *const cache = new_cache(BUDGET);
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
  struct block_cache *const cache = new_cache(BUDGET);
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
  struct block_cache *const cache = new_cache(BUDGET);
  const struct block_key key = {.source = 1};
  struct err err = ERR_INIT;
  const void *const data = block_cache_get(cache, &key, 10 * MB, loader, NULL, &err);
  CHECK(data && !block_cache_charge(cache, 8 * MB));
  block_cache_put(cache, data);
  CHECK(block_cache_charge(cache, 8 * MB));
  block_cache_discharge(cache, 8 * MB);
  block_cache_free(cache);
}

struct lender {
  struct block_cache *cache;
  size_t lent;
  int asked;
};

static bool give(void *ctx)
{
  struct lender *const lender = ctx;
  lender->asked++;
  if (!lender->lent)
    return false;
  lender->lent -= 4 * MB;
  block_cache_discharge(lender->cache, 4 * MB);
  return true;
}

static void idle_memory_gives_way_to_a_block(void)
{
  struct block_cache *const cache = new_cache(BUDGET);
  struct lender lender = {.cache = cache, .lent = 8 * MB};
  CHECK(block_cache_charge(cache, 8 * MB));
  block_cache_set_giver(cache, give, &lender);
  CHECK(load(cache, 1, 7 * MB) == 0 && lender.asked == 0);
  CHECK(load(cache, 2, 11 * MB) == 0 && lender.asked == 1 && lender.lent == 4 * MB);
  CHECK(held(cache) <= BUDGET);
  CHECK(load(cache, 3, 15 * MB) == 0 && lender.asked == 2 && !lender.lent);
  block_cache_set_giver(cache, NULL, NULL);
  block_cache_free(cache);
}

static void what_is_in_use_does_not(void)
{
  struct block_cache *const cache = new_cache(BUDGET);
  CHECK(block_cache_charge(cache, 8 * MB));
  CHECK(load(cache, 1, 12 * MB) == 0); /* alone, beside the budget */
  CHECK(held(cache) > BUDGET && held(cache) < BUDGET + 13 * MB);
  block_cache_discharge(cache, 8 * MB);
  block_cache_free(cache);
}

static void too_large_beside_what_is_in_use(void)
{
  const size_t budget = 2 * (size_t)BLOCK_CACHE_ALONE;
  struct block_cache *const cache = new_cache(budget);
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
  idle_memory_gives_way_to_a_block();
  what_is_in_use_does_not();
  too_large_beside_what_is_in_use();
  return check_report("cache charge");
}
