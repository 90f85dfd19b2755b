/* Many loads at once: how much is on its way, and what waiting costs. */
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "core/cache/block_cache.h"
#include "tests/support/threads.h"

enum { THREADS = 16, MIB = 1 << 20 };

struct crowd {
  struct block_cache *cache;
  size_t size; /* of each block */
  int ms;      /* a load takes */
  atomic_int next, loading, most, failed;
};

static int load_slowly(void *ctx, void *data, size_t size, struct err *err)
{
  struct crowd *crowd = ctx;
  const struct timespec time = {0, crowd->ms * 1000000L};
  const int now = atomic_fetch_add(&crowd->loading, 1) + 1;
  int most = atomic_load(&crowd->most);
  while (now > most && !atomic_compare_exchange_weak(&crowd->most, &most, now))
    continue;
  nanosleep(&time, NULL);
  memset(data, 1, size);
  atomic_fetch_sub(&crowd->loading, 1);
  return 0;
}

static void *read_one(void *ctx)
{
  struct crowd *crowd = ctx;
  const struct block_key key = {.source = 1,
                                .index = (uint64_t)atomic_fetch_add(&crowd->next, 1)};
  struct err err = ERR_INIT;
  const void *data =
      block_cache_get(crowd->cache, &key, crowd->size, load_slowly, crowd, &err);
  if (data)
    block_cache_put(crowd->cache, data);
  else
    atomic_fetch_add(&crowd->failed, 1);
  return NULL;
}

static void *read_large(void *ctx)
{
  struct crowd *crowd = ctx;
  const struct block_key key = {.source = 2};
  struct err err = ERR_INIT;
  while (!atomic_load(&crowd->loading))
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  const void *data =
      block_cache_get(crowd->cache, &key, 100 * (size_t)MIB, load_slowly, crowd, &err);
  if (data)
    block_cache_put(crowd->cache, data);
  else
    atomic_fetch_add(&crowd->failed, 1);
  return NULL;
}

/* Every thread gets another block. */
static void run_crowd(struct crowd *crowd, size_t budget)
{
  struct err err = ERR_INIT;
  crowd->cache = block_cache_new(budget, &err);
  threads_run(THREADS, read_one, crowd, 0);
  CHECK(crowd->failed == 0);
  block_cache_free(crowd->cache);
}

/* A decode takes up to twice its block beside it, and memory must stay within the budget
 * and 128 MiB. */
static void test_loads_on_their_way_are_few(void)
{
  struct crowd crowd = {.size = 10 * MIB, .ms = 30};
  run_crowd(&crowd, 55 * MIB);
  CHECK(crowd.most >= 2 && crowd.most <= 3);
}

/* A large budget has room for what they take. */
static void test_a_large_cache_loads_side_by_side(void)
{
  struct crowd crowd = {.size = 10 * MIB, .ms = 100};
  run_crowd(&crowd, (size_t)THREADS * 31 * MIB);
  CHECK(crowd.most > THREADS / 2);
}

static void test_small_loads_go_all_at_once(void)
{
  struct crowd crowd = {.size = MIB, .ms = 100};
  run_crowd(&crowd, (size_t)THREADS * 2 * MIB);
  CHECK(crowd.most > THREADS / 2);
}

/* Blocks larger than the budget go one by one; those who wait must not wake each other
 * all the while. */
static void test_waiting_is_quiet(void)
{
  struct crowd crowd = {.size = 2 * MIB, .ms = 30};
  struct rusage before, after;
  getrusage(RUSAGE_SELF, &before);
  run_crowd(&crowd, MIB);
  getrusage(RUSAGE_SELF, &after);
  CHECK(crowd.most == 1);
  CHECK(after.ru_nvcsw - before.ru_nvcsw < 5000);
}

/* What a load may take beside its block was not charged when it began alone: a block
 * larger than the budget does not begin beside it. */
static void test_a_block_alone_waits_for_loads_that_were_not_charged(void)
{
  struct err err = ERR_INIT;
  struct crowd crowd = {.size = 31 * MIB, .ms = 200};
  crowd.cache = block_cache_new(64 * (size_t)MIB, &err);
  const struct threads large = threads_start(1, read_large, &crowd, 0);
  read_one(&crowd);
  threads_join(&large);
  CHECK(crowd.failed == 0 && crowd.most == 1);
  block_cache_free(crowd.cache);
}

int main(void)
{
  test_a_block_alone_waits_for_loads_that_were_not_charged();
  test_loads_on_their_way_are_few();
  test_a_large_cache_loads_side_by_side();
  test_small_loads_go_all_at_once();
  test_waiting_is_quiet();
  return check_report("cache_loads");
}
