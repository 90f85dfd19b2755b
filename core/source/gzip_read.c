/* Gzip decoding of whole files.  Small ones go through libdeflate, which is about twice
 * as fast but wants all input and all output in memory at once; the memory that takes in
 * all threads together is bounded, and whoever does not fit, or whose file libdeflate
 * refuses for any reason, goes through zlib in small steps: that way is complete, and
 * finds the words for what is wrong. */
#include "core/source/gzip_read.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"

enum {
  IN_SIZE = 128 * 1024,
  STEP = 256 * 1024, /* inflated between looks at the reader */
  WHOLE_IN_MAX = 8 * 1024 * 1024,
  WHOLE_BUDGET = 48 * 1024 * 1024, /* temporary bytes of all libdeflate calls at a time */
  GZIP_WINDOW = 15 + 16            /* zlib's way to ask for gzip and nothing else */
};

bool gzip_magic(const void *bytes, size_t n)
{
  return n >= 3 && !memcmp(bytes, "\x1f\x8b\x08", 3);
}

size_t gzip_head(const void *bytes, size_t n, void *out, size_t room)
{
  z_stream z = {0};
  if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
    return 0;
  z.next_in = (z_const Bytef *)(uintptr_t)bytes;
  z.avail_in = (uInt)n;
  z.next_out = out;
  z.avail_out = (uInt)room;
  inflate(&z, Z_SYNC_FLUSH);
  inflateEnd(&z);
  return room - z.avail_out;
}

/* --- in steps --------------------------------------------------------------------- */

struct stream {
  struct source *source;
  int file;
  int64_t pos;   /* of the next byte to read */
  int64_t found; /* bytes inflated so far */
  bool inside;   /* a member was begun and is not at its end */
  bool any;      /* a member was begun */
  z_stream z;
  unsigned char in[IN_SIZE];
  unsigned char unwanted[STEP];
};

static void stream_free(struct stream **stream)
{
  if (*stream)
    inflateEnd(&(*stream)->z);
  free(*stream);
}

