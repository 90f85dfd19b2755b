/* Memory of blocks: see block_table.h.
 *
 * There is no list of free memory: a new block takes over the memory of a block that was
 * evicted for it, where the sizes are equal.  So a full cache neither maps nor unmaps,
 * and holds no memory that is not counted. */
#include <stdlib.h>
#include <sys/mman.h>

#include "core/cache/block_table.h"

/* From this size on memory consists of whole pages, from a slab or from the system, and
 * goes back there when it is freed. */
enum { MAPPED = 32 * 1024 };

size_t block_cost(size_t size)
{
  return block_memory_size(size) + sizeof(struct block);
}

struct block *block_new(const struct block_key *key, size_t size)
{
  struct block *block = calloc(1, sizeof *block);
  if (!block)
    return NULL;
  block->key = *key;
  block->size = size;
  block->cost = block_cost(size);
  return block;
}

size_t block_memory_size(size_t size)
{
  size_t all = BLOCK_PREFIX + size;
  return all < MAPPED ? (all + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN
                      : (all + BLOCK_PAGE - 1) / BLOCK_PAGE * BLOCK_PAGE;
}

static char *new_memory(struct slabs *slabs, size_t size, struct slab **slab)
{
  if (size < MAPPED)
    return aligned_alloc(BLOCK_ALIGN, size);
  char *slot = slab_take(slabs, size, slab);
  if (slot)
    return slot;
  /* the loader will write all of it: MAP_POPULATE, one call for all pages, took a fifth
   * off the system time of decoding a volume of 512 MiB in blocks of 512 KiB (--cat, 0.34
   * s to 0.28 s) */
  void *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return map == MAP_FAILED ? NULL : map;
}

char *block_memory_new(struct slabs *slabs, size_t size)
{
  struct slab *slab = NULL;
  char *memory = new_memory(slabs, size, &slab);
  if (memory)
    ((struct block_prefix *)memory)->slab = slab;
  return memory;
}

void block_memory_free(char *memory, size_t size)
{
  struct slab *slab = memory ? ((struct block_prefix *)memory)->slab : NULL;
  if (slab)
    slab_give(slab, memory);
  else if (memory && size >= MAPPED)
    munmap(memory, size);
  else
    free(memory);
}

char *block_memory_reuse(struct block *garbage, size_t size)
{
  for (; garbage; garbage = garbage->chain)
    if (garbage->memory && block_memory_size(garbage->size) == block_memory_size(size)) {
      char *memory = garbage->memory;
      garbage->memory = NULL;
      return memory;
    }
  return NULL;
}

void block_free_all(struct block *garbage)
{
  while (garbage) {
    struct block *block = garbage;
    garbage = block->chain;
    block_memory_free(block->memory, block_memory_size(block->size));
    free(block);
  }
}
