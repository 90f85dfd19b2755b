/* PNG: one image, one array (row, column[, channel]), as numpy.asarray(PIL.Image.open(f))
 * shows it, but for samples of 16 bits, which Pillow narrows and which are kept here.
 *
 * Opening reads chunk headers only.  A PNG has no index: any row needs all rows before
 * it, so the image is one block, decoded straight into place.  Whatever is wrong with the
 * file (a checksum, the end of the data, a chunk) is an error, even where a lenient
 * viewer would show something; ancillary chunks are checked for their CRC and not looked
 * into, so that an odd colour profile does not make good samples unreadable.
 *
 * An image with a palette is the array of its indices; its colours are an array "rgb". */
#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/source/source_format.h"

enum {
  PNG_SIGNATURE = 8,
  PNG_IHDR_END = PNG_SIGNATURE + 8 + 13 + 4,
  PNG_MAX_CHUNKS = 10000,   /* before the first IDAT */
  PNG_MAX_RATIO = 1040,     /* deflate cannot expand more (1032), with room for headers */
  PNG_MAX_CHUNK = 64 << 20, /* bytes of a chunk that libpng would hold in memory */
  PNG_READ_BYTES = 64 * 1024, /* read from the file at once */
};

static const unsigned char png_signature[PNG_SIGNATURE] = {0x89, 'P',  'N',  'G',
                                                           '\r', '\n', 0x1a, '\n'};

struct png_header {
  int64_t width, height; /* pixels */
  int bits, colour, interlace;
};

static bool png_probe(const struct source_head *head, const char *path)
{
  return head->n >= PNG_SIGNATURE && !memcmp(head->bytes, png_signature, PNG_SIGNATURE);
}

static uint32_t png_be32(const unsigned char *bytes)
{
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
         bytes[3];
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

static int png_read_header(struct source *source, struct png_header *header,
                           struct err *err)
{
  const char *path = source_file_path(source, 0);
  unsigned char head[PNG_IHDR_END];
  if (source_pread(source, 0, head, sizeof head, 0, err) < 0)
    return -1;
  const unsigned char *ihdr = head + PNG_SIGNATURE + 8;
  if (memcmp(head, png_signature, PNG_SIGNATURE) ||
      png_be32(head + PNG_SIGNATURE) != 13 || memcmp(head + PNG_SIGNATURE + 4, "IHDR", 4))
    return err_set(err, EIO, "%s: png does not begin with an IHDR chunk of 13 bytes",
                   path);
  uint32_t crc = (uint32_t)crc32(0, ihdr - 4, 17);
  if (crc != png_be32(ihdr + 13))
    return err_set(err, EIO, "%s: png IHDR: checksum %08x, expected %08x", path,
                   png_be32(ihdr + 13), crc);

  *header = (struct png_header){.width = png_be32(ihdr),
                                .height = png_be32(ihdr + 4),
                                .bits = ihdr[8],
                                .colour = ihdr[9],
                                .interlace = ihdr[12]};
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

/* Walks the chunk headers up to the image data: it must be there, and a palette before it
 * where the colour type needs one. */
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
    at += 12 + (int64_t)png_be32(chunk);
  }
  return err_set(err, EIO, "%s: png with more than %d chunks before its image data", path,
                 PNG_MAX_CHUNKS);
}

