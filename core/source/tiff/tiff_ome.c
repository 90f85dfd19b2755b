/* OME-TIFF: the XML in the first description says which page is which plane of which
 * image.
 *
 * A scanner that knows tags and attributes reads only those elements of the XML that
 * place planes.  Images that are spread over several files, or that have planes without a
 * page (tifffile shows zeros), are reported as unusable. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/checked.h"
#include "core/source/tiff/tiff_series.h"

/* One <tag ...> of the text; end points at its '>'. */
struct ome_tag {
  const char *name; /* without a namespace prefix */
  size_t nname;
  const char *end;
  bool closing;
};

struct ome_reader {
  struct tiff_finder *finder;
  struct tiff_series *series; /* NULL: outside of <Pixels> */
  int room; /* planes that may still be placed: all images together may not take more than
             * there are pages */
  char axes[6];      /* outermost first, ends with YX */
  int64_t extent[5]; /* of these axes, voxels; C still with its samples */
  int64_t samples;   /* per pixel; 0: no channel seen yet */
  char uuid[64];     /* of this file, "" when the XML does not say */
  const char *why;   /* why the current image is unusable; NULL: it is not */
};

bool tiff_is_ome(const char *text)
{
  size_t n = strlen(text);
  return n >= 4 && !strcmp(text + n - 4, "OME>");
}

/* Returns the next tag at or after `at`, or NULL; comments, declarations and CDATA are
 * skipped. */
static const char *ome_next(const char *at, struct ome_tag *tag)
{
  while ((at = strchr(at, '<'))) {
    const char *close = NULL;
    if (!strncmp(at, "<!--", 4))
      close = strstr(at, "-->");
    else if (!strncmp(at, "<![CDATA[", 9))
      close = strstr(at, "]]>");
    else if (at[1] == '?' || at[1] == '!')
      close = strchr(at, '>');
    else
      break;
    if (!close)
      return NULL;
    at = close;
  }
  if (!at)
    return NULL;
  tag->closing = at[1] == '/';
  at += 1 + tag->closing;
  tag->name = at;
  at += strcspn(at, " \t\r\n/>");
  for (const char *c = tag->name; c < at; c++)
    if (*c == ':')
      tag->name = c + 1;
  tag->nname = (size_t)(at - tag->name);
  for (char quote = 0; *at && (quote || *at != '>'); at++)
    if (*at == quote)
      quote = 0;
    else if (!quote && (*at == '"' || *at == '\''))
      quote = *at;
  tag->end = at;
  return *at ? at + 1 : NULL;
}

static bool ome_is(const struct ome_tag *tag, const char *name)
{
  return tag->nname == strlen(name) && !memcmp(tag->name, name, tag->nname);
}

/* Copies an attribute's value to out; returns false when there is none or it is too
 * long. */
static bool ome_text(const struct ome_tag *tag, const char *name, char *out, size_t size)
{
  const char *at = tag->name + tag->nname;
  size_t n = strlen(name);
  while (at < tag->end) {
    at += strspn(at, " \t\r\n/");
    const char *key = at;
    at += strcspn(at, "= \t\r\n>");
    size_t nkey = (size_t)(at - key);
    at += strspn(at, "= \t\r\n");
    char quote = *at;
    if (at >= tag->end || (quote != '"' && quote != '\''))
      return false;
    /* a quote inside a key would make our pairs of quotes differ from those that
     * ome_next() saw */
    const char *value = at + 1, *close = memchr(value, quote, (size_t)(tag->end - value));
    if (!close)
      return false;
    size_t nvalue = (size_t)(close - value);
    at = close + 1;
    if (nkey == n && !memcmp(key, name, n) && nvalue < size) {
      memcpy(out, value, nvalue);
      out[nvalue] = '\0';
      return true;
    }
  }
  return false;
}

static int64_t ome_number(const struct ome_tag *tag, const char *name, int64_t missing)
{
  char text[32], *end;
  if (!ome_text(tag, name, text, sizeof text))
    return missing;
  long long value = strtoll(text, &end, 10);
  return *end || end == text || value < 0 || value > INT_MAX ? -1 : value;
}

/* --- images ------------------------------------------------------------------------ */

