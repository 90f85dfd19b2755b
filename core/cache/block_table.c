/* Look-up of blocks by their keys: see block_table.h. */
#include "core/cache/block_table.h"

#include <stdlib.h>

enum { BUCKETS_MIN = 64 };

uint64_t block_hash(const struct block_key *key)
{
  uint64_t hash = key->source * 0x9e3779b97f4a7c15u;
  hash =
      (hash ^ hash >> 29 ^ key->array ^ (uint64_t)key->kind << 32) * 0xff51afd7ed558ccdu;
  hash = (hash ^ hash >> 32 ^ key->index) * 0xc4ceb9fe1a85ec53u;
  return hash ^ hash >> 31;
}

static bool same_key(const struct block_key *a, const struct block_key *b)
{
  return a->source == b->source && a->array == b->array && a->kind == b->kind &&
         a->index == b->index;
}

static struct block **bucket_of(const struct block_table *table,
                                const struct block_key *key)
{
  return &table->buckets[block_hash(key) & (table->n_buckets - 1)];
}

struct block *block_table_find(const struct block_table *table,
                               const struct block_key *key)
{
  struct block *block = *bucket_of(table, key);
  while (block && !same_key(&block->key, key))
    block = block->chain;
  return block;
}

/* Without memory the table keeps its size and its chains get longer. */
static void grow_table(struct block_table *table)
{
  size_t old_n = table->n_buckets;
  struct block **old = table->buckets;
  struct block **buckets = calloc(2 * old_n, sizeof(struct block *));
  if (!buckets)
    return;
  table->buckets = buckets;
  table->n_buckets = 2 * old_n;
  for (size_t i = 0; i < old_n; i++)
    for (struct block *block = old[i], *next; block; block = next) {
      next = block->chain;
      struct block **bucket = bucket_of(table, &block->key);
      block->chain = *bucket;
      *bucket = block;
    }
  free(old);
}

void block_table_attach(struct block_table *table, struct block *block)
{
  if (++table->n_blocks > table->n_buckets)
    grow_table(table);
  struct block **bucket = bucket_of(table, &block->key);
  block->chain = *bucket;
  *bucket = block;
}

void block_table_detach(struct block_table *table, struct block *block)
{
  struct block **at = bucket_of(table, &block->key);
  while (*at != block)
    at = &(*at)->chain;
  *at = block->chain;
  block->chain = NULL;
  block->detached = true;
  table->n_blocks--;
}

int block_table_init(struct block_table *table)
{
  *table = (struct block_table){0};
  table->buckets = calloc(BUCKETS_MIN, sizeof(struct block *));
  table->n_buckets = BUCKETS_MIN;
  return table->buckets ? 0 : -1;
}

void block_table_free(struct block_table *table)
{
  free(table->buckets);
}
