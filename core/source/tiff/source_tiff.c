/* TIFF: arrays as tifffile.imread() and TiffFile.series show them.
 *
 * An array of pages is stored in one of three ways, in order of preference.  Direct: the
 * samples of all pages follow one another; they are read by pread and never cached.
 * Plain: the samples of each page follow one another; a block is some rows of one page,
 * read by pread.  Pieces: anything else; a block is one strip or tile, which
 * tiff_decode.c decodes.  The pages of an array lie along its leading axes, in C order.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/source/source_format.h"
#include "core/source/tiff/tiff_decode.h"
#include "core/source/tiff/tiff_page.h"
#include "core/source/tiff/tiff_series.h"

enum {
  TIFF_PLAIN_BYTES = 1 << 20, /* about the size of a block of plain rows */
  TIFF_MAX_RATIO = 4096,      /* LZW, deflate, PackBits cannot expand more */
};

struct tiff_place {
  int64_t ifd;  /* offset of the page's directory */
  int64_t data; /* offset of the page's samples, where they are plain */
  int number;   /* of the page in the chain, for messages */
};

/* source_array.priv of arrays that are not direct. */
struct tiff_array {
  struct tiff_file file;
  struct tiff_kind kind;
  bool plain;
  int row_axis, column_axis, sample_axis; /* axes of the array; -1: the extent is 1 and
                                           * not shown */
  int leading;                            /* axes [0, leading) count pages */
  bool planar;                            /* the sample axis counts planes */
  int64_t block_rows, block_columns;      /* of a piece, pixels */
  int64_t rows_of_pieces, columns_of_pieces;
  struct tiff_place place[]; /* one per page */
};

static bool tiff_probe(const struct source_head *head, const char *path)
{
  static const unsigned char magic[][4] = {
      {'I', 'I', 42, 0}, {'M', 'M', 0, 42}, {'I', 'I', 43, 0}, {'M', 'M', 0, 43}};
  for (size_t i = 0; head->n >= 4 && i < sizeof magic / sizeof *magic; i++)
    if (!memcmp(head->bytes, magic[i], 4))
      return true;
  return false;
}

/* --- how an array lies on its pages ------------------------------------------------ */

static int *tiff_axis_slot(struct tiff_array *tiff, char axis)
{
  switch (axis) {
  case 'Y':
    return &tiff->row_axis;
  case 'X':
    return &tiff->column_axis;
  default:
    return &tiff->sample_axis;
  }
}

/* Finds, from the last axis back, the axes of the array that lie within a page; axes of
 * extent 1 may be missing on either side.  Returns false when they do not match. */
static bool tiff_match_axes(const struct tiff_series *series,
                            const struct tiff_page *page, struct tiff_array *tiff)
{
  int own = page->nd - 1, d = series->nd - 1;
  tiff->row_axis = tiff->column_axis = tiff->sample_axis = -1;
  while (own >= 0) {
    if (d >= 0 && series->shape[d] == page->shape[own])
      *tiff_axis_slot(tiff, page->axes[own--]) = d--;
    else if (page->shape[own] == 1)
      own--;
    else if (d >= 0 && series->shape[d] == 1)
      d--;
    else
      return false;
  }
  tiff->leading = d + 1;
  return nd_count(tiff->leading, series->shape) == series->npages;
}

/* Chooses the rows and columns of a block, and computes how many blocks a page has. */
static void tiff_choose_pieces(struct tiff_array *tiff, const struct tiff_page *page)
{
  const struct tiff_kind *kind = &page->kind;
  int64_t samples = tiff->planar ? 1 : kind->samples;
  tiff->block_rows = kind->tile_width ? kind->tile_length : kind->rows_per_strip;
  tiff->block_columns = kind->tile_width ? kind->tile_width : kind->width;
  if (tiff->plain) {
    int64_t rows = TIFF_PLAIN_BYTES / (kind->width * samples * dtype_size(page->dtype));
    tiff->block_columns = kind->width;
    tiff->block_rows = rows < 1 ? 1 : rows < kind->length ? rows : kind->length;
  }
  tiff->rows_of_pieces = (kind->length - 1) / tiff->block_rows + 1;
  tiff->columns_of_pieces = (kind->width - 1) / tiff->block_columns + 1;
}

