/* Deflate and PackBits.
 *
 * libtiff 4.5 inflates with libdeflate, and takes a buffer that is too small for success,
 * although libdeflate has then left a part of the buffer unwritten; so deflate is decoded
 * here.  libdeflate inflates a piece that holds just what it should; anything else is
 * left to zlib, which writes what fits and goes on to the end of the stream, where the
 * checksum of all of it stands. */
#include <errno.h>
#include <libdeflate.h>
#include <string.h>
#include <zlib.h>

#include "core/base/cancel.h"
#include "core/base/scratch.h"
#include "core/source/tiff/tiff_stored.h"

enum {
  PART = 64 * 1024,        /* bytes that are read, or thrown away, at once */
  WHOLE = 32 << 20,        /* stored bytes that are read at once */
  SURPLUS_MAX = 256 << 20, /* bytes that a piece may hold beyond its last row */
};

int tiff_stored_read(struct tiff_stored *stored, int64_t at, void *buf, size_t n,
                     struct err *err)
{
  unsigned char *bytes = buf;
  if (source_pread(stored->source, 0, buf, n, stored->offset + at, err)) {
    stored->failed = true;
    return -1;
  }
  for (size_t i = 0; stored->reversed && i < n; i++) {
    unsigned b = bytes[i];
    b = (b & 0x55) << 1 | (b >> 1 & 0x55);
    b = (b & 0x33) << 2 | (b >> 2 & 0x33);
    bytes[i] = (unsigned char)(b << 4 | b >> 4);
  }
  return 0;
}

/* Gives the next bytes of a piece in *n, at most PART; 0 at its end. */
static int read_part(struct tiff_stored *stored, int64_t *at, unsigned char *part,
                     size_t *n, struct err *err)
{
  const int64_t left = stored->size - *at;
  *n = left < PART ? (size_t)left : PART;
  if (cancel_check(err) || (*n && tiff_stored_read(stored, *at, part, *n, err)))
    return -1;
  *at += (int64_t)*n;
  return 0;
}

/* --- deflate ----------------------------------------------------------------------- */

static void cleanup_decompressor(struct libdeflate_decompressor **d)
{
  libdeflate_free_decompressor(*d);
}

/* Returns whether the stored bytes begin with a stream that is good and fits. */
static bool inflate_at_once(const void *in, size_t size, void *out, size_t most,
                            size_t *got)
{
  struct libdeflate_decompressor *d __attribute__((cleanup(cleanup_decompressor))) =
      libdeflate_alloc_decompressor();
  size_t used;
  return d && libdeflate_zlib_decompress_ex(d, in, size, out, most, &used, got) ==
                  LIBDEFLATE_SUCCESS;
}

static void cleanup_inflate(z_stream *z)
{
  inflateEnd(z);
}

/* Inflates on: into out while there is room, then to nowhere.  part and nowhere: PART
 * bytes each. */
static int inflate_parts(struct tiff_stored *stored, z_stream *z, unsigned char *part,
                         unsigned char *nowhere, unsigned char *out, size_t most,
                         size_t *got, struct err *err)
{
  int64_t at = 0;
  size_t n = 0, surplus = 0;
  int rc = Z_OK;
  *got = 0;
  while (rc != Z_STREAM_END) {
    if (!z->avail_in) {
      if (read_part(stored, &at, part, &n, err))
        return -1;
      if (!n)
        return err_set(err, EIO, "its deflate stream has no end in %lld bytes",
                       (long long)stored->size);
      z->next_in = part;
      z->avail_in = (uInt)n;
    }
    const bool over = *got == most;
    const size_t room = over || most - *got > PART ? PART : most - *got;
    z->next_out = over ? nowhere : out + *got;
    z->avail_out = (uInt)room;
    rc = inflate(z, Z_NO_FLUSH);
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
      return err_set(err, rc == Z_MEM_ERROR ? ENOMEM : EIO, "its deflate stream: %s",
                     z->msg              ? z->msg
                     : rc == Z_MEM_ERROR ? "out of memory"
                                         : "damaged");
    *(over ? &surplus : got) += room - z->avail_out;
    if (surplus > SURPLUS_MAX)
      return err_set(err, EIO, "inflates to more than %d bytes beyond its last row",
                     SURPLUS_MAX);
  }
  return 0;
}

int tiff_inflate(struct tiff_stored *stored, void *out, size_t most, size_t *got,
                 struct err *err)
{
  if (stored->size <= WHOLE) {
    CLEANUP_SCRATCH void *whole = scratch_get((size_t)stored->size);
    if (!whole)
      return err_set(err, ENOMEM, "out of memory");
    if (tiff_stored_read(stored, 0, whole, (size_t)stored->size, err))
      return -1;
    if (inflate_at_once(whole, (size_t)stored->size, out, most, got))
      return 0;
  }
  CLEANUP_SCRATCH unsigned char *parts = scratch_get((size_t)2 * PART);
  __attribute__((cleanup(cleanup_inflate))) z_stream z = {0};
  if (!parts || inflateInit(&z) != Z_OK)
    return err_set(err, ENOMEM, "out of memory");
  return inflate_parts(stored, &z, parts, parts + PART, out, most, got, err);
}

/* --- PackBits ---------------------------------------------------------------------- */

int tiff_packbits(struct tiff_stored *stored, void *out, size_t most, size_t *got,
                  struct err *err)
{
  CLEANUP_SCRATCH unsigned char *part = scratch_get(PART);
  unsigned char *to = out;
  int64_t at = 0;
  size_t n = 0, used = 0;
  unsigned literal = 0, repeat = 0; /* bytes that are still to be copied, to be written */
  if (!part)
    return err_set(err, ENOMEM, "out of memory");
  for (*got = 0; *got < most;) {
    if (used == n) {
      if (read_part(stored, &at, part, &n, err))
        return -1;
      if (!n)
        return literal || repeat
                   ? err_set(err, EIO, "its PackBits data ends within a run")
                   : 0;
      used = 0;
    }
    const size_t room = most - *got;
    if (literal) {
      size_t some = n - used < literal ? n - used : literal;
      if (some > room)
        some = room;
      memcpy(to + *got, part + used, some);
      used += some;
      *got += some;
      literal -= (unsigned)some;
    } else if (repeat) {
      const size_t some = repeat < room ? repeat : room;
      memset(to + *got, part[used++], some);
      *got += some;
      repeat = 0;
    } else {
      const unsigned code = part[used++];
      literal = code < 128 ? code + 1 : 0;
      repeat = code > 128 ? 257 - code : 0;
    }
  }
  return 0;
}
