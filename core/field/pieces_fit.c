/* Looks at the representatives of each field side by side, then compares them field by
 * field: see pieces_fit.h. */
#include "core/field/pieces_fit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/share.h"
#include "core/field/piece_dtype.h"
#include "core/field/pieces_inside.h"

enum { TRIES = 4 /* files that cannot be opened before a position is given up */ };

/* A representative: the piece whose header stands for a position along an axis of the
 * pieces. */
struct look {
  const struct field_spec *field;
  int axis; /* -1: any piece */
  int64_t cell;
  int64_t number;   /* the piece; -1: none can be opened */
  bool lacking;     /* its file has no such array; the rest is not set */
  enum dtype dtype; /* as the field needs it, when it can be converted to that */
  bool image;       /* as in struct source_array */
  int nd;
  int64_t shape[ND_MAX];
};

/* The representatives of a field. */
struct looks {
  const struct field_spec *field;
  struct look *first;         /* any piece */
  struct look *along[ND_MAX]; /* per cell; NULL: nothing is joined along the axis */
};

struct check {
  struct look *looks;
  int64_t n;
  struct source_pool *pool;
};

/* --- looking ----------------------------------------------------------------------- */

static bool is_asked(const struct field_spec *field)
{
  const struct gather_spec *gather = &field->gather;
  bool pitch = false;
  for (int d = 0; d < ND_MAX; d++)
    pitch |= gather->pitch[d] > 0;
  return gather->naxes && !gather->nd && !gather->each.n && !pitch;
}

static int64_t count_looks(const struct field_spec *field)
{
  int64_t n = is_asked(field);
  for (int d = 0; d < ND_MAX && n; d++)
    if (pieces_joins(&field->gather, d))
      n += pieces_cells(&field->gather, d);
  return n;
}

/* Plans the representatives of a field, from *next on. */
static struct looks plan_looks(const struct field_spec *field, struct look **next)
{
  struct looks looks = {.field = field, .first = (*next)++};
  *looks.first = (struct look){.field = field, .axis = -1, .number = -1};
  for (int d = 0; d < ND_MAX; d++) {
    if (!pieces_joins(&field->gather, d))
      continue;
    looks.along[d] = *next;
    for (int64_t cell = 0; cell < pieces_cells(&field->gather, d); cell++)
      *(*next)++ = (struct look){.field = field, .axis = d, .cell = cell, .number = -1};
  }
  return looks;
}

static bool open_piece(struct source_pool *pool, const struct piece *piece,
                       struct source **out)
{
  struct err unsaid = ERR_INIT; /* the reader of the piece gets the error */
  return !(piece->raw ? source_open_raw(pool, piece->path, piece->raw, out, &unsaid)
                      : source_open(pool, piece->path, out, &unsaid));
}

/* Returns false when the file, or the array in it, cannot be read. */
static bool look_at(struct source_pool *pool, struct look *look,
                    const struct piece *piece)
{
  struct source *source = NULL;
  if (!open_piece(pool, piece, &source))
    return false;
  const int index = source_array_find(source, piece->key);
  const struct source_array *array = index < 0 ? NULL : source_array_at(source, index);
  const bool usable = !array || !array->unusable;
  look->lacking = !array;
  if (array && usable) {
    look->dtype = array->dtype;
    look->image = array->image && array->channel_axis < 0;
    look->nd = array->nd;
    memcpy(look->shape, array->shape, sizeof look->shape);
  }
  source_unref(source);
  return usable;
}

static void look(struct source_pool *pool, struct look *look)
{
  const struct field_spec *field = look->field;
  const int64_t n = look->axis < 0
                        ? field->npieces
                        : field->npieces / pieces_cells(&field->gather, look->axis);
  int tries = 0;
  for (int64_t i = 0; i < n && tries < TRIES; i++) {
    char room[PATH_MAX];
    struct piece piece;
    const int64_t number =
        look->axis < 0 ? i : pieces_in_cell(&field->gather, look->axis, look->cell, i);
    if (!field_piece(field, number, room, &piece) || !piece.path)
      continue;
    tries++;
    if (look_at(pool, look, &piece)) {
      look->number = number;
      return;
    }
  }
}

static void look_range(void *ctx, int64_t from, int64_t to)
{
  struct check *check = ctx;
  for (int64_t i = from; i < to; i++)
    look(check->pool, &check->looks[i]);
}

/* --- comparing --------------------------------------------------------------------- */

/* The function that is told of a contradiction, and the field. */
struct complaint {
  struct source_pool *pool;
  pieces_complaint_fn *fn;
  void *ctx;
  int64_t field;
};

static void disagree(const struct complaint *to, const struct look *expected,
                     const struct look *found, const int64_t *shape)
{
  char as[PATH_MAX], of[PATH_MAX], xs[ND_TEXT], ys[ND_TEXT];
  struct err text = ERR_INIT;
  err_set(&text, EIO, "%s: expected %s of %s as %s has, found %s of %s",
          pieces_path(found->field, found->number, of), nd_text(expected->nd, shape, xs),
          dtype_table[expected->dtype].name,
          pieces_path(expected->field, expected->number, as),
          nd_text(found->nd, found->shape, ys), dtype_table[found->dtype].name);
  to->fn(to->ctx, to->field, text.msg);
}

