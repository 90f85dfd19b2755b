/* The table of kinds and what they share: boxes on a grid, boxes cut out of a field. */
#include "core/kind/kind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/text.h"

const struct kind *const kinds[] = {&kind_slices, &kind_patches, &kind_chunks,
                                    &kind_pairs, NULL};

/* Places further out than this are refused: sums of them cannot overflow. */
static const int64_t PLACE_MAX = INT64_C(1) << 40;

/* Digits of the last of n numbers. */
static int digits_of(int64_t n)
{
  int width = 1;
  for (int64_t last = n - 1; last > 9; last /= 10)
    width++;
  return width;
}

int kind_plan(const struct kind *kind, const struct view_params *params,
              const struct space *space, struct plan *out, struct err *err)
{
  *out = (struct plan){.kind = kind, .params = params, .space = *space};
  if (kind->plan(params, space, out, err))
    return -1;
  out->cells = 1;
  for (int d = 0; d < space->nd; d++) {
    out->width[d] = digits_of(out->n[d]);
    if (!checked_mul(out->cells, out->n[d], &out->cells))
      return err_set(err, EINVAL, "more items than can be numbered");
  }
  out->count = out->cells;
  if (kind->choose && kind->choose(out, err))
    return -1;
  if (!kind->grid_names)
    out->width[0] = digits_of(out->count);
  return 0;
}

int64_t kind_cell(const struct plan *plan, int64_t item)
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

void kind_cell_box(const struct plan *plan, int64_t cell, struct box *out)
{
  int64_t index[ND_MAX];
  cell_index(plan, cell, index);
  if (plan->kind->cell_box) {
    plan->kind->cell_box(plan, index, out);
    return;
  }
  for (int d = 0; d < plan->space.nd; d++) {
    out->start[d] = index[d] == plan->n[d] - 1
                        ? plan->last[d]
                        : plan->first[d] + index[d] * plan->stride[d];
    out->stop[d] = out->start[d] + plan->size[d];
  }
}

void kind_box(const struct plan *plan, int64_t item, struct box *out)
{
  kind_cell_box(plan, kind_cell(plan, item), out);
}

/* By hand: snprintf took a third of the time of listing ten million items. */
static char *add_digits(char *out, int64_t number, int width)
{
  for (int i = width - 1; i >= 0; i--, number /= 10)
    out[i] = (char)('0' + number % 10);
  return out + width;
}

int kind_name(const struct plan *plan, int64_t item, char out[KIND_NAME_MAX + 1])
{
  char *end = out;
  if (plan->kind->grid_names) {
    int64_t index[ND_MAX];
    cell_index(plan, kind_cell(plan, item), index);
    for (int d = 0; d < plan->space.nd; d++) {
      if (d)
        *end++ = '-';
      end = add_digits(end, index[d], plan->width[d]);
    }
  } else {
    end = add_digits(end, item, plan->width[0]);
  }
  *end = '\0';
  return (int)(end - out);
}

/* The first `width` bytes as a number below n; -1: they are none. */
static int64_t number_in(const char *text, int width, int64_t n)
{
  int64_t number = 0;
  for (int i = 0; i < width; i++) {
    if (text[i] < '0' || text[i] > '9')
      return -1;
    number = number * 10 + (text[i] - '0');
  }
  return number < n ? number : -1;
}

/* The cell that a name's indices mean; -1: none. */
static int64_t find_cell(const struct plan *plan, const char *name, int len)
{
  int64_t cell = 0;
  for (int d = 0; d < plan->space.nd; d++) {
    if (d && (len < 1 || *name != '-'))
      return -1;
    name += d > 0;
    len -= d > 0;
    const int64_t i =
        len < plan->width[d] ? -1 : number_in(name, plan->width[d], plan->n[d]);
    if (i < 0)
      return -1;
    cell = cell * plan->n[d] + i;
    name += plan->width[d];
    len -= plan->width[d];
  }
  return len ? -1 : cell;
}

/* Which item a cell is; -1: none. */
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

int64_t kind_find(const struct plan *plan, const char *name, int len)
{
  if (!plan->kind->grid_names)
    return len == plan->width[0] ? number_in(name, len, plan->count) : -1;
  const int64_t cell = find_cell(plan, name, len);
  return cell < 0 ? -1 : item_of_cell(plan, cell);
}

int kind_place(const struct plan *plan, const char *text, struct box *out,
               struct err *err)
{
  int64_t place[ND_MAX];
  const char *p = text;
  int n = 0;
  if (!plan->kind->at)
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
  return plan->kind->at(plan, place, out, err);
}

/* The clipped box, its offset from the unclipped one on either side. */
struct clip {
  struct view_cut cut[ND_MAX];
  int64_t before[ND_MAX], after[ND_MAX];
  bool pads, empty;
};