/* <Pixels DimensionOrder="XYZCT" SizeX=...> */
static int ome_pixels(struct ome_reader *ome, const struct ome_tag *tag, struct err *err)
{
  char order[8], name[8];
  ome->why = NULL;
  ome->samples = 0;
  ome->series = tiff_series_add(ome->finder, 0, ome->room, err);
  if (!ome->series)
    return -1;
  if (!ome_text(tag, "DimensionOrder", order, sizeof order) || strlen(order) != 5 ||
      strncmp(order, "XY", 2)) {
    ome->why = "OME-XML without an order of dimensions";
    return 0;
  }
  for (int d = 0; d < 5; d++) {
    ome->axes[d] = order[4 - d];
    snprintf(name, sizeof name, "Size%c", ome->axes[d]);
    ome->extent[d] = ome_number(tag, name, -1);
    if (!strchr("XYZCT", ome->axes[d]) || ome->extent[d] < 1)
      ome->why = "OME-XML without the extents of an image";
  }
  return 0;
}

static void ome_channel(struct ome_reader *ome, const struct ome_tag *tag)
{
  int64_t samples = ome_number(tag, "SamplesPerPixel", 1);
  if (ome->samples ? samples != ome->samples : samples < 1)
    ome->why = "OME-XML with channels of differing samples per pixel";
  if (ome->samples || ome->why)
    return;
  ome->samples = samples;
  for (int d = 0; d < 5; d++)
    if (ome->axes[d] == 'C')
      ome->extent[d] /= samples;
}

/* <TiffData FirstZ= FirstC= FirstT= IFD= PlaneCount=> says which pages are which
 * planes. */
static void ome_tiff_data(struct ome_reader *ome, const struct ome_tag *tag)
{
  const struct tiff_finder *finder = ome->finder;
  char text[8], name[8];
  int64_t first = 0, ifd = ome_number(tag, "IFD", 0);
  int64_t n = ome_number(tag, "NumPlanes", ome_text(tag, "IFD", text, sizeof text));
  n = ome_number(tag, "PlaneCount", n);
  for (int d = 0; d < 3; d++) {
    snprintf(name, sizeof name, "First%c", ome->axes[d]);
    int64_t at = ome_number(tag, name, 0);
    if (at < 0 || at >= ome->extent[d])
      return; /* tifffile does the same, and warns */
    first = first * ome->extent[d] + at;
    if (first >= ome->room)
      return;
  }
  if (ifd < 0 || n < 0)
    return;
  if (!n)
    n = finder->pages->chain;
  int *page = ome->series->page;
  for (int64_t i = 0; i < n && first + i < ome->room; i++) {
    while (ome->series->npages <= first + i)
      page[ome->series->npages++] = -1;
    if (ifd + i < finder->pages->chain)
      page[first + i] = finder->chain[ifd + i];
  }
}

/* <UUID FileName="other.tif">urn:uuid:...</UUID> in a TiffData says whose page it is. */
static void ome_uuid(struct ome_reader *ome, const struct ome_tag *tag)
{
  char file[256], uuid[64];
  const char *path = ome->finder->file->path, *slash = strrchr(path, '/');
  size_t n = strcspn(tag->end + 1, "<");
  if (n < sizeof uuid) {
    memcpy(uuid, tag->end + 1, n);
    uuid[n] = '\0';
    if (ome->uuid[0] && !strcmp(uuid, ome->uuid))
      return;
  }
  if (!ome->uuid[0] && ome_text(tag, "FileName", file, sizeof file) &&
      !strcasecmp(file, slash ? slash + 1 : path))
    return;
  ome->why = "OME image that is spread over several files";
}

/* Makes the axes of the series from those of the XML and the samples of its pages. */
static void ome_set_axes(struct ome_reader *ome, const struct tiff_page *page)
{
  bool contig = page->kind.planar == 1;
  for (int d = 0; d < 5; d++) {
    if (d == 3 && ome->samples > 1 && !contig)
      tiff_axis_add_squeezed(ome->series, 'S', ome->samples);
    tiff_axis_add_squeezed(ome->series, ome->axes[d], ome->extent[d]);
  }
  if (ome->samples > 1 && contig)
    tiff_axis_add_squeezed(ome->series, 'S', ome->samples);
}

