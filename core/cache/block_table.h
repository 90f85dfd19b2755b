/* What the cache is made of: blocks, their memory, and the table that finds them. Private
 * to the cache, whose lock protects all of it; nothing here locks. */
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

struct block {
  struct block_key key;
  size_t size, cost; /* bytes asked for; bytes of memory it takes */
  bool alone;        /* larger than the budget, charged to nobody */
  char *memory;      /* BLOCK_PREFIX bytes, then the voxels; written by the loader only */
  /* the rest is protected by the cache's lock */
  enum block_state state;
  unsigned pins; /* readers, the loader, threads that wait for it */
  bool detached;
  struct block *chain;         /* next in the bucket, or in a list of garbage */
  struct block *newer, *older; /* LRU */
};

/* What stands before a block's bytes. */
struct block_prefix {
  struct block *block; /* whose they are; NULL: a buffer, of nobody as yet */
  size_t size;         /* bytes after the prefix */
};
_Static_assert(sizeof(struct block_prefix) <= BLOCK_PREFIX, "the prefix is in its place");

/* Bytes of memory for a block of `size` bytes, with its prefix. */
size_t block_memory_size(size_t size);
/* `size` as block_memory_size() gave it; NULL without memory. */
char *block_memory_new(size_t size);
void block_memory_free(char *memory, size_t size);
/* Frees a list linked by chain. */
void block_free_all(struct block *garbage);

struct block_table {
  struct block **buckets;
  size_t n_buckets, n_blocks;
};

int block_table_init(struct block_table *table); /* -1 without memory */
void block_table_free(struct block_table *table);
struct block *block_table_find(const struct block_table *table,
                               const struct block_key *key);
void block_table_attach(struct block_table *table, struct block *block);
/* Takes a block out and marks it detached. */
void block_table_detach(struct block_table *table, struct block *block);

#endif
