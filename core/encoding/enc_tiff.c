/* tif: uncompressed pages, little-endian; BigTIFF when the file would not be clearly
 * below 4 GiB.
 *
 *   header | bits per sample | description | directory of page 0, 1, ... | page 0, page
 * 1, ...
 *
 * All directories come first and have a fixed size, so every one is arithmetic: ten
 * million pages are opened without storing any.  The pages follow without gaps, each one
 * strip, from an offset that is a multiple of DATA_ALIGN (enough for every element type;
 * page alignment would double small files), so the voxels are one array that tifffile can
 * map.  The shape stands in the first page's description as JSON, as tifffile writes it.
 * bool is one bit per sample. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/encoding/layout.h"
#include "core/encoding/packed_bits.h"
#include "core/encoding/put.h"

enum {
  DATA_ALIGN = 16,
  SAMPLES_MAX = 4,
  SAMPLES_BYTES = 2 * SAMPLES_MAX, /* the shared array of bits per sample */
  TEXT_MAX = 32 + ND_MAX * 22,
  TAGS_MAX = 12,
  DIRECTORY_MAX = 8 + 20 * TAGS_MAX + 8,
};
/* tifffile's limit: 32 MiB below what 32 bits of offset can address. */
static const int64_t classic_max = (INT64_C(1) << 32) - (INT64_C(1) << 25);
static const int64_t extent_max = INT32_MAX; /* libtiff's limit for a side */

enum tag_type { SHORT = 3, LONG = 4, ASCII = 2, LONG8 = 16 };

/* Where everything is; in bytes unless a member says otherwise. */
struct tiff {
  const struct view *view;
  int64_t pages, rows, columns; /* counts */
  int samples;                  /* colour samples of a pixel */
  int64_t page_bytes;
  bool big; /* BigTIFF */
  char text[TEXT_MAX];
  int text_size; /* with its NUL */
  int64_t samples_at, text_at, directories_at, data_at, size;
};

static int sample_bits(const struct tiff *tiff)
{
  return tiff->view->dtype == DT_BOOL ? 1 : 8 * dtype_size(tiff->view->dtype);
}

/* Puts tifffile's description of the shape: {"shape": [2, 3]}. */
static int put_text(const struct view *view, char text[TEXT_MAX])
{
  int n = sprintf(text, "{\"shape\": [");
  for (int d = 0; d < view->nd; d++)
    n += sprintf(text + n, "%s%" PRId64, d ? ", " : "", view->shape[d]);
  return n + sprintf(text + n, "]}") + 1;
}

/* --- arithmetic -------------------------------------------------------------------- */

/* Returns the number of tags of a page; the first has one more, the description. */
static int tag_count(const struct tiff *tiff, int64_t page)
{
  return 9 + (page == 0) + (tiff->samples == 4) + (tiff->samples == 1);
}

/* Classic: 2 + 12 n + 4, even.  Big: 8 + 20 n + 8, made a multiple of 8. */
static int directory_bytes(const struct tiff *tiff, int64_t page)
{
  const int n = tag_count(tiff, page);
  return tiff->big ? 8 + 20 * n + 8 + n % 2 * 4 : 2 + 12 * n + 4;
}

static int64_t directory_at(const struct tiff *tiff, int64_t page)
{
  if (page == 0)
    return tiff->directories_at;
  return tiff->directories_at + directory_bytes(tiff, 0) +
         (page - 1) * directory_bytes(tiff, 1);
}

static int64_t round_up(int64_t n, int64_t to)
{
  return (n + to - 1) / to * to;
}

/* Places everything; returns false when the file is too large for its offsets. */
static bool place(struct tiff *tiff, bool big)
{
  int64_t data, directories;
  tiff->big = big;
  tiff->samples_at = big ? 16 : 8;
  tiff->text_at = tiff->samples_at + SAMPLES_BYTES;
  tiff->directories_at = round_up(tiff->text_at + tiff->text_size, 8);
  if (!checked_mul(tiff->pages, tiff->page_bytes, &data) ||
      !checked_mul(tiff->pages, DIRECTORY_MAX, &directories) ||
      !checked_add(data, directories, &directories) ||
      !checked_add(directories, 4096, &directories))
    return false;
  tiff->data_at = round_up(directory_at(tiff, tiff->pages), DATA_ALIGN);
  tiff->size = tiff->data_at + data;
  return true;
}

