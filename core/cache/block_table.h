/* What the cache is made of: blocks, their memory, and the table that finds them.
 * Private to the cache.  Nothing here locks: a table is protected by its shard's lock. */
#ifndef TESSERAFS_BLOCK_TABLE_H
#define TESSERAFS_BLOCK_TABLE_H

#include <stdbool.h>

#include "core/cache/block_cache.h"

enum {
  BLOCK_ALIGN = 64,
  BLOCK_PREFIX = BLOCK_ALIGN, /* before the bytes: struct block_prefix */
  BLOCK_PAGE = 4096
};

enum block_state { LOADING, READY, FAILED };

/* Blocks that were visited once, and those that were visited again. */
enum segment { PROBATION, PROTECTED, SEGMENTS };

struct block {
  struct block_key key;
  size_t size, cost; /* bytes asked for; bytes of memory it takes */
  bool alone;        /* larger than the budget, charged to what lies beyond it */
  size_t scratch;    /* bytes charged beside `cost` while LOADING */
  size_t unpaid;     /* bytes that it may take beside these while LOADING */
  char *memory;      /* BLOCK_PREFIX bytes, then the voxels; written by the loader only */
  bool charged;      /* protected by the room's lock */
  /* the rest is protected by the shard's lock */
  enum block_state state;
  unsigned pins; /* of readers, of the loader, of threads that wait for it */
  bool detached;
  enum segment segment;
  uint64_t visited;            /* the cache's count of visits at this block's last
                                * look-up */
  uint64_t used;               /* ns: when its last pin went */
  struct block *chain;         /* next in the bucket, or in a list of garbage */
  struct block *newer, *older; /* neighbours among the idle blocks of its segment */
};

/* What stands before a block's bytes. */
struct block_prefix {
  struct block *block; /* the block that owns the bytes */
};
_Static_assert(sizeof(struct block_prefix) <= BLOCK_PREFIX, "the prefix is in its place");

size_t block_cost(size_t size); /* see struct block */
/* Makes a block that is LOADING and has no pins; returns NULL without memory. */
struct block *block_new(const struct block_key *key, size_t size);

/* Returns the bytes of memory that a block of `size` bytes needs, with its prefix. */
size_t block_memory_size(size_t size);
/* size: as block_memory_size() gave it.  Returns NULL without memory.  The caller sets
 * the block in the prefix. */
char *block_memory_new(size_t size);
void block_memory_free(char *memory, size_t size);
/* Takes the memory of a block on the list of garbage (linked by chain) that has exactly
 * the size that a block of `size` bytes needs; returns NULL when none has. */
char *block_memory_reuse(struct block *garbage, size_t size);
/* Frees a list linked by chain. */
void block_free_all(struct block *garbage);

struct block_table {
  struct block **buckets;
  size_t n_buckets, n_blocks;
};

uint64_t block_hash(const struct block_key *key);
int block_table_init(struct block_table *table); /* -1 without memory */
void block_table_free(struct block_table *table);
struct block *block_table_find(const struct block_table *table,
                               const struct block_key *key);
void block_table_attach(struct block_table *table, struct block *block);
/* Takes a block out and marks it detached. */
void block_table_detach(struct block_table *table, struct block *block);

#endif
