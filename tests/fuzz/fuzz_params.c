/* The name of a view as its parameters, and the plan it makes over a small space: "<kind
 * and axes><parameters>". */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/grid_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Boxes have the size they should, wherever they lie, and names lead back to them. */
static void try_box(const struct plan *plan, int64_t item)
{
  struct box box;
  char name[ITEM_NAME_MAX + 1];
  grid_box(plan, item, &box);
  for (int d = 0; d < plan->space.nd; d++)
    if (plan->kind->grid->cell_box)
      assert(box.stop[d] >= box.start[d]);
    else
      assert(box.stop[d] > box.start[d] && box.stop[d] - box.start[d] == plan->size[d]);
  grid_names_name(plan, item, name);
  assert(grid_names_find(plan, name) == item);
}

static void try_plan(const struct kind *kind, const struct view_params *params, int nd)
{
  const struct space space = {.nd = nd, .extent = {7, 1, 1000000, 12, 3}};
  struct plan plan;
  struct err err = ERR_INIT;
  if (grid_plan(kind, params, &space, &plan, &err)) {
    assert(err.errnum == EINVAL);
    return;
  }
  assert(plan.count >= 0);
  if (!plan.count)
    return;
  try_box(&plan, 0);
  try_box(&plan, plan.count / 2);
  try_box(&plan, plan.count - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (!size)
    return 0;
  struct view_params params;
  struct arena arena;
  struct err err = ERR_INIT;
  /* the numbers of the three first are those of the corpus */
  const struct kind *kind = data[0] >= 240 ? &kind_pairs : kinds[data[0] % 3];
  char *name = strndup((const char *)data + 1, size - 1);
  arena_init(&arena);
  if (view_params_parse(&params, kind->bit, name, &arena, &err))
    assert(err.errnum);
  else if (kind->grid)
    try_plan(kind, &params, 1 + data[0] / 3 % 5);
  arena_free(&arena);
  free(name);
  return 0;
}
