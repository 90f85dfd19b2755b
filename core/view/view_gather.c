/* Pieces on a grid as one view: see view_gather.h.
 *
 * The names become dimensions of a grid: one per stack, and one per axis of the pieces
 * that a name joins along (names nested in it count through its positions).  A box covers
 * a range of positions in each dimension; each cell there gives a box of its piece.  When
 * the first piece turns out to be missing, all pieces after it are announced, so that
 * other threads open and decode them meanwhile. */
#include "core/view/view_gather.h"

#include <errno.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/view/view_missing.h"

/* One dimension of the grid. */
struct dim {
  int result; /* the axis of the result that it runs along */
  int piece;  /* the axis of the pieces that it joins along; -1: stack */
  int64_t n;  /* positions */
  int nnames; /* number of names nested in it, outermost first: */
  int64_t count[VIEW_GATHER_AXES]; /* positions of each */
  int64_t worth[VIEW_GATHER_AXES]; /* what one position adds to a piece's number */
};

struct gather_view {
  struct view view;
  const struct view_gather_ops *ops;
  void *ctx;
  struct view_gather_plan plan;
  int place[ND_MAX]; /* the axis of the result where each axis of the pieces is */
  int ndims;
  struct dim dims[VIEW_GATHER_AXES];
  char fill[16]; /* one element */
};

/* --- the grid ---------------------------------------------------------------------- */

static int64_t cell_begin(const struct gather_view *v, const struct dim *dim, int64_t k)
{
  const int64_t *bounds = dim->piece < 0 ? NULL : v->plan.bounds[dim->piece];
  if (dim->piece < 0)
    return k;
  if (bounds)
    return bounds[k];
  const int64_t pitch = v->plan.pitch[dim->piece], extent = v->plan.extent[dim->piece];
  return k <= extent / pitch ? k * pitch : extent;
}

static int64_t cell_end(const struct gather_view *v, const struct dim *dim, int64_t k)
{
  const int64_t end = cell_begin(v, dim, k + 1);
  const bool clipped = dim->piece >= 0 && !v->plan.bounds[dim->piece];
  return clipped && end > v->plan.extent[dim->piece] ? v->plan.extent[dim->piece] : end;
}

/* Returns the position whose cell holds `at` (the last cell that begins there or
 * before). */
