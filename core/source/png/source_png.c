/* PNG: one image is one array (row, column[, channel]), as
 * numpy.asarray(PIL.Image.open(f)) shows it, except that samples of 16 bits, which Pillow
 * narrows, are kept.
 *
 * Opening reads chunk headers only.  A PNG has no index, and any row needs all rows
 * before it, so the image is one block, decoded straight into place.  Any fault of the
 * file (a checksum, the end of the data, a chunk) is an error, even where a lenient
 * viewer would show something.  Of ancillary chunks only the CRC is checked, so that an
 * odd colour profile does not make good samples unreadable.
 *
 * An image with a palette is the array of its indices; its colours are an array "rgb". */
#include <errno.h>
#include <png.h>
#include <string.h>
#include <zlib.h>

#include "core/base/checked.h"
#include "core/source/png/png_decode.h"

enum {
  PNG_MAX_CHUNKS = 10000, /* before the first IDAT */
  PNG_MAX_RATIO = 1040,   /* deflate cannot expand more (1032), with room for headers */
};

static const unsigned char png_signature[PNG_SIGNATURE] = {0x89, 'P',  'N',  'G',
                                                           '\r', '\n', 0x1a, '\n'};

static bool png_probe(const struct source_head *head, const char *path)
{
  return head->n >= PNG_SIGNATURE && !memcmp(head->bytes, png_signature, PNG_SIGNATURE);
}

static int png_samples(int colour)
{
  switch (colour) {
  case PNG_COLOR_TYPE_RGB:
    return 3;
  case PNG_COLOR_TYPE_RGB_ALPHA:
    return 4;
  case PNG_COLOR_TYPE_GRAY_ALPHA:
    return 2;
  default:
    return 1;
  }
}

static bool png_bits_allowed(int colour, int bits)
{
  switch (colour) {
  case PNG_COLOR_TYPE_GRAY:
    return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
  case PNG_COLOR_TYPE_PALETTE:
    return bits == 1 || bits == 2 || bits == 4 || bits == 8;
  case PNG_COLOR_TYPE_RGB:
  case PNG_COLOR_TYPE_RGB_ALPHA:
  case PNG_COLOR_TYPE_GRAY_ALPHA:
    return bits == 8 || bits == 16;
  default:
    return false;
  }
}

int png_read_header(struct source *source, struct png_header *header, struct err *err)
{
  const char *path = source_file_path(source, 0);
  unsigned char head[PNG_IHDR_END];
  if (source_pread(source, 0, head, sizeof head, 0, err) < 0)
    return -1;
  const unsigned char *ihdr = head + PNG_SIGNATURE + 8;
  if (memcmp(head, png_signature, PNG_SIGNATURE) ||
      png_get_uint_32(head + PNG_SIGNATURE) != 13 ||
      memcmp(head + PNG_SIGNATURE + 4, "IHDR", 4))
    return err_set(err, EIO, "%s: png does not begin with an IHDR chunk of 13 bytes",
                   path);
  uint32_t crc = (uint32_t)crc32(0, ihdr - 4, 17);
  if (crc != png_get_uint_32(ihdr + 13))
    return err_set(err, EIO, "%s: png IHDR: checksum %08x, expected %08x", path,
                   png_get_uint_32(ihdr + 13), crc);

  *header = (struct png_header){.width = png_get_uint_32(ihdr),
                                .height = png_get_uint_32(ihdr + 4),
                                .bits = ihdr[8],
                                .colour = ihdr[9],
                                .interlace = ihdr[12],
                                .samples = png_samples(ihdr[9])};
  if (header->width < 1 || header->height < 1 || header->width > INT32_MAX ||
      header->height > INT32_MAX)
    return err_set(err, EIO, "%s: png of %lld x %lld pixels", path,
                   (long long)header->width, (long long)header->height);
  if (!png_bits_allowed(header->colour, header->bits) || ihdr[10] || ihdr[11] ||
      header->interlace > 1)
    return err_set(
        err, EIO,
        "%s: png with bit depth %d, colour type %d, compression %d, filter %d, "
        "interlace %d, which png does not have",
        path, header->bits, header->colour, ihdr[10], ihdr[11], header->interlace);
  return 0;
}

/* Walks the chunk headers up to the image data, which must be there, and must follow a
 * palette where the colour type needs one. */
