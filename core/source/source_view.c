/* A source's array as a view: box -> blocks -> cache, or box -> spans of the file.
 *
 * Everything is done in storage order: for an array whose first axis varies fastest
 * (NIfTI, Fortran-ordered npy) the axes are reversed once, at the entrance, so that below
 * it every array is C-ordered and the last axis is the one that lies contiguous.  What
 * the elements become on the way (byte order, scaling, bools) is one function, emit(). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/source/source_element.h"

enum {
  /* A box with gaps is read as one span when that is at most SPAN_MAX bytes; when at
   * least a quarter of it is wanted, SCRATCH_MAX. */
  SPAN_MAX = 64 * 1024,
  SCRATCH_MAX = 1024 * 1024,
  PIECE_MAX = 4 * 1024 * 1024 /* of a long run, between looks at the reader */
};

struct source_view {
  struct view view;
  struct source *source;
  const struct source_array *array;
};

/* One read_region, in storage order. */
struct job {
  struct source *source;
  const struct source_array *array;
  int nd;                             /* at least 1 */
  int64_t full[ND_MAX];               /* shape of the array */
  int64_t stride[ND_MAX];             /* bytes, in the file; direct arrays only */
  int64_t off[ND_MAX], shape[ND_MAX]; /* the box */
  char *out;                          /* of the box's first voxel */
  int64_t ostride[ND_MAX];            /* bytes */
  void *scratch;                      /* up to SCRATCH_MAX; NULL until needed */
};

/* --- elements to their place ------------------------------------------------------ */

static int64_t dot(int nd, const int64_t *at, const int64_t *stride)
{
  int64_t sum = 0;
  for (int d = 0; d < nd; d++)
    sum += at[d] * stride[d];
  return sum;
}

static void convert_box(const struct job *job, const int64_t *shape, char *out,
                        const char *in, const int64_t *istride)
{
  const int last = job->nd - 1;
  int64_t at[ND_MAX] = {0};
  do {
    char *to = out + dot(last, at, job->ostride);
    const char *from = in + dot(last, at, istride);
    for (int64_t i = 0; i < shape[last]; i += SOURCE_ROW)
      source_convert_row(job->array, from + i * istride[last], istride[last],
                         to + i * job->ostride[last], job->ostride[last],
                         shape[last] - i < SOURCE_ROW ? shape[last] - i : SOURCE_ROW);
  } while (nd_next(last, shape, at));
}

/* Stored elements in memory to their place in the result. */
static void emit(const struct job *job, const int64_t *shape, char *out, const void *in,
                 const int64_t *istride)
{
  const struct dtype_info *info = &dtype_table[job->array->stored];
  if (!source_is_plain(job->array))
    convert_box(job, shape, out, in, istride);
  else if (job->array->swapped && info->swap_size > 1)
    nd_copy_swapped(job->nd, shape, out, job->ostride, in, istride, info->size,
                    info->swap_size);
  else
    nd_copy(job->nd, shape, out, job->ostride, in, istride, info->size);
}

/* Where voxel `at` of the array goes. */
static char *out_of(const struct job *job, const int64_t *at)
{
  char *out = job->out;
  for (int d = 0; d < job->nd; d++)
    out += (at[d] - job->off[d]) * job->ostride[d];
  return out;
}

/* --- direct: spans of the file ---------------------------------------------------- */

/* Bytes from the first to the last voxel of a box of this shape, both included. */
static int64_t span_of(const struct job *job, const int64_t *shape)
{
  int64_t span = dtype_size(job->array->stored);
  for (int d = 0; d < job->nd; d++)
    span += (shape[d] - 1) * job->stride[d];
  return span;
}

static int64_t bytes_of(const struct job *job, const int64_t *shape)
{
  return nd_count(job->nd, shape) * dtype_size(job->array->stored);
}

/* Can the span be read straight to its place? */
static bool lies_in_place(const struct job *job, const int64_t *shape)
{
  int64_t want = dtype_size(job->array->stored);
  if (!source_is_plain(job->array) ||
      (job->array->swapped && dtype_table[job->array->stored].swap_size > 1) ||
      span_of(job, shape) != bytes_of(job, shape))
    return false;
  for (int d = job->nd - 1; d >= 0; d--) {
    if (shape[d] > 1 && job->ostride[d] != want)
      return false;
    want *= shape[d];
  }
  return true;
}

