/* The entries of a store: their order and their headers.  deepreg_list.c finds them. */
#include "core/discover/deepreg_store.h"

#include <errno.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/grow.h"
#include "core/base/share.h"

/* --- entries ----------------------------------------------------------------------- */

int deepreg_store_add(struct deepreg_store *store, const struct deepreg_entry *entry,
                      struct err *err)
{
  if (grow(&store->entries, &store->room, store->n, sizeof *entry, "images", err))
    return -1;
  store->entries[store->n++] = *entry;
  return 0;
}

int deepreg_store_fill(const struct deepreg_store *images, struct deepreg_store *labels,
                       struct err *err)
{
  struct deepreg_store filled = {.name = labels->name};
  int rc = 0;
  for (size_t i = 0, j = 0; (i < images->n || j < labels->n) && !rc;) {
    const int cmp = i == images->n ? 1
                    : j == labels->n
                        ? -1
                        : deepreg_entry_cmp(&images->entries[i], &labels->entries[j]);
    struct deepreg_entry entry = cmp < 0 ? images->entries[i] : labels->entries[j];
    if (cmp < 0) {
      entry.file = entry.key = NULL;
      entry.nd = 0;
    }
    rc = deepreg_store_add(&filled, &entry, err);
    i += cmp <= 0;
    j += cmp >= 0;
  }
  if (rc) {
    deepreg_store_free(&filled);
    return -1;
  }
  deepreg_store_free(labels);
  *labels = filled;
  return 0;
}

void deepreg_store_free(struct deepreg_store *store)
{
  free(store->entries);
  *store = (struct deepreg_store){0};
}

int deepreg_entry_cmp(const struct deepreg_entry *a, const struct deepreg_entry *b)
{
  if (a->rank != b->rank)
    return a->rank < b->rank ? -1 : 1;
  const int group = strcmp(a->group, b->group);
  return group ? group : strcmp(a->base, b->base);
}

const char *deepreg_entry_name(const struct deepreg *deepreg,
                               const struct deepreg_entry *entry)
{
  const char *name =
      entry->key ? arena_printf(deepreg->arena, NULL, "%s:%s", entry->file, entry->key)
                 : entry->file;
  return name ? name : entry->file;
}

const char *deepreg_shown(const struct deepreg *deepreg, const char *path)
{
  const size_t n = strlen(deepreg->root);
  return !strncmp(path, deepreg->root, n) && path[n] == '/' ? path + n + 1 : path;
}

/* --- headers ----------------------------------------------------------------------- */

enum { BATCH = 256 };

struct batch {
  const struct deepreg *deepreg;
  struct deepreg_entry *entries;
  struct err why[BATCH]; /* of each file that cannot be read */
  bool broken[BATCH];    /* it is damaged, not of another kind */
};

static void look_at_files(void *ctx, int64_t from, int64_t to)
{
  struct batch *batch = ctx;
  for (int64_t i = from; i < to; i++) {
    struct deepreg_entry *entry = &batch->entries[i];
    struct err *why = &batch->why[i];
    struct source *source;
    batch->broken[i] = true;
    if (source_open(batch->deepreg->pool, entry->file, &source, why))
      continue;
    const struct source_array *array = source_array_at(source, 0);
    if (array->unusable) {
      batch->broken[i] = array->broken;
      err_set(why, EIO, "%s: %s", entry->file, array->unusable);
    } else {
      entry->nd = array->nd;
      memcpy(entry->shape, array->shape, sizeof entry->shape);
    }
    source_unref(source);
  }
}

/* Returns the message without the path that it begins with, because ignored.txt names the
 * file already. */
static const char *reason(const char *text, const char *path)
{
  const size_t n = strlen(path);
  return !strncmp(text, path, n) && !strncmp(text + n, ": ", 2) ? text + n + 2 : text;
}

static int look_at_batch(struct batch *batch, size_t n, struct err *err)
{
  const struct deepreg *deepreg = batch->deepreg;
  memset(batch->why, 0, sizeof batch->why);
  share_steps(source_pool_workers(deepreg->pool), (int64_t)n, 8, look_at_files, batch);
  for (size_t i = 0; i < n; i++) {
    const struct err *why = &batch->why[i];
    const char *file = batch->entries[i].file;
    if (why->errnum && err_is_passing(why))
      return err_set(err, why->errnum, "%s", why->msg);
    if (why->errnum && batch->broken[i])
      dataset_builder_broken(deepreg->builder, deepreg_shown(deepreg, file), "%s",
                             reason(why->msg, file));
    else if (why->errnum)
      problems_add(deepreg->problems, "%s", why->msg);
  }
  return 0;
}

int deepreg_store_look(const struct deepreg *deepreg, struct deepreg_store *store,
                       struct err *err)
{
  CLEANUP_FREE struct batch *batch = malloc(sizeof *batch);
  if (!batch)
    return err_set(err, ENOMEM, "out of memory");
  batch->deepreg = deepreg;
  for (size_t i = 0; i < store->n && !store->entries[i].key; i += BATCH) {
    const size_t left = store->n - i;
    batch->entries = store->entries + i;
    if (look_at_batch(batch, left < BATCH ? left : BATCH, err))
      return -1;
  }
  return 0;
}