/* Splits the view's axes into pages, rows, columns and samples; returns false when the
 * view is too large for a TIFF. */
static bool tiff_init(struct tiff *tiff, const struct item *item)
{
  const struct view *view = item->view;
  const bool deep = view->dtype == DT_U8 || view->dtype == DT_U16;
  int nd = view->nd;
  *tiff = (struct tiff){.view = view, .samples = 1, .columns = 1, .rows = 1, .pages = 1};
  if (deep && nd >= 3 && item->channel_axis == nd - 1 &&
      (view->shape[nd - 1] == 3 || view->shape[nd - 1] == 4))
    tiff->samples = (int)view->shape[--nd];
  if (nd >= 1)
    tiff->columns = view->shape[nd - 1];
  if (nd >= 2)
    tiff->rows = view->shape[nd - 2];
  for (int d = 0; d < nd - 2; d++)
    if (!checked_mul(tiff->pages, view->shape[d], &tiff->pages))
      return false;
  if (tiff->columns > extent_max || tiff->rows > extent_max)
    return false;
  tiff->text_size = put_text(view, tiff->text);
  const int64_t row_bytes = view->dtype == DT_BOOL
                                ? packed_bits_row(tiff->columns)
                                : tiff->columns * tiff->samples * dtype_size(view->dtype);
  if (!checked_mul(tiff->rows, row_bytes, &tiff->page_bytes) || !place(tiff, false))
    return false;
  return tiff->size <= classic_max || place(tiff, true);
}

/* --- bytes ------------------------------------------------------------------------- */

static void put_header(const struct tiff *tiff, unsigned char *at)
{
  memcpy(at, "II", 2);
  put_le(at + 2, tiff->big ? 43 : 42, 2);
  if (tiff->big) {
    put_le(at + 4, 8, 2); /* bytes of an offset */
    put_le(at + 8, (uint64_t)tiff->directories_at, 8);
  } else {
    put_le(at + 4, (uint64_t)tiff->directories_at, 4);
  }
  for (int i = 0; i < SAMPLES_MAX; i++)
    put_le(at + tiff->samples_at + 2 * i, (uint64_t)sample_bits(tiff), 2);
  memcpy(at + tiff->text_at, tiff->text, (size_t)tiff->text_size);
}

/* Writes tags one behind the other; they must come in ascending order. */
struct tag_writer {
  unsigned char *at;
  bool big;
};

static void put_tag(struct tag_writer *out, int tag, enum tag_type type, int64_t count,
                    int64_t value)
{
  const int wide = out->big ? 8 : 4;
  put_le(out->at, (uint64_t)tag, 2);
  put_le(out->at + 2, (uint64_t)type, 2);
  put_le(out->at + 4, (uint64_t)count, wide);
  put_le(out->at + 4 + wide, (uint64_t)value, wide);
  out->at += 4 + 2 * wide;
}

static int sample_format(enum dtype dtype)
{
  switch (dtype_table[dtype].kind) {
  case 'i':
    return 2;
  case 'f':
    return 3;
  case 'c':
    return 6;
  default:
    return 1;
  }
}

/* Returns the value of the tag: the bits themselves where they fit, else the offset of
 * their array. */
static int64_t bits_value(const struct tiff *tiff)
{
  const int room = tiff->big ? 4 : 2; /* SHORTs in a tag's value */
  int64_t value = 0;
  if (tiff->samples > room)
    return tiff->samples_at;
  for (int i = 0; i < tiff->samples; i++)
    value |= (int64_t)sample_bits(tiff) << (16 * i);
  return value;
}