static bool fits_scratch(const struct job *job, const int64_t *shape)
{
  const int64_t span = span_of(job, shape);
  return span <= SPAN_MAX || (span <= SCRATCH_MAX && bytes_of(job, shape) >= span / 4);
}

static int read_in_place(const struct job *job, int64_t offset, char *out, int64_t size,
                         struct err *err)
{
  for (int64_t i = 0; i < size; i += PIECE_MAX) {
    const size_t n = (size_t)(size - i < PIECE_MAX ? size - i : PIECE_MAX);
    if (cancel_check(err) ||
        source_pread(job->source, job->array->file, out + i, n, offset + i, err))
      return -1;
  }
  return 0;
}

static int read_span(struct job *job, int64_t offset, const int64_t *shape, char *out,
                     struct err *err)
{
  if (cancel_check(err))
    return -1;
  if (!job->scratch) {
    const int64_t most = span_of(job, job->shape);
    job->scratch = malloc((size_t)(most < SCRATCH_MAX ? most : SCRATCH_MAX));
    if (!job->scratch)
      return err_set(err, ENOMEM, "%s: out of memory", source_path(job->source));
  }
  if (source_pread(job->source, job->array->file, job->scratch,
                   (size_t)span_of(job, shape), offset, err))
    return -1;
  emit(job, shape, out, job->scratch, job->stride);
  return 0;
}

/* How many steps along axis d to read at once, when the whole of it does not fit. */
static int64_t steps_at_once(const struct job *job, int d, const int64_t *shape)
{
  int64_t part[ND_MAX];
  memcpy(part, shape, sizeof(part));
  part[d] = 1;
  if (bytes_of(job, part) >= SPAN_MAX && lies_in_place(job, part))
    return 1;
  static const int64_t limits[] = {SCRATCH_MAX, SPAN_MAX};
  const int64_t one = span_of(job, part);
  for (int i = 0; i < 2; i++) {
    part[d] = one < limits[i] ? (limits[i] - one) / job->stride[d] + 1 : 1;
    if (part[d] > shape[d])
      part[d] = shape[d];
    if (fits_scratch(job, part))
      return part[d];
  }
  return 1;
}

/* Reads the part of the box at[] .. at[]+shape[] (array coordinates); cuts it along its
 * outermost axis until a piece is one run in place or one span of bounded size. */
static int read_direct(struct job *job, const int64_t *at, const int64_t *shape,
                       struct err *err)
{
  const int64_t offset = job->array->offset + dot(job->nd, at, job->stride);
  if (lies_in_place(job, shape))
    return read_in_place(job, offset, out_of(job, at), bytes_of(job, shape), err);
  if (fits_scratch(job, shape))
    return read_span(job, offset, shape, out_of(job, at), err);
  int d = 0;
  while (shape[d] == 1)
    d++;
  const int64_t step = steps_at_once(job, d, shape);
  int64_t part_at[ND_MAX], part[ND_MAX];
  memcpy(part_at, at, sizeof(part_at));
  memcpy(part, shape, sizeof(part));
  for (int64_t i = 0; i < shape[d]; i += step) {
    part_at[d] = at[d] + i;
    part[d] = shape[d] - i < step ? shape[d] - i : step;
    if (read_direct(job, part_at, part, err))
      return -1;
  }
  return 0;
}

static int read_file(struct job *job, struct err *err)
{
  nd_strides(job->nd, job->full, dtype_size(job->array->stored), false, job->stride);
  const int rc = read_direct(job, job->off, job->shape, err);
  free(job->scratch);
  return rc || source_verify(job->source, err) ? -1 : 0;
}

/* --- blocks ----------------------------------------------------------------------- */

/* Array axes as storage axes, slowest first; its own inverse. */
static void to_storage(const struct source_array *array, const int64_t *in, int64_t *out)
{
  const int turned = !array->fortran ? 0 : array->interleaved ? array->nd - 1 : array->nd;
  for (int d = 0; d < array->nd; d++)
    out[d] = in[d < turned ? turned - 1 - d : d];
}

struct block_load {
  struct source *source;
  const struct source_array *array;
  int64_t bidx[ND_MAX]; /* axes of the array */
};

