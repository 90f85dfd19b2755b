/* What a pool shows of itself. */
#include "core/source/source_pool.h"

#include "core/source/source_private.h"

struct block_cache *source_pool_cache(const struct source_pool *pool)
{
  return pool->cache;
}
