/* Cuts: parse one index per axis, slice the view, move the geometry along. */
#include "core/tree/cut.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One parsed index. */
struct cut_index {
  enum { INDEX_INTEGER, INDEX_SLICE, INDEX_ELLIPSIS } type;
  int64_t value;             /* INDEX_INTEGER */
  int64_t start, stop, step; /* INDEX_SLICE */
  bool has_start, has_stop;
};

/* A whole number at *p; false when there is none.  One that does not fit 64 bits
 * saturates, which as a bound of a slice means the same. */
static bool parse_number(const char **p, int64_t *out)
{
  const char *digits = *p + (**p == '-');
  if (*digits < '0' || *digits > '9')
    return false;
  char *end;
  *out = strtoll(*p, &end, 10);
  *p = end;
  return true;
}

/* One index up to ',' or the end. */
static bool parse_index(const char **p, struct cut_index *out)
{
  *out = (struct cut_index){.step = 1};
  if (!strncmp(*p, "...", 3)) {
    out->type = INDEX_ELLIPSIS;
    *p += 3;
    return true;
  }
  out->has_start = parse_number(p, &out->start);
  if (**p != ':') {
    out->type = INDEX_INTEGER;
    out->value = out->start;
    return out->has_start;
  }
  ++*p;
  out->type = INDEX_SLICE;
  out->has_stop = parse_number(p, &out->stop);
  if (**p != ':')
    return true;
  ++*p;
  return **p == ',' || !**p || parse_number(p, &out->step);
}

static int parse_cut(const char *text, struct cut_index *index, int *n, struct err *err)
{
  const char *p = text;
  int ellipses = 0;
  for (*n = 0;; p++) {
    if (*n > ND_MAX || !parse_index(&p, &index[*n]) || (*p && *p != ','))
      return err_set(err, EINVAL,
                     "[%s]: expected numpy's indexing like 10:74,:,5 (at '%s')", text, p);
    if (index[*n].type == INDEX_SLICE && index[*n].step == 0)
      return err_set(err, EINVAL, "[%s]: a step of 0", text);
    ellipses += index[(*n)++].type == INDEX_ELLIPSIS;
    if (!*p)
      break;
  }
  if (ellipses > 1)
    return err_set(err, EINVAL, "[%s]: more than one '...'", text);
  return 0;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
  return value < low ? low : value > high ? high : value;
}

/* Python's slice.indices(extent). */
static struct view_cut resolve_slice(const struct cut_index *index, int64_t extent)
{
  int64_t step = index->step, low = step > 0 ? 0 : -1,
          high = step > 0 ? extent : extent - 1;
  int64_t start = step > 0 ? low : high, stop = step > 0 ? high : low;
  if (index->has_start)
    start = clamp(index->start < 0 ? index->start + extent : index->start, low, high);
  if (index->has_stop)
    stop = clamp(index->stop < 0 ? index->stop + extent : index->stop, low, high);
  int64_t count = 0;
  if (step > 0 && stop > start)
    count = (stop - start - 1) / step + 1;
  if (step < 0 && start > stop)
    count = step == INT64_MIN ? 1 : (start - stop - 1) / -step + 1;
  if (count <= 1)
    step = 1; /* nothing follows: any step would do, and a huge one could overflow */
  return (struct view_cut){count ? start : 0, step, count, false};
}

static int resolve(const char *text, const struct cut_index *index, int n,
                   const struct view *view, struct view_cut *cut, struct err *err)
{
  int given = 0, d = 0;
  for (int i = 0; i < n; i++)
    given += index[i].type != INDEX_ELLIPSIS;
  if (given > view->nd)
    return err_set(err, EINVAL, "[%s]: %d indices for an array of %d axes", text, given,
                   view->nd);
  for (int i = 0; i < n; i++) {
    int64_t value = index[i].value;
    switch (index[i].type) {
    case INDEX_ELLIPSIS:
      for (int k = given; k < view->nd; k++, d++)
        cut[d] = (struct view_cut){0, 1, view->shape[d], false};
      break;
    case INDEX_SLICE:
      cut[d] = resolve_slice(&index[i], view->shape[d]);
      d++;
      break;
    case INDEX_INTEGER:
      if (value < -view->shape[d] || value >= view->shape[d])
        return err_set(err, EINVAL,
                       "[%s]: index %lld is out of range for axis %d of %lld", text,
                       (long long)value, d, (long long)view->shape[d]);
      cut[d] = (struct view_cut){value < 0 ? value + view->shape[d] : value, 1, 1, true};
      d++;
    }
  }
  for (; d < view->nd; d++)
    cut[d] = (struct view_cut){0, 1, view->shape[d], false};
  return 0;
}

int cut_apply(const char *text, size_t len, struct transform_item *item,
              struct arena *arena, struct err *err)
{
  struct cut_index index[ND_MAX + 2];
  struct view_cut cut[ND_MAX];
  const struct view *view = item->view;
  char *copy = arena_printf(arena, err, "%.*s", (int)len, text);
  int n;
  if (!copy || parse_cut(copy, index, &n, err) || resolve(copy, index, n, view, cut, err))
    return -1;
  int perm[ND_MAX], kept = 0, channel = -1;
  for (int d = 0; d < view->nd; d++) {
    geometry_cut(&item->geo, d, (double)cut[d].start, (double)cut[d].step);
    if (cut[d].drop)
      continue;
    if (d == item->channel_axis)
      channel = kept;
    perm[kept++] = d;
  }
  for (int d = 0; d < view->nd; d++)
    if (cut[d].drop)
      perm[kept++] = d;
  geometry_permute(&item->geo, view->nd, perm);
  item->channel_axis = channel;
  item->view = view_slice(arena, view, cut, err);
  return item->view ? 0 : -1;
}
