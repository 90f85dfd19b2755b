/* The pool's cache, for others whose memory counts in its budget (block_cache_charge). */
#ifndef TESSERAFS_SOURCE_POOL_H
#define TESSERAFS_SOURCE_POOL_H

#include "core/source/source.h"

/* Lives as long as the pool. */
struct block_cache *source_pool_cache(const struct source_pool *pool);

#endif
