/* Reads across the grain of an array's blocks: see source_job.h.
 *
 * A slab is a part of the array that is cut from its slowest axis in one of two orders of
 * axes: the order of storage, or its reverse (in which a NIfTI volume is read when it
 * becomes a C-ordered npy).  It takes a quarter of the cache, so that two readers have
 * room beside each other.  Loading one decodes every block under it once, into memory
 * that is freed, and keeps the slab's part.  So a volume larger than the cache is decoded
 * about four times as often as it is larger than the cache, where it was decoded once for
 * each read: image.npy of a .nii.gz of 21 MB with cache=16M took 9.8 s of processor time,
 * and takes 0.9 s (with cache=32M: 1.0 s). */
#include <errno.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/scratch.h"
#include "core/source/source_inside.h"
#include "core/source/source_job.h"
#include "core/view/view_missing.h"

enum {
  SLAB_SHARE = 4, /* a slab takes one n-th of the cache */
  KEPT_SHARE = 2, /* blocks under one box that take more of the cache than one n-th are
                   * gone before the next read */
  MOST_SLABS = 2, /* under one box */
  FIRST_KIND = 1, /* of the keys of slabs, in the first order; 0: of blocks */
};

/* Cuts the array (by storage axes) into slabs of at most `most` bytes: fast axes whole, a
 * part of one, one index of each slower one. */
static void cut(const struct job *job, bool reversed, int64_t most, int64_t *size)
{
  int64_t inner = dtype_size(job->array->stored);
  bool whole = true;
  for (int i = 0; i < job->nd; i++) {
    const int d = reversed ? i : job->nd - 1 - i;
    const int64_t part = most / inner < 1 ? 1 : most / inner;
    size[d] = !whole ? 1 : part < job->full[d] ? part : job->full[d];
    whole = whole && size[d] == job->full[d];
    inner *= size[d];
  }
}

/* Returns how many cells of the grid the box touches. */
static int64_t touched(const struct job *job, const int64_t *cell)
{
  int64_t n = 1;
  for (int d = 0; d < job->nd; d++)
    n *= (job->off[d] + job->shape[d] - 1) / cell[d] - job->off[d] / cell[d] + 1;
  return n;
}

bool source_wants_slabs(const struct job *job, struct slabs *out)
{
  const int64_t item = dtype_size(job->array->stored);
  const int64_t cache = (int64_t)source_pool_of(job->source)->cache_bytes;
  int64_t block[ND_MAX] = {1}, size[ND_MAX];
  source_to_storage(job->array, job->array->block, block);
  const int64_t bytes = nd_count(job->nd, block) * item;
  const int64_t most = cache / SLAB_SHARE - BLOCK_CACHE_OVERHEAD;
  /* a block beside the slab is scratch, so it must be the smaller of the two; a box that
   * is most of its blocks does not go across them */
  if (bytes < 1 || bytes > most / 2 ||
      touched(job, block) <= cache / KEPT_SHARE / bytes ||
      nd_count(job->nd, job->shape) * item > most)
    return false;
  int64_t fewest = MOST_SLABS + 1;
  for (int reversed = 0; reversed < 2; reversed++) {
    cut(job, reversed, most, size);
    const int64_t n = touched(job, size);
    if (n >= fewest)
      continue;
    fewest = n;
    *out = (struct slabs){.kind = FIRST_KIND + (uint32_t)reversed};
    memcpy(out->size, size, sizeof size);
    memcpy(out->block, block, sizeof block);
  }
  return fewest <= MOST_SLABS;
}

/* --- loading ----------------------------------------------------------------------- */

/* One slab, and the part of it that is inside the array. */
struct slab {
  const struct job *job;
  const struct slabs *slabs;
  int64_t off[ND_MAX], shape[ND_MAX]; /* by storage axes */
};

