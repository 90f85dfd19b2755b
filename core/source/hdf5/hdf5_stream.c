/* See hdf5_stream.h.  Bytes go from the file through the outer checksum, the inflater and
 * the inner checksum to their places. */
#include "core/source/hdf5/hdf5_stream.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "core/base/cancel.h"
#include "core/base/scratch.h"

enum { PIECE = 256 * 1024 };

/* The filters of a chunk, and the order in which they were applied. */
struct pipeline {
  size_t element; /* bytes of a shuffled element; 1: no shuffle */
  bool inner, deflate, outer;
};

/* A run of bytes that may end in a checksum of the bytes before it. */
struct summed {
  bool on;
  size_t size, done; /* without the checksum; of both */
  struct hdf5_sum sum;
  unsigned char stored[HDF5_SUM_BYTES];
};

struct stream {
  struct pipeline pipeline;
  struct summed in, out; /* the stored bytes; the inflated bytes */
  unsigned char *to;
};

/* --- the pipeline ------------------------------------------------------------------ */

/* The order in which filters must have been applied to be undone here. */
enum stage { NONE, SHUFFLE, INNER, DEFLATE, OUTER };

static enum stage stage_of(const struct hdf5_filter *filter, bool deflated)
{
  switch (filter->id) {
  case HDF5_DEFLATE:
    return DEFLATE;
  case HDF5_FLETCHER32:
    return deflated ? OUTER : INNER;
  default:
    return filter->arg > 1 ? SHUFFLE : NONE;
  }
}

static bool find_pipeline(int nfilters, const struct hdf5_filter *filters, uint32_t mask,
                          struct pipeline *out)
{
  enum stage last = NONE;
  *out = (struct pipeline){.element = 1};
  for (int i = 0; i < nfilters; i++) {
    const enum stage stage = stage_of(&filters[i], out->deflate);
    if (mask >> i & 1 || stage == NONE)
      continue;
    if (stage <= last)
      return false;
    last = stage;
    if (stage == SHUFFLE)
      out->element = filters[i].arg;
    out->inner |= stage == INNER;
    out->deflate |= stage == DEFLATE;
    out->outer |= stage == OUTER;
  }
  return true;
}

bool hdf5_stream_can(int nfilters, const struct hdf5_filter *filters, uint32_t mask)
{
  struct pipeline pipeline;
  return find_pipeline(nfilters, filters, mask, &pipeline);
}

/* --- checksums --------------------------------------------------------------------- */

static struct summed summed_of(bool on, size_t size)
{
  return (struct summed){.on = on, .size = size};
}

static size_t whole(const struct summed *self)
{
  return self->size + (self->on ? HDF5_SUM_BYTES : 0);
}

/* Adds n bytes to the sum and keeps those that are the checksum itself; returns how many
 * of them are data. */
static size_t sum_up(struct summed *self, const unsigned char *data, size_t n)
{
  const size_t left = self->done < self->size ? self->size - self->done : 0;
  const size_t plain = n < left ? n : left;
  if (self->on) {
    hdf5_sum_add(&self->sum, data, plain);
    if (n > plain)
      memcpy(self->stored + (self->done + plain - self->size), data + plain, n - plain);
  }
  self->done += n;
  return plain;
}

static int check_sum(const struct summed *self, struct err *err)
{
  return self->on ? hdf5_sum_check(hdf5_sum_end(self->sum), self->stored, err) : 0;
}

/* --- to their places --------------------------------------------------------------- */

/* Writes the bytes from position `at` of a shuffle's planes to their places
 * (hdf5_unshuffle()). */
static void place(const struct stream *self, size_t at, const unsigned char *data,
                  size_t n, size_t expected)
{
  const size_t element = self->pipeline.element, count = expected / element;
  if (element == 1 || !count) {
    memcpy(self->to + at, data, n);
    return;
  }
  for (size_t end = at + n; at < end;) {
    const size_t plane = at / count, first = at % count;
    if (plane >= element) { /* what is left over at the end */
      memcpy(self->to + at, data, end - at);
      return;
    }
    const size_t left = count - first, some = end - at < left ? end - at : left;
    for (size_t i = 0; i < some; i++)
      self->to[(first + i) * element + plane] = data[i];
    at += some;
    data += some;
  }
}

