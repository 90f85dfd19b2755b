/* Decodes any PNG through libpng, row by row: the files that png_fast.c leaves over, and
 * all that may be wrong.  The file is read in pieces, and no memory of the image's size
 * is allocated. */
#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/source/png/png_decode.h"

enum {
  PNG_MAX_CHUNK = 64 << 20,   /* bytes of a chunk that libpng would hold in memory */
  PNG_READ_BYTES = 64 * 1024, /* read from the file at once */
};

/* Everything that must survive libpng's longjmp lives here, not in locals. */
struct png_job {
  struct source *source;
  const struct source_array *array;
  struct err *err;
  png_structp png;
  png_infop info;
  unsigned char *out;
  bool decoding;  /* true from the first row on: a warning is then an error */
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

/* Gives samples of less than a byte one byte each; grey ones are scaled to 0..255 as
 * Pillow does, except 1-bit grey, which stays 0 and 1. */
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

int png_lib_decode(struct source *source, const struct source_array *array, void *out,
                   struct err *err)
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
  int rc = -1;
  if (job->info)
    rc = png_job_decode(job, row_bytes);
  else
    err_set(err, ENOMEM, "%s: png: out of memory", source_file_path(source, 0));
  png_destroy_read_struct(&job->png, &job->info, NULL);
  free(job);
  return rc;
}
