/* Gzip decoding of whole files.  Small files go through libdeflate, which is about twice
 * as fast but wants all input and output in memory at once; the memory for that is
 * bounded over all threads.  A read that does not fit, or a file that libdeflate refuses
 * for any reason, goes through zlib in small steps, which handles every file and says
 * what is wrong with it. */
#include "core/source/gzip/gzip_read.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>

#include "core/base/cancel.h"
#include "core/source/gzip/gzip_stream.h"

enum {
  /* Temporary bytes of all libdeflate calls at a time: half of what a mount may take
   * beside its cache, and enough for the compressed bytes of any file that is decoded
   * whole. */
  WHOLE_BUDGET = 64 * 1024 * 1024,
  MODE_GZIP = 15 + 16 /* zlib's way to ask for gzip and nothing else */
};

bool gzip_magic(const void *bytes, size_t n)
{
  return n >= 3 && !memcmp(bytes, "\x1f\x8b\x08", 3);
}

size_t gzip_head(const void *bytes, size_t n, void *out, size_t room)
{
  z_stream z = {0};
  if (inflateInit2(&z, MODE_GZIP) != Z_OK)
    return 0;
  z.next_in = (z_const Bytef *)(uintptr_t)bytes;
  z.avail_in = (uInt)n;
  z.next_out = out;
  z.avail_out = (uInt)room;
  inflate(&z, Z_SYNC_FLUSH);
  inflateEnd(&z);
  return room - z.avail_out;
}

/* --- in steps ---------------------------------------------------------------------- */

int gzip_read_head(struct source *source, int file, void *out, size_t room, size_t *n,
                   struct err *err)
{
  struct gzip_stream *stream __attribute__((cleanup(gzip_stream_cleanup))) =
      gzip_stream_new(source, file, err);
  return stream ? gzip_stream_pull(stream, out, room, n, err) : -1;
}

/* Reads on to the end of the file, to check its checksums. */
static int read_rest(struct gzip_stream *stream, struct err *err)
{
  size_t got = 1;
  while (got)
    if (cancel_check(err) ||
        gzip_stream_pull(stream, stream->scratch, GZIP_STEP, &got, err))
      return -1;
  return 0;
}

static int read_in_steps(struct source *source, int file, int64_t offset, void *out,
                         int64_t size, struct err *err)
{
  struct gzip_stream *stream __attribute__((cleanup(gzip_stream_cleanup))) =
      gzip_stream_new(source, file, err);
  if (!stream || gzip_stream_read(stream, NULL, offset, err) ||
      gzip_stream_read(stream, out, size, err))
    return -1;
  return read_rest(stream, err);
}

/* --- at once ----------------------------------------------------------------------- */

static atomic_size_t whole_bytes; /* temporary memory of libdeflate calls now */

/* Temporary memory is mapped, so that it goes back to the system at once: malloc would
 * keep tens of megabytes for each thread that ever decoded. */
struct mapped {
  unsigned char *bytes; /* NULL: no memory */
  size_t size;
};

static struct mapped mapped_new(size_t size)
{
  void *bytes =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return (struct mapped){bytes == MAP_FAILED ? NULL : bytes, size};
}

static void mapped_free(struct mapped *scratch)
{
  if (scratch->bytes)
    munmap(scratch->bytes, scratch->size);
}

#define CLEANUP_MAPPED __attribute__((cleanup(mapped_free)))

/* Inflates all members to out; returns true when exactly `size` bytes came out and
 * nothing but zeros is left. */
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

/* The bytes before `offset` have to be inflated too.  Where the result has room for them,
 * all is inflated there and moved up; the move costs a tenth of the inflating. */
static bool read_whole(const struct gzip_span *span, void *out)
{
  const size_t n = (size_t)source_file_size(span->source, span->file);
  const size_t offset = (size_t)span->offset, all = offset + span->size;
  const bool in_place = span->room >= all;
  struct mapped in CLEANUP_MAPPED = mapped_new(n);
  struct mapped inflated CLEANUP_MAPPED = {0};
  if (!in_place)
    inflated = mapped_new(all);
  char *to = in_place ? out : (char *)inflated.bytes;
  if (!in.bytes || !to || source_pread(span->source, span->file, in.bytes, n, 0, NULL) ||
      !inflate_members(in.bytes, n, to, all))
    return false;
  memmove(out, to + offset, span->size);
  return true;
}

static bool try_whole(const struct gzip_span *span, void *out)
{
  const int64_t n = source_file_size(span->source, span->file);
  if (n == 0 || n > WHOLE_BUDGET || span->offset > WHOLE_BUDGET ||
      span->size > SIZE_MAX / 4)
    return false;
  const size_t all = (size_t)span->offset + span->size;
  const size_t need = (size_t)n + (span->room >= all ? 0 : all);
  const bool fits =
      need <= WHOLE_BUDGET && atomic_fetch_add(&whole_bytes, need) + need <= WHOLE_BUDGET;
  const bool done = fits && read_whole(span, out);
  if (need <= WHOLE_BUDGET)
    atomic_fetch_sub(&whole_bytes, need);
  return done;
}

int gzip_read(const struct gzip_span *span, void *out, struct err *err)
{
  if (cancel_check(err))
    return -1;
  if (try_whole(span, out))
    return 0;
  return read_in_steps(span->source, span->file, span->offset, out, (int64_t)span->size,
                       err);
}
