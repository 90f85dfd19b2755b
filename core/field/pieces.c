/* Pieces at work: opened when they are asked for, compared with what is expected of their
 * place, announced to the workers.  How they are measured is in pieces_measure.c, how
 * their changes are seen in pieces_look.c. */
#include "core/field/pieces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/text.h"
#include "core/field/pieces_inside.h"
#include "core/view/view_missing.h"

/* --- messages --------------------------------------------------------------------- */

/* Where a piece is: "z 3, row 2". */
static void add_place(const struct gather_spec *gather, int64_t number, struct text *out)
{
  for (int i = 0; i < gather->naxes; i++) {
    const struct gather_axis *axis = &gather->axes[i];
    const int64_t at = number / pieces_worth(gather, i) % axis->n;
    text_add(out, "%s%s ", i ? ", " : "", axis->name);
    if (axis->values)
      text_add(out, "%s", axis->values[at]);
    else
      text_add(out, "%lld", (long long)at);
  }
}

static int missing(const struct pieces *pieces, int64_t number, int errnum,
                   struct err *err)
{
  char room[PATH_MAX];
  struct piece piece = {0};
  struct text place = {0};
  add_place(&pieces->field->gather, number, &place);
  field_piece(pieces->field, number, room, &piece);
  err_set(err, errnum, "%s: no such file: the piece of field '%s' at %s",
          piece.path ? piece.path : "(none)", pieces->field->name,
          place.data ? place.data : "?");
  text_free(&place);
  return -1;
}

/* --- opening ---------------------------------------------------------------------- */

static struct source *open_source(const struct pieces *pieces, const struct piece *piece,
                                  uint64_t print, struct err *err)
{
  struct source *source = NULL;
  if (!piece->raw && (source = open_pieces_source(pieces->table, piece->path, print))) {
    if (!source_stale(source))
      return source;
    source_unref(source);
    source = NULL;
  }
  if (piece->raw)
    source_open_raw(pieces->pool, piece->path, piece->raw, &source, err);
  else
    source_open(pieces->pool, piece->path, &source, err);
  return source;
}

/* The array of a piece in its open source, NULL with EIO. */
static const struct source_array *find_array(const struct source *source,
                                             const struct piece *piece, int *index,
                                             struct err *err)
{
  *index = source_array_find(source, piece->key);
  if (*index < 0) {
    err_set(err, EIO, "%s: expected an array '%s', found none of this name", piece->path,
            piece->key ? piece->key : "");
    return NULL;
  }
  const struct source_array *array = source_array_at(source, *index);
  if (!array->unusable)
    return array;
  err_set(err, EIO, "%s:%s: %s", piece->path, array->name ? array->name : "",
          array->unusable);
  return NULL;
}

/* The array with the transforms that each piece has. */
static int make_view(const struct pieces *pieces, int64_t number,
                     const struct source_array *array, int index, struct open_piece *out,
                     struct err *err)
{
  const struct view *view = source_view(&out->arena, out->source, index, err);
  if (!view)
    return -1;
  const uint64_t key = text_hash(source_version(out->source), &number, sizeof number);
  struct transform_item item = {
      .view = view,
      .geo = array->geo,
      .channel_axis = array->channel_axis,
      .mask = pieces->field->type == FIELD_MASK,
      .file = source_path(out->source),
      .scan = view,
      .item_key = key,
      .scan_key = key,
  };
  if (transform_apply(&pieces->field->gather.each, &item, &out->arena, err))
    return err_prefix(err, "%s", source_path(out->source));
  out->view = item.view;
  out->geo = item.geo;
  out->channel_axis = item.channel_axis;
  out->spatial = item.view->nd == array->nd ? array->spatial : 0;
  return 0;
}

int pieces_open(const void *owner, int64_t number, struct open_piece *out,
                struct err *err)
{
  /* only flags that may change in a const one are written */
  struct pieces *pieces = (struct pieces *)(uintptr_t)owner;
  const uint64_t print = pieces->prints[number];
  char room[PATH_MAX];
  struct piece piece;
  int index;
  view_missing();
  if (print == PRINT_NONE || print == PRINT_MISSING)
    return missing(pieces, number, ENOENT, err);
  if (!field_piece(pieces->field, number, room, &piece))
    return err_set(err, EIO, "field '%s': the path of piece %lld is too long",
                   pieces->field->name, (long long)number);
  if (!(out->source = open_source(pieces, &piece, print, err)))
    return -1;
  struct timespec ignored = {0};
  if (source_print(out->source) != print ||
      (pieces->halves &&
       pieces_changed(pieces, number, pieces_print(pieces, number, &ignored)))) {
    atomic_store(&pieces->stale, true);
    return err_set(err, EIO, "%s: changed on disk while mounted", piece.path);
  }
  const struct source_array *array = find_array(out->source, &piece, &index, err);
  out->shared = !piece.raw;
  return array ? make_view(pieces, number, array, index, out, err) : -1;
}

