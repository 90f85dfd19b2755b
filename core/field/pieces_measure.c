/* What the files of a gathered field make together, from as few headers as say it: one
 * for a stack; where pieces are joined along an axis, two per position there
 * (pieces_bounds.c), because the last tiles may be shorter.  None where the description
 * says what the pieces are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/text.h"
#include "core/field/pieces_inside.h"

/* --- the grid --------------------------------------------------------------------- */

int64_t pieces_worth(const struct gather_spec *gather, int i)
{
  int64_t worth = 1;
  while (++i < gather->naxes)
    worth *= gather->axes[i].n;
  return worth;
}

bool pieces_joins(const struct gather_spec *gather, int d)
{
  for (int i = 0; i < gather->naxes; i++)
    if (gather->axes[i].concat && gather->axes[i].axis == d)
      return true;
  return false;
}

int64_t pieces_cells(const struct gather_spec *gather, int d)
{
  int64_t cells = 1;
  for (int i = 0; i < gather->naxes; i++)
    if (gather->axes[i].concat && gather->axes[i].axis == d)
      cells *= gather->axes[i].n;
  return cells;
}

int64_t pieces_cell(const struct gather_spec *gather, int d, int64_t number)
{
  int64_t cell = 0;
  for (int i = 0; i < gather->naxes; i++)
    if (gather->axes[i].concat && gather->axes[i].axis == d)
      cell =
          cell * gather->axes[i].n + number / pieces_worth(gather, i) % gather->axes[i].n;
  return cell;
}

int64_t pieces_in_cell(const struct gather_spec *gather, int d, int64_t cell, int64_t i)
{
  int64_t number = 0, worth = 1;
  for (int a = gather->naxes - 1; a >= 0; a--) {
    const struct gather_axis *axis = &gather->axes[a];
    int64_t *from = axis->concat && axis->axis == d ? &cell : &i;
    number += *from % axis->n * worth;
    *from /= axis->n;
    worth *= axis->n;
  }
  return number;
}

/* --- comparing -------------------------------------------------------------------- */

/* The shape of a piece at the place of `number`; *least: axes where it may be longer. */
static void expected_shape(const struct pieces *pieces, int64_t number, int64_t *shape,
                           bool *least)
{
  const struct view_gather_plan *plan = &pieces->facts.plan;
  for (int d = 0; d < plan->nd; d++) {
    shape[d] = plan->shape[d];
    least[d] = false;
    if (!pieces_joins(&pieces->field->gather, d))
      continue;
    const int64_t cell = pieces_cell(&pieces->field->gather, d, number);
    if (plan->bounds[d]) {
      shape[d] = plan->bounds[d][cell + 1] - plan->bounds[d][cell];
      continue;
    }
    const int64_t left = plan->extent[d] - cell * plan->pitch[d];
    shape[d] = left < plan->pitch[d] ? left : plan->pitch[d];
    least[d] = true;
  }
}

const char *pieces_path(const struct field_spec *field, int64_t number,
                        char room[PATH_MAX])
{
  enum { LONGEST = 160 };
  struct piece piece;
  if (number < 0 || !field_piece(field, number, room, &piece) || !piece.path)
    return "the description";
  return text_end(piece.path, LONGEST, room);
}

int pieces_disagree(const struct pieces *pieces, int64_t number, const int64_t *shape,
                    const struct view *found, bool at_least, struct err *err)
{
  const struct view_gather_plan *plan = &pieces->facts.plan;
  char as[PATH_MAX], of[PATH_MAX], xs[ND_TEXT], ys[ND_TEXT];
  const char *than = number == pieces->measured
                         ? "the piece beside it"
                         : pieces_path(pieces->field, pieces->measured, as);
  return err_set(err, EIO, "%s: expected %s%s of %s as %s has, found %s of %s",
                 pieces_path(pieces->field, number, of), at_least ? "at least " : "",
                 nd_text(plan->nd, shape, xs), dtype_table[plan->dtype].name, than,
                 nd_text(found->nd, found->shape, ys), dtype_table[found->dtype].name);
}

