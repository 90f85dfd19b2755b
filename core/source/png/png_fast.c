/* Decodes the usual PNG with libdeflate: not interlaced, image data in one series of IDAT
 * chunks, no critical chunk beside them but a palette.  The file is read at once,
 * inflated at once, and each row's filter is undone straight into the block.
 *
 * It stands beside libpng because a page of 1024^2 grey pixels takes 2.2 ms to inflate
 * here and 4.8 ms in zlib, and inflating is nearly all the work.
 *
 * Every checksum is verified, but no error is explained: a file with anything unusual or
 * wrong in it is left to png_lib_decode(), so that libpng alone decides whether a file is
 * good, and why not.  So this file need not know what libpng forgives (a length, an
 * order). */
#include <libdeflate.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/base/scratch.h"
#include "core/source/png/png_decode.h"

enum {
  FAST_MAX = 32 << 20, /* bytes of the file and of its filtered rows, for a decode */
  CHUNK_AROUND = 12,   /* length, name and checksum */
  CANCEL_ROWS = 256,
};

struct fast {
  const struct png_header *header;
  const struct source_array *array;
  size_t row;               /* bytes of a row, without its filter byte */
  size_t raw;               /* bytes of all rows, with their filter bytes */
  unsigned char *up, *rows; /* zeros above the first row; filtered rows */
  unsigned char *file;
  size_t size;
  unsigned char *stream; /* in file: zlib's, gathered; NULL before the first IDAT */
  size_t stream_size;
  const unsigned char *palette; /* in file; red, green, blue */
  int colours;
};

static void cleanup_decompressor(struct libdeflate_decompressor **d)
{
  libdeflate_free_decompressor(*d);
}

/* --- chunks ------------------------------------------------------------------------ */

static bool is(const unsigned char *kind, const char *name)
{
  return !memcmp(kind, name, 4);
}

static bool is_name(const unsigned char *kind)
{
  for (int i = 0; i < 4; i++)
    if ((kind[i] | 0x20) < 'a' || (kind[i] | 0x20) > 'z')
      return false;
  return true;
}

static bool take_palette(struct fast *fast, const unsigned char *data, size_t n)
{
  if (fast->header->colour != PNG_COLOR_TYPE_PALETTE || fast->colours || fast->stream ||
      n == 0 || n % 3 || n > (size_t)3 << fast->header->bits)
    return false;
  fast->palette = data;
  fast->colours = (int)(n / 3);
  return true;
}

/* Moves image data down behind what was gathered before, over chunks that are no longer
 * needed. */
static void take_stream(struct fast *fast, unsigned char *data, size_t n)
{
  if (!fast->stream)
    fast->stream = data;
  memmove(fast->stream + fast->stream_size, data, n);
  fast->stream_size += n;
}

/* Takes one chunk, whose checksum is right.  passed: whether the image data has ended. */
static bool take_chunk(struct fast *fast, const unsigned char *kind, unsigned char *data,
                       size_t n, bool *passed)
{
  if (is(kind, "IDAT")) {
    take_stream(fast, data, n); /* may overwrite kind */
    return !*passed;
  }
  *passed = fast->stream;
  if (is(kind, "PLTE"))
    return take_palette(fast, data, n);
  return (kind[0] & 0x20) && !is(kind, "tRNS");
}

/* Takes all chunks after IHDR, up to IEND. */
static bool take_chunks(struct fast *fast)
{
  bool passed = false;
  for (size_t at = PNG_IHDR_END; fast->size - at >= CHUNK_AROUND;) {
    unsigned char *kind = fast->file + at + 4, *data = kind + 4;
    const size_t n = png_get_uint_32(fast->file + at);
    if (n > fast->size - at - CHUNK_AROUND || !is_name(kind) ||
        libdeflate_crc32(0, kind, n + 4) != png_get_uint_32(data + n))
      return false;
    if (is(kind, "IEND"))
      return n == 0 && fast->stream;
    if (!take_chunk(fast, kind, data, n, &passed))
      return false;
    at += CHUNK_AROUND + n;
  }
  return false;
}

/* A stated window smaller than the data may be wrong; zlib refuses that and libdeflate
 * does not, so such a file is left to libpng. */
static bool inflate_rows(const struct fast *fast)
{
  size_t used;
  struct libdeflate_decompressor *d __attribute__((cleanup(cleanup_decompressor))) =
      libdeflate_alloc_decompressor();
  if (!d || fast->stream_size < 2)
    return false;
  const int window = fast->stream[0] >> 4;
  if (window > 7 || (window < 7 && (size_t)256 << window < fast->raw))
    return false;
  return libdeflate_zlib_decompress_ex(d, fast->stream, fast->stream_size, fast->rows,
                                       fast->raw, &used, NULL) == LIBDEFLATE_SUCCESS &&
         used == fast->stream_size;
}

