/* A list of augmentations as text, put on a small array and read: "<one byte: type><three
 * bytes: extents><one byte: seed, part and border><the list>".  The array, its thetas and
 * its ddfs read in two halves give the same bytes. */
#include <assert.h>
#include <stdlib.h>

#include "core/augment/augment.h"
#include "tests/support/synth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All of it, then along axis 0 in two pieces. */
static void read_twice(const struct view *view)
{
  int64_t off[ND_MAX] = {0}, shape[ND_MAX];
  const int64_t n = nd_count(view->nd, view->shape);
  struct err err = ERR_INIT;
  if (!n)
    return;
  float *all = malloc((size_t)n * sizeof *all);
  float *halves = malloc((size_t)n * sizeof *halves);
  memcpy(shape, view->shape, sizeof shape);
  assert(!view_read_box(view, off, shape, all, &err));
  shape[0] = view->shape[0] / 2;
  assert(!view_read_box(view, off, shape, halves, &err));
  off[0] = shape[0];
  shape[0] = view->shape[0] - off[0];
  assert(!view_read_box(view, off, shape, halves + off[0] * (n / view->shape[0]), &err));
  assert(!memcmp(all, halves, (size_t)n * sizeof *all));
  free(all);
  free(halves);
}

static void read_shown(const struct augment_draw *draw, const struct step_list *list,
                       const char *name, struct arena *arena)
{
  struct transform_item item = {0};
  struct err err = ERR_INIT;
  const int nd = augment_shown(list, name, NULL, NULL);
  if (!nd)
    return;
  assert(!augment_show(draw, name, &item, arena, &err));
  assert(item.view->nd == nd);
  read_twice(item.view);
}

static void read_all(const struct view *below, const struct step_list *list,
                     unsigned char how, struct arena *arena)
{
  const struct augment_key key = {how, 1, 0, 0, how & 1};
  struct augment_space space = {.border = how & 2 ? WARP_KEPT : WARP_COMPATIBLE};
  struct transform_item item = {.view = below};
  struct err err = ERR_INIT;
  memcpy(space.shape, below->shape, sizeof space.shape);
  const struct augment_draw *draw = augment_draw(list, &key, &space, arena, &err);
  if (!draw) {
    assert(err.errnum);
    return;
  }
  if (!augment_apply(draw, &item, arena, &err))
    read_twice(item.view);
  else
    assert(err.errnum);
  read_shown(draw, list, "theta", arena);
  read_shown(draw, list, "ddf", arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size < 5)
    return 0;
  const int64_t shape[3] = {data[1] % 9, data[2] % 9, data[3] % 9};
  const struct synth synth = synth_new((enum dtype)(data[0] % DT_COUNT), 3, shape);
  struct step_list list;
  struct arena arena;
  struct err err = ERR_INIT;
  char *text = strndup((const char *)data + 5, size - 5);
  arena_init(&arena);
  if (param_steps(&augment_steps, text, &arena, &list, &err))
    assert(err.errnum == EINVAL);
  else
    read_all(&synth.view, &list, data[4], &arena);
  arena_free(&arena);
  free(text);
  return 0;
}
