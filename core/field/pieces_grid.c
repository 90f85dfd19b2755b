/* The places of a gathered field's pieces: which number stands where, and what a piece
 * must be at its place. */
#include <errno.h>

#include "core/base/text.h"
#include "core/field/pieces_inside.h"

/* --- the grid ---------------------------------------------------------------------- */

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

/* --- comparing --------------------------------------------------------------------- */

/* Gives the shape of a piece at the place of `number`; *least: axes where the piece may
 * be longer. */
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
