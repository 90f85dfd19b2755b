/* Boxes on a grid: counting, numbering, placing them. */
#include "core/kind/grid.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/checked.h"

/* Places further out than this are refused: sums of them cannot overflow. */
static const int64_t PLACE_MAX = INT64_C(1) << 40;

int grid_plan(const struct kind *kind, const struct view_params *params,
              const struct space *space, struct plan *out, struct err *err)
{
  *out = (struct plan){.kind = kind, .params = params, .space = *space};
  if (kind->grid->plan(params, space, out, err))
    return -1;
  out->cells = 1;
  for (int d = 0; d < space->nd; d++) {
    out->width[d] = text_digits(out->n[d] > 0 ? out->n[d] - 1 : 0);
    if (!checked_mul(out->cells, out->n[d], &out->cells))
      return err_set(err, EINVAL, "more items than can be numbered");
  }
  out->count = out->cells;
  return kind->grid->choose ? kind->grid->choose(out, err) : 0;
}

int64_t grid_cell(const struct plan *plan, int64_t item)
{
  return plan->chosen ? plan->chosen[item] : plan->from + item;
}

static void cell_index(const struct plan *plan, int64_t cell, int64_t *index)
{
  for (int d = plan->space.nd - 1; d >= 0; d--) {
    index[d] = cell % plan->n[d];
    cell /= plan->n[d];
  }
}

void grid_cell_box(const struct plan *plan, int64_t cell, struct box *out)
{
  int64_t index[ND_MAX];
  cell_index(plan, cell, index);
  if (plan->kind->grid->cell_box) {
    plan->kind->grid->cell_box(plan, index, out);
    return;
  }
  for (int d = 0; d < plan->space.nd; d++) {
    out->start[d] = index[d] == plan->n[d] - 1
                        ? plan->last[d]
                        : plan->first[d] + index[d] * plan->stride[d];
    out->stop[d] = out->start[d] + plan->size[d];
  }
}

void grid_box(const struct plan *plan, int64_t item, struct box *out)
{
  grid_cell_box(plan, grid_cell(plan, item), out);
}

/* The item that a cell is; -1: none. */
static int64_t item_of_cell(const struct plan *plan, int64_t cell)
{
  if (!plan->chosen)
    return cell >= plan->from && cell - plan->from < plan->count ? cell - plan->from : -1;
  int64_t low = 0, high = plan->count;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (plan->chosen[middle] < cell)
      low = middle + 1;
    else
      high = middle;
  }
  return low < plan->count && plan->chosen[low] == cell ? low : -1;
}

int grid_cell_name(const struct plan *plan, int64_t item, char out[ITEM_NAME_MAX + 1])
{
  int64_t cell = grid_cell(plan, item);
  int length = plan->space.nd - 1;
  for (int d = 0; d < plan->space.nd; d++)
    length += plan->width[d];
  char *end = out + length;
  *end = '\0';
  for (int d = plan->space.nd - 1; d >= 0; d--) {
    int64_t index = cell % plan->n[d];
    cell /= plan->n[d];
    for (int i = 0; i < plan->width[d]; i++, index /= 10)
      *--end = (char)('0' + index % 10);
    if (d)
      *--end = '-';
  }
  return length;
}

int64_t grid_find_cell(const struct plan *plan, const char *name)
{
  int64_t cell = 0;
  for (int d = 0; d < plan->space.nd; d++) {
    int64_t index = 0;
    if (d && *name++ != '-')
      return -1;
    for (int i = 0; i < plan->width[d]; i++, name++) {
      if (*name < '0' || *name > '9' || index > (INT64_MAX - 9) / 10)
        return -1;
      index = index * 10 + (*name - '0');
    }
    if (index >= plan->n[d])
      return -1;
    cell = cell * plan->n[d] + index;
  }
  return *name ? -1 : item_of_cell(plan, cell);
}

/* Is one voxel of the box inside the volume? */
static bool is_inside(const struct plan *plan, const struct box *box)
{
  for (int d = 0; d < plan->space.nd; d++)
    if (box->stop[d] <= 0 || box->start[d] >= plan->space.extent[d])
      return false;
  return true;
}

/* Does the box, which has the plan's size, begin where a cell of the regular grid does?
 */
static bool is_cell(const struct plan *plan, const struct box *box)
{
  for (int d = 0; d < plan->space.nd; d++) {
    const int64_t from_first = box->start[d] - plan->first[d], stride = plan->stride[d];
    const bool among = stride > 0 && from_first >= 0 && from_first % stride == 0 &&
                       from_first / stride < plan->n[d] - 1;
    if (!among && box->start[d] != plan->last[d])
      return false;
  }
  return true;
}

int grid_box_at(const struct plan *plan, const char *text, struct box *out,
                struct err *err)
{
  int64_t place[ND_MAX];
  const char *p = text;
  int n = 0;
  if (!plan->kind->grid->at)
    return err_set(err, EINVAL, "at=: %s have no one size; patches can be at any place",
                   plan->kind->name);
  for (;; p++) {
    /* one spelling per place: no sign but '-', no leading zeros */
    const char *digits = p + (*p == '-');
    char *end;
    errno = 0;
    long long value = strtoll(p, &end, 10);
    bool plain = *digits >= '0' && *digits <= '9' &&
                 (*digits != '0' || (end == digits + 1 && digits == p));
    if (!plain || errno || value < -PLACE_MAX || value > PLACE_MAX || n == ND_MAX)
      return err_set(err, EINVAL,
                     "at=: expected %d whole numbers like 10x-4x7, found '%s'",
                     plan->place_nd, text);
    place[n++] = value;
    p = end;
    if (*p != 'x')
      break;
  }
  if (*p || n != plan->place_nd)
    return err_set(err, EINVAL, "at=: expected %d whole numbers like 10x-4x7, found '%s'",
                   plan->place_nd, text);
  if (plan->kind->grid->at(plan, place, out, err))
    return -1;
  if (!is_inside(plan, out) && !is_cell(plan, out))
    return err_set(err, EINVAL, "at=%s: no voxel of it is inside the volume of %s", text,
                   nd_text(plan->space.nd, plan->space.extent, (char[ND_TEXT]){0}));
  return 0;
}

int64_t grid_number(const struct extents *extents, int axis)
{
  return extents->n ? extents->v[extents->n == 1 ? 0 : axis] : 0;
}

int grid_check_numbers(int n, int nd, const char *key, struct err *err)
{
  if (n > 1 && n != nd)
    return err_set(err, EINVAL, "%s: expected 1 or %d numbers, found %d", key, nd, n);
  return 0;
}
