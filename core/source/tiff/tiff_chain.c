/* Walks all directories of a TIFF file.  A loop in the chain is found by Brent's method,
 * without remembering every directory. */
#include "core/source/tiff/tiff_page.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cancel.h"

static struct tiff_page *tiff_pages_add(const struct tiff_file *file,
                                        struct tiff_pages *pages, struct err *err)
{
  if (pages->n == TIFF_MAX_PAGES) {
    err_set(err, EIO, "%s: tiff with more than %d pages", file->path, TIFF_MAX_PAGES);
    return NULL;
  }
  if (pages->n == pages->room) {
    int room = pages->room ? pages->room * 2 : 16;
    struct tiff_page *grown = realloc(pages->page, (size_t)room * sizeof *grown);
    if (!grown) {
      err_set(err, ENOMEM, "%s: tiff directories: out of memory", file->path);
      return NULL;
    }
    pages->page = grown;
    pages->room = room;
  }
  struct tiff_page *page = &pages->page[pages->n++];
  *page = (struct tiff_page){0};
  return page;
}

/* A sub-IFD that cannot be read is left out, as tifffile does: the image does without
 * it. */
static int tiff_pages_subifds(const struct tiff_file *file, struct tiff_pages *pages,
                              int parent, struct err *err)
{
  struct tiff_tag tag = pages->page[parent].subifds;
  for (int64_t i = 0; i < tag.count; i++) {
    uint64_t offset;
    int64_t next;
    if (tiff_tag_values(file, &tag, i, 1, &offset, err) < 0)
      return -1;
    if (offset < 8)
      continue;
    struct tiff_page *page = tiff_pages_add(file, pages, err);
    if (!page)
      return -1;
    struct err sub = ERR_INIT;
    page->ifd = tiff_extent(offset);
    page->sub = true;
    page->number = (int)i;
    page->index = pages->page[parent].index;
    if (tiff_page_read(file, page, &next, &sub) < 0)
      pages->n--;
  }
  return 0;
}

int tiff_pages_read(const struct tiff_file *file, struct tiff_pages *pages,
                    struct err *err)
{
  int64_t tortoise = -1;
  if (!file->first)
    return err_set(err, EIO, "%s: tiff without pages", file->path);
  for (int64_t at = file->first, next; at; at = next) {
    if (cancel_check(err) < 0)
      return -1;
    if (at == tortoise)
      return err_set(err, EIO, "%s: tiff page %d: directories go round in a circle",
                     file->path, pages->chain);
    if (!(pages->chain & (pages->chain - 1)))
      tortoise = at;
    struct tiff_page *page = tiff_pages_add(file, pages, err);
    if (!page)
      return -1;
    page->ifd = at;
    page->index = pages->chain++;
    if (tiff_page_read(file, page, &next, err) < 0 ||
        tiff_pages_subifds(file, pages, pages->n - 1, err) < 0)
      return -1;
  }
  return 0;
}
