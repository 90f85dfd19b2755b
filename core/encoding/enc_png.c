/* png: one 2-D image of 1 (bool), 8 or 16 bits, unfiltered rows in stored deflate blocks,
 * so that all but the last 20 bytes (Adler-32, CRC-32, IEND) are computed alone.
 *
 * The file is four streams around one another: samples (big-endian), rows (a filter byte
 * before each), deflate blocks, and the IDAT chunk. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/encoding/gzip_stored.h"
#include "core/encoding/layout.h"
#include "core/encoding/packed_bits.h"
#include "core/encoding/put.h"

enum {
  HEAD = 8 + 25 + 4, /* signature, IHDR, length of IDAT */
  IDAT_NAME = 4,
  IDAT_HEAD = IDAT_NAME + 2, /* zlib header */
  ADLER = 4,
  CRC = 4,
  IEND = 12,
};
static const int64_t side_max = INT32_MAX, idat_max = INT32_MAX;

/* Returns the number of colour samples of a pixel. */
static int samples(const struct view *view)
{
  return view->nd == 3 ? (int)view->shape[2] : 1;
}

static int64_t row_bytes(const struct view *view)
{
  if (view->dtype == DT_BOOL)
    return packed_bits_row(view->shape[1]);
  return view->shape[1] * samples(view) * dtype_size(view->dtype);
}

static void put_no_filter(unsigned char *at, int64_t size, bool last)
{
  at[0] = 0;
}

static struct framing row_framing(const struct view *view)
{
  return (struct framing){.block = row_bytes(view), .head = 1, .put_head = put_no_filter};
}

/* Gives the bytes in the IDAT chunk: 0, or -1 with EOVERFLOW. */
static int idat_size(const struct view *view, int64_t *size, struct err *err)
{
  const struct framing rows = row_framing(view);
  int64_t bytes = row_bytes(view) * view->shape[0];
  if (framed_size(&rows, bytes, &bytes, err) < 0 ||
      framed_size(&gzip_stored_framing, bytes, &bytes, err) < 0)
    return -1;
  return layout_add_size(bytes, IDAT_HEAD - IDAT_NAME + ADLER, size, err);
}

static bool png_holds(const struct item *item)
{
  const struct view *view = item->view;
  const bool grey = view->nd == 2;
  const bool colour = view->nd == 3 && view->shape[2] >= 2 && view->shape[2] <= 4;
  int64_t size;
  if (view->dtype != DT_U8 && view->dtype != DT_U16 && !(view->dtype == DT_BOOL && grey))
    return false;
  if (!grey && !colour)
    return false;
  for (int d = 0; d < 2; d++)
    if (view->shape[d] < 1 || view->shape[d] > side_max)
      return false;
  if (row_bytes(view) > idat_max / view->shape[0])
    return false;
  return idat_size(view, &size, NULL) == 0 && size <= idat_max;
}

static int png_size(const struct item *item, int64_t *size, struct err *err)
{
  if (idat_size(item->view, size, err) < 0)
    return -1;
  return layout_add_size(*size, HEAD + IDAT_NAME + CRC + IEND, size, err);
}

/* Reads 16-bit numbers of the stream below as big-endian. */
static int swapped_pread(void *ctx, void *buf, size_t size, int64_t offset,
                         struct err *err)
{
  const struct stream *of = ctx;
  const int64_t first = offset & ~(int64_t)1;
  const size_t n = ((size_t)(offset - first) + size + 1) & ~(size_t)1;
  CLEANUP_FREE uint16_t *sample = malloc(n);
  if (!sample)
    return err_set(err, ENOMEM, "out of memory");
  if (of->pread(of->ctx, sample, n, first, err) < 0)
    return -1;
  for (size_t i = 0; i < n / 2; i++)
    sample[i] = __builtin_bswap16(sample[i]);
  memcpy(buf, (char *)sample + (offset - first), size);
  return 0;
}

static int sample_stream(const struct view *view, struct arena *arena, struct stream *out,
                         struct err *err)
{
  if (view->dtype == DT_BOOL)
    return packed_bits_stream(view, arena, out, err);
  struct layout *voxels = arena_alloc(arena, sizeof *voxels, err);
  struct stream *native = arena_alloc(arena, sizeof *native, err);
  if (!voxels || !native || layout_init(voxels, 1, arena, err) < 0)
    return -1;
  layout_voxels(voxels, view);
  *native = *out = layout_as_stream(voxels);
  if (view->dtype == DT_U16) {
    out->pread = swapped_pread;
    out->ctx = native;
  }
  return 0;
}

