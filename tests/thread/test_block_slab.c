/* Slots of slabs: each its own, whole, and back with the system when it is given back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/cache/block_slab.h"
#include "tests/support/threads.h"

enum { KB = 1024, MB = 1024 * KB, HELD = 24, TURNS = 300, SLOT = 260 * KB };

static struct slabs slabs;

/* How many of the pages at `slot` are there; none of what is not mapped any more. */
static int resident(const void *slot, size_t size)
{
  unsigned char pages[SLOT / 4096];
  int n = 0;
  if (mincore((void *)(uintptr_t)slot, size, pages))
    return 0;
  for (size_t i = 0; i < size / 4096; i++)
    n += pages[i] & 1;
  return n;
}

struct held {
  char *slot;
  struct slab *slab;
  size_t size;
};

static bool is_whole(const struct held *held, char mark)
{
  for (size_t i = 0; i < held->size; i += 1000)
    if (held->slot[i] != mark)
      return false;
  return held->slot[held->size - 1] == mark;
}

/* Takes and gives back in no order; what it has is its own all the while. */
static void *work(void *ctx)
{
  static const size_t sizes[] = {36 * KB, 260 * KB, 1028 * KB, 4100 * KB};
  unsigned seed = (unsigned)(uintptr_t)ctx;
  struct held held[HELD] = {0};
  bool whole = true;
  int taken = 0;
  for (int i = 0; i < TURNS; i++) {
    struct held *one = &held[rand_r(&seed) % HELD];
    const char mark = (char)(one - held + 1 + 32 * (uintptr_t)ctx);
    if (one->slot) {
      whole &= is_whole(one, mark);
      slab_give(one->slab, one->slot);
      *one = (struct held){0};
      continue;
    }
    one->size = sizes[rand_r(&seed) % 4];
    one->slot = slab_take(&slabs, one->size, &one->slab);
    taken += one->slot != NULL; /* not when too much else would be held */
    if (one->slot)
      memset(one->slot, mark, one->size);
  }
  for (int i = 0; i < HELD; i++)
    if (held[i].slot)
      slab_give(held[i].slab, held[i].slot);
  CHECK(whole && taken > TURNS / 4);
  return NULL;
}

/* Huge pages, of all processes, of which only a part is mapped; -1: nobody says. */
static long split_in_part(void)
{
  long n = -1;
  FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/hugepages-2048kB/stats/"
                     "nr_anon_partially_mapped",
                     "r");
  if (file && fscanf(file, "%ld", &n) != 1)
    n = -1;
  if (file)
    fclose(file);
  return n;
}

/* Some slots in the midst of many that went: what those took is not held. */
static void what_is_given_back_is_free(void)
{
  enum { SLOTS = 400, EACH = 20 }; /* 100 MB, two slabs */
  static struct held held[SLOTS];
  const long split = split_in_part();
  size_t there = 0;
  for (int i = 0; i < SLOTS; i++) {
    held[i].slot = slab_take(&slabs, SLOT, &held[i].slab);
    if (!CHECK(held[i].slot))
      return;
    memset(held[i].slot, i, SLOT);
  }
  CHECK(resident(held[9].slot, SLOT) == SLOT / 4096);
  for (int i = 0; i < SLOTS; i++)
    if (i % EACH)
      slab_give(held[i].slab, held[i].slot);
  for (int i = 0; i < SLOTS; i++)
    there += i % EACH ? (size_t)resident(held[i].slot, SLOT) * 4096 : 0;
  CHECK(there <= SLAB_SLACK && slabs.slack <= SLAB_SLACK);
  CHECK(split < 0 || split_in_part() < split + 20); /* of 50 */
  for (int i = 0; i < SLOTS; i += EACH) {
    CHECK(held[i].slot[0] == (char)i && held[i].slot[SLOT - 1] == (char)i);
    slab_give(held[i].slab, held[i].slot);
  }
  CHECK(LIST_EMPTY(&slabs.roomy) && !slabs.slack);
}

/* A huge page for each would be 400 MiB. */
static void many_sizes(void)
{
  enum { SIZES = 200 };
  static struct held held[SIZES];
  int refused = 0;
  for (int i = 0; i < SIZES; i++) {
    held[i].size = (size_t)(300 + 4 * i) * KB;
    held[i].slot = slab_take(&slabs, held[i].size, &held[i].slab);
    refused += !held[i].slot;
    CHECK(slabs.slack <= SLAB_SLACK);
  }
  CHECK(refused > 0 && refused < SIZES);
  for (int i = 0; i < SIZES; i++)
    if (held[i].slot)
      slab_give(held[i].slab, held[i].slot);
  CHECK(LIST_EMPTY(&slabs.roomy) && !slabs.slack);
}

static void sizes_that_have_no_slabs(void)
{
  struct slab *slab;
  CHECK(!slab_take(&slabs, 4 * KB, &slab));
  CHECK(!slab_take(&slabs, 17 * MB, &slab));
}

static void a_small_cache_has_none(void)
{
  struct slabs none;
  struct slab *slab;
  slabs_init(&none, MB);
  CHECK(!slab_take(&none, 64 * KB, &slab));
  slabs_destroy(&none);
}

int main(void)
{
  slabs_init(&slabs, 256 * MB);
  a_small_cache_has_none();
  if (slabs.on) { /* the system has huge pages */
    sizes_that_have_no_slabs();
    what_is_given_back_is_free();
    many_sizes();
    threads_run(4, work, NULL, 1); /* they do not meet */
  }
  slabs_destroy(&slabs);
  return check_report("test_block_slab");
}
