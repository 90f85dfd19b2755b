/* Allocations that fail while augmentations are read, drawn and applied. */
#include "core/augment/augment.h"
#include "tests/fault/fault.h"
#include "tests/support/synth.h"

/* uint16, so that it is converted first. */
static const int64_t shape[3] = {9, 8, 10};

static int add_view(const struct view *view, struct outcome *out, struct err *err)
{
  static float voxels[2 * 9 * 8 * 10 * 3];
  const int64_t off[ND_MAX] = {0};
  if (!view || view_read_box(view, off, view->shape, voxels, err))
    return -1;
  outcome_add(out, voxels, (size_t)nd_count(view->nd, view->shape) * sizeof *voxels);
  return 0;
}

static int show(const struct augment_draw *draw, const char *name, struct arena *arena,
                struct outcome *out, struct err *err)
{
  struct transform_item item = {0};
  return augment_show(draw, name, &item, arena, err) ? -1 : add_view(item.view, out, err);
}

static int augment(struct arena *arena, struct outcome *out, struct err *err)
{
  const struct augment_key key = {1, 2, 3, 4, 1};
  const struct augment_space space = {{9, 8, 10}, WARP_COMPATIBLE};
  const struct synth synth = synth_new(DT_U16, 3, shape);
  struct transform_item item = {.view = &synth.view};
  struct step_list list;
  if (param_steps(&augment_steps, "affine+ddf:2:3x4x5+affine+ddf", arena, &list, err))
    return -1;
  const struct augment_draw *draw = augment_draw(&list, &key, &space, arena, err);
  if (!draw || augment_apply(draw, &item, arena, err) || add_view(item.view, out, err))
    return -1;
  return show(draw, "theta", arena, out, err) || show(draw, "ddf", arena, out, err) ? -1
                                                                                    : 0;
}

static int all(void *ctx, struct outcome *out, struct err *err)
{
  struct arena arena;
  (void)ctx;
  arena_init(&arena);
  const int rc = augment(&arena, out, err);
  arena_free(&arena);
  return rc;
}

int main(void)
{
  const struct operation op = {"augment", .run = all};
  faults_run(&op);
  return check_report("test_fault_augment");
}
