/* chunks: the few parts of a volume that is too large for memory.
 *
 * PyTC's TileDataset to the last voxel: a range of length L from l on, cut into n, has
 * boundaries at l + floor(k / m * L), computed in double precision in this order, which
 * is not always the whole quotient (7 / 10 * 90 gives 62).  m is n, or n + 1 where
 * neighbours overlap; a chunk reaches over one step between boundaries, or over two.
 * With more chunks than voxels some are empty, and are shown so.  Padding goes around
 * each chunk: data where there is some, also outside of the range, else by pad_mode. */
#include <errno.h>
#include <math.h>

#include "core/kind/grid.h"

/* first and size: the part of the axis that is divided. */
static int plan_range(const struct ranges *range, int d, struct plan *out,
                      struct err *err)
{
  const int64_t extent = out->space.extent[d];
  const int i = range->n == 1 ? 0 : d;
  int64_t start = 0, stop = extent;
  if (range->n) {
    start = range->start[i];
    stop = range->stop[i] == EXTENT_WHOLE ? extent : range->stop[i];
  }
  if (start > extent || stop > extent)
    return err_set(err, EINVAL, "range: axis %d has %lld voxels, found %lld:%lld", d,
                   (long long)extent, (long long)start, (long long)stop);
  out->first[d] = start;
  out->size[d] = stop - start;
  return 0;
}

static int chunks_plan(const struct view_params *params, const struct space *space,
                       struct plan *out, struct err *err)
{
  if (grid_check_numbers(params->num.n, space->nd, "num", err) ||
      grid_check_numbers(params->pad.n, space->nd, "pad", err) ||
      grid_check_numbers(params->range.n, space->nd, "range", err))
    return -1;
  for (int d = 0; d < space->nd; d++) {
    if (plan_range(&params->range, d, out, err))
      return -1;
    out->n[d] = params->num.n ? grid_number(&params->num, d) : out->size[d] > 1 ? 2 : 1;
  }
  return 0;
}

static int chunks_choose(struct plan *plan, struct err *err)
{
  const struct view_params *params = plan->params;
  if (!params->only.n) {
    view_params_share(params, plan->cells, &plan->from, &plan->count);
    return 0;
  }
  for (int i = 0; i < params->only.n; i++)
    if (params->only.v[i] >= plan->cells)
      return err_set(err, EINVAL, "only: there are %lld chunks, from 0 on, found %lld",
                     (long long)plan->cells, (long long)params->only.v[i]);
  plan->chosen = params->chosen.v;
  plan->count = params->chosen.n;
  return 0;
}

static int64_t boundary(const struct plan *plan, int d, int64_t k)
{
  const int64_t steps = plan->n[d] + plan->params->overlap;
  const double part = (double)k / (double)steps;
  return plan->first[d] + (int64_t)floor(part * (double)plan->size[d]);
}

static void chunks_cell_box(const struct plan *plan, const int64_t *index,
                            struct box *out)
{
  const int64_t steps = 1 + plan->params->overlap;
  for (int d = 0; d < plan->space.nd; d++) {
    const int64_t pad = grid_number(&plan->params->pad, d);
    out->start[d] = boundary(plan, d, index[d]) - pad;
    out->stop[d] = boundary(plan, d, index[d] + steps) + pad;
  }
}

/* PyTC's number of the chunk, and its box without padding, which PyTC names its results
 * by. */
static void chunks_describe(const struct plan *plan, int64_t item, struct text *out)
{
  struct box box;
  grid_box(plan, item, &box);
  for (int d = 0; d < plan->space.nd; d++) {
    const int64_t pad = grid_number(&plan->params->pad, d);
    box.start[d] += pad;
    box.stop[d] -= pad;
  }
  text_add(out, ",\n  \"chunk\": %lld,\n  \"unpadded\": {\"start\": ",
           (long long)grid_cell(plan, item));
  text_add_numbers(out, box.start, plan->space.nd);
  text_add(out, ", \"stop\": ");
  text_add_numbers(out, box.stop, plan->space.nd);
  text_add(out, "}");
}

static const struct grid chunks_grid = {
    .plan = chunks_plan,
    .choose = chunks_choose,
    .cell_box = chunks_cell_box,
    .describe = chunks_describe,
    .cut = grid_cut,
};

const struct kind kind_chunks = {
    .name = "chunks",
    .bit = KIND_CHUNKS,
    .grid = &chunks_grid,
    .item_name = grid_name,
    .find_item = grid_find,
    GRID_KIND,
};
