/* What the files of a gathered field make together, from as few headers as possible: one
 * for a stack; where pieces are joined along an axis, two per position, because the last
 * tiles may be shorter; none where the description says what the pieces are.
 *
 * The length of a position along such an axis is that of the first piece there that can
 * be opened, provided that another piece agrees.  A single header could, after its file
 * was replaced by one of another size, shift all positions behind it: readers would get
 * voxels from the wrong place, and no error.  When two of three pieces agree they decide,
 * and the third is an error for its readers. */
#include <errno.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "core/base/cleanup.h"
#include "core/base/share.h"
#include "core/field/pieces_inside.h"

enum { TRIES = 4 /* pieces that may be asked to agree with the first */ };

/* A search for pieces that can be opened.  The first error is kept in case none can. */
struct piece_search {
  struct pieces *pieces;
  struct err why;
};

/* Returns 1 with the piece pinned, 0 when this piece cannot be opened, -1 when no piece
 * can be opened now. */
static int try_piece(struct piece_search *search, int64_t number, struct open_piece **out,
                     struct err *err)
{
  struct pieces *pieces = search->pieces;
  struct err why = ERR_INIT;
  if ((*out = open_piece_get(pieces->table, pieces, number, pieces_open, &why)))
    return 1;
  err_set(&search->why, why.errnum, "%s", why.msg);
  return err_is_passing(&why) ? err_set(err, why.errnum, "%s", why.msg) : 0;
}

/* --- what all pieces are ----------------------------------------------------------- */

static void take_facts(struct pieces *pieces, const struct open_piece *piece)
{
  struct view_gather_plan *plan = &pieces->facts.plan;
  pieces->facts.geo = piece->geo;
  pieces->facts.channel_axis = piece->channel_axis;
  pieces->facts.spatial = piece->spatial;
  pieces->facts.slice_axis = piece->slice_axis;
  pieces->measured = piece->number;
  plan->dtype = piece->view->dtype;
  plan->nd = piece->view->nd;
  memcpy(plan->shape, piece->view->shape, sizeof plan->shape);
}

/* Looks for an 8-bit image among the files. */
struct wider {
  const struct pieces *pieces;
  atomic_bool found;
};

static void look_for_wider(void *ctx, int64_t from, int64_t to)
{
  struct wider *wider = ctx;
  const struct pieces *pieces = wider->pieces;
  for (int64_t i = from; i < to && !atomic_load(&wider->found); i++) {
    char room[PATH_MAX];
    struct piece piece;
    struct source *source;
    struct err unsaid = ERR_INIT; /* the reader of the piece gets the error */
    if (cancel_requested() || pieces_state(pieces, i) != PIECE_THERE ||
        !field_piece(pieces->field, i, room, &piece) || piece.raw ||
        source_open(pieces->pool, piece.path, &source, &unsaid))
      continue;
    const int index = source_array_find(source, piece.key);
    const struct source_array *array = index < 0 ? NULL : source_array_at(source, index);
    if (array && !array->unusable && array->image && array->dtype == DT_U8 &&
        array->channel_axis < 0)
      atomic_store(&wider->found, true);
    source_unref(source);
  }
}

/* 1-bit and 8-bit grey images may mix: the 1-bit ones are then widened.  When the first
 * is one, all headers are read until an 8-bit one is found. */
static int measure_bits(struct pieces *pieces, bool image, struct err *err)
{
  struct view_gather_plan *plan = &pieces->facts.plan;
  struct wider wider = {.pieces = pieces};
  if (pieces->dtype >= 0 || !image || pieces->field->gather.each.n ||
      pieces->facts.channel_axis >= 0)
    return 0;
  if (plan->dtype == DT_BOOL) {
    share_steps(source_pool_workers(pieces->pool), pieces->field->npieces, 16,
                look_for_wider, &wider);
    if (cancel_check(err))
      return -1;
    if (!atomic_load(&wider.found))
      return 0;
    open_pieces_forget(pieces->table, pieces); /* it was opened with 1 bit */
    plan->dtype = DT_U8;
  }
  if (plan->dtype == DT_U8) {
    pieces->dtype = DT_U8;
    pieces->bits_only = true;
  }
  return 0;
}

/* Takes the facts of all pieces from the first one that can be opened. */
static int measure_first(struct pieces *pieces, struct err *err)
{
  struct piece_search search = {.pieces = pieces};
  for (int64_t i = 0; i < pieces->field->npieces; i++) {
    struct open_piece *piece;
    const int found = try_piece(&search, i, &piece, err);
    if (found < 0)
      return -1;
    if (!found)
      continue;
    take_facts(pieces, piece);
    const bool image = piece->image;
    open_piece_put(pieces->table, piece);
    return measure_bits(pieces, image, err);
  }
  return err_set(err, search.why.errnum, "%s", search.why.msg);
}