/* Copies what lies in both the slab and the block. */
static void keep_part(const struct slab *self, const int64_t *start, const char *block,
                      char *slab)
{
  const struct job *job = self->job;
  const int item = dtype_size(job->array->stored);
  int64_t shape[ND_MAX], from[ND_MAX], to[ND_MAX], in = 0, out = 0;
  nd_strides(job->nd, self->slabs->block, item, false, from);
  nd_strides(job->nd, self->slabs->size, item, false, to);
  for (int d = 0; d < job->nd; d++) {
    const int64_t end = start[d] + self->slabs->block[d];
    const int64_t last = self->off[d] + self->shape[d];
    const int64_t first = start[d] > self->off[d] ? start[d] : self->off[d];
    shape[d] = (end < last ? end : last) - first;
    in += (first - start[d]) * from[d];
    out += (first - self->off[d]) * to[d];
  }
  nd_copy(job->nd, shape, slab + out, to, block + in, from, item);
}

static int load_slab(void *ctx, void *data, size_t size, struct err *err)
{
  const struct slab *self = ctx;
  const struct job *job = self->job;
  const int64_t *block = self->slabs->block;
  const size_t bytes =
      (size_t)(nd_count(job->nd, block) * dtype_size(job->array->stored));
  int64_t first[ND_MAX], count[ND_MAX], at[ND_MAX] = {0};
  void *one CLEANUP_SCRATCH = scratch_get(bytes);
  if (!one)
    return err_set(err, ENOMEM, "out of memory for a block of %zu bytes", bytes);
  view_missing();
  for (int d = 0; d < job->nd; d++) {
    first[d] = self->off[d] / block[d];
    count[d] = (self->off[d] + self->shape[d] - 1) / block[d] - first[d] + 1;
  }
  do {
    int64_t bidx[ND_MAX], start[ND_MAX], by_array[ND_MAX];
    for (int d = 0; d < job->nd; d++) {
      bidx[d] = first[d] + at[d];
      start[d] = bidx[d] * block[d];
    }
    source_to_storage(job->array, bidx, by_array);
    if (cancel_check(err) ||
        source_read_block(job->source, job->array, by_array, one, bytes, err))
      return -1;
    keep_part(self, start, one, data);
  } while (nd_next(job->nd, count, at));
  return 0;
}

/* --- reading ----------------------------------------------------------------------- */

/* Copies the part of the box that lies in one slab; cell: its place among them. */
static int copy_slab(const struct job *job, const struct slabs *slabs,
                     const int64_t *cell, struct err *err)
{
  const int64_t *size = slabs->size;
  const int item = dtype_size(job->array->stored);
  struct slab slab = {.job = job, .slabs = slabs};
  struct block_key key = {
      .source = source_id(job->source),
      .array = (uint32_t)(job->array - source_array_at(job->source, 0)),
      .kind = slabs->kind,
  };
  int64_t at[ND_MAX], shape[ND_MAX], stride[ND_MAX], inside = 0;
  nd_strides(job->nd, size, item, false, stride);
  for (int d = 0; d < job->nd; d++) {
    const int64_t start = cell[d] * size[d], end = job->off[d] + job->shape[d];
    const int64_t whole = (job->full[d] - 1) / size[d] + 1;
    key.index = key.index * (uint64_t)whole + (uint64_t)cell[d];
    slab.off[d] = start;
    slab.shape[d] = size[d] < job->full[d] - start ? size[d] : job->full[d] - start;
    at[d] = start > job->off[d] ? start : job->off[d];
    shape[d] = (start + size[d] < end ? start + size[d] : end) - at[d];
    inside += (at[d] - start) * stride[d];
  }
  const size_t bytes = (size_t)(nd_count(job->nd, size) * item);
  const char *data =
      block_cache_get(source_cache(job->source), &key, bytes, load_slab, &slab, err);
  if (!data)
    return -1;
  if (job->out)
    source_emit(job, shape, source_out_of(job, at), data + inside, stride);
  block_cache_put(source_cache(job->source), data);
  return 0;
}

int source_read_slabs(const struct job *job, const struct slabs *slabs, struct err *err)
{
  int64_t first[ND_MAX], count[ND_MAX], at[ND_MAX] = {0}, cell[ND_MAX];
  for (int d = 0; d < job->nd; d++) {
    first[d] = job->off[d] / slabs->size[d];
    count[d] = (job->off[d] + job->shape[d] - 1) / slabs->size[d] - first[d] + 1;
  }
  do {
    for (int d = 0; d < job->nd; d++)
      cell[d] = first[d] + at[d];
    if (cancel_check(err) || copy_slab(job, slabs, cell, err))
      return -1;
  } while (nd_next(job->nd, count, at));
  return 0;
}
