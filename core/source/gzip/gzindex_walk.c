/* The walk through a whole gzip file: it checks the members, notes restart points and the
 * checksum of every piece.  The walk is the one costly part of an index, so it is made
 * once (per content, where there is a state directory) and never repeated because a
 * reader went away in the middle.
 *
 * Points are noted where deflate blocks end, once the last point is `spacing` behind, as
 * long as all points take less than a thirty-second of the file read so far; so an index
 * of data that does not compress has a point for each MiB, and one of data that
 * compresses well has fewer, with small windows.  Beyond GZINDEX_MAX every second point
 * is dropped.  The start of a member needs no window and is preferred: inside a member,
 * points begin a whole spacing after its start. */
#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/source/gzip/gzindex_private.h"

enum { SHARE = 32, FEW = 64 * 1024 /* bytes of points that any file may have */ };

/* --- pieces ------------------------------------------------------------------------ */

int64_t gzindex_piece_start(const struct gzindex *index, int64_t piece)
{
  const struct gzindex_facts *facts = &index->facts;
  const int64_t in_group = (facts->group - 1) / facts->piece + 1;
  return facts->offset + piece / in_group * facts->group +
         piece % in_group * facts->piece;
}

int64_t gzindex_piece_end(const struct gzindex *index, int64_t piece)
{
  const struct gzindex_facts *facts = &index->facts;
  const int64_t start = gzindex_piece_start(index, piece);
  const int64_t left = facts->group - (start - facts->offset) % facts->group;
  return start + (facts->piece < left ? facts->piece : left);
}

/* --- beginning --------------------------------------------------------------------- */

static int no_memory(const struct gzindex *index, struct err *err)
{
  return err_set(err, ENOMEM, "%s: out of memory",
                 source_file_path(index->source, (int)index->facts.file));
}

/* Takes the index that an earlier mount kept. */
static bool take_kept(struct gzindex *index)
{
  const char *state = source_pool_state(source_pool_of(index->source));
  struct gzindex_content content;
  if (!state || !gzindex_file_read(state, &index->facts, &content))
    return false;
  LOCK_FOR_SCOPE(&index->lock);
  index->content = content;
  index->verified = INT64_MAX;
  index->kept = true;
  return true;
}

static int begin(struct gzindex *index, struct err *err)
{
  struct gzindex_walk walk = {.compressor = libdeflate_alloc_compressor(1)};
  struct gzindex_content content = {
      .crcs = calloc((size_t)index->facts.npieces, sizeof(uint32_t))};
  if (walk.compressor && content.crcs && !gzpoints_init(&content.points) &&
      (walk.stream = gzip_stream_new(index->source, (int)index->facts.file, err))) {
    LOCK_FOR_SCOPE(&index->lock);
    index->walk = walk;
    index->content = content;
    return 0;
  }
  gzpoints_free(&content.points);
  free(content.crcs);
  gzindex_walk_end(&walk);
  return no_memory(index, err);
}

/* --- points ------------------------------------------------------------------------ */

static bool wants_point(const struct gzindex *index, enum gzip_event event)
{
  const struct gzip_stream *stream = index->walk.stream;
  const struct gzpoints *points = &index->content.points;
  const struct gzpoint *last = &points->at[points->n - 1];
  const size_t bytes = points->windows + (size_t)points->n * sizeof *last;
  return stream->out < index->end && stream->out - last->out >= points->spacing &&
         (event == GZIP_MEMBER_END || stream->out - stream->member >= points->spacing) &&
         bytes <= (size_t)stream->pos / SHARE + FEW;
}