/* Sets the array's block to one piece; returns false when axes of extent 1 that are not
 * shown would make the block's size differ from the piece's. */
static bool tiff_set_block(const struct tiff_array *tiff, struct source_array *array)
{
  int64_t samples = tiff->planar ? 1 : tiff->kind.samples, piece, block;
  for (int d = 0; d < array->nd; d++)
    array->block[d] = d == tiff->row_axis      ? tiff->block_rows
                      : d == tiff->column_axis ? tiff->block_columns
                      : d == tiff->sample_axis ? samples
                                               : 1;
  int64_t sides[] = {tiff->block_rows, tiff->block_columns, samples};
  int64_t bits;
  return checked_array_bytes(3, sides, dtype_size(array->stored), &piece) &&
         checked_array_bytes(array->nd, array->block, dtype_size(array->stored),
                             &block) &&
         piece == block && checked_mul(piece, 8, &bits);
}

/* Returns whether all samples of the series follow one another: tifffile's
 * TiffPageSeries.dataoffset. */
static bool tiff_is_direct(const struct tiff_series *series,
                           const struct tiff_pages *pages)
{
  const struct tiff_page *first = &pages->page[series->key];
  int64_t at = first->data;
  for (int i = 0; i < series->npages; i++) {
    const struct tiff_page *page = &pages->page[series->page[i]];
    if (!page->final || page->data != at || !checked_add(at, page->bytes, &at))
      return false;
  }
  return true;
}

static bool tiff_is_plain(const struct tiff_series *series,
                          const struct tiff_pages *pages)
{
  for (int i = 0; i < series->npages; i++)
    if (!pages->page[series->page[i]].final)
      return false;
  return true;
}

/* --- a series as an array ---------------------------------------------------------- */

static int tiff_describe(const struct tiff_file *file, const struct tiff_series *series,
                         const struct tiff_pages *pages, struct source_array *array,
                         struct err *err)
{
  const struct tiff_page *page = &pages->page[series->key];
  array->dtype = array->stored = page->dtype;
  array->nd = series->nd;
  memcpy(array->shape, series->shape, sizeof array->shape);
  geometry_identity(&array->geo);
  for (int d = 0; d < array->nd; d++)
    if (series->axes[d] == 'S' && array->channel_axis < 0 && page->kind.samples > 1)
      array->channel_axis = d;
  int64_t bytes;
  if (!checked_array_bytes(array->nd, array->shape, dtype_size(array->dtype), &bytes))
    return err_set(err, EIO, "%s: tiff array is too large", file->path);
  array->image = series->npages == 1 && bytes == page->bytes;
  if (array->image && array->channel_axis >= 0 && array->nd == 3)
    array->spatial = 2;
  return 0;
}

/* Returns why the file cannot hold so many samples; NULL when it can.  Strips and tiles
 * may be missing, as long as the file could hold one of them. */
static const char *tiff_implausible(const struct tiff_file *file,
                                    const struct tiff_series *series,
                                    const struct tiff_page *page)
{
  int64_t all, most;
  if (!checked_mul(page->bytes, series->npages, &all))
    return "its samples are more than any file can hold";
  bool none = page->kind.compression == 1;
  bool bounded = page->kind.compression == 5 || page->kind.compression == 8 ||
                 page->kind.compression == 32946 || page->kind.compression == 32773;
  int64_t packed = none ? all / dtype_size(page->dtype) / 8 * page->kind.bits : all;
  if (none && page->segments > 1 && !page->contiguous)
    packed = packed / series->npages / page->segments;
  if (none ? packed > file->size
           : bounded && checked_mul(file->size, TIFF_MAX_RATIO, &most) && all > most)
    return "its samples are more than a file of this size can hold";
  return NULL;
}

