/* The last few epochs, by view, split and number: looked up for every stat and open, and
 * a program goes through one or two at a time. */
#include "core/tree/epochs.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"

enum { EPOCHS = 16 };
/* Smaller ones are not worth a charge. */
static const int64_t CHARGED = 64 * 1024;

struct open_epoch {
  struct tree *tree;
  struct draws *draws;
  struct view_use *use; /* referenced: the draws point into its parameters */
  int split;
  int64_t epoch;
  int64_t charged; /* bytes */
  int refs;        /* protected by epochs.lock; one is the table's */
};

struct epochs {
  pthread_mutex_t lock;             /* protects all below */
  struct open_epoch *slots[EPOCHS]; /* the last used first */
};

struct epochs *epochs_new(struct err *err)
{
  struct epochs *const epochs = calloc(1, sizeof *epochs);
  if (epochs)
    pthread_mutex_init(&epochs->lock, NULL);
  else
    err_set(err, ENOMEM, "out of memory");
  return epochs;
}

static void destroy(struct open_epoch *epoch)
{
  draws_close(epoch->draws);
  if (epoch->charged)
    tree_discharge(epoch->tree, (size_t)epoch->charged);
  view_use_unref(epoch->use);
  free(epoch);
}

void epochs_put(struct open_epoch *epoch)
{
  if (!epoch)
    return;
  {
    LOCK_FOR_SCOPE(&epoch->tree->epochs->lock);
    if (--epoch->refs)
      return;
  }
  destroy(epoch);
}

void epochs_free(struct epochs *epochs)
{
  for (int i = 0; epochs && i < EPOCHS; i++)
    if (epochs->slots[i])
      destroy(epochs->slots[i]);
  free(epochs);
}

const struct draws *epochs_draws(const struct open_epoch *epoch)
{
  return epoch->draws;
}

struct draw_from epochs_from(struct tree *tree, const struct place *place)
{
  return (struct draw_from){.dataset = tree->dataset,
                            .spec = &tree->spec->dataset,
                            .params = &place->use->params,
                            .split = place->split,
                            .epoch = place->epoch,
                            .seed = tree->spec->seed,
                            /* more cannot be charged */
                            .most = (int64_t)(tree->spec->cache_bytes / 2)};
}

/* Moves slot i to the front (lock held). */
static void touch(struct epochs *epochs, int i)
{
  struct open_epoch *const epoch = epochs->slots[i];
  memmove(epochs->slots + 1, epochs->slots, sizeof *epochs->slots * (size_t)i);
  epochs->slots[0] = epoch;
}

static struct open_epoch *find(struct epochs *epochs, const struct place *place)
{
  LOCK_FOR_SCOPE(&epochs->lock);
  for (int i = 0; i < EPOCHS && epochs->slots[i]; i++) {
    struct open_epoch *const epoch = epochs->slots[i];
    if (epoch->use != place->use || epoch->split != place->split ||
        epoch->epoch != place->epoch)
      continue;
    epoch->refs++;
    touch(epochs, i);
    return epoch;
  }
  return NULL;
}

/* Takes an epoch from the table: the last used of all; NULL: there is none. */
static struct open_epoch *take_last(struct epochs *epochs)
{
  LOCK_FOR_SCOPE(&epochs->lock);
  for (int i = EPOCHS - 1; i >= 0; i--)
    if (epochs->slots[i]) {
      struct open_epoch *const epoch = epochs->slots[i];
      epochs->slots[i] = NULL;
      return epoch;
    }
  return NULL;
}

/* Room in the budget; kept epochs make it. */
static int charge(struct tree *tree, struct open_epoch *epoch, struct err *err)
{
  const int64_t bytes = epoch->draws->bytes;
  while (bytes > CHARGED && !tree_charge(tree, (size_t)bytes)) {
    struct open_epoch *const other = take_last(tree->epochs);
    if (!other)
      return err_set(err, EIO,
                     "the order of an epoch takes %lld bytes, which do not fit into what "
                     "cache= leaves beside what is being read",
                     (long long)bytes);
    epochs_put(other);
  }
  epoch->charged = bytes > CHARGED ? bytes : 0;
  return 0;
}

static void keep(struct epochs *epochs, struct open_epoch *epoch)
{
  struct open_epoch *out;
  {
    LOCK_FOR_SCOPE(&epochs->lock);
    out = epochs->slots[EPOCHS - 1];
    memmove(epochs->slots + 1, epochs->slots, sizeof *epochs->slots * (EPOCHS - 1));
    epochs->slots[0] = epoch;
    epoch->refs++;
  }
  epochs_put(out);
}

int epochs_get(struct tree *tree, const struct place *place, struct open_epoch **out,
               struct err *err)
{
  *out = find(tree->epochs, place);
  if (*out)
    return 0;
  struct open_epoch *const epoch = calloc(1, sizeof *epoch);
  if (!epoch)
    return err_set(err, ENOMEM, "out of memory");
  const struct draw_from from = epochs_from(tree, place);
  if (draws_open(place->kind->split, &from, &epoch->draws, err)) {
    free(epoch);
    return -1;
  }
  view_use_ref(place->use);
  epoch->tree = tree;
  epoch->use = place->use;
  epoch->split = place->split;
  epoch->epoch = place->epoch;
  epoch->refs = 1;
  if (charge(tree, epoch, err)) {
    epochs_put(epoch);
    return -1;
  }
  keep(tree->epochs, epoch);
  *out = epoch;
  return 0;
}
