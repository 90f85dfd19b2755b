/* Reads one TIFF directory: its tags into a struct tiff_page, and whether the samples lie
 * in one piece. */
#include "core/source/tiff/tiff_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/base/cleanup.h"

/* Takes a value as a small integer; a value that does not fit is invalid anyway. */
static int tiff_small(uint64_t value)
{
  return value > 0xffff ? 0xffff : (int)value;
}

/* Gives the one value that all samples have, or 0 when they differ. */
static int tiff_tag_common(const struct tiff_file *file, const struct tiff_tag *tag,
                           int64_t samples, int *out, struct err *err)
{
  uint64_t values[64];
  int64_t n = tag->count < samples ? tag->count : samples;
  for (int64_t first = 0; first < n; first += 64) {
    int some = n - first < 64 ? (int)(n - first) : 64;
    if (tiff_tag_values(file, tag, first, some, values, err) < 0)
      return -1;
    if (!first)
      *out = tiff_small(values[0]);
    for (int i = 0; i < some; i++)
      if (tiff_small(values[i]) != *out) {
        *out = 0;
        return 0;
      }
  }
  return 0;
}

/* --- one directory ----------------------------------------------------------------- */

/* Tags that are evaluated after all tags have been seen. */
struct tiff_late {
  struct tiff_tag bits, format, offsets, counts, tile_offsets, tile_counts, extra;
};

static const struct tiff_tag *tiff_late_offsets(const struct tiff_late *late)
{
  return late->tile_offsets.count ? &late->tile_offsets : &late->offsets;
}

static const struct tiff_tag *tiff_late_counts(const struct tiff_late *late)
{
  return late->tile_counts.count ? &late->tile_counts : &late->counts;
}

static void tiff_keep(struct tiff_tag *slot, const struct tiff_tag *tag)
{
  if (!slot->count)
    *slot = *tag;
}

/* Keeps tags whose value, or mere presence, is kept as it is; returns false for any other
 * tag. */
static bool tiff_tag_keep(struct tiff_page *page, struct tiff_late *late,
                          const struct tiff_tag *tag)
{
  struct tiff_tag *slot = NULL;
  switch (tag->code) {
  case 258:
    slot = &late->bits;
    break;
  case 270:
    slot = page->text[0].count ? &page->text[1] : &page->text[0];
    break;
  case 273:
    slot = &late->offsets;
    break;
  case 279:
    slot = &late->counts;
    break;
  case 305:
    slot = &page->software;
    break;
  case 324:
    slot = &late->tile_offsets;
    break;
  case 325:
    slot = &late->tile_counts;
    break;
  case 330:
    slot = &page->subifds;
    break;
  case 338:
    slot = &late->extra;
    break;
  case 339:
    slot = &late->format;
    break;
  case 33445:
    page->vendor = TIFF_MDGEL;
    return true;
  case 33628:
    page->vendor = TIFF_STK;
    return true;
  case 34412:
    page->vendor = TIFF_LSM;
    return true;
  case 43314:
    page->vendor = TIFF_NIH;
    return true;
  default:
    return false;
  }
  tiff_keep(slot, tag);
  return true;
}

/* Reads a tag whose value is a number.  When a tag comes twice the first counts; `seen`
 * has a bit for each tag. */
static int tiff_tag_number(const struct tiff_file *file, struct tiff_page *page,
                           const struct tiff_tag *tag, uint32_t *seen, struct err *err)
{
  static const uint16_t wanted[] = {254, 255, 256, 257, 259, 262, 266,   277,
                                    278, 284, 317, 322, 323, 530, 32997, 32998};
  uint64_t value[2] = {0};
  size_t n = sizeof wanted / sizeof *wanted, i = 0;
  while (i < n && wanted[i] != tag->code)
    i++;
  if (i == n || *seen & 1u << i)
    return 0;
  *seen |= 1u << i;
  if (tiff_tag_values(file, tag, 0, tag->count > 1 ? 2 : 1, value, err) < 0)
    return -1;
  struct tiff_kind *kind = &page->kind;
  switch (tag->code) {
  case 254:
    page->reduced = value[0] & 1;
    break;
  case 255:
    page->reduced |= value[0] == 2;
    break;
  case 256:
    kind->width = tiff_extent(value[0]);
    break;
  case 257:
    kind->length = tiff_extent(value[0]);
    break;
  case 259:
    kind->compression = tiff_small(value[0]);
    break;
  case 262:
    kind->photometric = tiff_small(value[0]);
    break;
  case 266:
    kind->fill_order = tiff_small(value[0]);
    break;
  case 277:
    kind->samples = tiff_small(value[0]);
    break;
  case 278:
    kind->rows_per_strip = tag->count > 1 ? INT64_MAX : tiff_extent(value[0]);
    break;
  case 284:
    kind->planar = tiff_small(value[0]);
    break;
  case 317:
    kind->predictor = tiff_small(value[0]);
    break;
  case 322:
    kind->tile_width = tiff_extent(value[0]);
    break;
  case 323:
    kind->tile_length = tiff_extent(value[0]);
    break;
  case 530:
    kind->subsampled = value[0] != 1 || (tag->count > 1 && value[1] != 1);
    break;
  case 32997:
    kind->depth = tiff_extent(value[0]);
    break;
  case 32998:
    kind->tile_depth = tiff_extent(value[0]);
    break;
  }
  return 0;
}

/* Checks whether every strip or tile ends where the next begins, and whether they add up
 * to the page. */
