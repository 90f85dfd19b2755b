/* A pool of sources as a test wants it: check_pool(.cache_bytes = 1 << 20, .threads = 2).
 * Without one there is nothing to test. */
#ifndef TESSERAFS_POOL_H
#define TESSERAFS_POOL_H

#include <stdio.h>
#include <stdlib.h>

#include "core/source/source.h"

#define check_pool(...) check_pool_of(&(struct source_pool_opts){__VA_ARGS__})

static inline struct source_pool *check_pool_of(const struct source_pool_opts *opts)
{
  struct err err = ERR_INIT;
  struct source_pool *pool = source_pool_new(opts, &err);
  if (!pool) {
    fprintf(stderr, "no pool: %s\n", err.msg);
    abort();
  }
  return pool;
}

#endif