int pieces_compare(const struct pieces *pieces, int64_t number, const struct view *view,
                   struct err *err)
{
  const struct view_gather_plan *plan = &pieces->facts.plan;
  int64_t shape[ND_MAX];
  bool least[ND_MAX], any_least = false;
  bool same = view->nd == plan->nd && view->dtype == plan->dtype;
  const struct gather_spec *gather = &pieces->field->gather;
  const bool may_be_short = gather->has_fill || gather->may_be_short;
  expected_shape(pieces, number, shape, least);
  for (int d = 0; d < plan->nd; d++) {
    any_least |= least[d];
    if (same && least[d])
      same = may_be_short || view->shape[d] >= shape[d];
    else if (same)
      same = view->shape[d] == shape[d];
  }
  return same ? 0
              : pieces_disagree(pieces, number, shape, view, any_least && !may_be_short,
                                err);
}

/* --- headers ---------------------------------------------------------------------- */

int pieces_try(struct piece_search *search, int64_t number, struct open_piece **out,
               struct err *err)
{
  struct pieces *pieces = search->pieces;
  struct err why = ERR_INIT;
  if ((*out = open_piece_get(pieces->table, pieces, number, pieces_open, &why)))
    return 1;
  err_set(&search->why, why.errnum, "%s", why.msg);
  return err_is_passing(&why) ? err_set(err, why.errnum, "%s", why.msg) : 0;
}

static void take_facts(struct pieces *pieces, const struct open_piece *piece)
{
  struct view_gather_plan *plan = &pieces->facts.plan;
  pieces->facts.geo = piece->geo;
  pieces->facts.channel_axis = piece->channel_axis;
  pieces->facts.spatial = piece->spatial;
  pieces->measured = piece->number;
  plan->dtype = piece->view->dtype;
  plan->nd = piece->view->nd;
  memcpy(plan->shape, piece->view->shape, sizeof plan->shape);
}

/* The first piece that can be opened says what all are. */
static int measure_first(struct pieces *pieces, struct err *err)
{
  struct piece_search search = {.pieces = pieces};
  for (int64_t i = 0; i < pieces->field->npieces; i++) {
    struct open_piece *piece;
    const int found = pieces_try(&search, i, &piece, err);
    if (found > 0) {
      take_facts(pieces, piece);
      open_piece_put(pieces->table, piece);
    }
    if (found)
      return found < 0 ? -1 : 0;
  }
  return err_set(err, search.why.errnum, "%s", search.why.msg);
}

/* The dtype by the first header there is; when pieces may miss there need not be any. */
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

/* What the description says of the pieces, into the plan; a header too where it does not
 * say the dtype. */
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

/* What the format said about a piece, for the whole: a stack makes one more spatial axis,
 * and no longer lies where its slices do. */
static void make_whole(struct pieces *pieces)
{
  const struct gather_spec *gather = &pieces->field->gather;
  struct pieces_facts *facts = &pieces->facts;
  bool stack[ND_MAX + 1] = {false};
  int stacks = 0, axis = -1;
  for (int i = 0; i < gather->naxes; i++)
    if (!gather->axes[i].concat && gather->axes[i].axis <= ND_MAX) {
      stack[gather->axes[i].axis] = true;
      stacks++;
    }
  for (int d = 0; d <= facts->channel_axis; d++)
    do
      axis++;
    while (axis < ND_MAX && stack[axis]);
  facts->channel_axis = axis;
  facts->spatial += facts->spatial ? stacks : 0;
  if (stacks || pieces->measured != 0)
    geometry_identity(&facts->geo);
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
    if (pieces_joins(gather, d) && !gather->pitch[d] &&
        pieces_bounds(pieces, d, said, err))
      return -1;
  }
  make_whole(pieces);
  return 0;
}