/* Ends an image at </Pixels>; returns false when the image is to be left out. */
static bool ome_finish(struct ome_reader *ome)
{
  struct tiff_series *series = ome->series;
  if (ome->why)
    return true;
  if (!series->npages || series->page[0] < 0) {
    ome->why = "OME image without pages, or without its first";
    return series->npages;
  }
  const struct tiff_page *page = &ome->finder->pages->page[series->page[0]];
  series->key = series->page[0];
  snprintf(series->unusable, TIFF_REASON, "%s", page->unusable);
  ome_set_axes(ome, page);
  int from = series->nd - page->nd;
  if (from < 0 ||
      memcmp(series->shape + from, page->shape, (size_t)page->nd * sizeof *page->shape))
    return false;
  int64_t planes;
  if (!checked_array_bytes(from, series->shape, 1, &planes) || planes > series->npages) {
    ome->why = "OME image with fewer pages than planes";
    return true;
  }
  series->npages = (int)planes;
  for (int i = 0; i < series->npages; i++)
    if (series->page[i] < 0)
      ome->why = "OME image with planes that have no page";
  return true;
}

static void ome_end_pixels(struct ome_reader *ome)
{
  struct tiff_series_list *list = ome->finder->list;
  ome->room -= ome->series->npages + 1;
  if (!ome_finish(ome)) {
    free(ome->series->page);
    list->n--;
  } else if (ome->why) {
    snprintf(ome->series->unusable, TIFF_REASON, "%s", ome->why);
  }
  ome->series = NULL;
}

/* The sub-IFDs of an image's pages are its smaller versions: the first ones of all pages,
 * the second ones, ...; one that a page lacks ends them. */
static int ome_find_levels(struct ome_reader *ome, int index, struct err *err)
{
  const struct tiff_finder *finder = ome->finder;
  struct tiff_series_list *list = finder->list;
  const struct tiff_pages *pages = finder->pages;
  const int npages = list->series[index].npages;
  int last = index;
  if (list->series[index].unusable[0])
    return 0;
  const int64_t n = pages->page[list->series[index].key].subifds.count;
  for (int i = 0; i < n && npages < ome->room; i++) {
    const int key = tiff_page_sub(pages, list->series[index].key, i);
    struct tiff_series *level =
        key < 0 ? NULL : tiff_series_add(ome->finder, key, npages, err);
    if (!level)
      return key < 0 ? 0 : -1;
    const struct tiff_series *whole = &list->series[index];
    for (level->npages = 0; level->npages < npages; level->npages++) {
      level->page[level->npages] = tiff_page_sub(pages, whole->page[level->npages], i);
      if (level->page[level->npages] < 0)
        snprintf(level->unusable, TIFF_REASON, "a pyramid level that pages lack");
    }
    for (int d = 0; d < whole->nd; d++)
      tiff_axis_add(level, whole->axes[d],
                    whole->axes[d] == 'X'   ? pages->page[key].kind.width
                    : whole->axes[d] == 'Y' ? pages->page[key].kind.length
                                            : whole->shape[d]);
    ome->room -= npages + 1;
    tiff_series_smaller(list, last, list->n - 1);
    last = list->n - 1;
  }
  return 0;
}

enum tiff_found tiff_series_ome(struct tiff_finder *finder, const char *xml,
                                struct err *err)
{
  struct ome_reader ome = {.finder = finder, .room = TIFF_MAX_PAGES};
  struct ome_tag tag;
  while ((xml = ome_next(xml, &tag))) {
    if (ome_is(&tag, "OME") && !tag.closing)
      ome_text(&tag, "UUID", ome.uuid, sizeof ome.uuid);
    else if (ome_is(&tag, "BinaryOnly") || ome.room < 1)
      break;
    else if (ome_is(&tag, "Pixels") && !tag.closing && !ome.series) {
      if (ome_pixels(&ome, &tag, err) < 0)
        return TIFF_FAILED;
    } else if (!ome.series || ome.why) {
      if (ome.series && ome_is(&tag, "Pixels"))
        ome_end_pixels(&ome);
    } else if (ome_is(&tag, "Pixels"))
      ome_end_pixels(&ome);
    else if (tag.closing)
      continue;
    else if (ome_is(&tag, "Channel"))
      ome_channel(&ome, &tag);
    else if (ome_is(&tag, "TiffData"))
      ome_tiff_data(&ome, &tag);
    else if (ome_is(&tag, "UUID"))
      ome_uuid(&ome, &tag);
    else if (ome_is(&tag, "ModuloAlongZ") || ome_is(&tag, "ModuloAlongT") ||
             ome_is(&tag, "ModuloAlongC"))
      ome.why = "OME image with modulo dimensions, which are not supported";
  }
  if (ome.series)
    ome_end_pixels(&ome);
  const int images = finder->list->n;
  for (int i = 0; i < images; i++)
    if (ome_find_levels(&ome, i, err) < 0)
      return TIFF_FAILED;
  return images ? TIFF_FOUND : TIFF_NOT_FOUND;
}