/* Can the file hold so many pixels at all? */
static int png_check_size(struct source *source, const struct png_header *header,
                          struct err *err)
{
  const char *path = source_file_path(source, 0);
  int64_t row_bits, row_bytes, raw, most;
  if (!checked_mul(header->width, header->bits * png_samples(header->colour),
                   &row_bits) ||
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

/* The array of colours beside the one of indices. */
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
    return 0; /* so large that only its indices can be shown */
  return source_add_array(source, &array, err);
}

static int png_open(struct source *source, struct err *err)
{
  struct png_header header = {0};
  if (png_read_header(source, &header, err) < 0 ||
      png_check_size(source, &header, err) < 0 ||
      png_check_chunks(source, &header, err) < 0)
    return -1;
  int samples = png_samples(header.colour);
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

/* --- decoding
 * ---------------------------------------------------------------------------- */

/* Everything that must survive libpng's longjmp lives here, not in locals. */
struct png_job {
  struct source *source;
  const struct source_array *array;
  struct err *err;
  png_structp png;
  png_infop info;
  unsigned char *out;
  bool decoding;  /* from the first row on a warning is an error */
  int64_t at;     /* file position after what buffer holds, bytes */
  size_t used, n; /* of buffer */
  unsigned char buffer[PNG_READ_BYTES];
};

static _Noreturn void png_job_error(png_structp png, png_const_charp message)
{
  struct png_job *job = png_get_error_ptr(png);
  err_set(job->err, EIO, "%s: png: %s", source_file_path(job->source, 0), message);
  png_longjmp(png, 1);
}

static void png_job_warning(png_structp png, png_const_charp message)
{
  const struct png_job *job = png_get_error_ptr(png);
  if (job->decoding)
    png_job_error(png, message);
}

static int png_job_fill(struct png_job *job)
{
  int64_t left = source_file_size(job->source, 0) - job->at;
  size_t n = left < PNG_READ_BYTES ? (size_t)(left > 0 ? left : 0) : PNG_READ_BYTES;
  if (!n)
    return err_set(job->err, EIO,
                   "%s: png is truncated: ends at byte %lld before its IEND",
                   source_file_path(job->source, 0), (long long)job->at);
  if (source_pread(job->source, 0, job->buffer, n, job->at, job->err) < 0)
    return -1;
  job->at += (int64_t)n;
  job->used = 0;
  job->n = n;
  return 0;
}

static void png_job_read(png_structp png, png_bytep out, size_t size)
{
  struct png_job *job = png_get_io_ptr(png);
  while (size) {
    if (job->used == job->n && png_job_fill(job) < 0)
      png_error(png, "read failed");
    size_t n = job->n - job->used < size ? job->n - job->used : size;
    memcpy(out, job->buffer + job->used, n);
    job->used += n;
    out += n;
    size -= n;
  }
}

static void png_job_configure(struct png_job *job)
{
  png_structp png = job->png;
  png_set_read_fn(png, job, png_job_read);
  png_set_benign_errors(png, 0);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_user_limits(png, (png_uint_32)job->array->shape[1],
                      (png_uint_32)job->array->shape[0]);
  png_set_chunk_malloc_max(png, PNG_MAX_CHUNK);
}

/* Samples of less than a byte get one each; grey ones are scaled to 0..255 as Pillow
 * does, but for 1-bit grey, which is 0 and 1. */
static void png_job_unpack(struct png_job *job)
{
  int bits = png_get_bit_depth(job->png, job->info);
  bool grey = png_get_color_type(job->png, job->info) == PNG_COLOR_TYPE_GRAY;
  if (job->array->alternate) {
    png_set_palette_to_rgb(job->png);
    png_set_strip_alpha(job->png);
    return;
  }
  if (bits == 16)
    png_set_swap(job->png);
  else if (bits < 8 && grey && bits > 1)
    png_set_expand_gray_1_2_4_to_8(job->png);
  else if (bits < 8)
    png_set_packing(job->png);
}

static void png_job_rows(struct png_job *job, size_t row_bytes)
{
  int passes = png_set_interlace_handling(job->png);
  png_read_update_info(job->png, job->info);
  if (png_get_rowbytes(job->png, job->info) != row_bytes)
    png_error(job->png, "the image changed since it was opened");
  job->decoding = true;
  for (int pass = 0; pass < passes; pass++)
    for (int64_t row = 0; row < job->array->shape[0]; row++) {
      if (cancel_check(job->err) < 0)
        png_longjmp(job->png, 1);
      png_read_row(job->png, job->out + (size_t)row * row_bytes, NULL);
    }
  png_read_end(job->png, NULL);
}

static int png_job_decode(struct png_job *job, size_t row_bytes)
{
  if (setjmp(png_jmpbuf(job->png)))
    return -1;
  png_job_configure(job);
  png_read_info(job->png, job->info);
  if (png_get_image_width(job->png, job->info) != job->array->shape[1] ||
      png_get_image_height(job->png, job->info) != job->array->shape[0])
    png_error(job->png, "the image changed since it was opened");
  png_job_unpack(job);
  png_job_rows(job, row_bytes);
  return 0;
}

static int png_read_block(struct source *source, const struct source_array *array,
                          const int64_t *bidx, void *out, struct err *err)
{
  struct png_job *job = calloc(1, sizeof *job);
  if (!job)
    return err_set(err, ENOMEM, "%s: png: out of memory", source_file_path(source, 0));
  job->source = source;
  job->array = array;
  job->err = err;
  job->out = out;
  job->png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, job, png_job_error, png_job_warning);
  job->info = job->png ? png_create_info_struct(job->png) : NULL;

  size_t row_bytes =
      (size_t)(nd_count(array->nd - 1, array->shape + 1) * dtype_size(array->stored));
  int result = -1;
  if (job->info)
    result = png_job_decode(job, row_bytes);
  else
    err_set(err, ENOMEM, "%s: png: out of memory", source_file_path(source, 0));
  png_destroy_read_struct(&job->png, &job->info, NULL);
  free(job);
  return result;
}

static const char *const png_suffixes[] = {".png", NULL};

const struct source_format source_format_png = {
    .name = "png",
    .suffixes = png_suffixes,
    .probe = png_probe,
    .open = png_open,
    .read_block = png_read_block,
};
