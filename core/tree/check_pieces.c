/* Files one by one, so that one that is damaged hides no other.  Missing ones come by the
 * hundred (a folder that was not copied): they are reported as boxes of the grid, the
 * innermost names filled first. */
#include "core/tree/check_pieces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"

enum { GROUPS_MAX = 20, AHEAD = 8 /* files announced before they are read */ };

/* --- groups ------------------------------------------------------------------------ */

struct group {
  int64_t at[GATHER_AXES_MAX], n[GATHER_AXES_MAX];
};

static int64_t number_at(const struct gather_spec *gather, const int64_t *at)
{
  int64_t number = 0;
  for (int i = 0; i < gather->naxes; i++)
    number = number * gather->axes[i].n + at[i];
  return number;
}

/* Are all pieces of the box missing?  clear: from now on they are not. */
static bool all_missing(const struct gather_spec *gather, char *missing,
                        const struct group *box, bool clear)
{
  int64_t at[ND_MAX] = {0}, where[GATHER_AXES_MAX];
  do {
    for (int i = 0; i < gather->naxes; i++)
      where[i] = box->at[i] + at[i];
    char *one = &missing[number_at(gather, where)];
    if (!*one)
      return false;
    *one = !clear;
  } while (nd_next(gather->naxes, box->n, at));
  return true;
}

/* The largest box that begins at a missing piece, grown along the innermost axis
 * first. */
static struct group largest_at(const struct gather_spec *gather, char *missing,
                               int64_t number)
{
  struct group box;
  for (int i = gather->naxes - 1; i >= 0; i--) {
    box.at[i] = number % gather->axes[i].n;
    box.n[i] = 1;
    number /= gather->axes[i].n;
  }
  for (int i = gather->naxes - 1; i >= 0; i--) {
    struct group next = box;
    next.n[i] = 1;
    while ((next.at[i] = box.at[i] + box.n[i]) < gather->axes[i].n &&
           all_missing(gather, missing, &next, false))
      box.n[i]++;
  }
  return box;
}

static void add_value(const struct gather_axis *axis, int64_t at, struct text *out)
{
  if (axis->values)
    text_add(out, "%s", axis->values[at]);
  else
    text_add(out, "%lld", (long long)at);
}

static void add_box(const struct gather_spec *gather, const struct group *box,
                    struct text *out)
{
  for (int i = 0; i < gather->naxes; i++) {
    const struct gather_axis *axis = &gather->axes[i];
    text_add(out, "%s%s ", i ? ", " : "", axis->name);
    if (box->n[i] == axis->n && axis->n > 1) {
      text_add(out, "*");
      continue;
    }
    add_value(axis, box->at[i], out);
    if (box->n[i] > 1) {
      text_add(out, "..");
      add_value(axis, box->at[i] + box->n[i] - 1, out);
    }
  }
}

/* A line per group; missing[] is used up. */
static int report_missing(const struct field_spec *field, char *missing, int64_t count,
                          const char *shown, struct problems *problems)
{
  const struct gather_spec *gather = &field->gather;
  int groups = 0;
  for (int64_t i = 0; i < field->npieces && count; i++) {
    if (!missing[i])
      continue;
    if (++groups > GROUPS_MAX) {
      problems_add(problems, "%s: %lld further pieces of %lld are missing", shown,
                   (long long)count, (long long)field->npieces);
      break;
    }
    char room[PATH_MAX];
    struct piece piece = {0};
    struct text where = {0};
    const struct group box = largest_at(gather, missing, i);
    add_box(gather, &box, &where);
    field_piece(field, i, room, &piece);
    problems_add(problems, "%s: %lld of %lld pieces missing: %s%s%s", shown,
                 (long long)nd_count(gather->naxes, box.n), (long long)field->npieces,
                 where.data ? where.data : "?", piece.path ? "; first: " : "",
                 piece.path ? piece.path : "");
    text_free(&where);
    all_missing(gather, missing, &box, true);
    count -= nd_count(gather->naxes, box.n);
  }
  return groups;
}

/* --- reading ----------------------------------------------------------------------- */

static int check_one(struct pieces *pieces, int64_t number, check_view_fn *read,
                     void *ctx, struct err *err)
{
  const struct view *view = NULL;
  void *pin = NULL;
  if (pieces_ops.get(pieces, number, &view, &pin, err))
    return -1;
  const int rc = view ? read(ctx, view, err) : 0;
  if (view)
    pieces_ops.put(pieces, pin);
  return rc;
}

/* The files after `number` that were not announced yet. */
static void announce(struct pieces *pieces, int64_t number, int64_t *announced)
{
  int64_t all[ND_MAX];
  const int64_t start[ND_MAX] = {0}, end = number + 1 + AHEAD;
  for (int d = 0; d < ND_MAX; d++)
    all[d] = INT64_MAX;
  for (; *announced < end && *announced < pieces_count(pieces); ++*announced)
    pieces_ops.prefetch(pieces, *announced, start, all, false, NULL);
}

int check_pieces(const struct field_spec *field, struct pieces *pieces, const char *shown,
                 check_view_fn *read, void *ctx, struct problems *problems,
                 struct err *err)
{
  const int64_t n = pieces_count(pieces);
  int64_t count = 0, announced = 0;
  int bad = 0;
  CLEANUP_FREE char *missing = calloc((size_t)n, 1);
  if (!missing)
    return err_set(err, ENOMEM, "out of memory for %lld files", (long long)n);
  for (int64_t i = 0; i < n; i++) {
    struct err why = ERR_INIT;
    missing[i] = pieces_state(pieces, i) == PIECE_MISSING;
    count += missing[i];
    announce(pieces, i, &announced);
    if (missing[i] || !check_one(pieces, i, read, ctx, &why))
      continue;
    if (err_is_passing(&why))
      return err_set(err, why.errnum, "%s", why.msg);
    problems_add(problems, "%s: %s", shown, why.msg);
    bad++;
  }
  return bad + report_missing(field, missing, count, shown, problems);
}