static void clip_box(const struct plan *plan, const struct kind_field *field,
                     const struct box *box, struct clip *out)
{
  const struct view *view = field->view;
  *out = (struct clip){0};
  for (int a = 0; a < view->nd; a++) {
    int d = a - field->first;
    if (d < 0 || d >= plan->space.nd) {
      out->cut[a] = (struct view_cut){0, 1, view->shape[a], false};
      continue;
    }
    int64_t start = box->start[d] > 0 ? box->start[d] : 0;
    int64_t stop = box->stop[d] < view->shape[a] ? box->stop[d] : view->shape[a];
    out->before[a] = start - box->start[d];
    out->after[a] = box->stop[d] - stop;
    out->pads |= out->before[a] > 0 || out->after[a] > 0;
    out->empty |= start >= stop;
    out->cut[a] = (struct view_cut){start, 1, stop > start ? stop - start : 0, false};
  }
}

static const struct view *pad_clipped(const struct plan *plan, const struct view *view,
                                      const struct clip *clip, struct arena *arena,
                                      struct err *err)
{
  const struct view *cut = view_slice(arena, view, clip->cut, err);
  if (!cut || !clip->pads)
    return cut;
  return view_pad(arena, cut, clip->before, clip->after,
                  (enum pad_mode)plan->params->pad_mode, plan->params->fill, err);
}

/* Pads the whole volume and cuts the box out of that: lazily, it costs what the box
 * costs. */
static const struct view *pad_volume(const struct plan *plan,
                                     const struct kind_field *field,
                                     const struct box *box, struct arena *arena,
                                     struct err *err)
{
  const struct view *view = field->view;
  int64_t before[ND_MAX] = {0}, after[ND_MAX] = {0};
  struct view_cut cut[ND_MAX];
  for (int a = 0; a < view->nd; a++) {
    int d = a - field->first;
    cut[a] = (struct view_cut){0, 1, view->shape[a], false};
    if (d < 0 || d >= plan->space.nd)
      continue;
    before[a] = box->start[d] < 0 ? -box->start[d] : 0;
    after[a] = box->stop[d] > view->shape[a] ? box->stop[d] - view->shape[a] : 0;
    cut[a] = (struct view_cut){box->start[d] + before[a], 1, box->stop[d] - box->start[d],
                               false};
  }
  const struct view *padded =
      view_pad(arena, view, before, after, (enum pad_mode)plan->params->pad_mode,
               plan->params->fill, err);
  return padded ? view_slice(arena, padded, cut, err) : NULL;
}

int kind_box_view(const struct plan *plan, const struct kind_field *field,
                  const struct box *box, struct transform_item *out, struct arena *arena,
                  struct err *err)
{
  const struct snapshot *snapshot = field->snapshot;
  struct clip clip;
  clip_box(plan, field, box, &clip);
  bool patch_only =
      plan->params->preset == PRESET_MEDSEGPY || plan->params->preset == PRESET_PYTC;
  if (patch_only && clip.empty && clip.pads)
    return err_set(err, EINVAL, "the box lies outside the volume: nothing to pad from");
  const struct view *view = !clip.pads || patch_only
                                ? pad_clipped(plan, field->view, &clip, arena, err)
                                : pad_volume(plan, field, box, arena, err);
  if (!view)
    return -1;
  *out = (struct transform_item){.view = view,
                                 .geo = snapshot->geo,
                                 .channel_axis = snapshot->channel_axis,
                                 .first = field->first,
                                 .spatial = plan->space.nd,
                                 .mask = field->mask,
                                 .scan = field->view,
                                 .scan_key = field->key};
  for (int d = 0; d < plan->space.nd; d++)
    geometry_cut(&out->geo, d + field->first, (double)box->start[d], 1);
  return 0;
}

int kind_item(const struct plan *plan, const struct kind_field *field,
              const struct box *box, struct arena *arena, struct item *out,
              struct err *err)
{
  struct transform_item item;
  if (plan->kind->cut(plan, field, box, &item, arena, err))
    return -1;
  /* statistics are of this cut: the box and all that shaped it */
  const uint64_t shaping[] = {view_params_key(plan->params, plan->kind->bit),
                              plan->trailing_axis};
  uint64_t key = text_hash(field->key, shaping, sizeof shaping);
  key = text_hash(key, box->start, sizeof *box->start * (size_t)plan->space.nd);
  item.item_key = text_hash(key, box->stop, sizeof *box->stop * (size_t)plan->space.nd);
  if (transform_apply(&plan->params->transforms, &item, arena, err))
    return -1;
  *out = (struct item){item.view, item.geo, field->name, item.channel_axis};
  return 0;
}
