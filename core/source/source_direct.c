/* Plain voxels in a file, read as spans: straight to their place where the destination
 * has the same layout, else through a bounded scratch buffer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/source/source_job.h"

enum {
  /* A box with gaps is read as one span when the span is at most SPAN_MAX bytes, or
   * SCRATCH_MAX when at least a quarter of it is wanted. */
  SPAN_MAX = 64 * 1024,
  SCRATCH_MAX = 1024 * 1024,
  PIECE_MAX = 4 * 1024 * 1024 /* of a long run, between two looks at the cancel token */
};

/* Returns the bytes from the first to the last voxel of a box of this shape, both
 * included. */
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

/* Returns whether the span can be read straight to its place. */
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

static int read_in_place(struct source *source, int file, int64_t offset, char *out,
                         int64_t size, struct err *err)
{
  for (int64_t i = 0; i < size; i += PIECE_MAX) {
    const size_t n = (size_t)(size - i < PIECE_MAX ? size - i : PIECE_MAX);
    if (cancel_check(err) || source_pread(source, file, out + i, n, offset + i, err))
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
  source_emit(job, shape, out, job->scratch, job->stride);
  return 0;
}

/* Returns how many steps along axis d are read at once when the whole axis does not
 * fit. */
static int64_t steps_at_once(const struct job *job, int d, const int64_t *shape)
{
  int64_t part[ND_MAX];
  memcpy(part, shape, sizeof part);
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

/* Reads the part of the box at[] .. at[]+shape[] (array coordinates).  It is cut along
 * its outermost axis until each piece is one run in place or one span of bounded size. */
static int read_direct(struct job *job, const int64_t *at, const int64_t *shape,
                       struct err *err)
{
  const int64_t offset = job->array->offset + nd_offset(job->nd, at, job->stride);
  if (lies_in_place(job, shape))
    return read_in_place(job->source, job->array->file, offset, source_out_of(job, at),
                         bytes_of(job, shape), err);
  if (fits_scratch(job, shape))
    return read_span(job, offset, shape, source_out_of(job, at), err);
  int d = 0;
  while (shape[d] == 1)
    d++;
  const int64_t step = steps_at_once(job, d, shape);
  int64_t part_at[ND_MAX], part[ND_MAX];
  memcpy(part_at, at, sizeof part_at);
  memcpy(part, shape, sizeof part);
  for (int64_t i = 0; i < shape[d]; i += step) {
    part_at[d] = at[d] + i;
    part[d] = shape[d] - i < step ? shape[d] - i : step;
    if (read_direct(job, part_at, part, err))
      return -1;
  }
  return 0;
}

int source_read_direct(struct job *job, struct err *err)
{
  nd_strides(job->nd, job->full, dtype_size(job->array->stored), false, job->stride);
  const int rc = read_direct(job, job->off, job->shape, err);
  free(job->scratch);
  return rc || source_verify(job->source, err) ? -1 : 0;
}

bool source_is_run(const struct source_array *array)
{
  return array->direct && source_is_plain(array) && !array->interleaved &&
         !(array->swapped && dtype_table[array->stored].swap_size > 1);
}

int source_read_run(struct source *source, const struct source_array *array,
                    int64_t offset, void *buf, int64_t size, struct err *err)
{
  return read_in_place(source, array->file, array->offset + offset, buf, size, err) ||
                 source_verify(source, err)
             ? -1
             : 0;
}
