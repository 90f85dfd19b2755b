/* A table of open pieces, which are found by (owner, number); the least recently used are
 * closed first.  One mutex guards the table; it is never held while a file is opened or
 * closed. */
#include "core/field/open_pieces.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/text.h"

enum { BUCKETS = 4096, WAIT_MS = 100 /* between two looks at the reader's token */ };

LIST_HEAD(chain, open_piece);
TAILQ_HEAD(idle, open_piece);

struct open_pieces {
  pthread_mutex_t lock;
  pthread_cond_t opened; /* some piece's `opening` ended */
  /* All protected by lock. */
  int refs;
  int64_t n; /* pieces in the table, pinned or not */
  struct idle idle;
  struct chain by_key[BUCKETS];
};

struct open_pieces *open_pieces_new(struct err *err)
{
  struct open_pieces *table = calloc(1, sizeof *table);
  if (!table) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  pthread_mutex_init(&table->lock, NULL);
  clock_cond_init(&table->opened);
  table->refs = 1;
  TAILQ_INIT(&table->idle);
  return table;
}

struct open_pieces *open_pieces_ref(struct open_pieces *table)
{
  LOCK_FOR_SCOPE(&table->lock);
  table->refs++;
  return table;
}

void open_pieces_unref(struct open_pieces *table)
{
  if (!table)
    return;
  pthread_mutex_lock(&table->lock);
  const int left = --table->refs;
  assert(left || !table->n);
  pthread_mutex_unlock(&table->lock);
  if (left)
    return;
  pthread_cond_destroy(&table->opened);
  pthread_mutex_destroy(&table->lock);
  free(table);
}

/* --- entries ----------------------------------------------------------------------- */

static void close_piece(struct open_piece *piece)
{
  source_unref(piece->source);
  arena_free(&piece->arena);
  free(piece);
}

static struct chain *chain_of_key(struct open_pieces *table, const void *owner,
                                  int64_t number)
{
  const uint64_t key[] = {(uintptr_t)owner, (uint64_t)number};
  return &table->by_key[text_hash(0, key, sizeof key) % BUCKETS];
}

/* The caller holds the lock. */
static struct open_piece *find(struct open_pieces *table, const void *owner,
                               int64_t number)
{
  struct open_piece *piece;
  LIST_FOREACH(piece, chain_of_key(table, owner, number), same_key)
  if (piece->owner == owner && piece->number == number)
    return piece;
  return NULL;
}

/* The caller holds the lock. */
static void pin(struct open_pieces *table, struct open_piece *piece)
{
  if (piece->pins++ == 0)
    TAILQ_REMOVE(&table->idle, piece, neighbours);
}

/* Takes a piece without pins out of the table; the caller holds the lock. */
static void take_out(struct open_pieces *table, struct open_piece *piece)
{
  LIST_REMOVE(piece, same_key);
  table->n--;
}

/* Closes the pieces beyond the limit. */
static void make_room(struct open_pieces *table)
{
  for (;;) {
    pthread_mutex_lock(&table->lock);
    struct open_piece *last =
        table->n > OPEN_PIECES ? TAILQ_LAST(&table->idle, idle) : NULL;
    if (last) {
      TAILQ_REMOVE(&table->idle, last, neighbours);
      take_out(table, last);
    }
    pthread_mutex_unlock(&table->lock);
    if (!last)
      return;
    close_piece(last);
  }
}

/* --- getting ----------------------------------------------------------------------- */

/* Finds the open piece and pins it, or gives NULL after entering *fresh in its place;
 * waits while another thread opens it.  -1 with *err: the reader is gone. */
static int look_up(struct open_pieces *table, struct open_piece *fresh,
                   struct open_piece **out, struct err *err)
{
  LOCK_FOR_SCOPE(&table->lock);
  for (;;) {
    struct open_piece *piece = find(table, fresh->owner, fresh->number);
    *out = piece;
    if (!piece)
      break;
    if (!piece->opening) {
      pin(table, piece);
      return 0;
    }
    clock_wait(&table->opened, &table->lock, WAIT_MS);
    if (cancel_check(err))
      return -1;
  }
  LIST_INSERT_HEAD(chain_of_key(table, fresh->owner, fresh->number), fresh, same_key);
  table->n++;
  return 0;
}

