/* What the files of a gathered field look like on disk: each file, and all of them when
 * the field is opened. */
#include <errno.h>
#include <string.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/share.h"
#include "core/base/text.h"
#include "core/field/pieces_inside.h"
#include "core/source/nifti/nifti_header.h"

enum { SHARE = 512 /* files that a thread takes at a time */ };

static uint64_t look_at(const char *path, struct timespec *mtime)
{
  struct stat st;
  if (stat(path, &st)) {
    const int errnum = errno;
    return errnum == ENOENT || errnum == ENOTDIR ? PRINT_MISSING
                                                 : text_hash(0, &errnum, sizeof errnum);
  }
  if (clock_after(st.st_mtim, *mtime))
    *mtime = st.st_mtim;
  return source_print_of(&st);
}

struct piece_prints pieces_print(const struct pieces *pieces, int64_t number,
                                 struct timespec *mtime)
{
  struct piece_prints prints = {PRINT_NONE, PRINT_NONE};
  char room[PATH_MAX], other[PATH_MAX];
  struct piece piece;
  if (!field_piece(pieces->field, number, room, &piece))
    prints.print = PRINT_MISSING;
  else if (piece.path)
    prints.print = look_at(piece.path, mtime);
  if (pieces->halves && prints.print != PRINT_NONE && prints.print != PRINT_MISSING &&
      nifti_other_half(piece.path, other))
    prints.half = look_at(other, mtime);
  return prints;
}

bool pieces_changed(const struct pieces *pieces, int64_t number, struct piece_prints now)
{
  return now.print != pieces->prints[number] ||
         (pieces->halves && now.half != pieces->halves[number]);
}

void pieces_set_stale(struct pieces *pieces, int64_t number)
{
  int_fast64_t none = -1;
  atomic_compare_exchange_strong(&pieces->other, &none, number);
  atomic_store(&pieces->stale, true);
}

int pieces_why_stale(const struct pieces *pieces, struct err *err)
{
  char room[PATH_MAX];
  struct piece piece = {0};
  struct stat st;
  const int64_t number = atomic_load(&pieces->other);
  field_piece(pieces->field, number, room, &piece);
  const char *path = piece.path ? piece.path : pieces->field->name;
  if (piece.path && stat(path, &st))
    return err_set(err, EIO, "%s: vanished while mounted: %s", path, strerror(errno));
  return err_set(err, EIO, "%s: changed on disk while mounted", path);
}

struct first_look {
  struct pieces *pieces;
  pthread_mutex_t lock;
  struct timespec mtime; /* protected by lock */
  atomic_bool cancelled; /* the reader is gone */
};

static void look_first(void *ctx, int64_t from, int64_t to)
{
  struct first_look *look = ctx;
  struct timespec mtime = {0};
  for (int64_t i = from; i < to && !atomic_load(&look->cancelled); i++) {
    const struct piece_prints prints = pieces_print(look->pieces, i, &mtime);
    look->pieces->prints[i] = prints.print;
    if (look->pieces->halves)
      look->pieces->halves[i] = prints.half;
    if (i % SHARE == 0 && cancel_requested())
      atomic_store(&look->cancelled, true);
  }
  LOCK_FOR_SCOPE(&look->lock);
  if (clock_after(mtime, look->mtime))
    look->mtime = mtime;
}

int pieces_look(struct pieces *pieces, struct err *err)
{
  const int64_t n = pieces->field->npieces, begun = clock_ms();
  struct first_look look = {.pieces = pieces};
  pthread_mutex_init(&look.lock, NULL);
  share_steps(source_pool_workers(pieces->pool), n, SHARE, look_first, &look);
  pthread_mutex_destroy(&look.lock);
  if (cancel_check(err))
    return -1;
  atomic_store(&pieces->looked, clock_ms());
  atomic_store(&pieces->took, clock_ms() - begun);
  pieces->facts.mtime = look.mtime;
  pieces->facts.version =
      text_hash((uint64_t)n, pieces->prints, (size_t)n * sizeof *pieces->prints);
  if (pieces->halves)
    pieces->facts.version = text_hash(pieces->facts.version, pieces->halves,
                                      (size_t)n * sizeof *pieces->halves);
  return 0;
}
