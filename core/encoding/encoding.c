/* The table of encodings and their front doors, which refuse items that a file cannot
 * hold and check that a file has the size that was promised. */
#include "core/encoding/encoding.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "core/encoding/layout.h"

const struct encoding *const encodings[] = {
    &encoding_nii_gz, &encoding_npy, &encoding_nii, &encoding_raw,
    &encoding_tif,    &encoding_png, &encoding_h5,  NULL,
};
_Static_assert(sizeof encodings / sizeof *encodings - 1 <= 32,
               "sets of them are 32 bits");

const struct encoding *encoding_find(const char *ext)
{
  for (int i = 0; encodings[i]; i++)
    if (strcmp(encodings[i]->ext, ext) == 0)
      return encodings[i];
  return NULL;
}

const char *encoding_ext(int i)
{
  return encodings[i] ? encodings[i]->ext : NULL;
}

static int check_holds(const struct encoding *encoding, const struct item *item,
                       struct err *err)
{
  char shape[ND_TEXT];
  if (encoding->holds(item))
    return 0;
  return err_set(err, ENOENT, "%s cannot hold an array of %s %s", encoding->ext,
                 item->view->nd ? nd_text(item->view->nd, item->view->shape, shape)
                                : "no axes, of",
                 dtype_table[item->view->dtype].name);
}

int encoding_size(const struct encoding *encoding, const struct item *item, int64_t *size,
                  struct err *err)
{
  if (check_holds(encoding, item, err) < 0)
    return -1;
  const int status = encoding->size(item, size, err);
  assert((status < 0) == (err && err->errnum != 0) || !err);
  assert(status < 0 || *size >= 0);
  return status;
}

int encoding_open(const struct encoding *encoding, const struct item *item,
                  struct arena *arena, struct layout *out, struct err *err)
{
  int64_t size = 0;
  if (encoding_size(encoding, item, &size, err) < 0)
    return -1;
  const int status = encoding->layout(item, arena, out, err);
  assert((status < 0) == (err && err->errnum != 0) || !err);
  assert(status < 0 || out->size == size);
  return status;
}

int encoding_pread(const struct layout *layout, void *buf, size_t size, int64_t offset,
                   struct err *err)
{
  assert(offset >= 0 && offset <= layout->size);
  assert((int64_t)size <= layout->size - offset);
  return layout_pread(layout, buf, size, offset, err);
}

static int prefetch_box(void *ctx, const int64_t *off, const int64_t *shape,
                        int64_t linear)
{
  view_prefetch(ctx, off, shape, NULL);
  return 0;
}

/* Framed regions (png, gz) are not prefetched: the reads themselves ask for their
 * voxels. */
void encoding_prefetch(const struct layout *layout, int64_t offset, int64_t size)
{
  for (int i = 0; i < layout->nregions; i++) {
    const struct region *region = &layout->regions[i];
    int64_t from = offset > region->start ? offset - region->start : 0;
    int64_t to = offset + size - region->start;
    if (to > region->size)
      to = region->size;
    if (region->kind != REGION_VOXELS || from >= to)
      continue;
    const struct view *view = region->view;
    const int64_t itemsize = dtype_size(view->dtype);
    from /= itemsize;
    to = (to - 1) / itemsize + 1;
    /* the views are immutable: the walk only passes them on */
    nd_linear(view->nd, view->shape, from, to - from, prefetch_box,
              (struct view *)(uintptr_t)view);
  }
}
