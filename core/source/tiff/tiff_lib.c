/* Decoding through libtiff, which reads the file only by source_pread(): the compressions
 * that tiff_inflate.c does not know.
 *
 * libtiff is lenient where it can be: it warns and goes on.  That is accepted while the
 * header is read (unknown tags, missing ones); it is an error while samples are decoded.
 * The facts that libtiff takes from the directory must agree with those that this
 * program read there, so that buffers and sizes agree. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "core/base/cancel.h"
#include "core/base/scratch.h"
#include "core/source/tiff/tiff_page.h"
#include "core/source/tiff/tiff_stored.h"

enum { TIFF_MAX_ALLOC = 128 << 20 }; /* bytes that libtiff may allocate at once */

struct tiff_job {
  struct tiff_stored *stored;
  const struct tiff_kind *kind;
  const struct tiff_piece *piece;
  struct err err; /* the first thing that went wrong, in reading or in decoding */
  TIFF *tif;
  int64_t at;     /* file position */
  bool decoding;  /* warnings are errors now; before, libtiff's complaints are only
                   * noted */
  char note[200]; /* libtiff's last complaint */
};

static int tiff_job_fail(struct tiff_job *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int tiff_job_fail(struct tiff_job *job, const char *format, ...)
{
  char why[300];
  va_list args;
  va_start(args, format);
  vsnprintf(why, sizeof why, format, args);
  va_end(args);
  return err_set(&job->err, EIO, "%s", why);
}

/* --- what libtiff calls ------------------------------------------------------------ */

static int tiff_on_error(TIFF *tif, void *user, const char *module, const char *format,
                         va_list args)
{
  struct tiff_job *job = user;
  vsnprintf(job->note, sizeof job->note, format, args);
  if (job->decoding)
    tiff_job_fail(job, "%s", job->note);
  return 1;
}

/* A warning is harmless while the directory is read, except one about byte counts that
 * contradict the image: libtiff replaces them by the counts it expects.  While samples
 * are decoded, the one about a last JPEG strip that holds all its rows is harmless: the
 * rows that are wanted come first. */
static int tiff_on_warning(TIFF *tif, void *user, const char *module, const char *format,
                           va_list args)
{
  struct tiff_job *job = user;
  if (job->decoding &&
      !strncmp(format, "JPEG strip size exceeds expected dimensions", 43))
    return 1;
  tiff_on_error(tif, user, module, format, args);
  if (strstr(job->note, "Bogus \"StripByteCounts\"") ||
      strstr(job->note, "Wrong \"StripByteCounts\""))
    tiff_job_fail(job, "%s", job->note);
  return 1;
}

static tmsize_t tiff_on_read(thandle_t handle, void *buf, tmsize_t size)
{
  struct tiff_job *job = handle;
  int64_t left = source_file_size(job->stored->source, 0) - job->at;
  if (cancel_check(&job->err) < 0 || left <= 0 || size <= 0)
    return 0;
  size_t n = size < left ? (size_t)size : (size_t)left;
  if (!job->err.errnum &&
      source_pread(job->stored->source, 0, buf, n, job->at, &job->err) < 0)
    job->stored->failed = true;
  if (job->err.errnum)
    return 0;
  job->at += (int64_t)n;
  return (tmsize_t)n;
}

static tmsize_t tiff_on_write(thandle_t handle, void *buf, tmsize_t size)
{
  return 0;
}

static toff_t tiff_on_seek(thandle_t handle, toff_t offset, int whence)
{
  struct tiff_job *job = handle;
  int64_t base = whence == SEEK_CUR   ? job->at
                 : whence == SEEK_END ? source_file_size(job->stored->source, 0)
                                      : 0;
  int64_t at;
  if (__builtin_add_overflow(base, offset, &at) || at < 0)
    return (toff_t)-1;
  job->at = at;
  return (toff_t)at;
}

static int tiff_on_close(thandle_t handle)
{
  return 0;
}

static toff_t tiff_on_size(thandle_t handle)
{
  const struct tiff_job *job = handle;
  return (toff_t)source_file_size(job->stored->source, 0);
}

/* --- one piece --------------------------------------------------------------------- */

/* 'h' reads no first directory, 'm' maps nothing, 'c' leaves strips as they are stored,
 * 'O' loads strip offsets only when they are needed. */
static int tiff_job_open(struct tiff_job *job)
{
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options)
    return err_set(&job->err, ENOMEM, "out of memory");
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, TIFF_MAX_ALLOC);
  TIFFOpenOptionsSetErrorHandlerExtR(options, tiff_on_error, job);
  TIFFOpenOptionsSetWarningHandlerExtR(options, tiff_on_warning, job);
  job->tif =
      TIFFClientOpenExt("tiff", "rhmcO", job, tiff_on_read, tiff_on_write, tiff_on_seek,
                        tiff_on_close, tiff_on_size, NULL, NULL, options);
  TIFFOpenOptionsFree(options);
  if (!job->tif)
    return tiff_job_fail(job, "libtiff cannot open the file");
  if (!TIFFSetSubDirectory(job->tif, (uint64_t)job->piece->ifd))
    return tiff_job_fail(job, "libtiff cannot read the directory at byte %lld: %s",
                         (long long)job->piece->ifd, job->note);
  return 0;
}