static int load_block(void *ctx, void *data, size_t size, struct err *err)
{
  const struct block_load *load = ctx;
  return source_read_block(load->source, load->array, load->bidx, data, size, err);
}

/* The part of the box that lies in block bidx[] (storage order), number `index`. */
static int copy_block(const struct job *job, const int64_t *block, const int64_t *bidx,
                      uint64_t index, struct err *err)
{
  const struct source_array *array = job->array;
  struct block_load load = {job->source, array, {0}};
  to_storage(array, bidx, load.bidx);
  const struct block_key key = {
      .source = source_id(job->source),
      .array = (uint32_t)(array - source_array_at(job->source, 0)),
      .index = index,
  };
  const int64_t itemsize = dtype_size(array->stored);
  int64_t at[ND_MAX], shape[ND_MAX], stride[ND_MAX], inside = 0;
  nd_strides(job->nd, block, itemsize, false, stride);
  for (int d = 0; d < job->nd; d++) {
    const int64_t start = bidx[d] * block[d], end = job->off[d] + job->shape[d];
    at[d] = start > job->off[d] ? start : job->off[d];
    shape[d] = (block[d] < end - start ? start + block[d] : end) - at[d];
    inside += (at[d] - start) * stride[d];
  }
  const size_t size = (size_t)(nd_count(job->nd, block) * itemsize);
  struct block_cache *cache = source_cache(job->source);
  const char *data = block_cache_get(cache, &key, size, load_block, &load, err);
  if (!data)
    return -1;
  emit(job, shape, out_of(job, at), data + inside, stride);
  block_cache_put(cache, data);
  return 0;
}

static int read_blocks(const struct job *job, struct err *err)
{
  int64_t block[ND_MAX] = {1}, first[ND_MAX], count[ND_MAX], bidx[ND_MAX];
  to_storage(job->array, job->array->block, block);
  for (int d = 0; d < job->nd; d++) {
    first[d] = job->off[d] / block[d];
    count[d] = (job->off[d] + job->shape[d] - 1) / block[d] - first[d] + 1;
  }
  int64_t at[ND_MAX] = {0};
  do {
    uint64_t index = 0;
    for (int d = 0; d < job->nd; d++) {
      bidx[d] = first[d] + at[d];
      index = index * (uint64_t)((job->full[d] - 1) / block[d] + 1) + (uint64_t)bidx[d];
    }
    if (cancel_check(err) || copy_block(job, block, bidx, index, err))
      return -1;
  } while (nd_next(job->nd, count, at));
  return 0;
}

/* --- the view --------------------------------------------------------------------- */

static int read_region(const struct view *view, const int64_t *off, const int64_t *shape,
                       void *out, const int64_t *ostride, struct err *err)
{
  const struct source_view *self = (const struct source_view *)view;
  const struct source_array *array = self->array;
  if (source_stale(self->source)) {
    source_verify(self->source, err); /* says which file, and how */
    return err_set(err, EIO, "%s: changed on disk while mounted",
                   source_path(self->source));
  }
  /* a 0-d array is one of a single voxel on one axis */
  struct job job = {.source = self->source,
                    .array = array,
                    .nd = array->nd ? array->nd : 1,
                    .full = {1},
                    .shape = {1},
                    .ostride = {dtype_size(array->dtype)},
                    .out = out};
  to_storage(array, array->shape, job.full);
  to_storage(array, off, job.off);
  to_storage(array, shape, job.shape);
  to_storage(array, ostride, job.ostride);
  return array->direct ? read_file(&job, err) : read_blocks(&job, err);
}

static const struct view_ops source_view_ops = {
    .name = "source",
    .read_region = read_region,
};

struct view *source_view(struct arena *arena, struct source *source, int array,
                         struct err *err)
{
  const struct source_array *facts = source_array_at(source, array);
  if (facts->unusable) {
    err_set(err, EINVAL, "%s: %s%s%s", source_path(source),
            facts->name ? facts->name : "", facts->name ? ": " : "", facts->unusable);
    return NULL;
  }
  struct source_view *self = arena_alloc(arena, sizeof(*self), err);
  if (!self)
    return NULL;
  self->view.ops = &source_view_ops;
  self->view.dtype = facts->dtype;
  self->view.nd = facts->nd;
  memcpy(self->view.shape, facts->shape, sizeof(self->view.shape));
  self->source = source;
  self->array = facts;
  return &self->view;
}
