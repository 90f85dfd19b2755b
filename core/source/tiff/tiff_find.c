/* Groups pages into series as tifffile 2023.2.3 does: files that tifffile wrote
 * ("shaped") and ImageJ hyperstacks by their descriptions, all other files by equal tags.
 * Smaller versions of a series are its pyramid levels. */
#include "core/source/tiff/tiff_series.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/cleanup.h"

static void tiff_add_page_axes(struct tiff_series *series, const struct tiff_page *page,
                               int from)
{
  for (int d = from; d < page->nd; d++)
    tiff_axis_add_squeezed(series, page->axes[d], page->shape[d]);
}

/* --- generic ----------------------------------------------------------------------- */

/* Returns whether the first page has no sub-IFDs and all pages of the chain are like it;
 * the sub-IFDs of such a file are not looked at.  (tifffile's TiffFile.is_uniform
 * compares pages 1, 7 and the last only.) */
static bool tiff_is_uniform(const struct tiff_finder *finder)
{
  const struct tiff_page *page = finder->pages->page;
  int n = finder->pages->chain;
  if (page[0].subifds.count)
    return false;
  for (int i = 1; i < n; i++)
    if (!tiff_page_same(&page[0], &page[finder->chain[i]]))
      return false;
  return true;
}

/* The number of series is bounded, because they are searched one by one; a table by the
 * tags of their first page would only help files with many kinds of page. */
enum { TIFF_MAX_SERIES = 1000 };

static struct tiff_series *tiff_find_like(struct tiff_finder *finder, int page)
{
  for (int i = 0; i < finder->list->n; i++) {
    struct tiff_series *series = &finder->list->series[i];
    if (tiff_page_same(&finder->pages->page[series->key], &finder->pages->page[page]))
      return series;
  }
  return NULL;
}

static int tiff_series_generic(struct tiff_finder *finder, struct err *err)
{
  const struct tiff_pages *pages = finder->pages;
  bool uniform = tiff_is_uniform(finder);
  for (int i = 0; i < pages->n; i++) {
    if (uniform && pages->page[i].sub)
      continue;
    struct tiff_series *series = tiff_find_like(finder, i);
    if (!series && finder->list->n == TIFF_MAX_SERIES)
      return err_set(err, EIO, "%s: tiff with more than %d kinds of page",
                     finder->file->path, TIFF_MAX_SERIES);
    if (!series)
      series = tiff_series_add(finder, i, pages->n - i, err);
    if (!series)
      return -1;
    bool twice = false;
    for (int j = 0; pages->page[i].sub && j < series->npages; j++)
      twice |= pages->page[series->page[j]].ifd == pages->page[i].ifd;
    if (!twice)
      series->page[series->npages++] = i;
  }
  for (int i = 0; i < finder->list->n; i++) {
    struct tiff_series *series = &finder->list->series[i];
    tiff_axis_add_squeezed(series, 'I', series->npages);
    tiff_add_page_axes(series, &pages->page[series->key], 0);
  }
  return 0;
}

/* --- ImageJ ------------------------------------------------------------------------ */

/* Counts the hyperstack's pages into *images; returns false when the description is
 * nonsense. */
static bool tiff_imagej_images(const struct tiff_finder *finder,
                               struct tiff_imagej *imagej, int64_t *images)
{
  const struct tiff_page *page = &finder->pages->page[0];
  const struct tiff_kind *kind = &page->kind;
  bool planar = page->nd > 2 && page->axes[0] == 'S' && kind->samples > 1;
  int64_t stack;
  if (imagej->images < 1 || imagej->frames < 1 || imagej->slices < 1 ||
      imagej->channels < 1 || !checked_mul(imagej->frames, imagej->slices, &stack))
    return false;
  *images = stack;
  if (imagej->channels == 1 || (planar && kind->samples == imagej->channels))
    return true;
  if (imagej->images == stack && page->axes[page->nd - 1] == 'S' &&
      kind->samples == imagej->channels) {
    imagej->channels = 1;
    return true;
  }
  return checked_mul(stack, imagej->channels, images);
}

