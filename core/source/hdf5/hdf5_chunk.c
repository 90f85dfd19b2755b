/* Undoes a chunk's filter pipeline, from the last filter to the first.
 *
 * Only codecs (hdf5_codec.h) and shuffle move bytes.  Each of them writes to the scratch
 * buffer, except the last to be undone, which writes straight to the result, so that the
 * usual pipelines (deflate; shuffle and lzf) copy nothing.  A checksum only shortens the
 * data. */
#include "core/source/hdf5/hdf5_chunk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/scratch.h"

static bool is_packed(const struct hdf5_filter *filter)
{
  return hdf5_codec_is_ours(hdf5_codec_of(filter->id));
}

bool hdf5_chunk_decodable(int nfilters, const struct hdf5_filter *filters)
{
  int packed = 0;
  for (int i = 0; i < nfilters; i++) {
    if (is_packed(&filters[i]))
      packed++;
    else if (filters[i].id != HDF5_FLETCHER32 &&
             (filters[i].id != HDF5_SHUFFLE || filters[i].arg == 0))
      return false;
  }
  return nfilters <= HDF5_FILTERS_MAX && packed <= 1;
}

size_t hdf5_chunk_stored_max(int nfilters, size_t expected)
{
  return nfilters ? expected + expected / 8 + 4096 : expected;
}

/* --- one filter -------------------------------------------------------------------- */

static int check_fletcher(const unsigned char *data, size_t *size, struct err *err)
{
  if (*size < HDF5_SUM_BYTES)
    return err_set(err, EIO, "expected a checksum of 4 bytes, found %zu bytes", *size);
  *size -= HDF5_SUM_BYTES;
  return hdf5_sum_check(hdf5_fletcher32(data, *size), data + *size, err);
}

/* --- the pipeline ------------------------------------------------------------------ */

static bool moves_bytes(const struct hdf5_filter *filter)
{
  return filter->id == HDF5_SHUFFLE ? filter->arg > 1 : is_packed(filter);
}

/* Bytes of one half of scratch. */
static size_t half_of(size_t expected)
{
  return expected + HDF5_SUM_BYTES * HDF5_FILTERS_MAX;
}

/* Returns the bytes of scratch: two halves, between which the data moves; one filter
 * needs one half, and none when its result is the chunk. */
static size_t scratch_of(int nfilters, const struct hdf5_filter *filters, uint32_t mask,
                         size_t expected)
{
  size_t moves = 0;
  bool direct = true; /* the last filter that moves bytes writes to out */
  for (int i = nfilters - 1; i >= 0; i--)
    if (!(mask >> i & 1)) {
      moves += moves_bytes(&filters[i]);
      direct = moves_bytes(&filters[i]) || (direct && filters[i].id != HDF5_FLETCHER32);
    }
  const size_t halves = moves - (moves && direct);
  return (halves < 2 ? halves : 2) * half_of(expected);
}

/* The data on its way through the pipeline. */
struct stage {
  void *at; /* points into the stored bytes, a half of scratch, or out */
  size_t size;
  void *out;
  size_t expected;
  char *scratch; /* halves of half_of(expected) bytes */
  int turn;      /* which half is next */
};

/* Returns where a filter writes its result; last: it is the last that moves bytes, so it
 * writes to out. */
static void *target(struct stage *stage, bool last)
{
  return last ? stage->out
              : stage->scratch + (size_t)(stage->turn++ & 1) * half_of(stage->expected);
}

/* Undoes a filter that moves bytes.  last: no filter left to undo moves bytes; checksums:
 * bytes of checksum that the filters before it added. */
static int undo_move(struct stage *stage, const struct hdf5_filter *filter, bool last,
                     size_t checksums, struct err *err)
{
  const size_t after = stage->expected + checksums;
  if (filter->id == HDF5_SHUFFLE && stage->size != after)
    return err_set(err, EIO, "expected %zu bytes to unshuffle, found %zu", after,
                   stage->size);
  void *to = target(stage, last && !checksums);
  if (filter->id == HDF5_SHUFFLE)
    hdf5_unshuffle(to, stage->at, after, filter->arg);
  else if (hdf5_codec_undo(hdf5_codec_of(filter->id), stage->at, stage->size, to, after,
                           err))
    return -1;
  stage->at = to;
  stage->size = after;
  return 0;
}

static int undo_filter(struct stage *stage, const struct hdf5_filter *filters, int i,
                       uint32_t mask, struct err *err)
{
  bool last = true;
  size_t checksums = 0;
  for (int below = 0; below < i; below++) {
    if (mask >> below & 1)
      continue;
    last = last && !moves_bytes(&filters[below]);
    checksums += filters[below].id == HDF5_FLETCHER32 ? HDF5_SUM_BYTES : 0;
  }
  if (filters[i].id == HDF5_FLETCHER32)
    return check_fletcher(stage->at, &stage->size, err);
  if (moves_bytes(&filters[i]))
    return undo_move(stage, &filters[i], last, checksums, err);
  return 0;
}

int hdf5_chunk_decode(int nfilters, const struct hdf5_filter *filters, uint32_t mask,
                      void *stored, size_t size, void *out, size_t expected,
                      struct err *err)
{
  const size_t room = scratch_of(nfilters, filters, mask, expected);
  char *scratch CLEANUP_SCRATCH = room ? scratch_get(room) : NULL;
  struct stage stage = {
      .at = stored,
      .size = size,
      .out = out,
      .expected = expected,
      .scratch = scratch,
  };
  int rc = 0;
  if (room && !scratch)
    return err_set(err, ENOMEM, "out of memory");
  for (int i = nfilters - 1; i >= 0 && !rc; i--)
    if (!(mask >> i & 1))
      rc = undo_filter(&stage, filters, i, mask, err);
  if (rc)
    return -1;
  if (stage.size != expected)
    return err_set(err, EIO, "expected %zu bytes, found %zu", expected, stage.size);
  if (stage.at != out)
    memcpy(out, stage.at, expected);
  return 0;
}
