/* A store of a split: the files or keys of all its directories in DeepReg's order, which
 * gives them their numbers, and their headers.
 *
 * NIfTI files are ordered by directory (the text as it is written), path and suffix, by
 * code point; the keys of HDF5 files by their file's place in the list of directories,
 * then by key; in a grouped split, of either, groups come in the order of directory and
 * group. */
#include "core/discover/deepreg_store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/cleanup.h"
#include "core/base/grow.h"
#include "core/base/share.h"

/* --- entries ---------------------------------------------------------------------- */

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

static int by_order(const void *a, const void *b)
{
  const struct deepreg_entry *const x = a, *const y = b;
  const int cmp = deepreg_entry_cmp(x, y);
  return cmp ? cmp : strcmp(x->suffix, y->suffix);
}

const char *deepreg_entry_name(const struct deepreg *deepreg,
                               const struct deepreg_entry *entry)
{
  const char *const name =
      entry->key ? arena_printf(deepreg->arena, NULL, "%s:%s", entry->file, entry->key)
                 : entry->file;
  return name ? name : entry->file;
}

const char *deepreg_shown(const struct deepreg *deepreg, const char *path)
{
  const size_t n = strlen(deepreg->root);
  return !strncmp(path, deepreg->root, n) && path[n] == '/' ? path + n + 1 : path;
}

/* --- listing ---------------------------------------------------------------------- */

/* Where directory i comes in the order of entries. */
static int rank_of(const struct deepreg_split *split, int i)
{
  int rank = 0;
  if (split->h5 && split->type != PAIR_SET_GROUPED)
    return i;
  for (int j = 0; j < split->ndirs; j++)
    rank += strcmp(split->dirs[j].name, split->dirs[i].name) < 0;
  return rank;
}

/* The part of a store in one directory; it must be there. */
static int list_dir(const struct deepreg *deepreg, const struct deepreg_split *split,
                    int dir, struct deepreg_store *out, struct err *err)
{
  struct stat st;
  const size_t before = out->n;
  const char *const path =
      arena_printf(deepreg->arena, err, "%s/%s%s", split->dirs[dir].path, out->name,
                   split->h5 ? ".h5" : "");
  if (!path)
    return -1;
  const bool there = !stat(path, &st);
  if (!there && errno != ENOENT) {
    problems_add(deepreg->problems, "%s: %s", path, strerror(errno));
    return 0;
  }
  if (!there || (split->h5 ? !S_ISREG(st.st_mode) : !S_ISDIR(st.st_mode))) {
    problems_add(deepreg->problems, "%s: expected %s, found none", path,
                 split->h5 ? "an HDF5 file" : "a directory of NIfTI files");
    return 0;
  }
  if ((split->h5 ? deepreg_list_h5 : deepreg_list_nifti)(deepreg, split, dir, out, err))
    return -1;
  const int rank = rank_of(split, dir);
  for (size_t i = before; i < out->n; i++)
    out->entries[i].rank = rank;
  return 0;
}

/* A group of an HDF5 file has come once for each of its arrays: it is one key, and what
 * DeepReg cannot read. */
static void settle_nested(const struct deepreg *deepreg, struct deepreg_store *store)
{
  size_t n = 0;
  for (size_t i = 0; i < store->n; i++) {
    const struct deepreg_entry *const entry = &store->entries[i];
    if (n && entry->nested && !by_order(entry, &store->entries[n - 1]))
      continue;
    if (entry->nested)
      problems_add(deepreg->problems, "%s: expected an array, found a group",
                   deepreg_entry_name(deepreg, entry));
    store->entries[n++] = *entry;
  }
  store->n = n;
}

static void nothing_found(const struct deepreg *deepreg,
                          const struct deepreg_split *split, const char *name)
{
  struct text dirs = {0};
  for (int i = 0; i < split->ndirs; i++)
    text_add(&dirs, "%s%s/%s%s", i ? ", " : "", split->dirs[i].path, name,
             split->h5 ? ".h5" : "");
  problems_add(deepreg->problems, "%s: expected %s, found none",
               dirs.data ? dirs.data : name,
               split->h5 ? "at least one array" : "at least one .nii.gz or .nii file");
  text_free(&dirs);
}