static void put_directory(const struct tiff *tiff, int64_t page, unsigned char *at)
{
  const enum tag_type offset_type = tiff->big ? LONG8 : LONG;
  const bool last = page == tiff->pages - 1;
  struct tag_writer out = {.at = at + (tiff->big ? 8 : 2), .big = tiff->big};
  put_le(at, (uint64_t)tag_count(tiff, page), tiff->big ? 8 : 2);
  put_tag(&out, 256, LONG, 1, tiff->columns);
  put_tag(&out, 257, LONG, 1, tiff->rows);
  put_tag(&out, 258, SHORT, tiff->samples, bits_value(tiff));
  put_tag(&out, 259, SHORT, 1, 1);                          /* not compressed */
  put_tag(&out, 262, SHORT, 1, tiff->samples == 1 ? 1 : 2); /* 0 is black; RGB */
  if (page == 0)
    put_tag(&out, 270, ASCII, tiff->text_size, tiff->text_at);
  put_tag(&out, 273, offset_type, 1, tiff->data_at + page * tiff->page_bytes);
  put_tag(&out, 277, SHORT, 1, tiff->samples);
  put_tag(&out, 278, LONG, 1, tiff->rows); /* one strip */
  put_tag(&out, 279, offset_type, 1, tiff->page_bytes);
  if (tiff->samples == 4)
    put_tag(&out, 338, SHORT, 1, 2); /* alpha, not multiplied in */
  if (tiff->samples == 1)
    put_tag(&out, 339, SHORT, 1, sample_format(tiff->view->dtype));
  put_le(out.at, last ? 0 : (uint64_t)directory_at(tiff, page + 1), tiff->big ? 8 : 4);
}

/* Reads bytes between the first directory and the voxels. */
static int directories_pread(void *ctx, void *buf, size_t size, int64_t offset,
                             struct err *err)
{
  const struct tiff *tiff = ctx;
  char *out = buf;
  int64_t at = offset + tiff->directories_at;
  while (size > 0) {
    unsigned char directory[DIRECTORY_MAX + DATA_ALIGN] = {0};
    const int64_t behind = at - directory_at(tiff, 1);
    int64_t page = behind < 0 ? 0 : 1 + behind / directory_bytes(tiff, 1);
    if (page >= tiff->pages) /* the padding behind the last directory */
      page = tiff->pages - 1;
    const bool last = page == tiff->pages - 1;
    const int64_t end = last ? tiff->data_at : directory_at(tiff, page + 1);
    const size_t n = (int64_t)size < end - at ? size : (size_t)(end - at);
    put_directory(tiff, page, directory);
    memcpy(out, directory + (at - directory_at(tiff, page)), n);
    out += n;
    at += (int64_t)n;
    size -= n;
  }
  return 0;
}

static bool tif_holds(const struct item *item)
{
  struct tiff tiff;
  for (int d = 0; d < item->view->nd; d++)
    if (item->view->shape[d] < 1)
      return false;
  return tiff_init(&tiff, item);
}

static int tif_size(const struct item *item, int64_t *size, struct err *err)
{
  struct tiff tiff;
  if (!tiff_init(&tiff, item))
    return err_set(err, EOVERFLOW, "an array too large for a TIFF");
  *size = tiff.size;
  return 0;
}

static int tif_layout(const struct item *item, struct arena *arena, struct layout *out,
                      struct err *err)
{
  struct tiff *tiff = arena_alloc(arena, sizeof *tiff, err);
  struct stream bits;
  if (!tiff || layout_init(out, 3, arena, err) < 0)
    return -1;
  tiff_init(tiff, item);
  unsigned char *header = arena_alloc(arena, (size_t)tiff->directories_at, err);
  if (!header)
    return -1;
  put_header(tiff, header);
  layout_bytes(out, header, tiff->directories_at);
  layout_stream(out, (struct stream){directories_pread, tiff,
                                     tiff->data_at - tiff->directories_at});
  if (item->view->dtype != DT_BOOL)
    layout_voxels(out, item->view);
  else if (packed_bits_stream(item->view, arena, &bits, err) < 0)
    return -1;
  else
    layout_stream(out, bits);
  return 0;
}

const struct encoding encoding_tif = {
    .ext = "tif",
    .holds = tif_holds,
    .size = tif_size,
    .layout = tif_layout,
};
