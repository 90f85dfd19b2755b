/* A list of transforms as text, put on a small array of any type and shape and read:
 * "<one byte: type><one byte: shape><the list>".  The same array read in two halves gives
 * the same bytes. */
#include <assert.h>
#include <stdlib.h>

#include "core/transform/transform.h"
#include "tests/support/synth.h"

enum { MOST = 1 << 20 /* bytes */ };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
  int nd;
  int64_t shape[4];
} shapes[] = {{0, {0}},       {1, {5}},          {2, {3, 4}},
              {3, {2, 3, 4}}, {4, {2, 1, 3, 3}}, {2, {0, 4}}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* All of it, then along axis 0 in two pieces. */
static void read_twice(const struct view *view)
{
  int64_t off[ND_MAX] = {0}, shape[ND_MAX], bytes = dtype_size(view->dtype), row = 1;
  struct err err = ERR_INIT;
  for (int d = 0; d < view->nd; d++)
    bytes *= shape[d] = view->shape[d];
  if (!bytes || bytes > MOST)
    return;
  char *all = malloc((size_t)bytes), *halves = malloc((size_t)bytes);
  if (!view_read_box(view, off, view->shape, all, &err) && view->nd) {
    row = bytes / view->shape[0];
    shape[0] = view->shape[0] / 2;
    assert(!view_read_box(view, off, shape, halves, &err));
    off[0] = shape[0];
    shape[0] = view->shape[0] - off[0];
    assert(!view_read_box(view, off, shape, halves + off[0] * row, &err));
    assert(!memcmp(all, halves, (size_t)bytes));
  } else {
    assert((view->nd == 0 && !err.errnum) || err.errnum);
  }
  free(all);
  free(halves);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static uint64_t key; /* every input is another array: no statistics are kept */
  if (size < 2)
    return 0;
  key += 2;
  const int shape = data[1] % SHAPES;
  const struct synth synth =
      synth_new((enum dtype)(data[0] % DT_COUNT), shapes[shape].nd, shapes[shape].shape);
  struct transform_item item = {.view = &synth.view,
                                .channel_axis = -1,
                                .mask = data[1] & 64,
                                .scan = &synth.view,
                                .item_key = key,
                                .scan_key = key + 1};
  struct step_list list;
  struct arena arena;
  struct err err = ERR_INIT;
  char *text = strndup((const char *)data + 2, size - 2);
  arena_init(&arena);
  geometry_identity(&item.geo);
  item.geo.has_affine = data[1] & 32;
  if (transform_parse(text, &arena, &list, &err) ||
      transform_apply(&list, &item, &arena, &err))
    assert(err.errnum);
  else
    read_twice(item.view);
  arena_free(&arena);
  free(text);
  return 0;
}
