/* Sampling at moved locations.
 *
 * A box is made in tiles near to cubes, whose locations touch the least below; one whose
 * locations are spread so wide that most of what lies between would be read in vain is
 * halved until they are not.  So a scratch buffer is bounded by the number of locations,
 * and a field that moves neighbours far apart costs time, never memory. */
#include "core/augment/warp.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/base/cleanup.h"
#include "core/view/tiles.h"

enum {
  TILE = 32768,       /* voxels */
  READ_PER_VOXEL = 8, /* voxels below that may be read for each one of a tile */
  READ_ANYWAY = 2048  /* and so many more: a read of less costs no less */
};

struct warp_node {
  struct view view;
  const struct view *below; /* float32 */
  struct warp_field field;
  enum warp_border border;
};

/* --- one location ------------------------------------------------------------------ */

/* The two voxels that a location along one axis lies between. */
struct between {
  int32_t low, high;
  float weight_low, weight_high;
};

/* DeepReg's arithmetic: from the upper one down, so that a location on voxel i weighs
 * i - 1 by 0.  False: outside. */
static inline bool find_between(float loc, int64_t extent, enum warp_border border,
                                struct between *out)
{
  if (!(loc > 0 || (loc == 0 && border == WARP_KEPT)) || !(loc <= (float)(extent - 1)))
    return false;
  const float high = ceilf(loc);
  const float low = high > 0 ? high - 1 : 0;
  *out =
      (struct between){(int32_t)low, (int32_t)high, high - loc, high > 0 ? loc - low : 1};
  return true;
}

static inline bool find_corners(const struct warp_node *v, const float *loc,
                                struct between out[3])
{
  for (int d = 0; d < 3; d++)
    if (!find_between(loc[d], v->below->shape[d], v->border, &out[d]))
      return false;
  return true;
}

/* --- tiles ------------------------------------------------------------------------- */

struct warp_tile {
  const struct warp_node *v;
  const float *loc;    /* C order, three numbers a voxel */
  int64_t loc_step[3]; /* numbers between the locations of neighbours */
  float *source;       /* room for what a part of the tile may read */
  char *out;
  const int64_t *ostride;
};

/* A box of the tile's voxels, and what it touches below. */
struct part {
  int64_t at[3], shape[3];
};

struct touched {
  int64_t low[3], count[3]; /* count[0] 0: nothing */
};

static const float *part_row(const struct warp_tile *tile, const struct part *part,
                             int64_t i, int64_t j, char **out)
{
  const int64_t at[3] = {part->at[0] + i, part->at[1] + j, part->at[2]};
  *out = tile->out + nd_offset(3, at, tile->ostride);
  return tile->loc + nd_offset(3, at, tile->loc_step);
}

static struct touched find_touched(const struct warp_tile *tile, const struct part *part)
{
  struct touched touched = {.low = {INT32_MAX, INT32_MAX, INT32_MAX}};
  int64_t high[3] = {0};
  char *out;
  for (int64_t i = 0; i < part->shape[0]; i++)
    for (int64_t j = 0; j < part->shape[1]; j++) {
      const float *loc = part_row(tile, part, i, j, &out);
      for (int64_t k = 0; k < part->shape[2]; k++) {
        struct between corner[3];
        if (!find_corners(tile->v, loc + 3 * k, corner))
          continue;
        for (int d = 0; d < 3; d++) {
          touched.low[d] =
              corner[d].low < touched.low[d] ? corner[d].low : touched.low[d];
          high[d] = corner[d].high > high[d] ? corner[d].high : high[d];
        }
      }
    }
  if (touched.low[0] == INT32_MAX)
    return (struct touched){.count = {0}};
  for (int d = 0; d < 3; d++)
    touched.count[d] = high[d] - touched.low[d] + 1;
  return touched;
}

/* Along axis 0 first, then 1, then 2, as DeepReg rounds. */
static float sample(const float *source, const struct touched *touched,
                    const struct between corner[3])
{
  const int64_t step[2] = {touched->count[1] * touched->count[2], touched->count[2]};
  const float *at = source + (corner[0].low - touched->low[0]) * step[0] +
                    (corner[1].low - touched->low[1]) * step[1] +
                    (corner[2].low - touched->low[2]);
  const int64_t next[3] = {(corner[0].high - corner[0].low) * step[0],
                           (corner[1].high - corner[1].low) * step[1],
                           corner[2].high - corner[2].low};
  float plane[2];
  for (int k = 0; k < 2; k++) {
    const float *low = at + k * next[2], *high = low + next[1];
    const float a = low[0] * corner[0].weight_low + low[next[0]] * corner[0].weight_high;
    const float b =
        high[0] * corner[0].weight_low + high[next[0]] * corner[0].weight_high;
    plane[k] = a * corner[1].weight_low + b * corner[1].weight_high;
  }
  return plane[0] * corner[2].weight_low + plane[1] * corner[2].weight_high;
}

static void sample_part(const struct warp_tile *tile, const struct part *part,
                        const struct touched *touched)
{
  char *out;
  for (int64_t i = 0; i < part->shape[0]; i++)
    for (int64_t j = 0; j < part->shape[1]; j++) {
      const float *loc = part_row(tile, part, i, j, &out);
      for (int64_t k = 0; k < part->shape[2]; k++) {
        struct between corner[3];
        const float value = find_corners(tile->v, loc + 3 * k, corner)
                                ? sample(tile->source, touched, corner)
                                : 0;
        memcpy(out + k * tile->ostride[2], &value, sizeof value);
      }
    }
}

