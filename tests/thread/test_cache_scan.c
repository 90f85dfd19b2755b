/* What stays when the cache is full: a hot set through scans, patches in order; and many
 * readers of large blocks in a small cache. */
#include <stdatomic.h>
#include <string.h>

#include "core/cache/block_cache.h"
#include "tests/support/cache_check.h"
#include "tests/support/threads.h"

enum { BLOCK = 16 * 1024, BLOCKS = 256, BUDGET = BLOCKS * (BLOCK + 1024) };
enum { HOT = BLOCKS / 2, SCAN = 100000 }; /* index of the scanned volume's first block */

static int loader(void *ctx, void *data, size_t size, struct err *err)
{
  const uint64_t *index = ctx;
  memset(data, (int)(*index % 251), size);
  return 0;
}

static bool visit(struct block_cache *cache, uint64_t index, size_t size)
{
  const struct block_key key = {.source = 1, .index = index};
  struct err err = ERR_INIT;
  const unsigned char *const data =
      block_cache_get(cache, &key, size, loader, &index, &err);
  const bool ok = data && data[0] == index % 251 && data[size - 1] == index % 251;
  if (data)
    block_cache_put(cache, data);
  return ok;
}

static uint64_t loads_of(struct block_cache *cache)
{
  struct block_stats stats;
  block_cache_stats(cache, &stats);
  CHECK(stats.peak <= stats.budget);
  return stats.loads;
}

static void use_hot_set(struct block_cache *cache, int times)
{
  for (int i = 0; i < times; i++)
    for (uint64_t index = 0; index < HOT; index++)
      CHECK(visit(cache, index, BLOCK));
}

/* Blocks that the hot set has to load again. */
static uint64_t lost(struct block_cache *cache)
{
  const uint64_t before = loads_of(cache);
  use_hot_set(cache, 1);
  return loads_of(cache) - before;
}

/* A volume of ten budgets, in reads that are smaller than its blocks. */
static void a_hot_set_survives_a_scan(void)
{
  struct block_cache *cache = new_cache(BUDGET);
  use_hot_set(cache, 4);
  for (uint64_t i = 0; i < 10 * BLOCKS; i++)
    for (int piece = 0; piece < 8; piece++)
      visit(cache, SCAN + i, BLOCK);
  CHECK(lost(cache) == 0);
  block_cache_free(cache);
}

/* Rows of a C-ordered file go through all blocks of a slab, again and again. */
static void a_hot_set_survives_a_scan_in_slabs(void)
{
  struct block_cache *cache = new_cache(BUDGET);
  const uint64_t slab = BLOCKS / 10;
  use_hot_set(cache, 4);
  for (uint64_t first = 0; first < 10 * BLOCKS; first += slab)
    for (int row = 0; row < 16; row++)
      for (uint64_t i = 0; i < slab; i++)
        visit(cache, SCAN + first + i, BLOCK);
  CHECK(lost(cache) == 0);
  block_cache_free(cache);
}

/* What was hot makes room for what is: 20 times its blocks, and it is all there. */
static void a_new_hot_set_takes_over(void)
{
  struct block_cache *cache = new_cache(BUDGET);
  const uint64_t n = BLOCKS * 9 / 10;
  for (uint64_t set = 0; set < 4; set++)
    for (int times = 0; times < 20; times++)
      for (uint64_t i = 0; i < n; i++)
        visit(cache, set * 10000 + i, BLOCK);
  const uint64_t before = loads_of(cache);
  for (uint64_t i = 0; i < n; i++)
    visit(cache, 30000 + i, BLOCK);
  CHECK(loads_of(cache) == before);
  block_cache_free(cache);
}

/* Patches of 3 half blocks a side, half a block apart, through 16 x 16 x 16 blocks: plain
 * LRU of so many blocks loads each once (simulated); a tenth more is allowed. */
static void overlapping_patches_in_order(void)
{
  enum { SIDE = 16, CACHED = 2 * SIDE * SIDE + 100 };
  struct block_cache *cache = new_cache(CACHED * (size_t)(1024 + 512));
  for (int x = 0; x < 2 * SIDE - 2; x++)
    for (int y = 0; y < 2 * SIDE - 2; y++)
      for (int z = 0; z < 2 * SIDE - 2; z++)
        for (int corner = 0; corner < 8; corner++) {
          const int a = (x + (corner & 4 ? 2 : 0)) / 2,
                    b = (y + (corner & 2 ? 2 : 0)) / 2,
                    c = (z + (corner & 1 ? 2 : 0)) / 2;
          visit(cache, (uint64_t)((a * SIDE + b) * SIDE + c), 1024);
        }
  CHECK(loads_of(cache) <= SIDE * SIDE * SIDE * 11 / 10);
  block_cache_free(cache);
}

struct reader {
  struct block_cache *cache;
  uint64_t first;
  bool ok;
};

static void *read_large(void *arg)
{
  struct reader *reader = arg;
  reader->ok = true;
  for (uint64_t i = 0; i < 400; i++)
    reader->ok &= visit(reader->cache, (reader->first + i * 7) % 60, 256 * 1024);
  return NULL;
}

/* Room for three blocks, eight readers: they wait for each other, and all get done. */
static void eight_readers_of_large_blocks_in_one_mebibyte(void)
{
  struct block_cache *cache = new_cache(1 << 20);
  struct reader readers[8];
  for (int i = 0; i < 8; i++)
    readers[i] = (struct reader){.cache = cache, .first = (uint64_t)i * 13};
  threads_run(8, read_large, readers, sizeof *readers);
  for (int i = 0; i < 8; i++)
    CHECK(readers[i].ok);
  loads_of(cache);
  block_cache_drop(cache, 1);
  struct block_stats stats;
  block_cache_stats(cache, &stats);
  CHECK(stats.bytes == 0);
  block_cache_free(cache);
}

int main(void)
{
  a_hot_set_survives_a_scan();
  a_hot_set_survives_a_scan_in_slabs();
  a_new_hot_set_takes_over();
  overlapping_patches_in_order();
  eight_readers_of_large_blocks_in_one_mebibyte();
  return check_report("cache scan");
}