/* --- rows -------------------------------------------------------------------------- */

/* Gives samples of less than a byte one byte each. */
static void spread_bits(unsigned char *out, const unsigned char *line, int64_t n,
                        int bits, int scale)
{
  const int mask = (1 << bits) - 1;
  for (int64_t i = 0; i < n; i++) {
    const int shift = 8 - bits - (int)(i * bits % 8);
    out[i] = (unsigned char)((line[i * bits / 8] >> shift & mask) * scale);
  }
}

static void swap_samples(unsigned char *out, const unsigned char *line, size_t n)
{
  for (size_t i = 0; i < n; i += 2) {
    uint16_t sample;
    memcpy(&sample, line + i, sizeof sample);
    sample = __builtin_bswap16(sample);
    memcpy(out + i, &sample, sizeof sample);
  }
}

/* Replaces indices by their colours, from the last to the first, because the indices lie
 * at the row's beginning. */
static void look_up(unsigned char *out, const unsigned char *palette, int64_t n)
{
  for (int64_t i = n - 1; i >= 0; i--)
    memcpy(out + 3 * i, palette + (size_t)3 * out[i], 3);
}

/* A row with an index that has no colour is left to libpng. */
static bool finish_palette(const struct fast *fast, unsigned char *out)
{
  const int64_t n = fast->header->width;
  for (int64_t i = 0; i < n; i++)
    if (out[i] >= fast->colours)
      return false;
  if (fast->array->alternate)
    look_up(out, fast->palette, n);
  return true;
}

/* Converts a row of the file (without its filter byte) to a row of the block; both are
 * the same memory when samples are whole bytes. */
static bool finish_row(const struct fast *fast, unsigned char *out,
                       const unsigned char *line)
{
  const struct png_header *header = fast->header;
  const bool palette = header->colour == PNG_COLOR_TYPE_PALETTE;
  if (header->bits == 16)
    swap_samples(out, line, fast->row);
  else if (header->bits < 8)
    spread_bits(out, line, header->width, header->bits,
                palette || header->bits == 1 ? 1 : 255 / ((1 << header->bits) - 1));
  return !palette || finish_palette(fast, out);
}

static bool decode_rows(const struct fast *fast, unsigned char *out, size_t out_row)
{
  const int bits = fast->header->bits * fast->header->samples;
  const unsigned char *up = fast->up;
  unsigned char *in = fast->rows;
  for (int64_t y = 0; y < fast->header->height; y++) {
    unsigned char *line =
        fast->header->bits == 8 && !fast->array->alternate ? out : in + 1;
    if ((y % CANCEL_ROWS == 0 && cancel_requested()) ||
        !png_unfilter(in[0], line, in + 1, up, fast->row, bits < 8 ? 1 : bits / 8))
      return false;
    up = line;
    if (line != out && fast->header->bits == 8)
      memcpy(out, line, fast->row);
    if (!finish_row(fast, out, line))
      return false;
    in += fast->row + 1;
    out += out_row;
  }
  return true;
}

/* --- the whole image --------------------------------------------------------------- */

/* Computes the sizes; returns whether the block is of this image and all fits. */
static bool measure(struct fast *fast, int64_t size)
{
  const struct png_header *header = fast->header;
  const struct source_array *array = fast->array;
  const int samples = array->alternate ? 3 : header->samples;
  const int64_t row = (header->width * header->bits * header->samples + 7) / 8;
  int64_t raw;
  if (header->interlace || array->shape[0] != header->height ||
      array->shape[1] != header->width ||
      (array->nd > 2 ? array->shape[2] : 1) != samples ||
      dtype_size(array->stored) != (header->bits == 16 ? 2 : 1) ||
      !checked_mul(row + 1, header->height, &raw) || raw > FAST_MAX ||
      size > FAST_MAX - raw)
    return false;
  fast->row = (size_t)row;
  fast->raw = (size_t)raw;
  fast->size = (size_t)size;
  return true;
}

bool png_fast_decode(struct source *source, const struct source_array *array,
                     const struct png_header *header, void *out)
{
  struct err unsaid = ERR_INIT;
  struct fast fast = {.header = header, .array = array};
  if (!measure(&fast, source_file_size(source, 0)))
    return false;
  unsigned char *scratch CLEANUP_SCRATCH = scratch_get(fast.row + fast.raw + fast.size);
  if (!scratch)
    return false;
  fast.up = memset(scratch, 0, fast.row);
  fast.rows = fast.up + fast.row;
  fast.file = fast.rows + fast.raw;
  const size_t out_row =
      (size_t)(nd_count(array->nd - 1, array->shape + 1) * dtype_size(array->stored));
  return !source_pread(source, 0, fast.file, fast.size, 0, &unsaid) &&
         fast.size >= PNG_IHDR_END && take_chunks(&fast) && inflate_rows(&fast) &&
         decode_rows(&fast, out, out_row);
}