/* Both halves have voxels: a part of one voxel touches so few that it is never halved. */
static void halve(const struct part *part, struct part half[2])
{
  int d = 0;
  for (int i = 1; i < 3; i++)
    d = part->shape[i] > part->shape[d] ? i : d;
  half[0] = half[1] = *part;
  half[0].shape[d] /= 2;
  half[1].at[d] += half[0].shape[d];
  half[1].shape[d] -= half[0].shape[d];
}

static int64_t most_read(int64_t voxels)
{
  return voxels * READ_PER_VOXEL + READ_ANYWAY;
}

static int make_part(const struct warp_tile *tile, const struct part *part,
                     struct err *err)
{
  const struct touched touched = find_touched(tile, part);
  const int64_t most = most_read(nd_count(3, part->shape));
  /* the product of two extents fits, that of three need not */
  const bool wide =
      touched.count[0] && touched.count[0] * touched.count[1] > most / touched.count[2];
  if (wide) {
    struct part half[2];
    halve(part, half);
    return make_part(tile, &half[0], err) || make_part(tile, &half[1], err) ? -1 : 0;
  }
  if (cancel_check(err) ||
      view_read_box(tile->v->below, touched.low, touched.count, tile->source, err))
    return -1;
  sample_part(tile, part, &touched);
  return 0;
}

/* The largest tile near to a cube. */
static void tile_extents(const int64_t *shape, int64_t tile[3])
{
  struct part part = {{0}, {shape[0], shape[1], shape[2]}}, half[2];
  while (part.shape[0] > TILE || part.shape[1] > TILE || part.shape[2] > TILE ||
         nd_count(3, part.shape) > TILE) {
    halve(&part, half);
    part = half[1];
  }
  memcpy(tile, part.shape, sizeof part.shape);
}

static int warp_read(const struct view *view, const int64_t *off, const int64_t *shape,
                     void *out, const int64_t *ostride, struct err *err)
{
  const struct warp_node *v = (const struct warp_node *)view;
  int64_t tile[3], at[3] = {0};
  tile_extents(shape, tile);
  const int64_t all = nd_count(3, tile);
  CLEANUP_FREE float *loc = malloc((size_t)all * 3 * sizeof *loc);
  CLEANUP_FREE float *source = malloc((size_t)most_read(all) * sizeof *source);
  if (!loc || !source)
    return err_set(err, ENOMEM, "out of memory for a warped box");
  do {
    struct part whole = {.at = {0}};
    int64_t from[3];
    tiles_extent(3, shape, tile, at, whole.shape);
    for (int d = 0; d < 3; d++)
      from[d] = off[d] + at[d];
    if (v->field.locate(v->field.ctx, from, whole.shape, loc, err))
      return -1;
    struct warp_tile now = {.v = v,
                            .loc = loc,
                            .source = source,
                            .out = (char *)out + nd_offset(3, at, ostride),
                            .ostride = ostride};
    nd_strides(3, whole.shape, 3, false, now.loc_step);
    if (make_part(&now, &whole, err))
      return -1;
  } while (tiles_next(3, shape, tile, at));
  return 0;
}

/* What is moved lies near: a hint need not be exact. */
static void warp_prefetch(const struct view *view, const int64_t *off,
                          const int64_t *shape, struct source_wish *wish)
{
  const struct warp_node *v = (const struct warp_node *)view;
  int64_t from[3], count[3];
  for (int d = 0; d < 3; d++) {
    const int64_t extent = v->below->shape[d], stop = off[d] + shape[d];
    from[d] = off[d] < extent ? off[d] : extent;
    count[d] = (stop < extent ? stop : extent) - from[d];
  }
  view_prefetch(v->below, from, count, wish);
}

static const struct view_ops warp_ops = {
    .name = "warp", .read_region = warp_read, .prefetch = warp_prefetch};

static int warp_check(const struct view *below, const int64_t shape[3], struct err *err)
{
  if (below->nd != 3)
    return err_set(err, EINVAL, "expected an array of three axes to warp, found %d",
                   below->nd);
  for (int d = 0; d < 3; d++)
    if (below->shape[d] > WARP_EXTENT_MAX || shape[d] > WARP_EXTENT_MAX)
      return err_set(
          err, EINVAL, "axis %d to be warped: expected at most %d voxels, found %lld", d,
          (int)WARP_EXTENT_MAX,
          (long long)(below->shape[d] > shape[d] ? below->shape[d] : shape[d]));
  int64_t bytes;
  if (!checked_array_bytes(3, shape, dtype_size(DT_F32), &bytes))
    return err_set(err, EINVAL, "a warped array would be too large");
  return 0;
}

const struct view *warp_view(struct arena *arena, const struct view *below,
                             const int64_t shape[3], const struct warp_field *field,
                             enum warp_border border, struct err *err)
{
  if (warp_check(below, shape, err))
    return NULL;
  if (below->dtype != DT_F32)
    below = view_cast(arena, below, DT_F32, err);
  struct warp_node *v = below ? arena_alloc(arena, sizeof *v, err) : NULL;
  if (!v)
    return NULL;
  v->view = view_like(below, &warp_ops, DT_F32);
  memcpy(v->view.shape, shape, 3 * sizeof *shape);
  v->below = below;
  v->field = *field;
  v->border = border;
  return &v->view;
}
