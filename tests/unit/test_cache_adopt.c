/* Blocks that are filled before the cache knows of them, and looks that never load. */
#include <errno.h>
#include <string.h>

#include "core/cache/block_cache.h"
#include "tests/unit/check.h"

enum { SIZE = 10000, BUDGET = 4 * SIZE + 4000 };

static int calls;

static int loader(void *ctx, void *data, size_t size, struct err *err)
{
  calls++;
  memset(data, 1, size);
  return 0;
}

static int refuser(void *ctx, void *data, size_t size, struct err *err)
{
  return err_set(err, EIO, "told to fail");
}

static struct block_cache *new_cache(void)
{
  struct err err = ERR_INIT;
  struct block_cache *const cache = block_cache_new(BUDGET, &err);
  CHECK(cache != NULL);
  calls = 0;
  return cache;
}

static struct block_key key_of(uint64_t index)
{
  return (struct block_key){.source = 1, .index = index};
}

static const char *get(struct block_cache *cache, uint64_t index)
{
  const struct block_key key = key_of(index);
  struct err err = ERR_INIT;
  return block_cache_get(cache, &key, SIZE, loader, NULL, &err);
}

static void adopt(struct block_cache *cache, uint64_t index, int value)
{
  const struct block_key key = key_of(index);
  struct err err = ERR_INIT;
  char *const data = block_cache_buffer_new(cache, SIZE, &err);
  CHECK(data && (uintptr_t)data % 64 == 0);
  memset(data, value, SIZE);
  block_cache_adopt(cache, &key, data);
}

/* The value of a block that is there, -1 when it is not. */
static int found(struct block_cache *cache, uint64_t index)
{
  const struct block_key key = key_of(index);
  const char *const data = block_cache_find(cache, &key, SIZE);
  const int value = data ? data[SIZE - 1] : -1;
  if (data)
    block_cache_put(cache, data);
  return value;
}

static struct block_stats stats_of(struct block_cache *cache)
{
  struct block_stats stats;
  block_cache_stats(cache, &stats);
  return stats;
}

static void an_adopted_block_is_found_and_got(void)
{
  struct block_cache *const cache = new_cache();
  CHECK(found(cache, 7) == -1);
  adopt(cache, 7, 42);
  CHECK(found(cache, 7) == 42);
  const char *const data = get(cache, 7);
  CHECK(data && data[0] == 42 && calls == 0);
  block_cache_put(cache, data);
  const struct block_stats stats = stats_of(cache);
  CHECK(stats.hits == 2 && stats.misses == 1 && stats.loads == 1);
  CHECK(stats.bytes >= SIZE && stats.bytes <= SIZE + 1000);
  block_cache_free(cache);
}

static void a_buffer_is_not_counted_until_adopted(void)
{
  struct block_cache *const cache = new_cache();
  struct err err = ERR_INIT;
  void *const data = block_cache_buffer_new(cache, SIZE, &err);
  CHECK(data && stats_of(cache).bytes == 0);
  block_cache_buffer_free(cache, data);
  block_cache_buffer_free(cache, NULL);
  CHECK(stats_of(cache).bytes == 0);
  CHECK(!block_cache_buffer_new(cache, SIZE_MAX, &err) && err.errnum == ENOMEM);
  block_cache_free(cache);
}

static void a_full_cache_gives_way_to_a_buffer(void)
{
  struct block_cache *const cache = new_cache();
  struct err err = ERR_INIT;
  for (uint64_t i = 0; i < 10; i++)
    adopt(cache, i, (int)i);
  void *const data = block_cache_buffer_new(cache, SIZE, &err);
  CHECK(data && stats_of(cache).bytes + SIZE <= BUDGET);
  block_cache_buffer_free(cache, data);
  CHECK(found(cache, 9) == 9);
  block_cache_free(cache);
}

