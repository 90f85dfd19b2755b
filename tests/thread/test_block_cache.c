/* The block cache: its rules one by one, then eight threads at once (for TSan too). */
#include "core/cache/block_cache.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cancel.h"
#include "tests/support/cache_check.h"
#include "tests/support/threads.h"

enum { THREADS = 8, KEYS = 40, BLOCK = 10000, ROUNDS = 2000 };

static void sleep_ms(int ms)
{
  struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
  nanosleep(&time, NULL);
}

static double seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* What a loader is told to do, and what it saw. */
struct load {
  int value;  /* fills the block with it */
  int errnum; /* fails so, when not 0 */
  int ms;     /* takes so long */
  atomic_int calls;
};

static int loader(void *ctx, void *data, size_t size, struct err *err)
{
  struct load *load = ctx;
  atomic_fetch_add(&load->calls, 1);
  if (load->ms)
    sleep_ms(load->ms);
  if (load->errnum)
    return err_set(err, load->errnum, "told to fail");
  memset(data, load->value, size);
  return 0;
}

/* Gets and puts block `index`; false when it failed or holds other bytes. */
static bool visit(struct block_cache *cache, uint64_t index, size_t size,
                  struct load *load)
{
  struct block_key key = {.source = 1, .index = index};
  struct err err = ERR_INIT;
  const unsigned char *data = block_cache_get(cache, &key, size, loader, load, &err);
  if (!data)
    return false;
  bool ok = (uintptr_t)data % 64 == 0 && data[0] == load->value &&
            data[size - 1] == load->value;
  block_cache_put(cache, data);
  return ok;
}

static void test_second_get_is_a_hit(void)
{
  struct block_cache *cache = new_cache(10 * BLOCK);
  struct load load = {.value = 5};
  CHECK(visit(cache, 0, BLOCK, &load) && visit(cache, 0, BLOCK, &load));
  struct block_stats stats;
  block_cache_stats(cache, &stats);
  CHECK(load.calls == 1 && stats.hits == 1 && stats.misses == 1 && stats.loads == 1);
  CHECK(stats.bytes >= BLOCK && stats.bytes < BLOCK + 1000);
  block_cache_free(cache);
}

static void test_keys_differ_in_every_part(void)
{
  struct block_cache *cache = new_cache(100 * BLOCK);
  const struct block_key keys[] = {{1, 2, 3, 4}, {0, 2, 3, 4}, {1, 0, 3, 4},
                                   {1, 2, 0, 4}, {1, 2, 3, 0}, {1, 3, 2, 4}};
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < 6; i++) {
      struct err err = ERR_INIT;
      struct load load = {.value = i};
      const char *data = block_cache_get(cache, &keys[i], BLOCK, loader, &load, &err);
      CHECK(data && data[7] == i && load.calls == !round);
      block_cache_put(cache, data);
    }
  block_cache_free(cache);
}

static void test_oldest_is_evicted(void)
{
  struct block_cache *cache = new_cache(3 * BLOCK + 2000);
  struct load load[4] = {{.value = 0}, {.value = 1}, {.value = 2}, {.value = 3}};
  for (int i = 0; i < 3; i++)
    visit(cache, (uint64_t)i, BLOCK, &load[i]);
  visit(cache, 0, BLOCK, &load[0]); /* now 1 is the oldest */
  visit(cache, 3, BLOCK, &load[3]);
  CHECK(visit(cache, 0, BLOCK, &load[0]) && load[0].calls == 1);
  CHECK(visit(cache, 2, BLOCK, &load[2]) && load[2].calls == 1);
  CHECK(visit(cache, 1, BLOCK, &load[1]) && load[1].calls == 2);
  struct block_stats stats;
  block_cache_stats(cache, &stats);
  CHECK(stats.evicted == 2 && stats.peak <= stats.budget);
  block_cache_free(cache);
}

static void test_failed_load_leaves_nothing(void)
{
  struct block_cache *cache = new_cache(3 * BLOCK);
  struct load load = {.value = 1, .errnum = EIO};
  struct block_key key = {.source = 1};
  struct err err = ERR_INIT;
  CHECK(!block_cache_get(cache, &key, BLOCK, loader, &load, &err));
  CHECK(err.errnum == EIO && !strcmp(err.msg, "told to fail"));
  struct block_stats stats;
  block_cache_stats(cache, &stats);
  CHECK(stats.bytes == 0 && stats.failed == 1);
  load.errnum = 0;
  CHECK(visit(cache, 0, BLOCK, &load));
  block_cache_free(cache);
}