/* Takes the dtype from the first header that exists; where pieces may be missing there
 * may be none. */
static int measure_dtype(struct pieces *pieces, struct err *err)
{
  struct err why = ERR_INIT;
  if (!measure_first(pieces, &why))
    return 0;
  if (!pieces->field->pieces_may_miss || err_is_passing(&why))
    return err_set(err, why.errnum, "%s", why.msg);
  pieces->facts.plan.dtype = (enum dtype)pieces->field->gather.dtype_else;
  return 0;
}

/* Puts what the description says of the pieces into the plan; reads a header when the
 * dtype is not stated. */
static int take_said(struct pieces *pieces, struct err *err)
{
  const struct gather_spec *gather = &pieces->field->gather;
  struct view_gather_plan *plan = &pieces->facts.plan;
  pieces->facts.channel_axis = -1;
  plan->dtype = (enum dtype)gather->dtype;
  if (gather->dtype < 0 && measure_dtype(pieces, err))
    return -1;
  plan->nd = gather->nd;
  memcpy(plan->shape, gather->shape, sizeof plan->shape);
  return 0;
}

/* --- along an axis on which pieces are joined -------------------------------------- */

/* The lengths of the cells along an axis. */
struct cells {
  struct pieces *pieces;
  int axis;
  int64_t *length; /* per cell */
  pthread_mutex_t lock;
  int64_t failed; /* the first cell that has an error; protected by lock */
  struct err err; /* its error; protected by lock */
};

/* Returns whether the piece agrees with the first one on all axes except those where
 * pieces join. */
static int agree(const struct cells *cells, const struct open_piece *piece,
                 struct err *err)
{
  const struct pieces *pieces = cells->pieces;
  const struct view_gather_plan *plan = &pieces->facts.plan;
  const struct view *view = piece->view;
  int64_t shape[ND_MAX];
  bool same = view->nd == plan->nd && view->dtype == plan->dtype;
  for (int d = 0; d < plan->nd; d++) {
    shape[d] = d == cells->axis ? view->shape[d] : plan->shape[d];
    same =
        same && (pieces_joins(&pieces->field->gather, d) || view->shape[d] == shape[d]);
  }
  return same ? 0 : pieces_disagree(pieces, piece->number, shape, view, false, err);
}

/* Returns 1 with the piece's length, 0 when it cannot be opened, -1 when it does not fit
 * or no piece can be opened now. */
static int ask(const struct cells *cells, struct piece_search *search, int64_t number,
               int64_t *length, struct err *err)
{
  struct open_piece *piece;
  const int found = try_piece(search, number, &piece, err);
  if (found <= 0)
    return found;
  const int rc = agree(cells, piece, err);
  *length = piece->view->shape[cells->axis];
  open_piece_put(cells->pieces->table, piece);
  return rc ? -1 : 1;
}

static int differ(const struct cells *cells, int64_t first, int64_t length, int64_t other,
                  int64_t other_length, struct err *err)
{
  const struct pieces *pieces = cells->pieces;
  char a[PATH_MAX], b[PATH_MAX];
  return err_set(err, EIO, "%s: expected %lld on axis %d as %s has, found %lld",
                 pieces_path(pieces->field, other, b), (long long)length, cells->axis,
                 pieces_path(pieces->field, first, a), (long long)other_length);
}

/* Asks the last pieces of a cell, whose piece `first` is *length long, whether they
 * agree; *length becomes theirs when two agree on another one.  -1: it cannot be told
 * which is right. */
static int confirm(const struct cells *cells, int64_t cell, int64_t n, int64_t first,
                   int64_t *length, struct err *err)
{
  const struct pieces *pieces = cells->pieces;
  struct piece_search search = {.pieces = cells->pieces};
  int64_t other = -1, other_length = -1;
  int tries = 0;
  for (int64_t i = n - 1; i > first && tries < TRIES; i--) {
    const int64_t number = pieces_in_cell(&pieces->field->gather, cells->axis, cell, i);
    struct err why = ERR_INIT; /* of one piece, whose reader gets the error */
    int64_t found;
    if (pieces_state(pieces, number) != PIECE_THERE)
      continue;
    tries++;
    const int rc = ask(cells, &search, number, &found, &why);
    if (rc < 0 && err_is_passing(&why))
      return err_set(err, why.errnum, "%s", why.msg);
    if (rc > 0 && found == *length)
      return 0;
    if (rc > 0 && found == other_length) {
      *length = found;
      return 0;
    }
    if (rc > 0) {
      other = number;
      other_length = found;
    }
  }
  const int64_t number = pieces_in_cell(&pieces->field->gather, cells->axis, cell, first);
  return other < 0 ? 0 : differ(cells, number, *length, other, other_length, err);
}