int deepreg_store_list(const struct deepreg *deepreg, const struct deepreg_split *split,
                       const char *name, struct deepreg_store *out, struct err *err)
{
  const int before = deepreg->problems->count;
  *out = (struct deepreg_store){.name = name};
  for (int i = 0; i < split->ndirs; i++)
    if (list_dir(deepreg, split, i, out, err))
      return -1;
  if (out->n)
    qsort(out->entries, out->n, sizeof *out->entries, by_order);
  settle_nested(deepreg, out);
  if (!out->n && deepreg->problems->count == before)
    nothing_found(deepreg, split, name);
  return 0;
}

/* --- headers ---------------------------------------------------------------------- */

enum { BATCH = 256 };

struct batch {
  const struct deepreg *deepreg;
  struct deepreg_entry *entries;
  struct err why[BATCH]; /* of each that cannot be read */
  bool broken[BATCH];    /* it is damaged, not of another kind */
};

static void look_at_files(void *ctx, int64_t from, int64_t to)
{
  struct batch *const batch = ctx;
  for (int64_t i = from; i < to; i++) {
    struct deepreg_entry *const entry = &batch->entries[i];
    struct err *const why = &batch->why[i];
    struct source *source;
    batch->broken[i] = true;
    if (source_open(batch->deepreg->pool, entry->file, &source, why))
      continue;
    const struct source_array *const array = source_array_at(source, 0);
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

/* The message without the path that it begins with: ignored.txt names it already. */
static const char *reason(const char *text, const char *path)
{
  const size_t n = strlen(path);
  return !strncmp(text, path, n) && !strncmp(text + n, ": ", 2) ? text + n + 2 : text;
}

static int look_at_batch(struct batch *batch, size_t n, struct err *err)
{
  const struct deepreg *const deepreg = batch->deepreg;
  memset(batch->why, 0, sizeof batch->why);
  share_steps(source_pool_workers(deepreg->pool), (int64_t)n, 8, look_at_files, batch);
  for (size_t i = 0; i < n; i++) {
    const struct err *const why = &batch->why[i];
    const char *const file = batch->entries[i].file;
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

/* --- recognition ------------------------------------------------------------------ */

static int look_at_nifti(const struct deepreg *deepreg, const char *dir,
                         enum deepreg_look *is, struct err *err)
{
  const struct deepreg_dir only = {dir, dir};
  const struct deepreg_split split = {
      .ndirs = 1, .dirs = &only, .type = PAIR_SET_UNPAIRED};
  struct deepreg_store store = {.name = "images"};
  const int rc = deepreg_list_nifti(deepreg, &split, 0, &store, err);
  *is = store.n ? DEEPREG_GROUPED : DEEPREG_NOTHING;
  for (size_t i = 0; i < store.n; i++)
    if (!strchr(store.entries[i].path, '/'))
      *is = DEEPREG_PLAIN;
  deepreg_store_free(&store);
  return rc;
}

/* A file that is damaged may be one: whoever lists it tells. */
static int look_at_h5(const struct deepreg *deepreg, const char *dir,
                      enum deepreg_look *is, struct err *err)
{
  struct err why = ERR_INIT;
  struct source *source;
  size_t n;
  const char *const path = arena_printf(deepreg->arena, err, "%s/images.h5", dir);
  if (!path)
    return -1;
  if (source_open(deepreg->pool, path, &source, &why)) {
    *is = why.errnum == EINVAL ? DEEPREG_NOTHING : DEEPREG_PLAIN;
    return err_is_passing(&why) ? err_set(err, why.errnum, "%s", why.msg) : 0;
  }
  const bool h5 = !strcmp(source_format_name(source), "hdf5");
  *is = h5 && source_array_count(source) ? DEEPREG_GROUPED : DEEPREG_NOTHING;
  for (int i = 0; h5 && i < source_array_count(source); i++)
    if (!deepreg_key_group(source_array_at(source, i)->name, &n))
      *is = DEEPREG_PLAIN;
  source_unref(source);
  return 0;
}

int deepreg_look(const struct deepreg *deepreg, const char *dir, bool h5,
                 enum deepreg_look *is, struct err *err)
{
  struct problems quiet = {0};
  struct dataset_spec unused;
  struct deepreg asking = *deepreg; /* its complaints go nowhere */
  asking.problems = &quiet;
  asking.builder = dataset_builder_new(deepreg->arena, err);
  if (!asking.builder)
    return -1;
  const int rc = (h5 ? look_at_h5 : look_at_nifti)(&asking, dir, is, err);
  dataset_builder_finish(asking.builder, &unused, &quiet);
  problems_free(&quiet);
  return rc;
}