static int64_t cell_of(const struct gather_view *v, const struct dim *dim, int64_t at)
{
  int64_t low = 0, high = dim->n; /* begins at or before; begins after */
  if (dim->piece < 0)
    return at;
  if (!v->plan.bounds[dim->piece])
    return at / v->plan.pitch[dim->piece];
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    if (cell_begin(v, dim, middle) <= at)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static int64_t number_of(const struct gather_view *v, const int64_t *cell)
{
  int64_t number = 0;
  for (int i = 0; i < v->ndims; i++) {
    int64_t k = cell[i];
    for (int j = v->dims[i].nnames - 1; j >= 0; j--) {
      number += k % v->dims[i].count[j] * v->dims[i].worth[j];
      k /= v->dims[i].count[j];
    }
  }
  return number;
}

/* --- a box ------------------------------------------------------------------------- */

/* The cells under a box, and the walk over them. */
struct walk {
  const struct gather_view *view;
  const int64_t *off, *shape; /* the box */
  int64_t first[VIEW_GATHER_AXES], count[VIEW_GATHER_AXES], at[VIEW_GATHER_AXES];
};

/* The current part of the walk. */
struct part {
  int64_t number;
  int64_t off[ND_MAX], shape[ND_MAX]; /* of the piece */
  int64_t start[ND_MAX];              /* in the box, by the axes of the result */
};

static void walk_begin(struct walk *walk, const struct gather_view *v, const int64_t *off,
                       const int64_t *shape)
{
  *walk = (struct walk){.view = v, .off = off, .shape = shape};
  for (int i = 0; i < v->ndims; i++) {
    const int d = v->dims[i].result;
    walk->first[i] = cell_of(v, &v->dims[i], off[d]);
    walk->count[i] = cell_of(v, &v->dims[i], off[d] + shape[d] - 1) - walk->first[i] + 1;
  }
}

static bool walk_next(struct walk *walk)
{
  return nd_next(walk->view->ndims, walk->count, walk->at);
}

/* Gives the current part; returns false when the cell is empty. */
static bool walk_part(const struct walk *walk, struct part *part)
{
  const struct gather_view *v = walk->view;
  int64_t cell[VIEW_GATHER_AXES];
  memset(part->start, 0, sizeof part->start);
  for (int d = 0; d < v->plan.nd; d++) {
    part->off[d] = walk->off[v->place[d]];
    part->shape[d] = walk->shape[v->place[d]];
  }
  for (int i = 0; i < v->ndims; i++) {
    const struct dim *dim = &v->dims[i];
    const int64_t off = walk->off[dim->result], stop = off + walk->shape[dim->result];
    cell[i] = walk->first[i] + walk->at[i];
    const int64_t begin = cell_begin(v, dim, cell[i]), end = cell_end(v, dim, cell[i]);
    const int64_t from = begin > off ? begin : off, to = end < stop ? end : stop;
    part->start[dim->result] = from - off;
    if (dim->piece < 0)
      continue;
    part->off[dim->piece] = from - begin;
    part->shape[dim->piece] = to - from;
    if (to <= from)
      return false;
  }
  part->number = number_of(v, cell);
  return true;
}

/* Announces the current part; returns false when no more are accepted. */
static bool announce_part(const struct walk *walk, bool wanted, struct source_wish *wish)
{
  const struct gather_view *v = walk->view;
  struct part part;
  return !walk_part(walk, &part) ||
         v->ops->prefetch(v->ctx, part.number, part.off, part.shape, wanted, wish);
}

/* Announces the parts after the one that is being read. */
static void announce_rest(void *ctx)
{
  struct walk walk = *(const struct walk *)ctx;
  while (walk.view->ops->prefetch && walk_next(&walk) && announce_part(&walk, true, NULL))
    continue;
}

/* Reads the part's box from its piece (NULL: a hole); voxels that the piece lacks become
 * fill. */
static int read_piece(const struct gather_view *v, const struct view *piece,
                      const struct part *part, char *out, const int64_t *ostride,
                      struct err *err)
{
  int64_t shape[ND_MAX];
  bool whole = piece != NULL, any = piece != NULL;
  for (int d = 0; piece && d < v->plan.nd; d++) {
    const int64_t left = piece->shape[d] - part->off[d];
    shape[d] = left < part->shape[d] ? left : part->shape[d];
    whole &= shape[d] == part->shape[d];
    any &= shape[d] > 0;
  }
  if (!whole)
    nd_fill(v->plan.nd, part->shape, out, ostride, v->fill, dtype_size(v->view.dtype));
  return any ? view_read_region(piece, part->off, shape, out, ostride, err) : 0;
}

static int read_part(const struct gather_view *v, const struct part *part, void *out,
                     const int64_t *ostride, struct err *err)
{
  int64_t stride[ND_MAX];
  const struct view *piece = NULL;
  void *pin = NULL;
  char *to = (char *)out + nd_offset(v->view.nd, part->start, ostride);
  for (int d = 0; d < v->plan.nd; d++)
    stride[d] = ostride[v->place[d]];
  if (cancel_check(err) || v->ops->get(v->ctx, part->number, &piece, &pin, err))
    return -1;
  const int rc = read_piece(v, piece, part, to, stride, err);
  if (piece)
    v->ops->put(v->ctx, pin);
  return rc;
}

static int gather_read(const struct view *view, const int64_t *off, const int64_t *shape,
                       void *out, const int64_t *ostride, struct err *err)
{
  struct walk walk;
  struct view_missing missing;
  struct part part;
  int rc = 0;
  walk_begin(&walk, (const struct gather_view *)view, off, shape);
  view_missing_begin(&missing, announce_rest, &walk);
  do
    rc = walk_part(&walk, &part) ? read_part(walk.view, &part, out, ostride, err) : 0;
  while (!rc && walk_next(&walk));
  view_missing_end(&missing);
  return rc;
}

static void gather_prefetch(const struct view *view, const int64_t *off,
                            const int64_t *shape, struct source_wish *wish)
{
  struct walk walk;
  walk_begin(&walk, (const struct gather_view *)view, off, shape);
  if (walk.view->ops->prefetch)
    while (announce_part(&walk, false, wish) && walk_next(&walk))
      continue;
}

static const struct view_ops gather_ops = {
    .name = "gather",
    .read_region = gather_read,
    .prefetch = gather_prefetch,
};

/* --- making one -------------------------------------------------------------------- */

/* Makes dimensions of the names. */
static int make_dims(struct gather_view *v, struct err *err)
{
  const struct view_gather_plan *plan = &v->plan;
  int64_t worth[VIEW_GATHER_AXES] = {0}, pieces = 1;
  for (int i = plan->naxes - 1; i >= 0; i--) {
    worth[i] = pieces;
    if (plan->axes[i].n < 1 || !checked_mul(pieces, plan->axes[i].n, &pieces))
      return err_set(err, EINVAL, "gather: expected 1 to 2^63 pieces, found %lld on axis",
                     (long long)plan->axes[i].n);
  }
  for (int i = 0; i < plan->naxes; i++) {
    const struct view_gather_axis *axis = &plan->axes[i];
    const int piece = axis->concat ? axis->axis : -1;
    struct dim *dim = v->dims;
    while (dim < v->dims + v->ndims && (piece < 0 || dim->piece != piece))
      dim++;
    if (dim == v->dims + v->ndims)
      v->dims[v->ndims++] = (struct dim){.result = axis->axis, .piece = piece, .n = 1};
    dim->n *= axis->n;
    dim->count[dim->nnames] = axis->n;
    dim->worth[dim->nnames++] = worth[i];
  }
  return 0;
}

/* Maps the axes of the pieces to axes of the result; stacks stand where they say. */
static int place_axes(struct gather_view *v, struct err *err)
{
  const struct view_gather_plan *plan = &v->plan;
  bool taken[ND_MAX] = {false};
  v->view.nd = plan->nd;
  for (int i = 0; i < v->ndims; i++)
    v->view.nd += v->dims[i].piece < 0;
  if (v->view.nd > ND_MAX)
    return err_set(err, EINVAL, "gather: expected at most %d axes, found %d", ND_MAX,
                   v->view.nd);
  for (int i = 0; i < plan->naxes; i++) {
    const struct view_gather_axis *axis = &plan->axes[i];
    const int limit = axis->concat ? plan->nd : v->view.nd;
    if (axis->axis < 0 || axis->axis >= limit)
      return err_set(err, EINVAL, "gather: expected an axis from 0 to %d, found %d",
                     limit - 1, axis->axis);
    if (!axis->concat && taken[axis->axis])
      return err_set(err, EINVAL, "gather: two names stack on axis %d", axis->axis);
    taken[axis->axis] |= !axis->concat;
  }
  for (int d = 0, at = 0; d < plan->nd; d++) {
    while (taken[at])
      at++;
    v->place[d] = at++;
  }
  for (int i = 0; i < v->ndims; i++)
    if (v->dims[i].piece >= 0)
      v->dims[i].result = v->place[v->dims[i].piece];
  return 0;
}

static int set_shape(struct gather_view *v, struct err *err)
{
  const struct view_gather_plan *plan = &v->plan;
  int64_t bytes;
  for (int d = 0; d < plan->nd; d++)
    v->view.shape[v->place[d]] = plan->shape[d];
  for (int i = 0; i < v->ndims; i++) {
    const struct dim *dim = &v->dims[i];
    int64_t extent = dim->n, cells;
    if (dim->piece >= 0 && plan->bounds[dim->piece]) {
      extent = plan->bounds[dim->piece][dim->n];
    } else if (dim->piece >= 0) {
      extent = plan->extent[dim->piece];
      if (plan->pitch[dim->piece] < 1 ||
          (checked_mul(plan->pitch[dim->piece], dim->n, &cells) && cells < extent))
        return err_set(
            err, EINVAL,
            "gather: %lld cells of %lld do not cover the extent %lld of axis %d",
            (long long)dim->n, (long long)plan->pitch[dim->piece], (long long)extent,
            dim->piece);
    }
    v->view.shape[dim->result] = extent;
  }
  if (checked_array_bytes(v->view.nd, v->view.shape, dtype_size(plan->dtype), &bytes))
    return 0;
  char text[ND_TEXT];
  return err_set(err, EINVAL,
                 "gather: expected an array of less than 2^63 bytes, found %s",
                 nd_text(v->view.nd, v->view.shape, text));
}

struct view *view_gather(struct arena *arena, const struct view_gather_plan *plan,
                         const struct view_gather_ops *ops, void *ctx, struct err *err)
{
  struct gather_view *v = arena_alloc(arena, sizeof *v, err);
  if (!v)
    return NULL;
  v->view = (struct view){.ops = &gather_ops, .dtype = plan->dtype};
  v->ops = ops;
  v->ctx = ctx;
  v->plan = *plan;
  if (make_dims(v, err) || place_axes(v, err) || set_shape(v, err))
    return NULL;
  dtype_convert(DT_F64, &plan->fill, sizeof plan->fill, plan->dtype, v->fill,
                dtype_size(plan->dtype), 1);
  return &v->view;
}