static int png_check_chunks(struct source *source, const struct png_header *header,
                            struct err *err)
{
  const char *path = source_file_path(source, 0);
  bool palette = false;
  int64_t at = PNG_IHDR_END;
  for (int i = 0; i < PNG_MAX_CHUNKS; i++) {
    unsigned char chunk[8];
    if (source_pread(source, 0, chunk, sizeof chunk, at, err) < 0)
      return -1;
    if (!memcmp(chunk + 4, "IDAT", 4)) {
      if (header->colour == PNG_COLOR_TYPE_PALETTE && !palette)
        return err_set(err, EIO, "%s: png with palette indices and no PLTE chunk", path);
      return 0;
    }
    if (!memcmp(chunk + 4, "IEND", 4))
      return err_set(err, EIO, "%s: png without image data (no IDAT chunk)", path);
    palette |= !memcmp(chunk + 4, "PLTE", 4);
    at += 12 + (int64_t)png_get_uint_32(chunk);
  }
  return err_set(err, EIO, "%s: png with more than %d chunks before its image data", path,
                 PNG_MAX_CHUNKS);
}

/* Refuses an image with more pixels than the file can hold. */
static int png_check_size(struct source *source, const struct png_header *header,
                          struct err *err)
{
  const char *path = source_file_path(source, 0);
  int64_t row_bits, row_bytes, raw, most;
  if (!checked_mul(header->width, header->bits * header->samples, &row_bits) ||
      !checked_add(row_bits, 7, &row_bytes) ||
      !checked_mul(row_bytes / 8 + 1, header->height, &raw))
    return err_set(err, EIO, "%s: png of %lld x %lld pixels is too large", path,
                   (long long)header->width, (long long)header->height);
  int64_t size = source_file_size(source, 0);
  if (!checked_mul(size, PNG_MAX_RATIO, &most) || most >= raw)
    return 0;
  return err_set(
      err, EIO,
      "%s: png of %lld x %lld pixels needs %lld bytes of image data; a file of "
      "%lld bytes can hold %lld at most",
      path, (long long)header->width, (long long)header->height, (long long)raw,
      (long long)size, (long long)most);
}

/* Adds the array of colours beside the array of indices. */
static int png_add_colours(struct source *source, const struct source_array *indices,
                           struct err *err)
{
  struct source_array array = *indices;
  int64_t bytes;
  array.name = "rgb";
  array.alternate = true;
  array.nd = 3;
  array.shape[2] = array.block[2] = 3;
  array.channel_axis = 2;
  if (!checked_array_bytes(array.nd, array.shape, 1, &bytes))
    return 0; /* the colours would be too large: only the indices are shown */
  return source_add_array(source, &array, err);
}

static int png_open(struct source *source, struct err *err)
{
  struct png_header header = {0};
  if (png_read_header(source, &header, err) < 0 ||
      png_check_size(source, &header, err) < 0 ||
      png_check_chunks(source, &header, err) < 0)
    return -1;
  const int samples = header.samples;
  struct source_array array = {.nd = samples > 1 ? 3 : 2,
                               .shape = {header.height, header.width, samples},
                               .spatial = 2,
                               .channel_axis = samples > 1 ? 2 : -1,
                               .image = true,
                               .slope = 1};
  array.dtype = header.bits == 16 ? DT_U16 : DT_U8;
  if (header.bits == 1 && header.colour == PNG_COLOR_TYPE_GRAY)
    array.dtype = DT_BOOL;
  array.stored = array.dtype;
  memcpy(array.block, array.shape, sizeof array.block);
  int64_t bytes;
  if (!checked_array_bytes(array.nd, array.shape, dtype_size(array.dtype), &bytes))
    return err_set(err, EIO, "%s: png of %lld x %lld pixels is too large",
                   source_file_path(source, 0), (long long)header.width,
                   (long long)header.height);
  geometry_identity(&array.geo);
  if (source_add_array(source, &array, err) < 0)
    return -1;
  return header.colour == PNG_COLOR_TYPE_PALETTE ? png_add_colours(source, &array, err)
                                                 : 0;
}

static int png_read_block(struct source *source, const struct source_array *array,
                          const int64_t *bidx, void *out, struct err *err)
{
  struct png_header header = {0};
  if (png_read_header(source, &header, err) < 0)
    return -1;
  return png_fast_decode(source, array, &header, out)
             ? 0
             : png_lib_decode(source, array, out, err);
}

static const char *const png_suffixes[] = {".png", NULL};

const struct source_format source_format_png = {
    .name = "png",
    .suffixes = png_suffixes,
    .probe = png_probe,
    .open = png_open,
    .read_block = png_read_block,
};
