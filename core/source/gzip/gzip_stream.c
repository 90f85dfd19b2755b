/* Gzip in steps, with zlib.  Members are inflated in zlib's gzip mode, which reads their
 * headers and checks their trailers.  From a place inside a member the data is raw
 * deflate: the window and the odd bits are put back, and the trailer is passed over.
 * Z_BLOCK makes inflate() stop where deflate blocks end, at no measurable cost. */
#include "core/source/gzip/gzip_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"

enum { MODE_GZIP = 15 + 16, MODE_RAW = -15, TRAILER = 8 };
enum { BITS = 7, LAST_BLOCK = 64, BLOCK_END = 128 }; /* in zlib's data_type */

void gzip_stream_free(struct gzip_stream *stream)
{
  if (stream)
    inflateEnd(&stream->z);
  free(stream);
}

static int no_memory(const struct gzip_stream *stream, struct err *err)
{
  return err_set(err, ENOMEM, "%s: out of memory",
                 source_file_path(stream->source, stream->file));
}

struct gzip_stream *gzip_stream_new(struct source *source, int file, struct err *err)
{
  struct gzip_stream *stream = calloc(1, sizeof *stream);
  if (stream && inflateInit2(&stream->z, MODE_GZIP) != Z_OK) {
    free(stream);
    stream = NULL;
  }
  if (!stream) {
    err_set(err, ENOMEM, "%s: out of memory", source_file_path(source, file));
    return NULL;
  }
  stream->source = source;
  stream->file = file;
  return stream;
}

/* Makes sure that there is input, unless the file has ended. */
static int refill(struct gzip_stream *stream, struct err *err)
{
  const int64_t left = source_file_size(stream->source, stream->file) - stream->pos;
  if (stream->z.avail_in || left <= 0)
    return 0;
  const size_t n = left < GZIP_STEP ? (size_t)left : GZIP_STEP;
  if (source_pread(stream->source, stream->file, stream->in, n, stream->pos, err))
    return -1;
  stream->pos += (int64_t)n;
  stream->z.next_in = stream->in;
  stream->z.avail_in = (uInt)n;
  return 0;
}

/* --- places ------------------------------------------------------------------------ */

static int put_bits(struct gzip_stream *stream, const struct gzip_place *place,
                    struct err *err)
{
  unsigned char byte;
  if (!place->bits)
    return 0;
  if (source_pread(stream->source, stream->file, &byte, 1, place->in - 1, err))
    return -1;
  inflatePrime(&stream->z, place->bits, byte >> (8 - place->bits));
  return 0;
}

int gzip_stream_go(struct gzip_stream *stream, const struct gzip_place *place,
                   struct err *err)
{
  stream->z.avail_in = 0;
  stream->pos = place->in;
  stream->out = stream->member = place->out;
  stream->any = true;
  stream->inside = !place->start;
  stream->trailer = place->start ? 0 : TRAILER;
  if (place->start)
    return 0;
  if (inflateReset2(&stream->z, MODE_RAW) != Z_OK)
    return no_memory(stream, err);
  if (put_bits(stream, place, err))
    return -1;
  if (place->nwindow &&
      inflateSetDictionary(&stream->z, place->window, (uInt)place->nwindow) != Z_OK)
    return no_memory(stream, err);
  return 0;
}

void gzip_stream_place(struct gzip_stream *stream, void *window, struct gzip_place *place)
{
  uInt n = 0;
  *place = (struct gzip_place){.in = stream->pos - stream->z.avail_in,
                               .out = stream->out,
                               .start = !stream->inside,
                               .window = window};
  if (place->start)
    return;
  place->bits = stream->z.data_type & BITS;
  inflateGetDictionary(&stream->z, window, &n);
  place->nwindow = n;
}

/* --- steps ------------------------------------------------------------------------- */

