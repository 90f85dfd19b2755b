/* The list of a file's series, which the finders fill. */
#include "core/source/tiff/tiff_series.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void tiff_series_free(struct tiff_series_list *list)
{
  for (int i = 0; i < list->n; i++)
    free(list->series[i].page);
  free(list->series);
  *list = (struct tiff_series_list){0};
}

struct tiff_series *tiff_series_add(struct tiff_finder *finder, int key, int room,
                                    struct err *err)
{
  struct tiff_series_list *list = finder->list;
  int *page = malloc((size_t)(room ? room : 1) * sizeof *page);
  if (page && list->n == list->room) {
    int more = list->room ? list->room * 2 : 8;
    struct tiff_series *grown = realloc(list->series, (size_t)more * sizeof *grown);
    if (grown) {
      list->series = grown;
      list->room = more;
    }
  }
  if (!page || list->n == list->room) {
    free(page);
    err_set(err, ENOMEM, "%s: tiff series: out of memory", finder->file->path);
    return NULL;
  }
  struct tiff_series *series = &list->series[list->n++];
  *series = (struct tiff_series){.key = key, .page = page, .smaller = -1};
  snprintf(series->unusable, TIFF_REASON, "%s", finder->pages->page[key].unusable);
  return series;
}

void tiff_series_smaller(struct tiff_series_list *list, int last, int next)
{
  list->series[last].smaller = next;
  list->series[next].level = true;
}

int tiff_page_sub(const struct tiff_pages *pages, int parent, int i)
{
  const struct tiff_page *page = pages->page;
  int low = parent + 1, high = pages->n; /* the page's own come first, by number */
  while (low < high) {
    const int middle = low + (high - low) / 2;
    if (page[middle].sub && page[middle].index == page[parent].index &&
        page[middle].number < i)
      low = middle + 1;
    else
      high = middle;
  }
  return low < pages->n && page[low].sub && page[low].index == page[parent].index &&
                 page[low].number == i
             ? low
             : -1;
}

void tiff_axis_add(struct tiff_series *series, char axis, int64_t extent)
{
  if (series->nd < ND_MAX) {
    series->axes[series->nd] = axis;
    series->shape[series->nd++] = extent;
  }
}

void tiff_axis_add_squeezed(struct tiff_series *series, char axis, int64_t extent)
{
  if (extent > 1 || axis == 'X' || axis == 'Y')
    tiff_axis_add(series, axis, extent);
}