static void who_came_first_stays(void)
{
  struct block_cache *const cache = new_cache();
  adopt(cache, 7, 42);
  adopt(cache, 7, 43);
  CHECK(found(cache, 7) == 42 && stats_of(cache).loads == 1);
  block_cache_free(cache);
}

static void adoption_evicts_but_never_waits(void)
{
  struct block_cache *const cache = new_cache();
  for (uint64_t i = 0; i < 10; i++)
    adopt(cache, i, (int)i);
  CHECK(found(cache, 0) == -1 && found(cache, 9) == 9);
  CHECK(stats_of(cache).peak <= BUDGET);
  const char *pinned[4];
  for (uint64_t i = 0; i < 4; i++)
    CHECK((pinned[i] = get(cache, 20 + i)) != NULL);
  adopt(cache, 30, 30); /* returns at once */
  CHECK(found(cache, 30) == -1 && stats_of(cache).peak <= BUDGET);
  for (int i = 0; i < 4; i++)
    block_cache_put(cache, pinned[i]);
  adopt(cache, 30, 30);
  CHECK(found(cache, 30) == 30);
  block_cache_free(cache);
}

static void what_is_larger_than_the_budget_is_not_adopted(void)
{
  struct block_cache *const cache = new_cache();
  const struct block_key key = key_of(1);
  struct err err = ERR_INIT;
  block_cache_adopt(cache, &key, block_cache_buffer_new(cache, 1 << 20, &err));
  CHECK(!block_cache_find(cache, &key, 1 << 20) && stats_of(cache).bytes == 0);
  block_cache_free(cache);
}

struct nested {
  struct block_cache *cache;
  int seen;
};

/* While a block is being loaded: others find nothing, and cannot put theirs in its place.
 */
static int look_while_loading(void *ctx, void *data, size_t size, struct err *err)
{
  struct nested *const nested = ctx;
  nested->seen = found(nested->cache, 7);
  adopt(nested->cache, 7, 42);
  memset(data, 5, size);
  return 0;
}

static void a_block_that_is_being_loaded_is_not_found(void)
{
  struct block_cache *const cache = new_cache();
  struct nested nested = {.cache = cache};
  const struct block_key key = key_of(7);
  struct err err = ERR_INIT;
  const char *const data =
      block_cache_get(cache, &key, SIZE, look_while_loading, &nested, &err);
  CHECK(data && nested.seen == -1 && data[0] == 5);
  block_cache_put(cache, data);
  CHECK(found(cache, 7) == 5);
  block_cache_free(cache);
}

static void a_failed_load_is_not_found(void)
{
  struct block_cache *const cache = new_cache();
  const struct block_key key = key_of(7);
  struct err err = ERR_INIT;
  CHECK(!block_cache_get(cache, &key, SIZE, refuser, NULL, &err) && err.errnum == EIO);
  CHECK(found(cache, 7) == -1);
  block_cache_free(cache);
}

static void a_found_block_is_pinned(void)
{
  struct block_cache *const cache = new_cache();
  const struct block_key key = key_of(7);
  adopt(cache, 7, 42);
  const char *const data = block_cache_find(cache, &key, SIZE);
  for (uint64_t i = 10; i < 20; i++)
    adopt(cache, i, 1);
  CHECK(data && data[0] == 42 && found(cache, 7) == 42);
  block_cache_drop(cache, 1);
  CHECK(data && data[SIZE - 1] == 42 && found(cache, 7) == -1);
  block_cache_put(cache, data);
  CHECK(stats_of(cache).bytes == 0);
  block_cache_free(cache);
}

int main(void)
{
  an_adopted_block_is_found_and_got();
  a_buffer_is_not_counted_until_adopted();
  a_full_cache_gives_way_to_a_buffer();
  who_came_first_stays();
  adoption_evicts_but_never_waits();
  what_is_larger_than_the_budget_is_not_adopted();
  a_block_that_is_being_loaded_is_not_found();
  a_failed_load_is_not_found();
  a_found_block_is_pinned();
  return check_report("cache adopt");
}