static void lacks_array(const struct complaint *to, const struct look *look)
{
  char room[PATH_MAX];
  struct piece piece = {0};
  struct err text = ERR_INIT;
  struct source *source;
  if (!field_piece(look->field, look->number, room, &piece) ||
      !open_piece(to->pool, &piece, &source))
    return; /* the reader of the piece gets the error */
  source_array_missing(source, piece.key, &text);
  source_unref(source);
  to->fn(to->ctx, to->field, text.msg);
}

/* Returns whether both can be slices of one array: of a stated dtype, or of one bit and
 * eight. */
static bool mix(const struct look *a, const struct look *b)
{
  const bool bits = a->dtype == DT_BOOL || b->dtype == DT_BOOL;
  const bool bytes = a->dtype == DT_U8 || b->dtype == DT_U8;
  return a->dtype == b->dtype || a->field->gather.converts ||
         (bits && bytes && a->image && b->image);
}

/* Returns whether the values fit the dtype that the description states. */
static bool values_fit(const struct complaint *to, const struct look *look)
{
  const struct gather_spec *gather = &look->field->gather;
  char room[PATH_MAX];
  struct err text = ERR_INIT;
  const bool bits = look->image && look->dtype == DT_BOOL && gather->dtype != DT_BOOL;
  if (!gather->converts ||
      dtype_fits(bits ? DT_U8 : look->dtype, (enum dtype)gather->dtype))
    return true;
  err_set(&text, EIO, "%s: expected values that fit the dtype %s, found %s",
          pieces_path(look->field, look->number, room), dtype_table[gather->dtype].name,
          dtype_table[look->dtype].name);
  to->fn(to->ctx, to->field, text.msg);
  return false;
}

/* Compares a piece with the first one, and along joined axes with the piece that says how
 * long its cell is. */
static void compare(const struct complaint *to, const struct looks *looks,
                    const struct look *expected, const struct look *found)
{
  int64_t shape[ND_MAX];
  const struct look *other = expected;
  memcpy(shape, expected->shape, sizeof shape);
  if (!mix(found, expected) || found->nd != expected->nd) {
    disagree(to, expected, found, shape);
    return;
  }
  bool same = true;
  for (int d = 0; d < found->nd; d++) {
    if (looks->along[d]) {
      const int64_t cell = pieces_cell(&looks->field->gather, d, found->number);
      const struct look *ruler = &looks->along[d][cell];
      shape[d] = found->shape[d];
      if (ruler->number < 0 || ruler->lacking || ruler->nd != found->nd ||
          ruler->shape[d] == found->shape[d])
        continue;
      shape[d] = ruler->shape[d];
      other = ruler;
      same = false;
    } else if (found->shape[d] != expected->shape[d]) {
      same = false;
    }
  }
  if (!same)
    disagree(to, other, found, shape);
}

/* Returns whether the axes that the description names exist in these pieces. */
static bool axes_fit(const struct complaint *to, const struct look *first)
{
  const struct gather_spec *gather = &first->field->gather;
  char room[PATH_MAX], shape[ND_TEXT];
  struct err text = ERR_INIT;
  int stacks = 0;
  for (int i = 0; i < gather->naxes; i++)
    stacks += !gather->axes[i].concat;
  for (int i = 0; i < gather->naxes && !text.errnum; i++) {
    const struct gather_axis *axis = &gather->axes[i];
    const int axes = first->nd + (axis->concat ? 0 : stacks);
    if (axis->axis >= axes)
      err_set(&text, EINVAL,
              "'%s' joins along axis %d, but %s has only %d axes (%s is %s)", axis->name,
              axis->axis, axis->concat ? "a piece" : "the whole", axes,
              pieces_path(first->field, first->number, room),
              nd_text(first->nd, first->shape, shape));
    else if (axes > ND_MAX)
      err_set(&text, EINVAL, "expected at most %d axes, found %d", ND_MAX, axes);
  }
  if (text.errnum)
    to->fn(to->ctx, to->field, text.msg);
  return !text.errnum;
}

static void compare_all(const struct complaint *to, const struct looks *looks,
                        const struct look *end)
{
  const struct look *expected = NULL;
  for (const struct look *one = looks->first; one < end; one++) {
    const bool again = one->axis >= 0 && one->number == looks->first->number;
    if (one->number < 0 || again)
      continue;
    if (one->lacking)
      lacks_array(to, one);
    else if (!values_fit(to, one))
      continue;
    else if (expected)
      compare(to, looks, expected, one);
    else if (axes_fit(to, one))
      expected = one;
    else
      return;
  }
}

int pieces_fit(const struct field_spec *const *fields, int64_t n,
               struct source_pool *pool, pieces_complaint_fn *fn, void *ctx,
               struct err *err)
{
  struct check check = {.pool = pool};
  for (int64_t i = 0; i < n; i++)
    check.n += count_looks(fields[i]);
  if (!check.n)
    return 0;
  CLEANUP_FREE struct looks *looks = calloc((size_t)n, sizeof *looks);
  CLEANUP_FREE struct look *all = calloc((size_t)check.n, sizeof *all);
  if (!looks || !all)
    return err_set(err, ENOMEM, "out of memory to look at %lld files",
                   (long long)check.n);
  struct look *next = check.looks = all;
  for (int64_t i = 0; i < n; i++)
    if (is_asked(fields[i]))
      looks[i] = plan_looks(fields[i], &next);
  share_steps(source_pool_workers(pool), check.n, 1, look_range, &check);
  next = all;
  for (int64_t i = 0; i < n; i++)
    if (looks[i].first) {
      next = looks[i].first + count_looks(fields[i]);
      compare_all(&(struct complaint){pool, fn, ctx, i}, &looks[i], next);
    }
  return 0;
}
