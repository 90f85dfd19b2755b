/* One piece from beginning to end: where it is stored, which decoder takes it, what its
 * bytes mean. */
#include "core/source/tiff/tiff_decode.h"

#include <errno.h>
#include <string.h>

#include <tiffio.h>

#include "core/base/cancel.h"
#include "core/base/scratch.h"
#include "core/source/tiff/tiff_stored.h"

/* Sets *err when the file holds nothing for the piece.  A page without byte counts leaves
 * open where its pieces end: the decoders find that out. */
static int find_stored(const struct tiff_file *file, const struct tiff_kind *kind,
                       const struct tiff_piece *piece, struct tiff_stored *stored,
                       struct err *err)
{
  uint64_t offset, size;
  *stored = (struct tiff_stored){.source = file->source,
                                 .reversed = kind->fill_order == FILLORDER_LSB2MSB};
  if (tiff_piece_place(file, piece->ifd, piece->number, &offset, &size, err) < 0) {
    stored->failed = true;
    return -1;
  }
  if (offset < 8 || !size)
    return err_set(err, EIO, "there is no data for it (offset %llu, %llu bytes)",
                   (unsigned long long)offset, (unsigned long long)size);
  if (offset > (uint64_t)file->size ||
      (size != UINT64_MAX && size > (uint64_t)file->size - offset))
    return err_set(err, EIO, "%llu bytes at %llu reach past the end of the file at %lld",
                   (unsigned long long)size, (unsigned long long)offset,
                   (long long)file->size);
  stored->offset = (int64_t)offset;
  stored->size = size == UINT64_MAX ? file->size - (int64_t)offset : (int64_t)size;
  return 0;
}

static int decode_none(struct tiff_stored *stored, void *out, size_t most, size_t *got,
                       struct err *err)
{
  *got = (uint64_t)stored->size < most ? (size_t)stored->size : most;
  return tiff_stored_read(stored, 0, out, *got, err);
}

/* Decodes the stored bytes to out, rows of row_bytes.  *native: they have the machine's
 * byte order. */
static int decode_bytes(struct tiff_stored *stored, const struct tiff_kind *kind,
                        const struct tiff_piece *piece, unsigned char *out,
                        int64_t row_bytes, bool *native, struct err *err)
{
  const size_t all = (size_t)(row_bytes * piece->rows);
  const size_t least = (size_t)(row_bytes * piece->inside);
  size_t got = 0;
  int rc;
  switch (kind->compression) {
  case COMPRESSION_NONE:
    rc = decode_none(stored, out, all, &got, err);
    break;
  case COMPRESSION_ADOBE_DEFLATE:
  case COMPRESSION_DEFLATE:
    rc = tiff_inflate(stored, out, all, &got, err);
    break;
  case COMPRESSION_PACKBITS:
    rc = tiff_packbits(stored, out, all, &got, err);
    break;
  default:
    *native = kind->bits == 16 || kind->bits == 24 || kind->bits == 32 ||
              kind->bits == 64 || kind->bits == 128;
    return tiff_lib_decode(stored, kind, piece, out, (int64_t)all, err);
  }
  if (rc < 0)
    return -1;
  /* a tile at the lower edge may end with the image, as tifffile has it */
  if (got != all && got != least)
    return err_set(err, EIO, "%zu bytes of samples, expected %zu", got, all);
  memset(out + got, 0, all - got);
  return 0;
}

static int decode_piece(struct tiff_stored *stored, const struct tiff_file *file,
                        const struct tiff_kind *kind, enum dtype dtype,
                        const struct tiff_piece *piece, void *out, struct err *err)
{
  const int64_t across = piece->columns * piece->samples;
  const int64_t row_bytes = (across * kind->bits + 7) / 8;
  const bool in_place = tiff_samples_in_place(kind, dtype);
  bool native = false;
  CLEANUP_SCRATCH void *packed =
      in_place ? NULL : scratch_get((size_t)(row_bytes * piece->rows));
  void *bytes = in_place ? out : packed;
  if (!bytes)
    return err_set(err, ENOMEM, "out of memory");
  if (find_stored(file, kind, piece, stored, err) < 0 ||
      decode_bytes(stored, kind, piece, bytes, row_bytes, &native, err) < 0)
    return -1;
  bool swapped = file->swapped;
  if (native && swapped && kind->predictor == PREDICTOR_FLOATINGPOINT)
    tiff_samples_swap(bytes, across * piece->rows, kind->bits / 8); /* were no floats */
  else if (native)
    swapped = false;
  return tiff_samples_make(kind, dtype, swapped, bytes, piece->rows, across,
                           piece->samples, out, err);
}

int tiff_decode_piece(const struct tiff_file *file, const struct tiff_kind *kind,
                      enum dtype dtype, const struct tiff_piece *piece, void *out,
                      struct err *err)
{
  struct tiff_stored stored = {0};
  if (cancel_check(err) < 0)
    return -1;
  if (!decode_piece(&stored, file, kind, dtype, piece, out, err))
    return 0;
  return stored.failed
             ? -1
             : err_prefix(err, "%s: tiff page %d, %s %u", file->path, piece->page,
                          kind->tile_width ? "tile" : "strip", piece->number);
}
