/* The memory that all indexes of the process hold together.  A dataset may have thousands
 * of large files and each index megabytes: when the sum grows too large, the indexes that
 * nobody has used for longest are emptied.  That is safe because an index without users
 * is reached only through the lock of this file. */
#include <libdeflate.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/source/gzip/gzindex_private.h"

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(indexes,
                  gzindex) all = TAILQ_HEAD_INITIALIZER(all); /* last used first */
static size_t all_bytes;                                      /* sum of charged */

size_t gzindex_memory(const struct gzindex *index)
{
  size_t bytes = gzpoints_bytes(&index->content.points);
  if (index->content.crcs)
    bytes += (size_t)index->facts.npieces * sizeof(uint32_t);
  for (int i = 0; i < GZINDEX_LIVE; i++)
    bytes += index->live[i] ? sizeof(struct gzip_stream) + GZIP_WINDOW : 0;
  return bytes;
}

void gzindex_walk_end(struct gzindex_walk *walk)
{
  gzip_stream_free(walk->stream);
  libdeflate_free_compressor(walk->compressor);
  *walk = (struct gzindex_walk){0};
}

void gzindex_forget(struct gzindex *index)
{
  gzpoints_free(&index->content.points);
  free(index->content.crcs);
  index->content.crcs = NULL;
  for (int i = 0; i < GZINDEX_LIVE; i++) {
    gzip_stream_free(index->live[i]);
    index->live[i] = NULL;
  }
  gzindex_walk_end(&index->walk);
  index->verified = 0;
  index->kept = false;
  index->bad = (struct err)ERR_INIT;
  index->changes++;
}

void gzindex_register(struct gzindex *index)
{
  LOCK_FOR_SCOPE(&all_lock);
  TAILQ_INSERT_HEAD(&all, index, neighbours);
}

void gzindex_unregister(struct gzindex *index)
{
  LOCK_FOR_SCOPE(&all_lock);
  TAILQ_REMOVE(&all, index, neighbours);
  all_bytes -= index->charged;
}

void gzindex_enter(struct gzindex *index)
{
  LOCK_FOR_SCOPE(&all_lock);
  index->users++;
  TAILQ_REMOVE(&all, index, neighbours);
  TAILQ_INSERT_HEAD(&all, index, neighbours);
}

/* The caller holds all_lock. */
static void drop_unused(void)
{
  struct gzindex *index = TAILQ_LAST(&all, indexes);
  for (; index && all_bytes > GZINDEX_ALL;
       index = TAILQ_PREV(index, indexes, neighbours)) {
    if (index->users || !index->charged)
      continue;
    gzindex_forget(index);
    all_bytes -= index->charged;
    index->charged = 0;
  }
}

bool gzindex_charge(struct gzindex *index)
{
  pthread_mutex_lock(&index->lock);
  const size_t bytes = gzindex_memory(index);
  pthread_mutex_unlock(&index->lock);
  LOCK_FOR_SCOPE(&all_lock);
  all_bytes += bytes - index->charged;
  index->charged = bytes;
  if (all_bytes > GZINDEX_ALL)
    drop_unused();
  return all_bytes > GZINDEX_ALL;
}

void gzindex_leave(struct gzindex *index)
{
  gzindex_charge(index);
  LOCK_FOR_SCOPE(&all_lock);
  index->users--;
}
