/* Arrays that are decoded block by block, through the cache.
 *
 * A read that misses several blocks hands them to the workers: the workers begin with the
 * last block while the reader goes through them from the first, and where the two meet,
 * the cache makes one wait for the other.  A prefetch hands out the same pieces of work,
 * for which no reader waits.
 *
 * A prefetch with a wish (source_wish) takes its turn in the same queue.  It uses only a
 * part of the queue, so that hints of real reads find room beside it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/source/source_inside.h"
#include "core/source/source_job.h"
#include "core/view/view_missing.h"

/* Shares of the cache's budget (one n-th): blocks decoded ahead of any read, and blocks
 * that one read may hand out.  More would evict blocks that were decoded a moment ago. */
enum { AHEAD_SHARE = 4, WANTED_SHARE = 2 };
/* Limits of wishes: their share of the bytes of AHEAD_SHARE, and their pieces in the
 * queue. */
enum { WISH_SHARE = 2, WISH_PIECES = 64, WISH_WAIT_MS = 50 };

/* The blocks under a box, by storage axes. */
struct grid {
  int64_t block[ND_MAX];                /* voxels of a block */
  int64_t first[ND_MAX], count[ND_MAX]; /* in blocks: of the box */
  int64_t whole[ND_MAX];                /* in blocks: of the array */
  int64_t n;                            /* blocks under the box */
  size_t bytes;                         /* of one block */
};

static struct grid grid_of(const struct job *job)
{
  struct grid grid = {.block = {1}, .n = 1};
  source_to_storage(job->array, job->array->block, grid.block);
  for (int d = 0; d < job->nd; d++) {
    const int64_t block = grid.block[d];
    grid.first[d] = job->off[d] / block;
    grid.count[d] = (job->off[d] + job->shape[d] - 1) / block - grid.first[d] + 1;
    grid.whole[d] = (job->full[d] - 1) / block + 1;
    grid.n *= grid.count[d];
  }
  grid.bytes = (size_t)(nd_count(job->nd, grid.block) * dtype_size(job->array->stored));
  return grid;
}

/* What the cache and a worker need to know of one block: plain bytes, which are copied to
 * the worker. */
struct one_block {
  struct source *source;
  int array;
  uint64_t index; /* in C order of storage axes */
  size_t bytes;
  int64_t bidx[ND_MAX];     /* axes of the array */
  struct source_wish *wish; /* NULL: none */
};
_Static_assert(sizeof(struct one_block) <= WORK_BYTES, "a piece of work is copied");

static struct one_block block_at(const struct job *job, const struct grid *grid,
                                 const int64_t *bidx)
{
  struct one_block one = {
      .source = job->source,
      .array = (int)(job->array - source_array_at(job->source, 0)),
      .bytes = grid->bytes,
  };
  source_to_storage(job->array, bidx, one.bidx);
  for (int d = 0; d < job->nd; d++)
    one.index = one.index * (uint64_t)grid->whole[d] + (uint64_t)bidx[d];
  return one;
}

static struct block_key key_of(const struct one_block *one)
{
  return (struct block_key){.source = source_id(one->source),
                            .array = (uint32_t)one->array,
                            .index = one->index};
}

static int load_block(void *ctx, void *data, size_t size, struct err *err)
{
  const struct one_block *one = ctx;
  return source_read_block(one->source, source_array_at(one->source, one->array),
                           one->bidx, data, size, err);
}

static bool is_there(const struct one_block *one)
{
  const struct block_key key = key_of(one);
  return block_cache_has(source_cache(one->source), &key);
}

static const void *get_block(const struct one_block *one, block_load_fn *loader,
                             void *ctx, struct err *err)
{
  const struct block_key key = key_of(one);
  return block_cache_get(source_cache(one->source), &key, one->bytes, loader, ctx, err);
}

/* --- workers ----------------------------------------------------------------------- */

static void load(struct one_block *one, struct err *err)
{
  const void *data = get_block(one, load_block, one, err);
  if (data)
    block_cache_put(source_cache(one->source), data);
}

/* The error is dropped: a reader who needs this block will meet the same error and report
 * it. */
static void load_quietly(struct one_block *one)
{
  struct err unsaid = ERR_INIT;
  load(one, &unsaid);
}

static void run_wanted(void *bytes)
{
  struct one_block *one = bytes;
  load_quietly(one);
  source_unref(one->source);
}

static void drop_wanted(void *bytes)
{
  source_unref(((struct one_block *)bytes)->source);
}

static void drop_ahead(void *bytes)
{
  const struct one_block *one = bytes;
  struct source_pool *pool = source_pool_of(one->source);
  {
    LOCK_FOR_SCOPE(&pool->wish_lock);
    atomic_fetch_sub(&pool->bytes_ahead, (int64_t)one->bytes);
    pthread_cond_signal(&pool->less_ahead);
  }
  source_unref(one->source);
}