static int ends_early(struct gzip_stream *stream, struct err *err)
{
  stream->corrupt = true;
  return err_set(err, EIO,
                 "%s: expected the rest of the gzip data, found the end of the file at "
                 "%lld bytes (%lld inflated)",
                 source_file_path(stream->source, stream->file), (long long)stream->pos,
                 (long long)stream->out);
}

static void skip_byte(struct gzip_stream *stream)
{
  stream->z.next_in++;
  stream->z.avail_in--;
}

/* Goes to the next member, over the zeros that some writers pad with.  Returns 1, or 0 at
 * the end of the file. */
static int next_member(struct gzip_stream *stream, struct err *err)
{
  for (;;) {
    if (refill(stream, err))
      return -1;
    if (!stream->z.avail_in)
      return stream->any && !stream->trailer ? 0 : ends_early(stream, err);
    if (stream->trailer)
      stream->trailer--;
    else if (!stream->any || *stream->z.next_in)
      break;
    skip_byte(stream);
  }
  inflateReset2(&stream->z, MODE_GZIP);
  stream->any = stream->inside = true;
  stream->member = stream->out;
  return 1;
}

static int damaged(struct gzip_stream *stream, struct err *err)
{
  stream->corrupt = true;
  return err_set(err, EIO, "%s: gzip data near byte %lld (%lld inflated): %s",
                 source_file_path(stream->source, stream->file),
                 (long long)(stream->pos - stream->z.avail_in), (long long)stream->out,
                 stream->z.msg ? stream->z.msg : "corrupt");
}

int gzip_stream_step(struct gzip_stream *stream, void *out, size_t size, size_t *got,
                     struct err *err)
{
  *got = 0;
  stream->corrupt = false;
  if (!stream->inside) {
    const int more = next_member(stream, err);
    if (more <= 0)
      return more < 0 ? -1 : GZIP_FILE_END;
  }
  if (refill(stream, err))
    return -1;
  if (!stream->z.avail_in)
    return ends_early(stream, err);
  stream->z.next_out = out;
  stream->z.avail_out = (uInt)size;
  const int rc = inflate(&stream->z, Z_BLOCK);
  *got = size - stream->z.avail_out;
  stream->out += (int64_t)*got;
  if (rc == Z_STREAM_END) {
    stream->inside = false;
    return GZIP_MEMBER_END;
  }
  if (rc == Z_MEM_ERROR) {
    stream->broken = true;
    return no_memory(stream, err);
  }
  /* Z_BUF_ERROR: the block was so short that it lay in bits that were already taken */
  if (rc != Z_OK && rc != Z_BUF_ERROR)
    return damaged(stream, err);
  return (stream->z.data_type & (BLOCK_END | LAST_BLOCK)) == BLOCK_END ? GZIP_AT_BLOCK
                                                                       : GZIP_GOES_ON;
}

int gzip_stream_pull(struct gzip_stream *stream, void *out, size_t size, size_t *got,
                     struct err *err)
{
  *got = 0;
  while (*got < size) {
    size_t n;
    const int event = gzip_stream_step(stream, (char *)out + *got, size - *got, &n, err);
    *got += n;
    if (event < 0)
      return -1;
    if (event == GZIP_FILE_END)
      break;
  }
  return 0;
}

int gzip_stream_read(struct gzip_stream *stream, char *out, int64_t size, struct err *err)
{
  for (int64_t done = 0; done < size;) {
    const size_t step = size - done < GZIP_STEP ? (size_t)(size - done) : GZIP_STEP;
    size_t got = 0;
    if (cancel_check(err) ||
        gzip_stream_pull(stream, out ? out + done : (void *)stream->scratch, step, &got,
                         err))
      return -1;
    done += (int64_t)got;
    if (got == step)
      continue;
    stream->corrupt = true;
    return err_set(err, EIO, "%s: expected %lld more bytes of gzip data, found the end",
                   source_file_path(stream->source, stream->file),
                   (long long)(size - done));
  }
  return 0;
}