static int put(struct stream *self, const unsigned char *data, size_t n, struct err *err)
{
  struct summed *out = &self->out;
  if (n > whole(out) - out->done)
    return err_set(err, EIO, "expected %zu bytes after its filters, found more",
                   whole(out));
  const size_t at = out->done;
  const size_t plain = sum_up(out, data, n);
  place(self, at, data, plain, out->size);
  return 0;
}

/* --- the inflater ------------------------------------------------------------------ */

static int damaged(const struct stream *self, struct err *err)
{
  return err_set(err, EIO, "expected a zlib stream in %zu bytes, found damaged data",
                 self->in.size);
}

/* Inflates a piece of the stream; *ended is set when no more input is needed. */
static int inflate_piece(struct stream *self, z_stream *z, unsigned char *room,
                         bool *ended, struct err *err)
{
  int rc = Z_OK;
  while (!*ended && rc != Z_BUF_ERROR) { /* Z_BUF_ERROR: more input is needed */
    z->next_out = room;
    z->avail_out = PIECE;
    rc = inflate(z, Z_NO_FLUSH);
    if (rc == Z_MEM_ERROR)
      return err_set(err, ENOMEM, "out of memory");
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
      return damaged(self, err);
    if (put(self, room, PIECE - z->avail_out, err))
      return -1;
    *ended = rc == Z_STREAM_END;
  }
  return 0;
}

static int pump(struct stream *self, const struct hdf5_stored *stored, z_stream *z,
                unsigned char *in, unsigned char *room, struct err *err)
{
  bool ended = false;
  for (size_t at = 0; at < stored->size; at += PIECE) {
    const size_t n = stored->size - at < PIECE ? stored->size - at : PIECE;
    if (cancel_check(err) || stored->read(stored->ctx, in, n, at, err))
      return -1;
    const size_t plain = sum_up(&self->in, in, n);
    z->next_in = in;
    z->avail_in = (uInt)plain;
    if (self->pipeline.deflate ? inflate_piece(self, z, room, &ended, err)
                               : put(self, in, plain, err))
      return -1;
  }
  if (self->pipeline.deflate && !ended)
    return damaged(self, err);
  if (self->out.done < whole(&self->out))
    return err_set(err, EIO, "expected %zu bytes after its filters, found less",
                   whole(&self->out));
  return check_sum(&self->in, err) || check_sum(&self->out, err) ? -1 : 0;
}

int hdf5_stream_decode(int nfilters, const struct hdf5_filter *filters, uint32_t mask,
                       const struct hdf5_stored *stored, void *out, size_t expected,
                       struct err *err)
{
  struct stream self = {.to = out};
  if (!find_pipeline(nfilters, filters, mask, &self.pipeline))
    return err_set(err, EIO, "its filters cannot be undone piece by piece");
  const size_t sum = self.pipeline.outer ? HDF5_SUM_BYTES : 0;
  if (stored->size < sum)
    return err_set(err, EIO, "expected a checksum of 4 bytes, found %zu bytes",
                   stored->size);
  self.in = summed_of(self.pipeline.outer, stored->size - sum);
  self.out = summed_of(self.pipeline.inner, expected);
  unsigned char *in CLEANUP_SCRATCH = scratch_get(PIECE);
  unsigned char *room CLEANUP_SCRATCH = scratch_get(PIECE);
  z_stream z = {0};
  if (!in || !room || inflateInit(&z) != Z_OK)
    return err_set(err, ENOMEM, "out of memory");
  const int rc = pump(&self, stored, &z, in, room, err);
  inflateEnd(&z);
  return rc;
}
