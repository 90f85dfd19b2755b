/* Reading by restart points: which pieces may be served, where decoding begins, and which
 * streams are kept.
 *
 * Each reader decodes a piece with a stream of its own, so any number of threads decode
 * at once.  Where the piece ends the stream is left for the next reader, who may read on
 * from there: a file read from start to end costs one walk, however far apart its points
 * are. */
#include "core/source/gzip/gzindex.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/workers.h"
#include "core/source/gzip/gzindex_private.h"

enum { WAIT_MS = 20 }; /* between two looks at a waiting reader's token */

/* --- pieces ------------------------------------------------------------------------ */

static int64_t per_group(const struct gzindex_pieces *pieces)
{
  return (pieces->group - 1) / pieces->piece + 1;
}

int64_t gzindex_piece_count(const struct gzindex_pieces *pieces)
{
  return pieces->groups * per_group(pieces);
}

/* --- making and dropping ----------------------------------------------------------- */

struct gzindex *gzindex_new(struct source *source, int file,
                            const struct gzindex_pieces *pieces, struct err *err)
{
  struct gzindex *index = calloc(1, sizeof *index);
  if (!index) {
    err_set(err, ENOMEM, "%s: out of memory", source_file_path(source, file));
    return NULL;
  }
  index->source = source;
  index->facts = (struct gzindex_facts){.version = source_version(source),
                                        .file = file,
                                        .file_size = source_file_size(source, file),
                                        .offset = pieces->offset,
                                        .group = pieces->group,
                                        .piece = pieces->piece,
                                        .npieces = gzindex_piece_count(pieces)};
  index->end = pieces->offset + pieces->groups * pieces->group;
  pthread_mutex_init(&index->lock, NULL);
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(&index->changed, &attr);
  pthread_condattr_destroy(&attr);
  gzindex_register(index);
  return index;
}

void gzindex_free(struct gzindex *index)
{
  if (!index)
    return;
  gzindex_unregister(index);
  gzindex_forget(index);
  pthread_cond_destroy(&index->changed);
  pthread_mutex_destroy(&index->lock);
  free(index);
}

void gzindex_stats(struct gzindex *index, struct gzindex_stats *out)
{
  LOCK_FOR_SCOPE(&index->lock);
  *out = (struct gzindex_stats){.inflated = atomic_load(&index->inflated),
                                .walked = atomic_load(&index->walked),
                                .points = index->content.points.n,
                                .spacing = index->content.points.spacing,
                                .memory = gzindex_memory(index),
                                .complete = index->verified == INT64_MAX,
                                .kept = index->kept};
}

/* --- checked before served --------------------------------------------------------- */

static int wait_walk(struct gzindex *index, struct err *err)
{
  clock_wait(&index->changed, &index->lock, WAIT_MS);
  return cancel_check(err);
}

/* Makes sure that the first `end` inflated bytes are checked; the lock is held.  A worker
 * neither walks nor waits, because nobody could stop it; the reader whom it helps walks
 * instead. */
static int verify(struct gzindex *index, int64_t end, struct err *err)
{
  while (index->verified < end) {
    if (index->bad.errnum)
      return err_set(err, index->bad.errnum, "%s", index->bad.msg);
    if (workers_is_one())
      return err_set(err, EINTR, "%s: not walked through yet",
                     source_file_path(index->source, (int)index->facts.file));
    if (index->walking) {
      if (wait_walk(index, err))
        return -1;
      continue;
    }
    index->walking = true;
    pthread_mutex_unlock(&index->lock);
    const int rc = gzindex_walk(index, end, err);
    pthread_mutex_lock(&index->lock);
    index->walking = false;
    pthread_cond_broadcast(&index->changed);
    if (rc)
      return -1;
  }
  return 0;
}

/* --- one piece --------------------------------------------------------------------- */

struct job {
  int64_t piece, start, end;
  uint32_t crc;               /* what its bytes must have */
  unsigned changes;           /* index->changes when crc was looked up */
  struct gzip_stream *stream; /* at or before start */
  bool damaged;               /* decoding failed, and neither memory nor the reader is the
                               * reason */
};

