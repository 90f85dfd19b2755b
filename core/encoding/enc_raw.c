/* raw: the voxels and nothing else, C order, little-endian. */
#include "core/encoding/layout.h"

static bool raw_holds(const struct item *item)
{
  return true;
}

static int raw_size(const struct item *item, int64_t *size, struct err *err)
{
  return layout_view_bytes(item->view, size, err);
}

static int raw_layout(const struct item *item, struct arena *arena, struct layout *out,
                      struct err *err)
{
  if (layout_init(out, 1, arena, err) < 0)
    return -1;
  layout_voxels(out, item->view);
  return 0;
}

const struct encoding encoding_raw = {
    .ext = "raw",
    .in_bulk = true,
    .holds = raw_holds,
    .size = raw_size,
    .layout = raw_layout,
};