enum piece_state pieces_state(const struct pieces *pieces, int64_t number)
{
  const struct field_spec *field = pieces->field;
  const uint64_t print = pieces->prints[number];
  if (print != PRINT_NONE && print != PRINT_MISSING)
    return PIECE_THERE;
  const bool hole = print == PRINT_NONE || field->pieces_may_miss;
  return hole && field->gather.has_fill ? PIECE_HOLE : PIECE_MISSING;
}

/* Open, and not of a source that once could not be looked at: the file may be as it was,
 * but such a source never says so. */
static struct open_piece *get_fresh(struct pieces *pieces, int64_t number,
                                    struct err *err)
{
  struct open_piece *piece;
  for (int i = 0;; i++) {
    piece = open_piece_get(pieces->table, pieces, number, pieces_open, err);
    if (!piece || i == 1 || !source_stale(piece->source))
      return piece;
    open_piece_put_stale(pieces->table, piece);
  }
}

/* The same, as its place needs it; it may have been opened before that was known. */
static struct open_piece *get_open(struct pieces *pieces, int64_t number, struct err *err)
{
  struct open_piece *piece = get_fresh(pieces, number, err);
  if (!piece || !pieces_compare(pieces, number, piece->view, err))
    return piece;
  open_piece_put(pieces->table, piece);
  return NULL;
}

static int get_there(struct pieces *pieces, int64_t number, const struct view **out,
                     void **pin, struct err *err)
{
  struct err why = ERR_INIT;
  struct open_piece *piece = get_open(pieces, number, &why);
  if (!piece)
    return err_set(err, err_is_passing(&why) ? why.errnum : EIO, "%s", why.msg);
  *out = piece->view;
  *pin = piece;
  return 0;
}

static int get(void *ctx, int64_t number, const struct view **out, void **pin,
               struct err *err)
{
  struct pieces *pieces = ctx;
  *out = NULL;
  switch (pieces_state(pieces, number)) {
  case PIECE_HOLE:
    return 0;
  case PIECE_MISSING:
    return missing(pieces, number, EIO, err);
  case PIECE_THERE:
    break;
  }
  return get_there(pieces, number, out, pin, err);
}

static int get_filled(void *ctx, int64_t number, const struct view **out, void **pin,
                      struct err *err)
{
  struct pieces *pieces = ctx;
  *out = NULL;
  if (pieces_state(pieces, number) != PIECE_THERE)
    return 0;
  return get_there(pieces, number, out, pin, err);
}

static void put(void *ctx, void *pin)
{
  const struct pieces *pieces = ctx;
  open_piece_put(pieces->table, pin);
}

/* --- hints ------------------------------------------------------------------------ */

struct hint {
  struct pieces *pieces; /* referenced */
  int64_t number;
  int64_t off[ND_MAX], shape[ND_MAX];
};

/* The box as far as the piece has it. */
static void prefetch_box(const struct view *view, const int64_t *off,
                         const int64_t *shape)
{
  int64_t cut[ND_MAX];
  for (int d = 0; d < view->nd; d++) {
    const int64_t left = view->shape[d] - off[d];
    if (left <= 0)
      return;
    cut[d] = shape[d] < left ? shape[d] : left;
  }
  view_prefetch(view, off, cut);
}

static void drop_hint(void *bytes)
{
  struct hint *hint = *(struct hint **)bytes;
  pieces_unref(hint->pieces);
  free(hint);
}

static void run_hint(void *bytes)
{
  const struct hint *hint = *(struct hint **)bytes;
  struct err unsaid = ERR_INIT; /* whoever reads it will be told */
  struct open_piece *piece = get_open(hint->pieces, hint->number, &unsaid);
  if (piece) {
    prefetch_box(piece->view, hint->off, hint->shape);
    open_piece_put(hint->pieces->table, piece);
  }
  drop_hint(bytes);
}

