/* See hdf5_stream.h.  Bytes go from the file through the outer checksum, the codec and
 * the inner checksum to their places. */
#include "core/source/hdf5/hdf5_stream.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/scratch.h"

enum { PIECE = 256 * 1024 };

/* The filters of a chunk, and the order in which they were applied. */
struct pipeline {
  size_t element;                 /* bytes of a shuffled element; 1: no shuffle */
  const struct hdf5_codec *codec; /* NULL: none */
  bool inner, outer;
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
  struct summed in, out; /* the stored bytes; the decoded bytes */
  unsigned char *to;
};

/* --- the pipeline ------------------------------------------------------------------ */

/* The order in which filters must have been applied to be undone here. */
enum stage { NONE, SHUFFLE, INNER, CODEC, OUTER };

static enum stage stage_of(const struct hdf5_filter *filter, bool decoded)
{
  switch (filter->id) {
  case HDF5_FLETCHER32:
    return decoded ? OUTER : INNER;
  case HDF5_SHUFFLE:
    return filter->arg > 1 ? SHUFFLE : NONE;
  default:
    return CODEC;
  }
}

static bool find_pipeline(int nfilters, const struct hdf5_filter *filters, uint32_t mask,
                          struct pipeline *out)
{
  enum stage last = NONE;
  *out = (struct pipeline){.element = 1};
  for (int i = 0; i < nfilters; i++) {
    const enum stage stage = stage_of(&filters[i], out->codec);
    if (mask >> i & 1 || stage == NONE)
      continue;
    const struct hdf5_codec *codec = stage == CODEC ? hdf5_codec_of(filters[i].id) : NULL;
    if (stage <= last || (stage == CODEC && (!codec || !codec->step)))
      return false;
    last = stage;
    if (stage == SHUFFLE)
      out->element = filters[i].arg;
    out->inner |= stage == INNER;
    if (codec)
      out->codec = codec;
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

/* --- the codec --------------------------------------------------------------------- */

/* Decodes what is at flow->in, until that is too little for a step.  room: where the
 * decoded bytes go, behind those to look back at. */
static int decode_piece(struct stream *self, struct hdf5_flow *flow, unsigned char *room,
                        struct err *err)
{
  for (bool more = true; more && !flow->ended;) {
    const unsigned char *from = flow->out;
    if (self->pipeline.codec->step(flow, err) ||
        put(self, from, (size_t)(flow->out - from), err))
      return -1;
    more = flow->out > from;
    const size_t have = (size_t)(flow->out - room),
                 kept = have < HDF5_HISTORY ? have : HDF5_HISTORY;
    memmove(room, flow->out - kept, kept);
    flow->out = room + kept;
  }
  return 0;
}

/* Reads and undoes piece by piece.  in: PIECE bytes, and room for those that a step left;
 * flow: started, where there is a codec. */
static int pump(struct stream *self, const struct hdf5_stored *stored,
                struct hdf5_flow *flow, unsigned char *in, unsigned char *room,
                struct err *err)
{
  for (size_t at = 0; at < stored->size; at += PIECE) {
    const size_t n = stored->size - at < PIECE ? stored->size - at : PIECE;
    const size_t left = self->pipeline.codec && !flow->ended ? flow->left : 0;
    assert(left <= HDF5_UNTAKEN);
    if (left)
      memmove(in, flow->in, left);
    if (cancel_check(err) || stored->read(stored->ctx, in + left, n, at, err))
      return -1;
    const size_t plain = sum_up(&self->in, in + left, n);
    flow->in = in;
    flow->left = left + plain;
    flow->last = at + n == stored->size;
    if (self->pipeline.codec ? decode_piece(self, flow, room, err)
                             : put(self, in, plain, err))
      return -1;
  }
  if (self->pipeline.codec && !flow->ended)
    return err_set(err, EIO, "expected a whole %s stream in %zu bytes, found a part",
                   self->pipeline.codec->name, self->in.size);
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
  unsigned char *in CLEANUP_SCRATCH = scratch_get(HDF5_UNTAKEN + PIECE);
  unsigned char *room CLEANUP_SCRATCH = scratch_get(HDF5_HISTORY + PIECE);
  if (!in || !room)
    return err_set(err, ENOMEM, "out of memory");
  const struct hdf5_codec *codec = self.pipeline.codec;
  struct hdf5_flow flow = {.out = room, .end = room + HDF5_HISTORY + PIECE, .past = room};
  if (codec && codec->start && codec->start(&flow, err))
    return -1;
  const int rc = pump(&self, stored, &flow, in, room, err);
  if (codec && codec->stop)
    codec->stop(&flow);
  return rc;
}