static void test_dropped_block_goes_with_its_pin(void)
{
  struct block_cache *cache = new_cache(3 * BLOCK);
  struct load load = {.value = 1};
  struct block_key key = {.source = 1};
  struct err err = ERR_INIT;
  struct block_stats stats;
  const char *data = block_cache_get(cache, &key, BLOCK, loader, &load, &err);
  block_cache_drop(cache, 1);
  CHECK(data && data[BLOCK - 1] == 1);
  block_cache_put(cache, data);
  block_cache_stats(cache, &stats);
  CHECK(stats.bytes == 0);
  CHECK(visit(cache, 0, BLOCK, &load) && load.calls == 2);
  block_cache_drop(cache, 2);
  CHECK(visit(cache, 0, BLOCK, &load) && load.calls == 2);
  block_cache_drop(cache, 1);
  block_cache_stats(cache, &stats);
  CHECK(stats.bytes == 0);
  block_cache_free(cache);
}

static void test_block_larger_than_the_budget(void)
{
  struct block_cache *cache = new_cache(BLOCK);
  struct load load = {.value = 3};
  struct err err = ERR_INIT;
  struct block_key key = {.source = 1};
  CHECK(visit(cache, 0, 50 * BLOCK, &load) && visit(cache, 1, 60 * BLOCK, &load));
  struct block_stats stats;
  block_cache_stats(cache, &stats);
  CHECK(stats.bytes < 61 * BLOCK + 5000); /* one at a time */
  CHECK(!block_cache_get(cache, &key, BLOCK_CACHE_ALONE + 1, loader, &load, &err));
  CHECK(err.errnum == EIO && strstr(err.msg, "cache=130M"));
  err = (struct err)ERR_INIT;
  CHECK(!block_cache_get(cache, &key, SIZE_MAX, loader, &load, &err) &&
        err.errnum == EIO);
  block_cache_free(cache);
}

static long resident_pages(void)
{
  long size = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2)
    resident = 0;
  if (file)
    fclose(file);
  return resident;
}

static void test_memory_returns_to_the_system(void)
{
  enum { LARGE = 4 << 20 };
#ifdef __SANITIZE_THREAD__
  return; /* its shadow memory counts as resident */
#endif
  struct block_cache *cache = new_cache(40u << 20);
  struct load load = {.value = 3};
  long before = resident_pages();
  for (uint64_t i = 0; i < 50; i++)
    visit(cache, i, LARGE, &load);
  CHECK(resident_pages() - before < 45 << 8);
  block_cache_drop(cache, 1);
  CHECK(resident_pages() - before < 5 << 8);
  block_cache_free(cache);
}

/* --- threads ----------------------------------------------------------------------- */

struct worker {
  struct block_cache *cache;
  struct load *load;
  int id;
  atomic_bool gone; /* its cancel token */
  bool ok;
  int errnum;
};

static struct threads start(struct worker *workers, int n, void *(*body)(void *),
                            struct block_cache *cache, struct load *load)
{
  for (int i = 0; i < n; i++) {
    workers[i].cache = cache;
    workers[i].load = load;
    workers[i].id = i;
  }
  return threads_start(n, body, workers, sizeof *workers);
}

static void *visit_one(void *arg)
{
  struct worker *w = arg;
  struct block_key key = {.source = 1};
  struct err err = ERR_INIT;
  cancel_set(&w->gone);
  const char *data = block_cache_get(w->cache, &key, BLOCK, loader, w->load, &err);
  w->ok = data && data[0] == w->load->value;
  w->errnum = err.errnum;
  if (data)
    block_cache_put(w->cache, data);
  cancel_set(NULL);
  return NULL;
}

static void test_single_flight(void)
{
  struct block_cache *cache = new_cache(BLOCK + 1000);
  struct worker workers[THREADS] = {0};
  struct load load = {.value = 9, .ms = 100};
  const struct threads threads = start(workers, THREADS, visit_one, cache, &load);
  threads_join(&threads);
  for (int i = 0; i < THREADS; i++)
    CHECK(workers[i].ok);
  CHECK(load.calls == 1);
  block_cache_free(cache);
}

/* The first reader goes away during its load; the second gets the block all the same. */
static void test_waiter_survives_a_cancelled_loader(void)
{
  struct block_cache *cache = new_cache(3 * BLOCK);
  struct worker first = {0}, second = {0};
  struct load gone = {.errnum = EINTR, .ms = 100}, good = {.value = 4};
  const struct threads one = start(&first, 1, visit_one, cache, &gone);
  while (!gone.calls)
    sleep_ms(1);
  const struct threads other = start(&second, 1, visit_one, cache, &good);
  threads_join(&one);
  threads_join(&other);
  CHECK(!first.ok && first.errnum == EINTR);
  CHECK(second.ok && good.calls == 1);
  block_cache_free(cache);
}

static void test_cancelled_waiter_leaves(void)
{
  struct block_cache *cache = new_cache(3 * BLOCK);
  struct worker first = {0}, second = {0};
  struct load slow = {.value = 4, .ms = 600};
  const struct threads one = start(&first, 1, visit_one, cache, &slow);
  while (!slow.calls)
    sleep_ms(1);
  double began = seconds();
  const struct threads other = start(&second, 1, visit_one, cache, &slow);
  sleep_ms(30);
  atomic_store(&second.gone, true);
  threads_join(&other);
  CHECK(seconds() - began < 0.4);
  CHECK(!second.ok && second.errnum == EINTR);
  threads_join(&one);
  CHECK(first.ok && slow.calls == 1);
  block_cache_free(cache);
}