/* Takes a stream that was left between the nearest point and the piece; the lock is
 * held. */
static struct gzip_stream *take_live(struct gzindex *index, int64_t from, int64_t start)
{
  for (int i = 0; i < GZINDEX_LIVE; i++) {
    struct gzip_stream *stream = index->live[i];
    if (stream && stream->out >= from && stream->out <= start) {
      index->live[i] = NULL;
      return stream;
    }
  }
  return NULL;
}

/* Leaves a stream where it is, in place of the one that was left longest ago. */
static void leave_live(struct gzindex *index, const struct job *job)
{
  struct gzip_stream *unwanted = job->stream;
  pthread_mutex_lock(&index->lock);
  if (job->changes == index->changes) {
    int i = 0;
    while (i < GZINDEX_LIVE - 1 && index->live[i])
      i++;
    unwanted = index->live[i];
    for (; i > 0; i--)
      index->live[i] = index->live[i - 1];
    index->live[0] = job->stream;
  }
  pthread_mutex_unlock(&index->lock);
  gzip_stream_free(unwanted);
}

/* Waits until the piece may be served, and finds where decoding begins. */
static int prepare(struct gzindex *index, struct job *job, struct err *err)
{
  unsigned char window[GZIP_WINDOW];
  struct gzip_place place;
  {
    LOCK_FOR_SCOPE(&index->lock);
    if (verify(index, job->end, err))
      return -1;
    job->crc = index->content.crcs[job->piece];
    job->changes = index->changes;
    const struct gzpoint *point = gzpoints_find(&index->content.points, job->start);
    job->stream = take_live(index, point->out, job->start);
    if (job->stream)
      return 0;
    if (gzpoint_place(point, window, &place, err)) {
      job->damaged = !err_is_passing(err);
      return -1;
    }
  }
  job->stream = gzip_stream_new(index->source, (int)index->facts.file, err);
  return job->stream ? gzip_stream_go(job->stream, &place, err) : -1;
}

static int decode(struct gzindex *index, struct job *job, char *out, struct err *err)
{
  const int64_t size = job->end - job->start, skipped = job->start - job->stream->out;
  source_count_decoded(index->source, (uint64_t)skipped);
  atomic_fetch_add(&index->inflated, (uint64_t)(skipped + size));
  if (gzip_stream_read(job->stream, NULL, skipped, err) ||
      gzip_stream_read(job->stream, out, size, err)) {
    job->damaged = job->stream->corrupt && !err_is_passing(err);
    return -1;
  }
  if (libdeflate_crc32(0, out, (size_t)size) == job->crc)
    return 0;
  job->damaged = true;
  return err_set(err, EIO,
                 "%s: inflated bytes %lld to %lld: not those whose checksum was right",
                 source_file_path(index->source, (int)index->facts.file),
                 (long long)job->start, (long long)job->end);
}

/* Throws away a kept index that disagrees with its own checksums; returns true when the
 * caller should try again. */
static bool distrust(struct gzindex *index, const struct job *job)
{
  LOCK_FOR_SCOPE(&index->lock);
  if (job->changes != index->changes)
    return true;
  if (!index->kept)
    return false;
  gzindex_file_remove(source_pool_state(source_pool_of(index->source)), &index->facts);
  gzindex_forget(index);
  return true;
}

static int read_piece(struct gzindex *index, int64_t piece, void *out, struct err *err)
{
  for (;;) {
    struct err why = ERR_INIT;
    struct job job = {.piece = piece,
                      .start = gzindex_piece_start(index, piece),
                      .end = gzindex_piece_end(index, piece)};
    const int rc = prepare(index, &job, &why) || decode(index, &job, out, &why);
    if (!rc) {
      leave_live(index, &job);
      return 0;
    }
    gzip_stream_free(job.stream);
    if (!job.damaged || !distrust(index, &job))
      return err_set(err, why.errnum, "%s", why.msg);
  }
}

int gzindex_read(struct gzindex *index, int64_t piece, void *out, struct err *err)
{
  gzindex_enter(index);
  const int rc = read_piece(index, piece, out, err);
  gzindex_leave(index);
  return rc;
}