static bool hand_out(struct pieces *pieces, int64_t number, const int64_t *off,
                     const int64_t *shape, bool wanted)
{
  static const struct work work = {run_hint, drop_hint};
  struct workers *workers = source_pool_workers(pieces->pool);
  struct hint *hint = workers ? malloc(sizeof *hint) : NULL;
  if (!hint)
    return false;
  *hint = (struct hint){.pieces = pieces, .number = number};
  const size_t size = (size_t)pieces->facts.plan.nd * sizeof *off;
  memcpy(hint->off, off, size);
  memcpy(hint->shape, shape, size);
  atomic_fetch_add(&pieces->refs, 1);
  if (workers_submit(workers, wanted ? WORK_WANTED : WORK_AHEAD, &work, &hint,
                     sizeof(hint)))
    return true;
  drop_hint(&hint);
  return false;
}

/* A wish is not put off: the file is opened by this thread. */
static bool wish(struct pieces *pieces, int64_t number, const int64_t *off,
                 const int64_t *shape)
{
  struct err why = ERR_INIT;
  struct open_piece *piece = get_open(pieces, number, &why);
  if (piece) {
    prefetch_box(piece->view, off, shape);
    open_piece_put(pieces->table, piece);
  } else {
    source_wish_failed(pieces->pool, &why);
  }
  return !cancel_requested();
}

static bool prefetch(void *ctx, int64_t number, const int64_t *off, const int64_t *shape,
                     bool wanted)
{
  struct pieces *pieces = ctx;
  if (pieces_state(pieces, number) != PIECE_THERE)
    return true;
  if (!wanted && source_wish_is_on())
    return wish(pieces, number, off, shape);
  struct open_piece *piece = open_piece_find(pieces->table, pieces, number);
  if (!piece)
    return hand_out(pieces, number, off, shape, wanted);
  prefetch_box(piece->view, off, shape);
  open_piece_put(pieces->table, piece);
  return true;
}

const struct view_gather_ops pieces_ops = {get, put, prefetch};
const struct view_gather_ops pieces_filled_ops = {get_filled, put, prefetch};

/* --- making one ------------------------------------------------------------------- */

/* One that is half of a pair stands for all: they are named alike. */
static bool has_halves(const struct field_spec *field)
{
  char room[PATH_MAX], other[PATH_MAX];
  struct piece piece;
  return field_first_piece(field, room, &piece) && source_other_half(piece.path, other);
}

static int build(struct pieces *pieces, struct err *err)
{
  const struct field_spec *field = pieces->field;
  int64_t expected = 1;
  for (int i = 0; i < field->gather.naxes; i++)
    expected *= field->gather.axes[i].n;
  if (field->npieces < 1 || field->npieces != expected)
    return err_set(err, EIO, "field '%s' has %lld files, expected %lld", field->name,
                   (long long)field->npieces, (long long)expected);
  pieces->prints = calloc((size_t)field->npieces, sizeof *pieces->prints);
  const bool halves = has_halves(field);
  if (halves)
    pieces->halves = calloc((size_t)field->npieces, sizeof *pieces->halves);
  if (!pieces->prints || (halves && !pieces->halves))
    return err_set(err, ENOMEM, "out of memory for %lld files",
                   (long long)field->npieces);
  return pieces_look(pieces, err) || pieces_measure(pieces, err) ? -1 : 0;
}

int pieces_new(const struct scan_spec *scan, const struct field_spec *field,
               struct source_pool *pool, struct open_pieces *table, struct pieces **out,
               struct err *err)
{
  struct pieces *pieces = calloc(1, sizeof *pieces);
  if (!pieces)
    return err_set(err, ENOMEM, "out of memory");
  arena_init(&pieces->arena);
  atomic_init(&pieces->refs, 1);
  pieces->scan = scan;
  pieces->field = field;
  pieces->pool = pool;
  pieces->table = open_pieces_ref(table);
  if (!build(pieces, err)) {
    *out = pieces;
    return 0;
  }
  pieces_unref(pieces);
  return -1;
}

void pieces_unref(struct pieces *pieces)
{
  if (!pieces || atomic_fetch_sub(&pieces->refs, 1) > 1)
    return;
  open_pieces_forget(pieces->table, pieces);
  open_pieces_unref(pieces->table);
  arena_free(&pieces->arena);
  free(pieces->prints);
  free(pieces->halves);
  free(pieces);
}

const struct pieces_facts *pieces_facts(const struct pieces *pieces)
{
  return &pieces->facts;
}

int64_t pieces_count(const struct pieces *pieces)
{
  return pieces->field->npieces;
}