static int measure_cell(struct cells *cells, int64_t cell, struct err *err)
{
  const struct gather_spec *gather = &cells->pieces->field->gather;
  const int64_t n = cells->pieces->field->npieces / pieces_cells(gather, cells->axis);
  struct piece_search search = {.pieces = cells->pieces};
  int64_t *length = &cells->length[cell];
  for (int64_t i = 0; i < n; i++) {
    const int64_t number = pieces_in_cell(gather, cells->axis, cell, i);
    const int found = ask(cells, &search, number, length, err);
    if (found)
      return found < 0 ? -1 : confirm(cells, cell, n, i, length, err);
  }
  return err_set(err, search.why.errnum, "%s", search.why.msg);
}

static void measure_range(void *ctx, int64_t from, int64_t to)
{
  struct cells *cells = ctx;
  for (int64_t i = from; i < to; i++) {
    struct err err = ERR_INIT;
    if (!measure_cell(cells, i, &err))
      continue;
    LOCK_FOR_SCOPE(&cells->lock);
    if (cells->failed < 0 || i < cells->failed) {
      cells->failed = i;
      cells->err = err;
    }
    return;
  }
}

/* Puts the begins of the cells along axis d into facts.plan.bounds[d]: from headers, or,
 * where the description states the length of all pieces, from that. */
static int find_bounds(struct pieces *pieces, int d, bool said, struct err *err)
{
  struct view_gather_plan *plan = &pieces->facts.plan;
  const int64_t n = pieces_cells(&pieces->field->gather, d);
  int64_t *bounds = arena_array(&pieces->arena, (size_t)n + 1, sizeof *bounds, err);
  if (!bounds)
    return -1;
  struct cells cells = {.pieces = pieces, .axis = d, .length = bounds + 1, .failed = -1};
  if (said) {
    for (int64_t i = 0; i < n; i++)
      cells.length[i] = plan->shape[d];
  } else {
    pthread_mutex_init(&cells.lock, NULL);
    share_steps(source_pool_workers(pieces->pool), n, 1, measure_range, &cells);
    pthread_mutex_destroy(&cells.lock);
  }
  if (cells.failed >= 0)
    return err_set(err, cells.err.errnum, "%s", cells.err.msg);
  for (int64_t i = 0; i < n; i++)
    if (!checked_add(bounds[i], bounds[i + 1], &bounds[i + 1]))
      return err_set(err, EIO, "field '%s': expected less than 2^63 voxels on axis %d",
                     pieces->field->name, d);
  plan->bounds[d] = bounds;
  return 0;
}

/* --- the whole --------------------------------------------------------------------- */

/* Derives the geometry of the whole from what the format says about a piece: a stack adds
 * a spatial axis, and the whole no longer lies where its slices do. */
static void make_whole(struct pieces *pieces)
{
  const struct gather_spec *gather = &pieces->field->gather;
  struct pieces_facts *facts = &pieces->facts;
  bool stack[ND_MAX + 1] = {false};
  int stacks = 0, axis = -1;
  for (int i = 0; i < gather->naxes; i++)
    if (!gather->axes[i].concat && gather->axes[i].axis <= ND_MAX) {
      stack[gather->axes[i].axis] = true;
      if (!stacks++)
        facts->slice_axis = gather->axes[i].axis;
    }
  for (int d = 0; d <= facts->channel_axis; d++)
    do
      axis++;
    while (axis < ND_MAX && stack[axis]);
  facts->channel_axis = axis;
  facts->spatial += facts->spatial ? stacks : 0;
  if (stacks || pieces->measured != 0) {
    const int intent = facts->geo.intent;
    geometry_identity(&facts->geo);
    facts->geo.intent = intent;
  }
}

int pieces_measure(struct pieces *pieces, struct err *err)
{
  const struct gather_spec *gather = &pieces->field->gather;
  struct view_gather_plan *plan = &pieces->facts.plan;
  const bool said = gather->nd > 0;
  pieces->measured = -1;
  if (said ? take_said(pieces, err) : measure_first(pieces, err))
    return -1;
  plan->naxes = gather->naxes;
  plan->fill = gather->fill;
  for (int i = 0; i < gather->naxes; i++)
    plan->axes[i] = (struct view_gather_axis){gather->axes[i].concat,
                                              gather->axes[i].axis, gather->axes[i].n};
  for (int d = 0; d < plan->nd; d++) {
    plan->pitch[d] = gather->pitch[d];
    plan->extent[d] = gather->extent[d];
    if (pieces_joins(gather, d) && !gather->pitch[d] && find_bounds(pieces, d, said, err))
      return -1;
  }
  make_whole(pieces);
  return 0;
}