static uint32_t tiff_field(const struct tiff_job *job, uint32_t tag, bool wide)
{
  uint32_t value32 = 0;
  uint16_t value16 = 0;
  if (wide)
    return TIFFGetFieldDefaulted(job->tif, tag, &value32) ? value32 : 0;
  return TIFFGetFieldDefaulted(job->tif, tag, &value16) ? value16 : 0;
}

static int tiff_job_agrees(struct tiff_job *job)
{
  const struct tiff_kind *kind = job->kind;
  const struct {
    const char *name;
    uint32_t tag;
    bool wide;
    int64_t expected;
  } fields[] = {
      {"width", TIFFTAG_IMAGEWIDTH, true, kind->width},
      {"length", TIFFTAG_IMAGELENGTH, true, kind->length},
      {"samples per pixel", TIFFTAG_SAMPLESPERPIXEL, false, kind->samples},
      {"bits per sample", TIFFTAG_BITSPERSAMPLE, false, kind->bits},
      {"compression", TIFFTAG_COMPRESSION, false, kind->compression},
      {"planar configuration", TIFFTAG_PLANARCONFIG, false,
       kind->samples > 1 ? kind->planar : 0},
      {"tile width", TIFFTAG_TILEWIDTH, true, kind->tile_width},
      {"tile length", TIFFTAG_TILELENGTH, true, kind->tile_width ? kind->tile_length : 0},
  };
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    uint32_t found = tiff_field(job, fields[i].tag, fields[i].wide);
    if (fields[i].expected && found != fields[i].expected)
      return tiff_job_fail(job, "libtiff reads %u as %s, expected %lld", found,
                           fields[i].name, (long long)fields[i].expected);
  }
  if (!!TIFFIsTiled(job->tif) != !!kind->tile_width)
    return tiff_job_fail(job, "strips and tiles are mixed up");
  uint32_t pieces =
      kind->tile_width ? TIFFNumberOfTiles(job->tif) : TIFFNumberOfStrips(job->tif);
  if (job->piece->number >= pieces)
    return tiff_job_fail(job, "the page has %u of them", pieces);
  return 0;
}

static int tiff_job_read(struct tiff_job *job, void *out, int64_t bytes)
{
  job->decoding = true;
  tmsize_t got =
      job->kind->tile_width
          ? TIFFReadEncodedTile(job->tif, job->piece->number, out, (tmsize_t)bytes)
          : TIFFReadEncodedStrip(job->tif, job->piece->number, out, (tmsize_t)bytes);
  if (cancel_check(&job->err) < 0)
    return -1;
  if (job->err.errnum || got != bytes)
    return tiff_job_fail(job, "decoded %lld bytes, expected %lld", (long long)got,
                         (long long)bytes);
  return 0;
}

/* Compares the first n bits of each row; the bits that pad a row to whole bytes are
 * undefined. */
static bool tiff_same_rows(const unsigned char *a, const unsigned char *b, int64_t rows,
                           int64_t n)
{
  size_t whole = (size_t)(n / 8), stride = (size_t)(n + 7) / 8;
  int mask = 0xff00 >> (n % 8) & 0xff;
  for (int64_t row = 0; row < rows; row++, a += stride, b += stride)
    if (memcmp(a, b, whole) || (mask && (a[whole] ^ b[whole]) & mask))
      return false;
  return true;
}