static void run_ahead(void *bytes)
{
  load_quietly(bytes);
  drop_ahead(bytes);
}

static void wish_unref(struct source_pool *pool, struct source_wish *wish,
                       const struct err *failed)
{
  {
    LOCK_FOR_SCOPE(&pool->wish_lock);
    if (failed && failed->errnum)
      err_set(&wish->err, failed->errnum, "%s", failed->msg);
  }
  if (atomic_fetch_sub(&wish->refs, 1) == 1)
    wish->done(wish);
}

static void end_wished(struct one_block *one, const struct err *failed)
{
  struct source_pool *pool = source_pool_of(one->source);
  {
    LOCK_FOR_SCOPE(&pool->wish_lock);
    pool->wish_bytes -= (int64_t)one->bytes;
    pool->wish_pieces--;
  }
  wish_unref(pool, one->wish, failed);
  drop_ahead(one);
}

static void drop_wished(void *bytes)
{
  end_wished(bytes, NULL);
}

static void run_wished(void *bytes)
{
  struct one_block *one = bytes;
  struct err err = ERR_INIT;
  cancel_set(one->wish->stop);
  if (!cancel_check(&err))
    load(one, &err);
  cancel_set(NULL);
  end_wished(one, &err);
}

static const struct work wanted_work = {run_wanted, drop_wanted};
static const struct work ahead_work = {run_ahead, drop_ahead};
static const struct work wished_work = {run_wished, drop_wished};

static const struct work *work_of(const struct one_block *one, enum work_class class)
{
  if (class == WORK_WANTED)
    return &wanted_work;
  return one->wish ? &wished_work : &ahead_work;
}

/* Returns false when no worker takes the block. */
static bool hand_out(const struct one_block *one, enum work_class class)
{
  struct source_pool *pool = source_pool_of(one->source);
  source_ref(one->source);
  if (workers_submit(pool->workers, class, work_of(one, class), one, sizeof *one))
    return true;
  source_unref(one->source);
  return false;
}

/* --- wishes ------------------------------------------------------------------------ */

/* Returns whether a piece may be ordered now; a single piece may be of any size.  The
 * caller holds wish_lock. */
static bool wish_fits(struct source_pool *pool, int64_t bytes)
{
  const int64_t most = (int64_t)(pool->cache_bytes / AHEAD_SHARE);
  const int64_t ahead = atomic_load(&pool->bytes_ahead);
  return (!pool->wish_pieces || (pool->wish_pieces < WISH_PIECES &&
                                 pool->wish_bytes + bytes <= most / WISH_SHARE)) &&
         (!ahead || ahead + bytes <= most);
}

/* Returns false when the wish was given up before its turn came. */
static bool wait_turn(struct source_pool *pool, int64_t bytes)
{
  LOCK_FOR_SCOPE(&pool->wish_lock);
  while (!cancel_requested()) {
    if (wish_fits(pool, bytes)) {
      pool->wish_pieces++;
      pool->wish_bytes += bytes;
      atomic_fetch_add(&pool->bytes_ahead, bytes);
      return true;
    }
    clock_wait(&pool->less_ahead, &pool->wish_lock, WISH_WAIT_MS);
  }
  return false;
}

/* Hands the piece out, and waits while the queue is full of hints. */
static bool wait_queue(struct source_pool *pool, const struct one_block *one)
{
  while (!hand_out(one, WORK_AHEAD)) {
    if (cancel_requested())
      return false;
    LOCK_FOR_SCOPE(&pool->wish_lock);
    clock_wait(&pool->less_ahead, &pool->wish_lock, WISH_WAIT_MS);
  }
  return true;
}

/* Returns false when the wish was given up.  A block larger than the cache is left out,
 * because it would be evicted at once. */
static bool wish_block(const struct job *job, struct one_block *one,
                       struct source_wish *wish)
{
  struct source_pool *pool = source_pool_of(one->source);
  struct err err = ERR_INIT;
  if (one->bytes > pool->cache_bytes)
    return !cancel_requested();
  one->wish = wish;
  atomic_fetch_add(&one->wish->refs, 1);
  if (!pool->workers || job->array->in_order) {
    load(one, &err);
    wish_unref(pool, one->wish, &err);
  } else if (!wait_turn(pool, (int64_t)one->bytes)) {
    wish_unref(pool, one->wish, NULL);
  } else if (!wait_queue(pool, one)) {
    source_ref(one->source);
    drop_wished(one);
  }
  return !cancel_requested();
}

void source_wish_begin(struct source_wish *self)
{
  atomic_init(&self->refs, 1);
  self->err = (struct err)ERR_INIT;
}

