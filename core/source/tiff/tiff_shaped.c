/* Series of the files that tifffile itself writes: the first page of each series carries
 * the shape of the whole array as text, and the series' other pages follow. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/cleanup.h"
#include "core/source/tiff/tiff_series.h"

/* Gives the page's shaped description in *text, or NULL. */
static int tiff_shaped_text(const struct tiff_finder *finder,
                            const struct tiff_page *page, char **text, struct err *err)
{
  *text = NULL;
  for (int i = 0; i < 2; i++) {
    char *candidate;
    if (tiff_page_text(finder->file, &page->text[i], &candidate, err) < 0)
      return -1;
    if (!candidate)
      return 0;
    if (tiff_is_shaped(candidate)) {
      *text = candidate;
      return 0;
    }
    free(candidate);
  }
  return 0;
}

/* Gives axis letters as far as pyramids need them: the page's own at the end, Q before
 * them. */
static void tiff_shaped_axes(struct tiff_series *series, const struct tiff_shaped *shaped,
                             const struct tiff_page *page)
{
  for (int d = 0; d < shaped->nd; d++) {
    int own = page->nd - (shaped->nd - d);
    char axis = own >= 0 && page->shape[own] == shaped->shape[d] ? page->axes[own] : 'Q';
    tiff_axis_add(series, shaped->axes[0] ? shaped->axes[d] : axis, shaped->shape[d]);
  }
}

/* Returns how many pages the array takes when each has its own directory; 0 when the
 * shape is no multiple of the page's. */
static int64_t tiff_shaped_pages(const struct tiff_shaped *shaped,
                                 const struct tiff_page *page)
{
  int64_t elements, own;
  if (!checked_array_bytes(shaped->nd, shaped->shape, 1, &elements) ||
      !checked_array_bytes(page->nd, page->shape, 1, &own) || !own)
    return 0;
  if (!elements)
    return 1;
  return elements % own ? 0 : elements / own;
}

/* Makes the series that begins with the first of `left` pages; *taken: how many of them
 * it takes. */
static enum tiff_found tiff_shaped_one(struct tiff_finder *finder, const int *list,
                                       int left, const struct tiff_shaped *shaped,
                                       int64_t *taken, struct err *err)
{
  const struct tiff_pages *pages = finder->pages;
  const struct tiff_page *page = &pages->page[*list];
  int64_t npages = tiff_shaped_pages(shaped, page), bytes = 0, end;
  if (!npages || !checked_mul(npages, page->bytes, &bytes) ||
      !checked_add(page->data, bytes, &end))
    return TIFF_NOT_FOUND;
  bool truncated = shaped->says_truncated && shaped->truncated;
  /* the next directory lies behind the data of all pages, so the pages' data follow one
   * another */
  bool adjoin = page->final && !page->subifds.count && left > 1 &&
                page->ifd + bytes < pages->page[list[1]].ifd;
  bool alone = npages == 1 || npages > left || truncated || adjoin;
  *taken = npages <= left && truncated ? 1 : npages;

  struct tiff_series *series =
      tiff_series_add(finder, *list, alone ? 1 : (int)npages, err);
  if (!series)
    return TIFF_FAILED;
  series->npages = alone ? 1 : (int)npages;
  memcpy(series->page, list, (size_t)series->npages * sizeof *series->page);
  series->virtual = alone && page->final;
  tiff_shaped_axes(series, shaped, page);
  if (alone && npages > 1 && !page->final && !series->unusable[0])
    snprintf(series->unusable, TIFF_REASON,
             "the description names %lld pages, the file has %d", (long long)npages,
             left);
  return TIFF_FOUND;
}

static enum tiff_found tiff_shaped_list(struct tiff_finder *finder, const int *list,
                                        int n, struct err *err);

/* Makes series of the sub-IFDs of a series' pages: the first ones of all pages, the
 * second ones, ...  A page that lacks one makes the file none of tifffile's. */
static enum tiff_found tiff_shaped_subs(struct tiff_finder *finder, int index,
                                        struct err *err)
{
  const struct tiff_series *series = &finder->list->series[index];
  const int npages = series->npages;
  CLEANUP_FREE int *pages = malloc((size_t)npages * 2 * sizeof *pages);
  if (!pages) {
    err_set(err, ENOMEM, "%s: tiff series: out of memory", finder->file->path);
    return TIFF_FAILED;
  }
  int *subs = pages + npages; /* the list of series may move */
  memcpy(pages, series->page, (size_t)npages * sizeof *pages);
  const int64_t n = finder->pages->page[pages[0]].subifds.count;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < npages; j++) {
      subs[j] = tiff_page_sub(finder->pages, pages[j], i);
      if (subs[j] < 0)
        return TIFF_NOT_FOUND;
    }
    const enum tiff_found found = tiff_shaped_list(finder, subs, npages, err);
    if (found != TIFF_FOUND)
      return found;
  }
  return TIFF_FOUND;
}

static enum tiff_found tiff_shaped_list(struct tiff_finder *finder, const int *list,
                                        int n, struct err *err)
{
  for (int64_t at = 0, taken = 0; at < n; at += taken) {
    const struct tiff_page *page = &finder->pages->page[list[at]];
    CLEANUP_FREE char *text = NULL;
    struct tiff_shaped shaped;
    if (tiff_shaped_text(finder, page, &text, err) < 0)
      return TIFF_FAILED;
    if (!text || !tiff_parse_shaped(text, &shaped))
      return TIFF_NOT_FOUND;
    if (shaped.nd < 0 || page->unusable[0]) {
      struct tiff_series *series = tiff_series_add(finder, list[at], 1, err);
      if (!series)
        return TIFF_FAILED;
      series->page[series->npages++] = list[at];
      if (shaped.nd < 0)
        snprintf(series->unusable, TIFF_REASON, "an array of more than %d axes", ND_MAX);
      taken = page->unusable[0] ? 1 : tiff_shaped_pages(&shaped, page);
      if (taken < 1)
        return TIFF_NOT_FOUND;
    } else {
      const enum tiff_found found =
          tiff_shaped_one(finder, list + at, n - (int)at, &shaped, &taken, err);
      if (found != TIFF_FOUND)
        return found;
    }
    if (page->subifds.count && !page->sub) {
      const enum tiff_found found = tiff_shaped_subs(finder, finder->list->n - 1, err);
      if (found != TIFF_FOUND)
        return found;
    }
  }
  return TIFF_FOUND;
}

enum tiff_found tiff_series_shaped(struct tiff_finder *finder, struct err *err)
{
  return tiff_shaped_list(finder, finder->chain, finder->pages->chain, err);
}