/* Returns whether all images follow one another behind the first page's directory. */
static bool tiff_imagej_virtual(const struct tiff_finder *finder, int64_t images,
                                int64_t bytes)
{
  const struct tiff_pages *pages = finder->pages;
  const struct tiff_page *page = &pages->page[0];
  if (!page->final)
    return false;
  return images <= 1 || pages->chain < 2 ||
         page->data + bytes <= pages->page[finder->chain[1]].ifd;
}

static void tiff_imagej_axes(struct tiff_series *series, const struct tiff_imagej *imagej,
                             int64_t images, const struct tiff_page *page)
{
  static const char known[][4] = {"czt", "ctz", "zct", "ztc", "tcz", "tzc"};
  const char *order = "czt"; /* innermost first */
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (!strcmp(imagej->order, known[i]))
      order = known[i];
  int64_t extent[3], stack = 1;
  for (int i = 0; i < 3; i++) {
    extent[i] = order[2 - i] == 't'   ? imagej->frames
                : order[2 - i] == 'z' ? imagej->slices
                                      : imagej->channels;
    stack *= extent[i];
  }
  bool planar = page->nd > 2 && page->axes[0] == 'S' && page->kind.samples > 1;
  if (images / stack > 1)
    tiff_axis_add_squeezed(series, 'I', images / stack);
  for (int i = 0; i < 3; i++)
    if (!planar || order[2 - i] != 'c')
      tiff_axis_add_squeezed(series, (char)(order[2 - i] - 'a' + 'A'), extent[i]);
  if (planar)
    tiff_axis_add_squeezed(series, 'C', page->kind.samples);
  tiff_add_page_axes(series, page, planar);
}

/* When the description states another number of images than the file has pages, the pages
 * count, in whole stacks where they make some. */
static void tiff_imagej_refit(struct tiff_series *series, int64_t images,
                              const struct tiff_page *page)
{
  struct tiff_series stack = *series;
  series->nd = 0;
  bool stacks = series->npages % images == 0 && stack.nd < ND_MAX;
  tiff_axis_add(series, 'I', stacks ? series->npages / images : series->npages);
  int nd = stacks ? stack.nd : page->nd;
  for (int d = 0; d < nd; d++)
    tiff_axis_add(series, stacks ? stack.axes[d] : page->axes[d],
                  stacks ? stack.shape[d] : page->shape[d]);
}

/* Returns false when this is not an ImageJ file after all; *rc: 0, or -1 with *err. */
static bool tiff_series_imagej(struct tiff_finder *finder, struct tiff_imagej *imagej,
                               int *rc, struct err *err)
{
  const struct tiff_page *page = &finder->pages->page[0];
  int64_t images, bytes, end;
  *rc = 0;
  if (page->unusable[0] || !tiff_imagej_images(finder, imagej, &images))
    return false;
  if (images == 1)
    images = finder->pages->chain;
  if (!checked_mul(images, page->bytes, &bytes) || page->data < 0 ||
      !checked_add(page->data, bytes, &end) || (page->final && end > finder->file->size))
    return false;

  bool virtual = tiff_imagej_virtual(finder, images, bytes);
  int npages = virtual ? 1 : finder->pages->chain;
  struct tiff_series *series = tiff_series_add(finder, 0, npages, err);
  *rc = series ? 0 : -1;
  if (!series)
    return true;
  series->virtual = virtual;
  memcpy(series->page, finder->chain, (size_t)npages * sizeof *series->page);
  series->npages = npages;
  tiff_imagej_axes(series, imagej, images, page);
  if (!virtual && npages != images)
    tiff_imagej_refit(series, images, page);
  return true;
}

/* --- choosing ---------------------------------------------------------------------- */

/* Returns the exponent when b is smaller than a by a power of `factor` and otherwise like
 * it; else -1. */