void source_wish_failed(struct source_wish *self, struct source_pool *pool,
                        const struct err *failed)
{
  LOCK_FOR_SCOPE(&pool->wish_lock);
  err_set(&self->err, failed->errnum, "%s", failed->msg);
}

void source_wish_end(struct source_wish *self, struct source_pool *pool,
                     const struct err *failed)
{
  wish_unref(pool, self, failed);
}

void source_prefetch_blocks(const struct job *job, struct source_wish *wish)
{
  const struct grid grid = grid_of(job);
  struct source_pool *pool = source_pool_of(job->source);
  const int64_t most = (int64_t)(pool->cache_bytes / AHEAD_SHARE);
  int64_t at[ND_MAX] = {0}, bidx[ND_MAX];
  struct slabs slabs;
  if (!pool->workers && !wish)
    return;
  if (source_wants_slabs(job, &slabs)) {
    /* a slab is much work, which is done for an order and not for a hint */
    struct err err = ERR_INIT;
    if (wish && source_read_slabs(job, &slabs, &err))
      source_wish_failed(wish, pool, &err);
    return;
  }
  do {
    for (int d = 0; d < job->nd; d++)
      bidx[d] = grid.first[d] + at[d];
    struct one_block one = block_at(job, &grid, bidx);
    if (is_there(&one))
      continue;
    if (wish) {
      if (!wish_block(job, &one, wish))
        return;
      continue;
    }
    const int64_t bytes = (int64_t)grid.bytes;
    const bool fits = atomic_fetch_add(&pool->bytes_ahead, bytes) + bytes <= most;
    if (!fits || !hand_out(&one, WORK_AHEAD)) {
      atomic_fetch_sub(&pool->bytes_ahead, bytes);
      return;
    }
  } while (nd_next(job->nd, grid.count, at));
}

/* --- the reader -------------------------------------------------------------------- */

/* A read on its way through the blocks of its box. */
struct reading {
  const struct job *job;
  struct grid grid;
  int64_t at[ND_MAX]; /* the current block, counted within the box */
  struct one_block one;
  bool handed_out;
};

/* Hands out the blocks after the current one, which the reader loads itself. */
static void hand_out_rest(struct reading *self)
{
  const struct grid *grid = &self->grid;
  const struct source_pool *pool = source_pool_of(self->job->source);
  int64_t at[ND_MAX], bidx[ND_MAX];
  self->handed_out = true;
  if (!pool->workers ||
      (uint64_t)grid->n > pool->cache_bytes / WANTED_SHARE / grid->bytes)
    return;
  memcpy(at, self->at, sizeof at);
  while (nd_next(self->job->nd, grid->count, at)) {
    for (int d = 0; d < self->job->nd; d++)
      bidx[d] = grid->first[d] + at[d];
    const struct one_block one = block_at(self->job, grid, bidx);
    if (!is_there(&one) && !hand_out(&one, WORK_WANTED))
      return;
  }
}

/* A first missing block means that later ones are probably missing too, so they are
 * handed out. */
static int load_reading(void *ctx, void *data, size_t size, struct err *err)
{
  struct reading *self = ctx;
  if (!self->handed_out)
    hand_out_rest(self);
  view_missing();
  return load_block(&self->one, data, size, err);
}

/* Copies the part of the box that lies in the current block. */
static int copy_block(struct reading *self, struct err *err)
{
  const struct job *job = self->job;
  int64_t bidx[ND_MAX], at[ND_MAX], shape[ND_MAX], stride[ND_MAX], inside = 0;
  nd_strides(job->nd, self->grid.block, dtype_size(job->array->stored), false, stride);
  for (int d = 0; d < job->nd; d++) {
    bidx[d] = self->grid.first[d] + self->at[d];
    const int64_t block = self->grid.block[d], start = bidx[d] * block;
    const int64_t end = job->off[d] + job->shape[d];
    at[d] = start > job->off[d] ? start : job->off[d];
    shape[d] = (block < end - start ? start + block : end) - at[d];
    inside += (at[d] - start) * stride[d];
  }
  self->one = block_at(job, &self->grid, bidx);
  const char *data = get_block(&self->one, load_reading, self, err);
  if (!data)
    return -1;
  source_emit(job, shape, source_out_of(job, at), data + inside, stride);
  block_cache_put(source_cache(job->source), data);
  return 0;
}

int source_read_blocks(const struct job *job, struct err *err)
{
  struct slabs slabs;
  if (source_wants_slabs(job, &slabs))
    return source_read_slabs(job, &slabs, err);
  struct reading reading = {.job = job, .grid = grid_of(job)};
  do {
    if (cancel_check(err) || copy_block(&reading, err))
      return -1;
  } while (nd_next(job->nd, reading.grid.count, reading.at));
  return 0;
}