/* Opens the piece that is in the table already. */
static int open_fresh(struct open_pieces *table, struct open_piece *fresh,
                      open_piece_fn *open, struct err *err)
{
  const int rc = open(fresh->owner, fresh->number, fresh, err);
  LOCK_FOR_SCOPE(&table->lock);
  fresh->opening = false;
  pthread_cond_broadcast(&table->opened);
  if (rc)
    take_out(table, fresh);
  return rc;
}

struct open_piece *open_piece_get(struct open_pieces *table, const void *owner,
                                  int64_t number, open_piece_fn *open, struct err *err)
{
  struct open_piece *piece = open_piece_find(table, owner, number);
  if (piece)
    return piece;
  struct open_piece *fresh = calloc(1, sizeof *fresh);
  if (!fresh) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  arena_init(&fresh->arena);
  fresh->owner = owner;
  fresh->number = number;
  fresh->pins = 1;
  fresh->opening = true;
  if (look_up(table, fresh, &piece, err) || piece) {
    close_piece(fresh);
    return piece;
  }
  if (open_fresh(table, fresh, open, err)) {
    close_piece(fresh);
    return NULL;
  }
  make_room(table);
  return fresh;
}

struct open_piece *open_piece_find(struct open_pieces *table, const void *owner,
                                   int64_t number)
{
  LOCK_FOR_SCOPE(&table->lock);
  struct open_piece *piece = find(table, owner, number);
  if (!piece || piece->opening)
    return NULL;
  pin(table, piece);
  return piece;
}

void open_piece_put(struct open_pieces *table, struct open_piece *piece)
{
  pthread_mutex_lock(&table->lock);
  const bool unpinned = --piece->pins == 0, gone = piece->gone;
  if (unpinned && !gone)
    TAILQ_INSERT_HEAD(&table->idle, piece, neighbours);
  const bool too_many = table->n > OPEN_PIECES;
  pthread_mutex_unlock(&table->lock);
  if (unpinned && gone)
    close_piece(piece);
  if (too_many)
    make_room(table);
}

void open_piece_put_stale(struct open_pieces *table, struct open_piece *piece)
{
  pthread_mutex_lock(&table->lock);
  if (!piece->gone)
    take_out(table, piece);
  piece->gone = true;
  pthread_mutex_unlock(&table->lock);
  open_piece_put(table, piece);
}

void open_pieces_forget(struct open_pieces *table, const void *owner)
{
  struct idle mine = TAILQ_HEAD_INITIALIZER(mine);
  struct open_piece *piece, *next;
  pthread_mutex_lock(&table->lock);
  for (piece = TAILQ_FIRST(&table->idle); piece; piece = next) {
    next = TAILQ_NEXT(piece, neighbours);
    if (piece->owner != owner)
      continue;
    TAILQ_REMOVE(&table->idle, piece, neighbours);
    take_out(table, piece);
    TAILQ_INSERT_TAIL(&mine, piece, neighbours);
  }
  pthread_mutex_unlock(&table->lock);
  while ((piece = TAILQ_FIRST(&mine))) {
    TAILQ_REMOVE(&mine, piece, neighbours);
    close_piece(piece);
  }
}

const struct source_array *open_piece_array(const struct source *source,
                                            const struct piece *piece, int *index,
                                            struct err *err)
{
  *index = source_array_find(source, piece->key);
  if (*index < 0) {
    source_array_missing(source, piece->key, err);
    return NULL;
  }
  const struct source_array *array = source_array_at(source, *index);
  if (!array->unusable)
    return array;
  err_set(err, EIO, "%s:%s: %s", piece->path, array->name ? array->name : "",
          array->unusable);
  return NULL;
}
