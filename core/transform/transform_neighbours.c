/* Least and greatest values in a square window: see transform_table.h.  Boxes as large as
 * a bounded scratch allows are read with the voxels around them, and the window is moved
 * along one axis after the other.  Integers are compared as 64-bit integers, since ids
 * may need all bits. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/transform/transform_table.h"
#include "core/view/tiles.h"

enum {
  GROWN_LIMIT = 256 * 1024, /* voxels of a box with those around it */
  VALUE = 8                 /* bytes that a value is compared as */
};

struct neighbours_view {
  struct view view;
  const struct view *padded; /* the item, mirrored by `reach` on the two axes */
  int axis[2];
  int64_t reach;
  bool erode;
  enum dtype as; /* what values are compared as */
};

/* Moves the window along the middle axis of in[outer][n + 2 * reach][inner]: out is the
 * greatest, or the least value. */
#define NEIGHBOURS_PASS(name, type, better)                                              \
  static void name(const void *from, void *to, const int64_t extent[3], int64_t reach)   \
  {                                                                                      \
    const int64_t n = extent[1], inner = extent[2], row = (n + 2 * reach) * inner;       \
    for (int64_t o = 0; o < extent[0]; o++) {                                            \
      const type *in = (const type *)from + o * row;                                     \
      type *out = (type *)to + o * n * inner;                                            \
      memcpy(out, in, (size_t)(n * inner) * sizeof *out);                                \
      for (int64_t j = 1; j <= 2 * reach; j++)                                           \
        for (int64_t i = 0; i < n * inner; i++)                                          \
          if (in[j * inner + i] better out[i])                                           \
            out[i] = in[j * inner + i];                                                  \
    }                                                                                    \
  }

NEIGHBOURS_PASS(most_i64, int64_t, >)
NEIGHBOURS_PASS(least_i64, int64_t, <)
NEIGHBOURS_PASS(most_u64, uint64_t, >)
NEIGHBOURS_PASS(least_u64, uint64_t, <)
NEIGHBOURS_PASS(most_f64, double, >)
NEIGHBOURS_PASS(least_f64, double, <)

typedef void pass_fn(const void *from, void *to, const int64_t extent[3], int64_t reach);

/* Makes zeros the greatest value there is, so that a least value is one of the others. */
static void hide_zeros(enum dtype as, void *values, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    if (as == DT_F64)
      ((double *)values)[i] =
          ((double *)values)[i] == 0 ? INFINITY : ((double *)values)[i];
    else if (as == DT_I64)
      ((int64_t *)values)[i] =
          ((int64_t *)values)[i] ? ((int64_t *)values)[i] : INT64_MAX;
    else
      ((uint64_t *)values)[i] =
          ((uint64_t *)values)[i] ? ((uint64_t *)values)[i] : UINT64_MAX;
}

/* The memory of one box; a value takes 8 bytes. */
struct window {
  char *raw;                         /* the grown box, in the view's dtype */
  void *value, *half, *most, *least; /* grown; after one pass; after both */
};

/* Moves the window along both axes.  shape: of the box; grown: with what is around it. */
static void both_passes(const struct neighbours_view *v, pass_fn *pass,
                        const int64_t *shape, const int64_t *grown, const void *from,
                        void *half, void *to)
{
  const int nd = v->view.nd;
  int64_t now[ND_MAX], extent[3];
  memcpy(now, grown, sizeof now);
  for (int i = 0; i < 2; i++) {
    const int d = v->axis[i];
    now[d] = shape[d];
    extent[0] = nd_count(d, now);
    extent[1] = now[d];
    extent[2] = nd_count(nd - d - 1, now + d + 1);
    pass(i ? half : from, i ? to : half, extent, v->reach);
  }
}

/* Makes one box from `raw`, which is the grown one. */
static void make_box(const struct neighbours_view *v, const int64_t *shape,
                     const int64_t *grown, struct window *w, char *out,
                     const int64_t *ostride)
{
  static pass_fn *const most[] = {most_i64, most_u64, most_f64};
  static pass_fn *const least[] = {least_i64, least_u64, least_f64};
  const int nd = v->view.nd, size = dtype_size(v->view.dtype);
  const int kind = v->as == DT_I64 ? 0 : v->as == DT_U64 ? 1 : 2;
  const int64_t all = nd_count(nd, grown), n = nd_count(nd, shape);
  int64_t stride[ND_MAX], centre = 0;
  dtype_convert(v->view.dtype, w->raw, size, v->as, w->value, VALUE, (size_t)all);
  both_passes(v, most[kind], shape, grown, w->value, w->half, w->most);
  if (!v->erode) {
    char *made = (char *)w->half;
    dtype_convert(v->as, w->most, VALUE, v->view.dtype, made, size, (size_t)n);
    nd_strides(nd, shape, size, false, stride);
    nd_copy(nd, shape, out, ostride, made, stride, size);
    return;
  }
  hide_zeros(v->as, w->value, all);
  both_passes(v, least[kind], shape, grown, w->value, w->half, w->least);
  nd_strides(nd, grown, size, false, stride);
  for (int i = 0; i < 2; i++)
    centre += v->reach * stride[v->axis[i]];
  nd_copy(nd, shape, out, ostride, w->raw + centre, stride, size);
  int64_t at[ND_MAX] = {0}, i = 0;
  do {
    const bool same = v->as == DT_F64
                          ? ((double *)w->most)[i] == ((double *)w->least)[i]
                          : ((uint64_t *)w->most)[i] == ((uint64_t *)w->least)[i];
    if (!same)
      memset(out + nd_offset(nd, at, ostride), 0, (size_t)size);
    i++;
  } while (nd_next(nd, shape, at));
}