/* One thread fills the budget with its pin; another waits for room until it is gone. */
static void test_cancelled_wait_for_room(void)
{
  struct block_cache *cache = new_cache(BLOCK + 1000);
  struct block_key key = {.source = 2};
  struct load load = {.value = 1};
  struct err err = ERR_INIT;
  struct worker waiter = {0};
  const void *pinned = block_cache_get(cache, &key, BLOCK, loader, &load, &err);
  CHECK(pinned);
  struct threads waiting = start(&waiter, 1, visit_one, cache, &load);
  sleep_ms(50);
  atomic_store(&waiter.gone, true);
  threads_join(&waiting);
  CHECK(!waiter.ok && waiter.errnum == EINTR && load.calls == 1);
  atomic_store(&waiter.gone, false);
  waiting = start(&waiter, 1, visit_one, cache, &load);
  sleep_ms(50);
  block_cache_put(cache, pinned);
  threads_join(&waiting);
  CHECK(waiter.ok && load.calls == 2);
  block_cache_free(cache);
}

static atomic_int loading[KEYS];
static atomic_bool collided, dropping;

/* Block i is filled with i; every seventh load fails. */
static int storm_loader(void *ctx, void *data, size_t size, struct err *err)
{
  static atomic_int calls;
  const int *key = ctx;
  if (atomic_fetch_add(&loading[*key], 1) != 0)
    atomic_store(&collided, true);
  int call = atomic_fetch_add(&calls, 1);
  memset(data, *key, size);
  if (call % 50 == 0)
    sleep_ms(1);
  atomic_fetch_sub(&loading[*key], 1);
  return call % 7 ? 0 : err_set(err, call % 14 ? EIO : EINTR, "call %d", call);
}

static bool storm_round(struct block_cache *cache, unsigned draw)
{
  int key_index = (int)(draw % KEYS);
  size_t size = BLOCK + (size_t)key_index * 1000;
  struct block_key key = {.source = (uint64_t)key_index % 3,
                          .index = (uint64_t)key_index};
  struct err err = ERR_INIT;
  const unsigned char *data =
      block_cache_get(cache, &key, size, storm_loader, &key_index, &err);
  if (!data)
    return err.errnum == EIO || err.errnum == EINTR;
  bool ok = data[0] == key_index && data[size / 2] == key_index &&
            data[size - 1] == key_index && !err.errnum;
  block_cache_put(cache, data);
  if (dropping && draw % 101 == 0)
    block_cache_drop(cache, draw % 3);
  return ok;
}

static void *storm(void *arg)
{
  struct worker *w = arg;
  unsigned draw = 12345u * (unsigned)(w->id + 1);
  w->ok = true;
  for (int i = 0; i < ROUNDS; i++) {
    draw = draw * 1664525u + 1013904223u;
    w->ok &= storm_round(w->cache, draw >> 8);
  }
  return NULL;
}

/* A drop lets the same block load twice at once, else nobody may.  In a budget smaller
 * than the largest blocks, those are loaded alone. */
static void test_storm(size_t budget, bool drops)
{
  atomic_store(&dropping, drops);
  atomic_store(&collided, false);
  struct block_cache *cache = new_cache(budget);
  struct worker workers[THREADS] = {0};
  const struct threads threads = start(workers, THREADS, storm, cache, NULL);
  threads_join(&threads);
  for (int i = 0; i < THREADS; i++)
    CHECK(workers[i].ok);
  struct block_stats stats;
  block_cache_stats(cache, &stats);
  CHECK(drops || !collided);
  CHECK((stats.peak <= budget || budget < BLOCK + KEYS * 1000) &&
        stats.bytes <= stats.peak);
  CHECK(stats.hits + stats.misses == THREADS * ROUNDS);
  CHECK(stats.failed > 0 && stats.loads > stats.failed);
  for (uint64_t source = 0; source < 3; source++)
    block_cache_drop(cache, source);
  block_cache_stats(cache, &stats);
  CHECK(stats.bytes == 0);
  block_cache_free(cache);
}

int main(void)
{
  test_second_get_is_a_hit();
  test_keys_differ_in_every_part();
  test_oldest_is_evicted();
  test_failed_load_leaves_nothing();
  test_dropped_block_goes_with_its_pin();
  test_block_larger_than_the_budget();
  test_memory_returns_to_the_system();
  test_single_flight();
  test_waiter_survives_a_cancelled_loader();
  test_cancelled_waiter_leaves();
  test_cancelled_wait_for_room();
  for (int drops = 0; drops < 2; drops++) {
    test_storm(30000, drops);
    test_storm(60000, drops);
    test_storm(400000, drops);
  }
  return check_report("block_cache");
}