static int tiff_subresolution(const struct tiff_series *a, const struct tiff_series *b,
                              int factor)
{
  int level = -1;
  if (strcmp(a->axes, b->axes))
    return -1;
  for (int d = 0; d < a->nd; d++) {
    if (!strchr("XYZ", a->axes[d])) {
      if (a->shape[d] != b->shape[d])
        return -1;
      continue;
    }
    int64_t divisor = 1;
    for (int r = 0; r < 16; r++, divisor *= factor) {
      if (divisor > a->shape[d])
        return -1;
      double left = (double)a->shape[d] / (double)divisor - (double)b->shape[d];
      bool fits = left < 1 && left > -1;
      if (level < 0 && fits)
        level = r;
      if (level == r && !fits)
        return -1;
      if (level == r)
        break;
    }
    if (level < 0)
      return -1;
  }
  return level;
}

/* tifffile's pyramidize_series.  Each series is compared with each other one, so in a
 * file with very many none is taken for a level. */
static void tiff_find_levels(struct tiff_finder *finder, bool only_reduced)
{
  struct tiff_series_list *list = finder->list;
  const struct tiff_page *page = finder->pages->page;
  for (int i = 0; i < list->n && list->n <= TIFF_MAX_SERIES; i++) {
    const struct tiff_series *last = &list->series[i];
    int factor = 0, at = i;
    if (last->level || page[last->key].sub)
      continue;
    for (int j = i + 1; j < list->n; j++) {
      struct tiff_series *next = &list->series[j];
      if (next->level || (only_reduced && !page[next->key].reduced) ||
          page[next->key].dtype != page[last->key].dtype)
        continue;
      for (int f = factor ? factor : 2; f <= (factor ? factor : 4); f++)
        if (tiff_subresolution(last, next, f) == 1) {
          factor = f;
          tiff_series_smaller(list, at, j);
          at = j;
          last = next;
          break;
        }
    }
  }
}

/* The first page's description decides; its second description only where the first does
 * not. */
static int tiff_series_described(struct tiff_finder *finder, enum tiff_found *found,
                                 struct err *err)
{
  CLEANUP_FREE char *text = NULL;
  struct tiff_imagej imagej;
  *found = tiff_series_shaped(finder, err);
  if (*found == TIFF_FOUND)
    tiff_find_levels(finder, true);
  if (*found != TIFF_NOT_FOUND)
    return *found == TIFF_FAILED ? -1 : 0;
  tiff_series_free(finder->list);
  for (int i = 0; i < 2; i++) {
    free(text);
    text = NULL;
    if (tiff_page_text(finder->file, &finder->pages->page[0].text[i], &text, err) < 0)
      return -1;
    if (!text)
      return 0;
    if (!i && tiff_is_ome(text)) {
      *found = tiff_series_ome(finder, text, err);
      if (*found != TIFF_NOT_FOUND)
        return *found == TIFF_FAILED ? -1 : 0;
      tiff_series_free(finder->list);
    }
    if (tiff_parse_imagej(text, &imagej)) {
      int rc;
      if (tiff_series_imagej(finder, &imagej, &rc, err))
        *found = TIFF_FOUND;
      return rc;
    }
  }
  return 0;
}

int tiff_series_find(const struct tiff_file *file, const struct tiff_pages *pages,
                     struct tiff_series_list *list, struct err *err)
{
  CLEANUP_FREE int *chain = malloc((size_t)pages->chain * sizeof *chain);
  if (!chain)
    return err_set(err, ENOMEM, "%s: tiff series: out of memory", file->path);
  for (int i = 0, n = 0; i < pages->n; i++)
    if (!pages->page[i].sub)
      chain[n++] = i;
  struct tiff_finder finder = {file, pages, list, chain};
  enum tiff_found found;
  if (tiff_series_described(&finder, &found, err) < 0)
    return -1;
  if (found == TIFF_FOUND)
    return 0;
  if (tiff_series_generic(&finder, err) < 0)
    return -1;
  tiff_find_levels(&finder, false);
  return 0;
}