static void add_point(struct gzindex *index)
{
  unsigned char window[GZIP_WINDOW];
  struct gzip_place place;
  struct gzpoints *points = &index->content.points;
  gzip_stream_place(index->walk.stream, window, &place);
  pthread_mutex_lock(&index->lock);
  gzpoints_add(points, &place, index->walk.compressor);
  while (gzindex_memory(index) > GZINDEX_MAX && points->n > 1)
    gzpoints_thin(points);
  pthread_mutex_unlock(&index->lock);
  if (gzindex_charge(index) && points->windows > FEW) {
    LOCK_FOR_SCOPE(&index->lock);
    gzpoints_thin(points);
  }
}

/* --- steps ------------------------------------------------------------------------- */

/* Adds inflated bytes, from position `at` on, to the checksums of the pieces. */
static void sum_pieces(struct gzindex *index, int64_t at, const unsigned char *bytes,
                       int64_t n)
{
  struct gzindex_walk *walk = &index->walk;
  const int64_t before = index->facts.offset - at;
  int64_t done = before <= 0 ? 0 : before < n ? before : n;
  while (done < n && walk->piece < index->facts.npieces) {
    const int64_t left = gzindex_piece_end(index, walk->piece) - (at + done);
    const int64_t step = left < n - done ? left : n - done;
    walk->crc = libdeflate_crc32(walk->crc, bytes + done, (size_t)step);
    done += step;
    if (step < left)
      break;
    index->content.crcs[walk->piece++] = walk->crc;
    walk->crc = 0;
  }
}

static void set_verified(struct gzindex *index, int64_t verified)
{
  LOCK_FOR_SCOPE(&index->lock);
  index->verified = verified;
}

static int at_file_end(struct gzindex *index, struct err *err)
{
  struct gzip_stream *stream = index->walk.stream;
  if (stream->out < index->end) {
    stream->corrupt = true;
    return err_set(err, EIO, "%s: expected %lld more bytes of gzip data, found the end",
                   source_file_path(index->source, (int)index->facts.file),
                   (long long)(index->end - stream->out));
  }
  const char *state = source_pool_state(source_pool_of(index->source));
  if (state && !source_verify(index->source, NULL))
    gzindex_file_write(state, &index->facts, &index->content);
  LOCK_FOR_SCOPE(&index->lock);
  gzindex_walk_end(&index->walk);
  index->verified = INT64_MAX;
  return 0;
}

static int step(struct gzindex *index, struct err *err)
{
  struct gzip_stream *stream = index->walk.stream;
  const int64_t at = stream->out;
  size_t got;
  const int event =
      gzip_stream_step(stream, stream->scratch, sizeof stream->scratch, &got, err);
  sum_pieces(index, at, stream->scratch, (int64_t)got);
  atomic_fetch_add(&index->inflated, got);
  atomic_fetch_add(&index->walked, got);
  source_count_decoded(index->source, got);
  if (event < 0)
    return -1;
  if (event == GZIP_FILE_END)
    return at_file_end(index, err);
  if (event == GZIP_MEMBER_END && stream->out < index->end)
    set_verified(index, stream->out);
  if (event != GZIP_GOES_ON && wants_point(index, event))
    add_point(index);
  return 0;
}

/* Damage is final; a stream that cannot go on is begun anew; any other error leaves the
 * walk as it is. */
static int walk_failed(struct gzindex *index, const struct err *why, struct err *err)
{
  LOCK_FOR_SCOPE(&index->lock);
  struct gzip_stream *stream = index->walk.stream;
  if (stream && stream->broken)
    gzindex_forget(index);
  else if (stream && stream->corrupt && why->errnum == EIO) {
    index->bad = *why;
    gzindex_walk_end(&index->walk);
  }
  return err_set(err, why->errnum, "%s", why->msg);
}

int gzindex_walk(struct gzindex *index, int64_t end, struct err *err)
{
  struct err why = ERR_INIT;
  if (!index->walk.stream && (take_kept(index)))
    return 0;
  if (!index->walk.stream && begin(index, &why))
    return walk_failed(index, &why, err);
  while (index->verified < end)
    if (cancel_check(&why) || step(index, &why))
      return walk_failed(index, &why, err);
  return 0;
}