static int tiff_segments_adjoin(const struct tiff_file *file,
                                const struct tiff_late *late, struct tiff_page *page,
                                bool *adjoin, struct err *err)
{
  enum { SOME = 256 };
  uint64_t offset[SOME], count[SOME];
  const struct tiff_tag *offsets = tiff_late_offsets(late);
  const struct tiff_tag *counts = tiff_late_counts(late);
  int64_t at = page->data;
  *adjoin = false;
  if (counts->count < page->segments)
    return 0;
  for (int64_t first = 0; first < page->segments; first += SOME) {
    int some = page->segments - first < SOME ? (int)(page->segments - first) : SOME;
    if (cancel_check(err) < 0 ||
        tiff_tag_values(file, offsets, first, some, offset, err) < 0 ||
        tiff_tag_values(file, counts, first, some, count, err) < 0)
      return -1;
    for (int i = 0; i < some; i++) {
      if (offset[i] != (uint64_t)at || !count[i] || count[i] > (uint64_t)file->size ||
          !checked_add(at, (int64_t)count[i], &at))
        return 0;
    }
  }
  *adjoin = at - page->data == page->bytes;
  return 0;
}

/* tifffile's TiffPage.is_contiguous and is_final; but samples do not lie in the file's
 * header, where an offset of 0 (there are none) would place them. */
static int tiff_page_contiguity(const struct tiff_file *file,
                                const struct tiff_late *late, struct tiff_page *page,
                                struct err *err)
{
  const struct tiff_kind *kind = &page->kind;
  bool whole =
      kind->bits == 8 || kind->bits == 16 || kind->bits == 32 || kind->bits == 64;
  if (page->unusable[0] || page->data < 8 || kind->compression != 1 || !whole ||
      kind->format == 5)
    return 0;
  if (kind->tile_width &&
      (kind->width != kind->tile_width || kind->length % kind->tile_length ||
       kind->tile_width % 16 || kind->tile_length % 16 ||
       (kind->depth > 1 &&
        (kind->length != kind->tile_length || kind->depth % kind->tile_depth))))
    return 0;
  page->contiguous = page->segments == 1;
  if (!page->contiguous &&
      tiff_segments_adjoin(file, late, page, &page->contiguous, err) < 0)
    return -1;
  page->final = page->contiguous && kind->fill_order == 1 && kind->predictor == 1 &&
                !kind->subsampled;
  return 0;
}

/* Returns how many strips the page has by its size; tifffile ignores further offsets. */
static int64_t tiff_page_strips(const struct tiff_page *page)
{
  const struct tiff_kind *kind = &page->kind;
  int64_t strips = (kind->length - 1) / kind->rows_per_strip + 1;
  if (!checked_mul(strips, kind->depth, &strips) ||
      !checked_mul(strips, kind->planar == 2 ? kind->samples : 1, &strips))
    return INT64_MAX;
  return strips;
}

static int tiff_page_finish(const struct tiff_file *file, struct tiff_page *page,
                            struct tiff_late *late, struct err *err)
{
  struct tiff_kind *kind = &page->kind;
  uint64_t value[TIFF_EXTRA] = {0};
  if ((late->bits.count &&
       tiff_tag_common(file, &late->bits, kind->samples, &kind->bits, err) < 0) ||
      (late->format.count &&
       tiff_tag_common(file, &late->format, kind->samples, &kind->format, err) < 0))
    return -1;
  kind->nextra = late->extra.count;
  int nextra = kind->nextra < TIFF_EXTRA ? (int)kind->nextra : TIFF_EXTRA;
  if (nextra && tiff_tag_values(file, &late->extra, 0, nextra, value, err) < 0)
    return -1;
  for (int i = 0; i < nextra; i++)
    kind->extra[i] = tiff_small(value[i]);
  if (kind->subsampled < 0)
    kind->subsampled = kind->photometric == 6;

  tiff_page_derive(page);
  const struct tiff_tag *offsets = tiff_late_offsets(late);
  page->segments = offsets->count;
  if (page->segments < 1)
    return 0;
  if (tiff_tag_values(file, offsets, 0, 1, value, err) < 0)
    return -1;
  page->data = value[0] > (uint64_t)file->size ? -1 : (int64_t)value[0];
  if (!page->unusable[0] && kind->rows_per_strip > 0 &&
      page->segments > tiff_page_strips(page))
    page->segments = tiff_page_strips(page);
  return tiff_page_contiguity(file, late, page, err);
}

static int tiff_entries(const struct tiff_file *file, struct tiff_page *page, int ntags,
                        struct err *err)
{
  struct tiff_late late = {0};
  uint32_t seen = 0;
  for (int i = 0; i < ntags; i++) {
    struct tiff_tag tag = tiff_entry_at(file, i);
    if (tag.count && !tiff_tag_keep(page, &late, &tag) &&
        tiff_tag_number(file, page, &tag, &seen, err) < 0)
      return -1;
  }
  return tiff_page_finish(file, page, &late, err);
}

int tiff_page_read(const struct tiff_file *file, struct tiff_page *page, int64_t *next,
                   struct err *err)
{
  CLEANUP_DIRECTORY struct tiff_directory directory = {0};
  if (tiff_directory_read(file, page->ifd, &directory, err) < 0)
    return -1;
  *next = directory.next;
  page->data = -1;
  page->kind = (struct tiff_kind){.depth = 1,
                                  .tile_depth = 1,
                                  .rows_per_strip = INT64_MAX,
                                  .samples = 1,
                                  .bits = 1,
                                  .format = 1,
                                  .planar = 1,
                                  .compression = 1,
                                  .fill_order = 1,
                                  .predictor = 1,
                                  .subsampled = -1};
  return tiff_entries(&directory.file, page, directory.ntags, err);
}
