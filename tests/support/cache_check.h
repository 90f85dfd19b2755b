/* A cache of blocks as a test wants it. */
#ifndef TESSERAFS_CACHE_CHECK_H
#define TESSERAFS_CACHE_CHECK_H

#include "core/cache/block_cache.h"
#include "tests/support/check.h"

static inline struct block_cache *new_cache(size_t budget)
{
  struct err err = ERR_INIT;
  struct block_cache *cache = block_cache_new(budget, &err);
  CHECK(cache && !err.errnum);
  return cache;
}

#endif
