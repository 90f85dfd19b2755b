/* Pieces while they are read: each is opened when it is asked for, compared with what its
 * place needs, announced to the workers, and looked at now and then for changes. */
#include "core/field/pieces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/clock.h"
#include "core/field/pieces_inside.h"
#include "core/source/nifti/nifti_header.h"

enum {
  AT_ONCE = 2000, /* files: a reader looks at up to so many himself */
  COST = 20,      /* looking takes at most one n-th of the time */
};

/* --- making and dropping ----------------------------------------------------------- */

/* The first piece tells whether all are halves of .hdr/.img pairs, since all are named
 * alike. */
static bool has_halves(const struct field_spec *field)
{
  char room[PATH_MAX], other[PATH_MAX];
  struct piece piece;
  return field_first_piece(field, room, &piece) && nifti_other_half(piece.path, other);
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
  atomic_init(&pieces->other, -1);
  pieces->scan = scan;
  pieces->field = field;
  pieces->pool = pool;
  pieces->table = open_pieces_ref(table);
  pieces->dtype = field->gather.converts ? field->gather.dtype : -1;
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

/* --- reading ----------------------------------------------------------------------- */

/* Opens a piece, but never with a source that once could not be looked at: the file may
 * be unchanged, but such a source stays stale. */
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

/* Opens a piece and compares it with its place, because it may have been opened before
 * the place was known. */
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
    return pieces_missing(pieces, number, EIO, err);
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

/* --- hints ------------------------------------------------------------------------- */

struct hint {
  struct pieces *pieces; /* referenced */
  int64_t number;
  int64_t off[ND_MAX], shape[ND_MAX];
};

/* Prefetches the part of the box that the piece has. */
static void prefetch_box(const struct view *view, const int64_t *off,
                         const int64_t *shape, struct source_wish *wish)
{
  int64_t cut[ND_MAX];
  for (int d = 0; d < view->nd; d++) {
    const int64_t left = view->shape[d] - off[d];
    if (left <= 0)
      return;
    cut[d] = shape[d] < left ? shape[d] : left;
  }
  view_prefetch(view, off, cut, wish);
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
  struct err unsaid = ERR_INIT; /* the reader of the piece gets the error */
  struct open_piece *piece = get_open(hint->pieces, hint->number, &unsaid);
  if (piece) {
    prefetch_box(piece->view, hint->off, hint->shape, NULL);
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
                     sizeof hint))
    return true;
  drop_hint(&hint);
  return false;
}

/* With a wish this thread opens the file at once. */
static bool order(struct pieces *pieces, int64_t number, const int64_t *off,
                  const int64_t *shape, struct source_wish *wish)
{
  struct err why = ERR_INIT;
  struct open_piece *piece = get_open(pieces, number, &why);
  if (piece) {
    prefetch_box(piece->view, off, shape, wish);
    open_piece_put(pieces->table, piece);
  } else {
    source_wish_failed(wish, pieces->pool, &why);
  }
  return !cancel_requested();
}

static bool prefetch(void *ctx, int64_t number, const int64_t *off, const int64_t *shape,
                     bool wanted, struct source_wish *wish)
{
  struct pieces *pieces = ctx;
  if (pieces_state(pieces, number) != PIECE_THERE)
    return true;
  if (wish)
    return order(pieces, number, off, shape, wish);
  struct open_piece *piece = open_piece_find(pieces->table, pieces, number);
  if (!piece)
    return hand_out(pieces, number, off, shape, wanted);
  prefetch_box(piece->view, off, shape, NULL);
  open_piece_put(pieces->table, piece);
  return true;
}

const struct view_gather_ops pieces_ops = {get, put, prefetch};
const struct view_gather_ops pieces_filled_ops = {get_filled, put, prefetch};

/* --- changes ----------------------------------------------------------------------- */

static void look_again(struct pieces *pieces)
{
  const int64_t begun = clock_ms();
  struct timespec ignored = {0};
  for (int64_t i = 0; i < pieces->field->npieces && !cancel_requested(); i++)
    if (pieces_changed(pieces, i, pieces_print(pieces, i, &ignored))) {
      pieces_set_stale(pieces, i);
      break;
    }
  atomic_store(&pieces->looked, clock_ms());
  atomic_store(&pieces->took, clock_ms() - begun);
}

static void drop_look(void *bytes)
{
  struct pieces *pieces = *(struct pieces **)bytes;
  atomic_store(&pieces->looking, false);
  pieces_unref(pieces);
}

static void run_look(void *bytes)
{
  look_again(*(struct pieces **)bytes);
  drop_look(bytes);
}

/* A worker looks at many pieces.  Few are looked at by every caller, even at the same
 * time, for the reason given in source_stale(). */
bool pieces_stale(struct pieces *pieces)
{
  static const struct work work = {run_look, drop_look};
  struct workers *workers = source_pool_workers(pieces->pool);
  int64_t pause = COST * atomic_load(&pieces->took);
  if (pause < SOURCE_CHECK_MS)
    pause = SOURCE_CHECK_MS;
  if (atomic_load(&pieces->stale) || clock_ms() - atomic_load(&pieces->looked) < pause)
    return atomic_load(&pieces->stale);
  if (!workers || pieces->field->npieces <= AT_ONCE) {
    look_again(pieces);
  } else if (!atomic_exchange(&pieces->looking, true)) {
    atomic_fetch_add(&pieces->refs, 1);
    if (!workers_submit(workers, WORK_AHEAD, &work, &pieces, sizeof pieces))
      drop_look(&pieces);
  }
  return atomic_load(&pieces->stale);
}
