/* A layout is built once, by one thread, when a file is opened; the encoding's size() has
 * checked the sizes before, so appending cannot overflow.  A read is split into the
 * regions under it. */
#include "core/encoding/layout.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/encoding/voxel_bytes.h"

int layout_init(struct layout *layout, int max, struct arena *arena, struct err *err)
{
  *layout = (struct layout){0};
  layout->regions = arena_array(arena, (size_t)max, sizeof *layout->regions, err);
  return layout->regions ? 0 : -1;
}

static struct region *append(struct layout *layout, enum region_kind kind, int64_t size)
{
  struct region *region = &layout->regions[layout->nregions];
  assert(size >= 0);
  if (size == 0)
    return NULL;
  *region = (struct region){.kind = kind, .start = layout->size, .size = size};
  layout->nregions++;
  layout->size += size;
  return region;
}

void layout_bytes(struct layout *layout, const void *bytes, int64_t size)
{
  struct region *region = append(layout, REGION_BYTES, size);
  if (region)
    region->bytes = bytes;
}

void layout_voxels(struct layout *layout, const struct view *view)
{
  const int64_t bytes = nd_count(view->nd, view->shape) * dtype_size(view->dtype);
  struct region *region = append(layout, REGION_VOXELS, bytes);
  if (region)
    region->view = view;
}

void layout_stream(struct layout *layout, struct stream stream)
{
  struct region *region = append(layout, REGION_CALL, stream.size);
  if (region) {
    region->pread = stream.pread;
    region->ctx = stream.ctx;
  }
}

static int region_pread(const struct region *region, void *buf, size_t size,
                        int64_t offset, struct err *err)
{
  switch (region->kind) {
  case REGION_BYTES:
    memcpy(buf, (const char *)region->bytes + offset, size);
    return 0;
  case REGION_ZERO:
    memset(buf, 0, size);
    return 0;
  case REGION_VOXELS:
    return voxel_bytes_pread(region->view, buf, size, offset, err);
  case REGION_CALL:
    return region->pread(region->ctx, buf, size, offset, err);
  }
  return err_set(err, EIO, "a region of unknown kind %d", (int)region->kind);
}

int layout_pread(const struct layout *layout, void *buf, size_t size, int64_t offset,
                 struct err *err)
{
  char *out = buf;
  for (int i = 0; i < layout->nregions && size > 0; i++) {
    const struct region *region = &layout->regions[i];
    const int64_t at = offset - region->start;
    if (at >= region->size)
      continue;
    const int64_t left = region->size - at;
    const size_t n = (int64_t)size < left ? size : (size_t)left;
    if (region_pread(region, out, n, at, err) < 0)
      return -1;
    out += n;
    offset += (int64_t)n;
    size -= n;
  }
  return 0;
}

static int pread_layout(void *ctx, void *buf, size_t size, int64_t offset,
                        struct err *err)
{
  return layout_pread(ctx, buf, size, offset, err);
}

struct stream layout_as_stream(struct layout *layout)
{
  return (struct stream){.pread = pread_layout, .ctx = layout, .size = layout->size};
}

int layout_view_bytes(const struct view *view, int64_t *bytes, struct err *err)
{
  char shape[ND_TEXT];
  if (!checked_array_bytes(view->nd, view->shape, dtype_size(view->dtype), bytes))
    return err_set(err, EOVERFLOW, "an array of %s %s is too large for a file",
                   nd_text(view->nd, view->shape, shape), dtype_table[view->dtype].name);
  return 0;
}

int layout_add_size(int64_t a, int64_t b, int64_t *sum, struct err *err)
{
  if (!checked_add(a, b, sum))
    return err_set(err, EOVERFLOW, "a file of more than 2^63 bytes");
  return 0;
}

void layout_copy_part(void *buf, size_t size, const unsigned char *piece, int64_t offset)
{
  memcpy(buf, piece + offset, size);
}