static int tiff_make_direct(const struct tiff_file *file, const struct tiff_page *page,
                            struct source_array *array, struct err *err)
{
  int64_t bytes = 0, end;
  checked_array_bytes(array->nd, array->shape, dtype_size(array->dtype), &bytes);
  if (!checked_add(page->data, bytes, &end) || end > file->size)
    return err_set(
        err, EIO,
        "tiff page %d: %lld bytes of samples at byte %lld reach past the end of the file "
        "at %lld",
        page->index, (long long)bytes, (long long)page->data, (long long)file->size);
  array->direct = true;
  array->swapped = file->swapped;
  array->offset = page->data;
  return 0;
}

/* Returns 0, with *why set when the blocks cannot be made. */
static int tiff_make_blocks(const struct tiff_file *file,
                            const struct tiff_series *series,
                            const struct tiff_pages *pages, struct source_array *array,
                            const char **why, struct err *err)
{
  const struct tiff_page *page = &pages->page[series->key];
  struct tiff_array *tiff =
      arena_alloc(source_arena(file->source),
                  sizeof *tiff + (size_t)series->npages * sizeof *tiff->place, err);
  if (!tiff)
    return -1;
  tiff->file = *file;
  tiff->kind = page->kind;
  tiff->plain = tiff_is_plain(series, pages);
  tiff->planar = page->axes[0] == 'S';
  for (int i = 0; i < series->npages; i++) {
    const struct tiff_page *each = &pages->page[series->page[i]];
    tiff->place[i] = (struct tiff_place){each->ifd, each->data, each->index};
    if (!tiff_page_same(page, each))
      *why = "its pages differ in shape, type or compression";
  }
  if (!*why && page->kind.depth > 1)
    *why = "volumes of compressed or tiled pages are not supported";
  if (!*why && !tiff_match_axes(series, page, tiff))
    *why = "its pages do not make up the shape that it names";
  if (*why)
    return 0;
  tiff_choose_pieces(tiff, page);
  if (!tiff_set_block(tiff, array))
    *why = "its strips or tiles do not fit its shape";
  array->swapped = tiff->plain && file->swapped;
  array->priv = tiff;
  return 0;
}

/* Adds series number `index`, or a level of it: "", "1", "2", ...; "level1", "1_level1".
 * Of the first series a fault is the file's, of any other array its own. */
static int tiff_add(const struct tiff_file *file, const struct tiff_series *series,
                    const struct tiff_pages *pages, int index, int level, struct err *err)
{
  const struct tiff_page *page = &pages->page[series->key];
  struct source_array array = {.channel_axis = -1, .slope = 1};
  struct err fault = ERR_INIT;
  char name[40] = "";
  if (index)
    snprintf(name, sizeof name, "%d%s", index, level ? "_" : "");
  if (level)
    snprintf(name + strlen(name), sizeof name - strlen(name), "level%d", level);
  array.name = *name ? name : NULL;
  const char *why = series->unusable[0] ? series->unusable : NULL;
  if (!why && page->data < 0)
    why = "its samples have no place in the file";
  if (!why)
    why = tiff_implausible(file, series, page);
  if (!why && tiff_describe(file, series, pages, &array, err) < 0)
    return -1;
  if (!why && (series->virtual || tiff_is_direct(series, pages))) {
    if (tiff_make_direct(file, page, &array, &fault) < 0 && !*name)
      return err_set(err, fault.errnum, "%s: %s", file->path, fault.msg);
    if (fault.errnum)
      why = fault.msg;
  } else if (!why && tiff_make_blocks(file, series, pages, &array, &why, err) < 0)
    return -1;
  if (why) {
    array = (struct source_array){
        .name = array.name, .unusable = why, .broken = fault.errnum};
  }
  array.level = level;
  return source_add_array(file->source, &array, err);
}