static struct stream *stream_new(struct source *source, int file, struct err *err)
{
  struct stream *stream = calloc(1, sizeof(*stream));
  if (stream && inflateInit2(&stream->z, GZIP_WINDOW) != Z_OK) {
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

/* Sees to it that there is input, unless the file has ended. */
static int refill(struct stream *stream, struct err *err)
{
  const int64_t left = source_file_size(stream->source, stream->file) - stream->pos;
  if (stream->z.avail_in || left == 0)
    return 0;
  const size_t n = left < IN_SIZE ? (size_t)left : IN_SIZE;
  if (source_pread(stream->source, stream->file, stream->in, n, stream->pos, err))
    return -1;
  stream->pos += (int64_t)n;
  stream->z.next_in = stream->in;
  stream->z.avail_in = (uInt)n;
  return 0;
}

/* Goes to the next member, over the zeros that some writers pad with.  1, or 0 at the end
 * of the file. */
static int next_member(struct stream *stream, struct err *err)
{
  for (;;) {
    if (refill(stream, err))
      return -1;
    if (!stream->z.avail_in && stream->any)
      return 0;
    if (!stream->z.avail_in || !stream->any || *stream->z.next_in)
      break;
    stream->z.next_in++;
    stream->z.avail_in--;
  }
  inflateReset(&stream->z);
  stream->any = stream->inside = true;
  return 1;
}

static int inflate_some(struct stream *stream, struct err *err)
{
  const char *path = source_file_path(stream->source, stream->file);
  if (refill(stream, err))
    return -1;
  if (!stream->z.avail_in)
    return err_set(err, EIO,
                   "%s: expected the rest of the gzip data, found the end of the file at "
                   "%lld bytes (%lld inflated)",
                   path, (long long)stream->pos, (long long)stream->found);
  const uInt room = stream->z.avail_out;
  const int rc = inflate(&stream->z, Z_NO_FLUSH);
  stream->found += room - stream->z.avail_out;
  if (rc == Z_STREAM_END)
    stream->inside = false;
  if (rc == Z_OK || rc == Z_STREAM_END)
    return 0;
  if (rc == Z_MEM_ERROR)
    return err_set(err, ENOMEM, "%s: out of memory", path);
  return err_set(err, EIO, "%s: gzip data near byte %lld (%lld inflated): %s", path,
                 (long long)(stream->pos - stream->z.avail_in), (long long)stream->found,
                 stream->z.msg ? stream->z.msg : "corrupt");
}

/* Up to size bytes; *got is less only at the end of the file. */
static int pull(struct stream *stream, void *out, size_t size, size_t *got,
                struct err *err)
{
  stream->z.next_out = out;
  stream->z.avail_out = (uInt)size;
  while (stream->z.avail_out) {
    if (!stream->inside) {
      const int more = next_member(stream, err);
      if (more < 0)
        return -1;
      if (!more)
        break;
    }
    if (inflate_some(stream, err))
      return -1;
  }
  *got = size - stream->z.avail_out;
  return 0;
}

/* size bytes to out (NULL: nowhere), in steps. */
static int pull_exactly(struct stream *stream, char *out, int64_t size, struct err *err)
{
  for (int64_t done = 0; done < size;) {
    const size_t step = size - done < STEP ? (size_t)(size - done) : STEP;
    size_t got = 0;
    if (cancel_check(err) ||
        pull(stream, out ? out + done : (void *)stream->unwanted, step, &got, err))
      return -1;
    done += (int64_t)got;
    if (got < step)
      return err_set(err, EIO, "%s: expected %lld more bytes of gzip data, found the end",
                     source_file_path(stream->source, stream->file),
                     (long long)(size - done));
  }
  return 0;
}

/* To the end of the file, for its checksums. */
static int pull_rest(struct stream *stream, struct err *err)
{
  size_t got = 1;
  while (got)
    if (cancel_check(err) || pull(stream, stream->unwanted, STEP, &got, err))
      return -1;
  return 0;
}

int gzip_read_head(struct source *source, int file, void *out, size_t room, size_t *n,
                   struct err *err)
{
  struct stream *stream __attribute__((cleanup(stream_free))) =
      stream_new(source, file, err);
  return stream ? pull(stream, out, room, n, err) : -1;
}

static int read_in_steps(struct source *source, int file, int64_t offset, void *out,
                         int64_t size, struct err *err)
{
  struct stream *stream __attribute__((cleanup(stream_free))) =
      stream_new(source, file, err);
  if (!stream || pull_exactly(stream, NULL, offset, err) ||
      pull_exactly(stream, out, size, err))
    return -1;
  return pull_rest(stream, err);
}

/* --- at once ---------------------------------------------------------------------- */

static atomic_size_t whole_bytes; /* temporary memory of libdeflate calls now */

/* All members to out: true when exactly `size` bytes came out and nothing but zeros is
 * left. */
static bool inflate_members(const unsigned char *in, size_t n, char *out, size_t size)
{
  struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
  bool good = inflater != NULL;
  while (good && n) {
    size_t used, made;
    good = libdeflate_gzip_decompress_ex(inflater, in, n, out, size, &used, &made) ==
           LIBDEFLATE_SUCCESS;
    if (!good)
      break;
    out += made;
    size -= made;
    in += used;
    n -= used;
    while (n && !*in) {
      in++;
      n--;
    }
  }
  libdeflate_free_decompressor(inflater);
  return good && size == 0;
}

static bool read_whole(struct source *source, int file, int64_t offset, void *out,
                       size_t size)
{
  const size_t n = (size_t)source_file_size(source, file), all = (size_t)offset + size;
  unsigned char *in CLEANUP_FREE = malloc(n);
  char *inflated CLEANUP_FREE = malloc(all);
  if (!in || !inflated || source_pread(source, file, in, n, 0, NULL) ||
      !inflate_members(in, n, inflated, all))
    return false;
  memcpy(out, inflated + offset, size);
  return true;
}

static bool try_whole(struct source *source, int file, int64_t offset, void *out,
                      size_t size)
{
  const int64_t n = source_file_size(source, file);
  if (n == 0 || n > WHOLE_IN_MAX || offset > WHOLE_BUDGET || size > WHOLE_BUDGET)
    return false;
  const size_t need = (size_t)n + (size_t)offset + size;
  const bool fits = atomic_fetch_add(&whole_bytes, need) + need <= WHOLE_BUDGET;
  const bool done = fits && read_whole(source, file, offset, out, size);
  atomic_fetch_sub(&whole_bytes, need);
  return done;
}

int gzip_read(struct source *source, int file, int64_t offset, void *out, size_t size,
              struct err *err)
{
  if (cancel_check(err))
    return -1;
  if (try_whole(source, file, offset, out, size))
    return 0;
  return read_in_steps(source, file, offset, out, (int64_t)size, err);
}
