/* Sums are libdeflate's, joining them is zlib's.  Summing is many times faster than
 * generating voxels, so one lock around all sums costs nothing noticeable. */
#include "core/encoding/checksum.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"

enum { PIECE_BYTES = 1 << 20 };

static uint32_t crc32_of(const void *bytes, size_t size)
{
  return libdeflate_crc32(0, bytes, size);
}

static uint32_t crc32_join(uint32_t a, uint32_t b, int64_t b_size)
{
  return (uint32_t)crc32_combine(a, b, b_size);
}

static uint32_t adler32_of(const void *bytes, size_t size)
{
  return libdeflate_adler32(1, bytes, size);
}

static uint32_t adler32_join(uint32_t a, uint32_t b, int64_t b_size)
{
  return (uint32_t)adler32_combine(a, b, b_size);
}

const struct checksum checksum_crc32 = {
    .empty = 0,
    .of = crc32_of,
    .join = crc32_join,
};

const struct checksum checksum_adler32 = {
    .empty = 1,
    .of = adler32_of,
    .join = adler32_join,
};

struct summed *summed_new(struct stream of, const struct checksum *checksum,
                          struct arena *arena, struct err *err)
{
  struct summed *summed = arena_alloc(arena, sizeof *summed, err);
  if (!summed)
    return NULL;
  summed->of = of;
  summed->checksum = checksum;
  pthread_mutex_init(&summed->lock, NULL);
  return summed;
}

/* Joins run i with the one after it when they touch. */
static void join_next(struct summed *summed, int i)
{
  if (i < 0 || i + 1 >= summed->nruns)
    return;
  struct summed_run *run = &summed->runs[i];
  if (run[0].end != run[1].start)
    return;
  run[0].sum = summed->checksum->join(run[0].sum, run[1].sum, run[1].end - run[1].start);
  run[0].end = run[1].end;
  summed->nruns--;
  memmove(run + 1, run + 2, (size_t)(summed->nruns - i - 1) * sizeof *run);
}

/* Returns whether there is a place for a run before run i.  A run that touches a
 * neighbour always finds one: the last place is kept for it.  The last but one is kept
 * for the run that starts the stream, without which summed_total() could not go on. */
static bool has_room(const struct summed *summed, int i, int64_t start, int64_t end)
{
  const struct summed_run *runs = summed->runs;
  return (i > 0 && runs[i - 1].end == start) ||
         (i < summed->nruns && runs[i].start == end) || start == 0 ||
         summed->nruns < SUMMED_RUNS - 2;
}

/* Bytes [start, end) were generated and stand at `bytes`: sums what is new of them, up to
 * the next run that is known. */
static void note(struct summed *summed, const char *bytes, int64_t start, int64_t end)
{
  const int64_t first = start;
  struct summed_run *runs = summed->runs;
  int i = 0;
  LOCK_FOR_SCOPE(&summed->lock);
  while (i < summed->nruns && runs[i].start <= start) {
    if (runs[i].end > start)
      start = runs[i].end;
    i++;
  }
  if (i < summed->nruns && runs[i].start < end)
    end = runs[i].start;
  if (start >= end || !has_room(summed, i, start, end))
    return;
  memmove(runs + i + 1, runs + i, (size_t)(summed->nruns - i) * sizeof *runs);
  summed->nruns++;
  runs[i].start = start;
  runs[i].end = end;
  runs[i].sum = summed->checksum->of(bytes + (start - first), (size_t)(end - start));
  join_next(summed, i);
  join_next(summed, i - 1);
}

static int summed_pread(void *ctx, void *buf, size_t size, int64_t offset,
                        struct err *err)
{
  struct summed *summed = ctx;
  if (summed->of.pread(summed->of.ctx, buf, size, offset, err) < 0)
    return -1;
  note(summed, buf, offset, offset + (int64_t)size);
  return 0;
}

struct stream summed_as_stream(struct summed *summed)
{
  return (struct stream){.pread = summed_pread, .ctx = summed, .size = summed->of.size};
}

/* The first bytes not yet summed: [*start, *end), empty when there are none. */
static void find_gap(struct summed *summed, int64_t *start, int64_t *end, uint32_t *sum)
{
  LOCK_FOR_SCOPE(&summed->lock);
  const bool begun = summed->nruns > 0 && summed->runs[0].start == 0;
  const int next = begun ? 1 : 0;
  *start = begun ? summed->runs[0].end : 0;
  *end = next < summed->nruns ? summed->runs[next].start : summed->of.size;
  *sum = begun ? summed->runs[0].sum : summed->checksum->empty;
}

int summed_total(struct summed *summed, uint32_t *sum, struct err *err)
{
  CLEANUP_FREE char *piece = NULL;
  for (;;) {
    int64_t start, end;
    find_gap(summed, &start, &end, sum);
    if (start >= end)
      return 0;
    if (!piece && !(piece = malloc(PIECE_BYTES)))
      return err_set(err, ENOMEM, "out of memory");
    if (end - start > PIECE_BYTES)
      end = start + PIECE_BYTES;
    if (cancel_check(err) < 0 ||
        summed_pread(summed, piece, (size_t)(end - start), start, err) < 0)
      return -1;
  }
}