/* The fax decoders stop early at an end-of-block code and do not say so.  The piece is
 * therefore decoded over two different backgrounds: rows that were not written differ. */
static int tiff_job_read_fax(struct tiff_job *job, void *out, int64_t bytes)
{
  CLEANUP_SCRATCH void *again = scratch_get((size_t)bytes);
  if (!again)
    return err_set(&job->err, ENOMEM, "out of memory");
  memset(out, 0x00, (size_t)bytes);
  memset(again, 0xff, (size_t)bytes);
  if (tiff_job_read(job, out, bytes) < 0 || tiff_job_read(job, again, bytes) < 0)
    return -1;
  if (!tiff_same_rows(out, again, job->piece->rows,
                      job->piece->columns * job->piece->samples))
    return tiff_job_fail(job, "fewer rows than expected are encoded");
  return 0;
}

/* The predictor is undone by the caller, for any number of bits.  length: of the image,
 * as libtiff shall see it; 0: as it is. */
static int tiff_job_run(struct tiff_job *job, void *out, int64_t bytes, uint32_t length)
{
  const struct tiff_kind *kind = job->kind;
  if (tiff_job_open(job) < 0 || tiff_job_agrees(job) < 0)
    return -1;
  if (length)
    TIFFSetField(job->tif, TIFFTAG_IMAGELENGTH, length);
  if (kind->compression == COMPRESSION_JPEG && kind->photometric == PHOTOMETRIC_YCBCR)
    TIFFSetField(job->tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  if (kind->predictor != PREDICTOR_NONE &&
      !TIFFSetField(job->tif, TIFFTAG_PREDICTOR, PREDICTOR_NONE))
    return tiff_job_fail(job, "libtiff has no predictor with compression %d",
                         kind->compression);
  return tiff_is_fax(kind->compression) ? tiff_job_read_fax(job, out, bytes)
                                        : tiff_job_read(job, out, bytes);
}

/* A handle is opened for each try, because libtiff's are not thread safe. */
static int tiff_lib_try(struct tiff_stored *stored, const struct tiff_kind *kind,
                        const struct tiff_piece *piece, void *out, int64_t bytes,
                        uint32_t length, struct err *err)
{
  struct tiff_job job = {.stored = stored, .kind = kind, .piece = piece};
  tiff_job_run(&job, out, bytes, length);
  if (job.tif)
    TIFFClose(job.tif);
  /* the job's error may also be one that libtiff ignored */
  return job.err.errnum ? err_set(err, job.err.errnum, "%s", job.err.msg) : 0;
}

/* Decodes a last strip that holds an image of all its rows, which libtiff refuses for
 * LERC and WebP, as one of an image that has these rows. */
static int tiff_lib_full_strip(struct tiff_stored *stored, const struct tiff_kind *kind,
                               const struct tiff_piece *piece, void *out, int64_t bytes,
                               struct err *err)
{
  const int64_t rows = kind->rows_per_strip, row_bytes = bytes / piece->rows;
  const int64_t length = ((kind->length - 1) / rows + 1) * rows;
  CLEANUP_SCRATCH void *full =
      length <= UINT32_MAX ? scratch_get((size_t)(rows * row_bytes)) : NULL;
  if (!full)
    return err_set(err, ENOMEM, "out of memory");
  if (tiff_lib_try(stored, kind, piece, full, rows * row_bytes, (uint32_t)length, err) <
      0)
    return -1;
  memcpy(out, full, (size_t)bytes);
  return 0;
}

int tiff_lib_decode(struct tiff_stored *stored, const struct tiff_kind *kind,
                    const struct tiff_piece *piece, void *out, int64_t bytes,
                    struct err *err)
{
  struct err first = ERR_INIT, second = ERR_INIT;
  if (!tiff_lib_try(stored, kind, piece, out, bytes, 0, &first))
    return 0;
  const bool images =
      kind->compression == COMPRESSION_LERC || kind->compression == COMPRESSION_WEBP;
  if (images && !kind->tile_width && piece->rows < kind->rows_per_strip &&
      first.errnum == EIO && !stored->failed) {
    if (!tiff_lib_full_strip(stored, kind, piece, out, bytes, &second))
      return 0;
    if (second.errnum != EIO || stored->failed)
      return err_set(err, second.errnum, "%s", second.msg);
  }
  return err_set(err, first.errnum, "%s", first.msg);
}
