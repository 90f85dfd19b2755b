/* Converts bytes to voxels, once for all encodings: a byte range is a part of a voxel,
 * whole voxels, and a part of a voxel.  Whole voxels go directly to the caller's buffer,
 * as boxes that are contiguous in C order.  Parts go through a small buffer, and so do
 * ranges that would put a voxel at an address its dtype may not have (views store whole
 * elements). */
#include "core/encoding/voxel_bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"

enum { BOUNCE_BYTES = 1 << 20 };

struct run {
  const struct view *view;
  char *out;     /* where voxel `start` goes */
  int64_t start; /* linear index */
  struct err *err;
};

static int read_box(void *ctx, const int64_t *off, const int64_t *shape, int64_t linear)
{
  const struct run *run = ctx;
  const int itemsize = dtype_size(run->view->dtype);
  int64_t stride[ND_MAX];
  nd_strides(run->view->nd, shape, itemsize, false, stride);
  return view_read_region(run->view, off, shape,
                          run->out + (linear - run->start) * itemsize, stride, run->err);
}

/* Reads voxels [start, start+count) to out, which is aligned for them. */
static int read_aligned(const struct view *view, void *out, int64_t start, int64_t count,
                        struct err *err)
{
  struct run run = {.view = view, .out = out, .start = start, .err = err};
  if (count == 0)
    return 0;
  return nd_linear(view->nd, view->shape, start, count, read_box, &run);
}

static int read_bounced(const struct view *view, char *out, int64_t start, int64_t count,
                        struct err *err)
{
  const int itemsize = dtype_size(view->dtype);
  const int64_t most = BOUNCE_BYTES / itemsize;
  CLEANUP_FREE char *bounce = malloc((size_t)((count < most ? count : most) * itemsize));
  if (!bounce)
    return err_set(err, ENOMEM, "out of memory");
  while (count > 0) {
    const int64_t n = count < most ? count : most;
    if (read_aligned(view, bounce, start, n, err) < 0)
      return -1;
    memcpy(out, bounce, (size_t)(n * itemsize));
    out += n * itemsize;
    start += n;
    count -= n;
  }
  return 0;
}

static int read_whole(const struct view *view, char *out, int64_t start, int64_t count,
                      struct err *err)
{
  const uintptr_t align = (uintptr_t)dtype_table[view->dtype].swap_size;
  if (count > 0 && (uintptr_t)out % align != 0)
    return read_bounced(view, out, start, count, err);
  return read_aligned(view, out, start, count, err);
}

/* Reads n bytes of voxel `index`, from its byte `from` on. */
static int read_part(const struct view *view, char *out, int64_t index, int from, int n,
                     struct err *err)
{
  _Alignas(16) char voxel[16];
  if (read_aligned(view, voxel, index, 1, err) < 0)
    return -1;
  memcpy(out, voxel + from, (size_t)n);
  return 0;
}

int voxel_bytes_pread(const struct view *view, void *buf, size_t size, int64_t offset,
                      struct err *err)
{
  const int itemsize = dtype_size(view->dtype);
  int64_t index = offset / itemsize, left = (int64_t)size;
  const int from = (int)(offset % itemsize);
  char *out = buf;

  if (view->run.read && (!view->fortran || view->nd < 2))
    return view->run.read(view->run.ctx, view->run.offset + offset, buf, size, err);
  if (from > 0 && left > 0) {
    const int n = left < itemsize - from ? (int)left : itemsize - from;
    if (read_part(view, out, index++, from, n, err) < 0)
      return -1;
    out += n;
    left -= n;
  }
  const int64_t whole = left / itemsize;
  if (read_whole(view, out, index, whole, err) < 0)
    return -1;
  out += whole * itemsize;
  left -= whole * itemsize;
  if (left > 0)
    return read_part(view, out, index + whole, 0, (int)left, err);
  return 0;
}