static int tiff_open(struct source *source, struct err *err)
{
  struct tiff_file file;
  struct tiff_pages pages = {0};
  struct tiff_series_list list = {0};
  int rc = tiff_file_open(&file, source, err);
  if (!rc)
    rc = tiff_pages_read(&file, &pages, err);
  if (!rc)
    rc = tiff_series_find(&file, &pages, &list, err);
  for (int i = 0, n = 0; !rc && i < list.n; i++)
    if (!list.series[i].level) {
      for (int at = i, level = 0; !rc && at >= 0; at = list.series[at].smaller)
        rc = tiff_add(&file, &list.series[at], &pages, n, level++, err);
      n++;
    }
  tiff_series_free(&list);
  free(pages.page);
  return rc;
}

/* --- blocks ------------------------------------------------------------------------ */

/* The place of a block in its page. */
struct tiff_where {
  int64_t page, plane, row, column; /* the last two count blocks */
};

static struct tiff_where tiff_locate(const struct source_array *array,
                                     const struct tiff_array *tiff, const int64_t *bidx)
{
  struct tiff_where where = {0};
  for (int d = 0; d < tiff->leading; d++)
    where.page = where.page * array->shape[d] + bidx[d];
  if (tiff->row_axis >= 0)
    where.row = bidx[tiff->row_axis];
  if (tiff->column_axis >= 0)
    where.column = bidx[tiff->column_axis];
  if (tiff->planar && tiff->sample_axis >= 0)
    where.plane = bidx[tiff->sample_axis];
  return where;
}

static int tiff_read_plain(struct source *source, const struct source_array *array,
                           const struct tiff_array *tiff, const struct tiff_where *where,
                           void *out, struct err *err)
{
  const struct tiff_kind *kind = &tiff->kind;
  int64_t samples = tiff->planar ? 1 : kind->samples;
  int64_t row_bytes = kind->width * samples * dtype_size(array->stored);
  int64_t first = where->row * tiff->block_rows;
  int64_t rows = kind->length - first;
  if (rows > tiff->block_rows)
    rows = tiff->block_rows;
  int64_t offset =
      tiff->place[where->page].data + (where->plane * kind->length + first) * row_bytes;
  if (cancel_check(err) < 0)
    return -1;
  return source_pread(source, 0, out, (size_t)(rows * row_bytes), offset, err);
}

static int tiff_read_piece(const struct source_array *array,
                           const struct tiff_array *tiff, const struct tiff_where *where,
                           void *out, struct err *err)
{
  const struct tiff_kind *kind = &tiff->kind;
  int64_t number =
      (where->plane * tiff->rows_of_pieces + where->row) * tiff->columns_of_pieces +
      where->column;
  struct tiff_piece piece = {.ifd = tiff->place[where->page].ifd,
                             .page = tiff->place[where->page].number,
                             .number =
                                 number > UINT32_MAX ? UINT32_MAX : (uint32_t)number,
                             .rows = tiff->block_rows,
                             .inside = kind->length - where->row * tiff->block_rows,
                             .columns = tiff->block_columns,
                             .samples = tiff->planar ? 1 : (int)kind->samples};
  if (piece.inside > piece.rows)
    piece.inside = piece.rows;
  if (!kind->tile_width)
    piece.rows = piece.inside;
  return tiff_decode_piece(&tiff->file, kind, array->stored, &piece, out, err);
}

static int tiff_read_block(struct source *source, const struct source_array *array,
                           const int64_t *bidx, void *out, struct err *err)
{
  const struct tiff_array *tiff = array->priv;
  struct tiff_where where = tiff_locate(array, tiff, bidx);
  if (tiff->plain)
    return tiff_read_plain(source, array, tiff, &where, out, err);
  return tiff_read_piece(array, tiff, &where, out, err);
}

static const char *const tiff_suffixes[] = {".tiff", ".tif", ".btf", ".tf8", NULL};

const struct source_format source_format_tiff = {
    .name = "tiff",
    .suffixes = tiff_suffixes,
    .probe = tiff_probe,
    .open = tiff_open,
    .read_block = tiff_read_block,
};
