/* h5: one contiguous dataset named by the item's field.
 *
 * The bytes around the voxels come from libhdf5 (h5_skeleton.c) and depend only on field,
 * dtype and shape; `stat` needs them already, for their size.  This file keeps the last
 * few of them, because all items of a directory share one. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/encoding/h5_skeleton.h"
#include "core/encoding/layout.h"

enum { SKELETONS = 64, FIELD_MAX = 1024 };

struct kept {
  char *field; /* NULL: a free place */
  enum dtype dtype;
  int nd;
  int64_t shape[ND_MAX];
  struct h5_skeleton skeleton;
};

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept kept[SKELETONS]; /* protected by kept_lock */
static int kept_next;               /* replaced next; protected by kept_lock */

static bool is_for(const struct kept *entry, const struct item *item)
{
  const struct view *view = item->view;
  return entry->field && entry->dtype == view->dtype && entry->nd == view->nd &&
         memcmp(entry->shape, view->shape, (size_t)view->nd * sizeof *view->shape) == 0 &&
         strcmp(entry->field, item->field) == 0;
}

/* Copies into the arena; without an arena only the sizes. */
static int copy_out(const struct h5_skeleton *from, struct arena *arena,
                    struct h5_skeleton *out, struct err *err)
{
  const size_t size = (size_t)(from->size - from->data_size);
  *out = *from;
  out->bytes = NULL;
  if (!arena)
    return 0;
  out->bytes = arena_alloc(arena, size, err);
  if (!out->bytes)
    return -1;
  memcpy(out->bytes, from->bytes, size);
  return 0;
}

/* Returns 1 when it was found. */
static int find_kept(const struct item *item, struct arena *arena,
                     struct h5_skeleton *out, struct err *err)
{
  LOCK_FOR_SCOPE(&kept_lock);
  for (int i = 0; i < SKELETONS; i++)
    if (is_for(&kept[i], item))
      return copy_out(&kept[i].skeleton, arena, out, err) < 0 ? -1 : 1;
  return 0;
}

/* Takes over skeleton->bytes.  It is harmless when two threads keep the same skeleton
 * twice. */
static void keep(const struct item *item, struct h5_skeleton *skeleton)
{
  char *field = strdup(item->field);
  if (!field) {
    free(skeleton->bytes);
    return;
  }
  LOCK_FOR_SCOPE(&kept_lock);
  struct kept *entry = &kept[kept_next];
  kept_next = (kept_next + 1) % SKELETONS;
  free(entry->field);
  free(entry->skeleton.bytes);
  *entry = (struct kept){.field = field,
                         .dtype = item->view->dtype,
                         .nd = item->view->nd,
                         .skeleton = *skeleton};
  memcpy(entry->shape, item->view->shape, sizeof entry->shape);
}

static int get_skeleton(const struct item *item, struct arena *arena,
                        struct h5_skeleton *out, struct err *err)
{
  const struct view *view = item->view;
  struct h5_skeleton built;
  int64_t data_size;
  const int found = find_kept(item, arena, out, err);
  if (found != 0)
    return found < 0 ? -1 : 0;
  if (layout_view_bytes(view, &data_size, err) < 0 ||
      h5_skeleton_build(item->field, view->dtype, view->nd, view->shape, data_size,
                        &built, err) < 0)
    return -1;
  const int status = copy_out(&built, arena, out, err);
  keep(item, &built);
  return status;
}

static bool h5_holds(const struct item *item)
{
  return item->field && item->field[0] && strlen(item->field) <= FIELD_MAX;
}

static int h5_size(const struct item *item, int64_t *size, struct err *err)
{
  struct h5_skeleton skeleton;
  if (get_skeleton(item, NULL, &skeleton, err) < 0)
    return -1;
  *size = skeleton.size;
  return 0;
}

static int h5_layout(const struct item *item, struct arena *arena, struct layout *out,
                     struct err *err)
{
  struct h5_skeleton skeleton;
  if (get_skeleton(item, arena, &skeleton, err) < 0 ||
      layout_init(out, 3, arena, err) < 0)
    return -1;
  layout_bytes(out, skeleton.bytes, skeleton.data_at);
  layout_voxels(out, item->view);
  layout_bytes(out, skeleton.bytes + skeleton.data_at,
               skeleton.size - skeleton.data_size - skeleton.data_at);
  return 0;
}

const struct encoding encoding_h5 = {
    .ext = "h5",
    .holds = h5_holds,
    .size = h5_size,
    .layout = h5_layout,
};