static void grow(const struct neighbours_view *v, const int64_t *shape, int64_t *grown)
{
  memcpy(grown, shape, (size_t)v->view.nd * sizeof *grown);
  for (int i = 0; i < 2; i++)
    grown[v->axis[i]] += 2 * v->reach;
}

/* Halves the box until it fits with what is around it: first the axes that nothing is
 * around, then the longer of the two. */
static void choose_tile(const struct neighbours_view *v, const int64_t *shape,
                        int64_t *tile)
{
  const int nd = v->view.nd;
  int64_t grown[ND_MAX];
  memcpy(tile, shape, (size_t)nd * sizeof *tile);
  for (grow(v, tile, grown); nd_count(nd, grown) > GROWN_LIMIT; grow(v, tile, grown)) {
    int longest = tile[v->axis[0]] > tile[v->axis[1]] ? v->axis[0] : v->axis[1];
    for (int d = 0; d < nd; d++)
      if (d != v->axis[0] && d != v->axis[1] && tile[d] > 1) {
        longest = d;
        break;
      }
    if (tile[longest] == 1)
      return;
    tile[longest] = (tile[longest] + 1) / 2;
  }
}

static int neighbours_read(const struct view *view, const int64_t *off,
                           const int64_t *shape, void *out, const int64_t *ostride,
                           struct err *err)
{
  const struct neighbours_view *v = (const struct neighbours_view *)view;
  const int nd = view->nd;
  int64_t tile[ND_MAX], grown[ND_MAX], at[ND_MAX] = {0}, extent[ND_MAX], from[ND_MAX];
  choose_tile(v, shape, tile);
  grow(v, tile, grown);
  const size_t all = (size_t)nd_count(nd, grown), n = (size_t)nd_count(nd, tile);
  CLEANUP_FREE char *raw = malloc(all * (size_t)dtype_size(view->dtype));
  CLEANUP_FREE char *values = malloc((2 * all + 2 * n) * VALUE);
  if (!raw || !values)
    return err_set(err, ENOMEM, "out of memory for a window of %lld voxels",
                   (long long)(2 * v->reach + 1));
  struct window window = {raw, values, values + all * VALUE, values + 2 * all * VALUE,
                          values + (2 * all + n) * VALUE};
  do {
    char *to = out;
    tiles_extent(nd, shape, tile, at, extent);
    grow(v, extent, grown);
    for (int d = 0; d < nd; d++) {
      from[d] = off[d] + at[d];
      to += at[d] * ostride[d];
    }
    if (cancel_check(err) || view_read_box(v->padded, from, grown, raw, err))
      return -1;
    make_box(v, extent, grown, &window, to, ostride);
  } while (tiles_next(nd, shape, tile, at));
  return 0;
}

static void neighbours_prefetch(const struct view *view, const int64_t *off,
                                const int64_t *shape, struct source_wish *wish)
{
  const struct neighbours_view *v = (const struct neighbours_view *)view;
  int64_t grown[ND_MAX];
  grow(v, shape, grown);
  view_prefetch(v->padded, off, grown, wish);
}

static const struct view_ops neighbours_ops = {
    .name = "neighbours",
    .read_region = neighbours_read,
    .prefetch = neighbours_prefetch,
};

int transform_expect_reach(const struct step_args *args, struct err *err)
{
  if (args->n != 1 || !transform_whole(args, 0) || args->number[0] < 0 ||
      args->number[0] > TRANSFORM_REACH_MAX)
    return err_set(err, EINVAL, "expected a number of voxels from 0 to %d, found '%s'",
                   TRANSFORM_REACH_MAX, args->n ? args->text[args->n - 1] : "");
  return 0;
}

int transform_neighbours(struct transform_item *item, int64_t reach, bool erode,
                         struct arena *arena, struct err *err)
{
  const struct view *below = item->view;
  const char kind = dtype_table[below->dtype].kind;
  int first;
  const int spatial = transform_spatial(item, &first);
  if (!item->mask || reach == 0 || nd_count(below->nd, below->shape) == 0)
    return 0;
  if (kind == 'c' || spatial < 2)
    return err_set(err, EINVAL,
                   "expected a mask of real numbers with 2 or 3 spatial axes, found %s "
                   "with %d",
                   dtype_table[below->dtype].name, spatial);
  struct neighbours_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return -1;
  v->view = view_like(below, &neighbours_ops, below->dtype);
  v->axis[0] = first + spatial - 2;
  v->axis[1] = first + spatial - 1;
  v->reach = reach;
  v->erode = erode;
  v->as = kind == 'f' ? DT_F64 : kind == 'i' ? DT_I64 : DT_U64;
  int64_t around[ND_MAX] = {0};
  around[v->axis[0]] = around[v->axis[1]] = reach;
  v->padded = view_pad(arena, below, around, around, PAD_REFLECT, 0, err);
  item->view = v->padded ? &v->view : NULL;
  return item->view ? 0 : -1;
}