/* The two checksums behind the voxels; one pass through `chunk` fills both. */
struct sums {
  struct summed *rows;  /* Adler-32 */
  struct summed *chunk; /* CRC-32 of name, zlib header and blocks */
};

/* Makes rows of the samples, and deflate blocks of the rows. */
static int deflate_stream(const struct view *view, struct arena *arena,
                          struct summed **rows, struct stream *out, struct err *err)
{
  const struct framing framing = row_framing(view);
  struct stream stream;
  if (sample_stream(view, arena, &stream, err) < 0 ||
      framed_stream(&framing, stream, arena, &stream, err) < 0 ||
      !(*rows = summed_new(stream, &checksum_adler32, arena, err)))
    return -1;
  return framed_stream(&gzip_stored_framing, summed_as_stream(*rows), arena, out, err);
}

static struct sums *chunk_sums(const struct view *view, struct arena *arena,
                               struct err *err)
{
  static const unsigned char head[IDAT_HEAD] = {'I', 'D', 'A', 'T', 0x78, 0x01};
  struct sums *sums = arena_alloc(arena, sizeof *sums, err);
  struct layout *chunk = arena_alloc(arena, sizeof *chunk, err);
  struct stream blocks;
  if (!sums || !chunk || layout_init(chunk, 2, arena, err) < 0 ||
      deflate_stream(view, arena, &sums->rows, &blocks, err) < 0)
    return NULL;
  layout_bytes(chunk, head, sizeof head);
  layout_stream(chunk, blocks);
  sums->chunk = summed_new(layout_as_stream(chunk), &checksum_crc32, arena, err);
  return sums->chunk ? sums : NULL;
}

/* Writes the end of the file: the Adler-32, which belongs to the chunk's data, the
 * chunk's CRC-32, IEND. */
static int tail_pread(void *ctx, void *buf, size_t size, int64_t offset, struct err *err)
{
  const struct sums *sums = ctx;
  unsigned char tail[ADLER + CRC];
  uint32_t adler, crc;
  if (summed_total(sums->chunk, &crc, err) < 0 ||
      summed_total(sums->rows, &adler, err) < 0)
    return -1;
  put_be(tail, adler, ADLER);
  crc = checksum_crc32.join(crc, checksum_crc32.of(tail, ADLER), ADLER);
  put_be(tail + ADLER, crc, CRC);
  layout_copy_part(buf, size, tail, offset);
  return 0;
}

static void put_head(const struct view *view, int64_t idat, unsigned char *at)
{
  static const unsigned char colour_type[5] = {0, 0, 4, 2, 6};
  memcpy(at, "\x89PNG\r\n\x1a\n", 8);
  put_be(at + 8, 13, 4);
  memcpy(at + 12, "IHDR", 4);
  put_be(at + 16, (uint64_t)view->shape[1], 4);
  put_be(at + 20, (uint64_t)view->shape[0], 4);
  at[24] = view->dtype == DT_BOOL ? 1 : (unsigned char)(8 * dtype_size(view->dtype));
  at[25] = colour_type[samples(view)];
  memset(at + 26, 0, 3); /* deflate, the one filter method, not interlaced */
  put_be(at + 29, checksum_crc32.of(at + 12, 17), 4);
  put_be(at + 33, (uint64_t)idat, 4);
}

static int png_layout(const struct item *item, struct arena *arena, struct layout *out,
                      struct err *err)
{
  static const unsigned char iend[IEND] = {0,   0,   0,    0,    'I',  'E',
                                           'N', 'D', 0xae, 0x42, 0x60, 0x82};
  unsigned char *head = arena_alloc(arena, HEAD, err);
  struct sums *sums = chunk_sums(item->view, arena, err);
  if (!head || !sums || layout_init(out, 4, arena, err) < 0)
    return -1;
  put_head(item->view, sums->chunk->of.size - IDAT_NAME + ADLER, head);
  layout_bytes(out, head, HEAD);
  layout_stream(out, summed_as_stream(sums->chunk));
  layout_stream(out, (struct stream){tail_pread, sums, ADLER + CRC});
  layout_bytes(out, iend, IEND);
  return 0;
}

const struct encoding encoding_png = {
    .ext = "png",
    .holds = png_holds,
    .size = png_size,
    .layout = png_layout,
};
