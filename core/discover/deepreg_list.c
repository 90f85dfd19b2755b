/* Lists a store of a split: the files or keys of all its directories in DeepReg's order,
 * which gives them their numbers.
 *
 * They are found as DeepReg's file loaders find them: NIfTI files at any depth (without
 * hidden names and hidden directories, through symlinks to directories, suffixes in lower
 * case only), or the top-level keys of an HDF5 file.
 *
 * NIfTI files are ordered by directory (the text as written), path and suffix, by code
 * point; keys of HDF5 files by their file's place in the list of directories, then by
 * key.  In a grouped split of either kind, groups come in the order of directory and
 * group. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/beneath.h"
#include "core/base/dir_list.h"
#include "core/discover/deepreg_store.h"

enum {
  DEPTH_MAX = 64,
  LINKED_MAX = 100000 /* directories below two symlinked ones: links multiply a tree */
};

/* --- NIfTI ------------------------------------------------------------------------- */

struct listing {
  const struct deepreg *deepreg;
  const struct deepreg_split *split;
  int dir;
  const char *top; /* absolute path of the store */
  struct deepreg_store *out;
  int linked;
};

/* A directory that is being listed. */
struct level {
  const struct level *up;
  const char *rel; /* below the store; "" is the store */
  int depth, links;
  struct dir_list list;
};

static const char *suffix_of(const char *name)
{
  static const char *const suffixes[] = {"nii.gz", "nii"};
  const size_t n = strlen(name);
  for (size_t i = 0; i < 2; i++) {
    const size_t m = strlen(suffixes[i]);
    if (n > m + 1 && name[n - m - 1] == '.' && !strcmp(name + n - m, suffixes[i]))
      return suffixes[i];
  }
  return NULL;
}

static void ignore(const struct listing *all, const char *path, const char *why)
{
  dataset_builder_ignore(all->deepreg->builder, deepreg_shown(all->deepreg, path), "%s",
                         why);
}

static int take_file(const struct listing *all, const struct level *level,
                     const struct dir_entry *found, struct err *err)
{
  struct arena *arena = all->deepreg->arena;
  const char *between = *level->rel ? "/" : "";
  const char *suffix = suffix_of(found->name);
  char *file =
      arena_printf(arena, err, "%s/%s%s%s", all->top, level->rel, between, found->name);
  if (!file)
    return -1;
  if (!suffix || found->type == DIR_OTHER) {
    ignore(all, file, suffix ? "neither a file nor a directory" : "no .nii or .nii.gz");
    return 0;
  }
  char *path = arena_strdup(arena, file + strlen(all->top) + 1, err);
  if (!path)
    return -1;
  path[strlen(path) - strlen(suffix) - 1] = '\0';
  const bool grouped = all->split->type == PAIR_SET_GROUPED;
  const struct deepreg_entry entry = {
      .dir = all->dir,
      .path = path,
      .group = grouped ? level->rel : "",
      .base = grouped ? path + strlen(level->rel) + strlen(between) : path,
      .suffix = suffix,
      .file = file,
  };
  return deepreg_store_add(all->out, &entry, err);
}

static bool is_loop(const struct level *level)
{
  for (const struct level *up = level->up; up; up = up->up)
    if (up->list.dev == level->list.dev && up->list.ino == level->list.ino)
      return true;
  return false;
}

static int walk(struct listing *all, struct level *level, struct err *err);

static int enter(struct listing *all, const struct level *level,
                 const struct dir_entry *found, struct err *err)
{
  struct level below = {.up = level, .depth = level->depth + 1};
  below.links = level->links + found->link;
  below.rel = arena_printf(all->deepreg->arena, err, "%s%s%s", level->rel,
                           *level->rel ? "/" : "", found->name);
  if (!below.rel)
    return -1;
  if (below.depth > DEPTH_MAX || (below.links >= 2 && ++all->linked > LINKED_MAX)) {
    const char *path =
        arena_printf(all->deepreg->arena, err, "%s/%s", all->top, below.rel);
    if (path)
      ignore(all, path, "too many directories above it, or symlinks that lead there");
    return path ? 0 : -1;
  }
  return walk(all, &below, err);
}

static int walk_entries(struct listing *all, const struct level *level, struct err *err)
{
  for (size_t i = 0; i < level->list.n; i++) {
    const struct dir_entry *found = &level->list.entries[i];
    if (*found->name == '.')
      continue;
    if (found->type == DIR_DIR ? enter(all, level, found, err)
                               : take_file(all, level, found, err))
      return -1;
  }
  return 0;
}

static int walk(struct listing *all, struct level *level, struct err *err)
{
  struct err why = ERR_INIT;
  const char *path =
      *level->rel ? arena_printf(all->deepreg->arena, err, "%s/%s", all->top, level->rel)
                  : all->top;
  if (!path)
    return -1;
  if (dir_list_beneath(source_pool_beneath(all->deepreg->pool), path, all->deepreg->avoid,
                       &level->list, &why)) {
    if (err_is_passing(&why))
      return err_set(err, why.errnum, "%s", why.msg);
    problems_add(all->deepreg->problems, "%s", why.msg);
    return 0;
  }
  int rc = 0;
  if (is_loop(level))
    ignore(all, path, "a symlink to a directory above it");
  else
    rc = walk_entries(all, level, err);
  dir_list_free(&level->list);
  return rc;
}

int deepreg_list_nifti(const struct deepreg *deepreg, const struct deepreg_split *split,
                       int dir, struct deepreg_store *out, struct err *err)
{
  struct listing all = {.deepreg = deepreg, .split = split, .dir = dir, .out = out};
  struct level level = {.rel = ""};
  all.top = arena_printf(deepreg->arena, err, "%s/%s", split->dirs[dir].path, out->name);
  return all.top ? walk(&all, &level, err) : -1;
}

/* --- HDF5 -------------------------------------------------------------------------- */

const char *deepreg_key_group(const char *key, size_t *n)
{
  static const char word[] = "group-";
  if (strncmp(key, word, sizeof word - 1) != 0)
    return NULL;
  const char *group = key + sizeof word - 1;
  *n = strcspn(group, "-");
  return group[*n] && !strchr(group + *n + 1, '-') ? group : NULL;
}

static int set_group(const struct deepreg *deepreg, struct deepreg_entry *entry,
                     struct err *err)
{
  size_t n;
  const char *group = deepreg_key_group(entry->key, &n);
  if (group) {
    entry->group = arena_printf(deepreg->arena, err, "%.*s", (int)n, group);
    return entry->group ? 0 : -1;
  }
  problems_add(deepreg->problems, "%s: key '%s': expected the form group-X-Y",
               entry->file, entry->key);
  return 0;
}

static int take_array(const struct deepreg *deepreg, const struct deepreg_split *split,
                      const struct source_array *array, struct deepreg_entry entry,
                      struct deepreg_store *out, struct err *err)
{
  const size_t n = strcspn(array->name, "/");
  const char *key = arena_printf(deepreg->arena, err, "%.*s", (int)n, array->name);
  if (!key)
    return -1;
  entry.key = entry.path = entry.base = key;
  entry.nested = array->name[n];
  if (split->type == PAIR_SET_GROUPED && set_group(deepreg, &entry, err))
    return -1;
  if (array->broken)
    dataset_builder_broken(deepreg->builder, deepreg_entry_name(deepreg, &entry), "%s",
                           array->unusable);
  else if (array->unusable)
    problems_add(deepreg->problems, "%s:%s: %s", entry.file, array->name,
                 array->unusable);
  if (!array->unusable && !entry.nested) {
    entry.nd = array->nd;
    memcpy(entry.shape, array->shape, sizeof entry.shape);
  }
  return deepreg_store_add(out, &entry, err);
}

static int list_h5(const struct deepreg *deepreg, const struct deepreg_split *split,
                   int dir, struct deepreg_store *out, struct err *err)
{
  struct err why = ERR_INIT;
  struct source *source;
  struct deepreg_entry entry = {.dir = dir, .group = "", .suffix = ""};
  entry.file =
      arena_printf(deepreg->arena, err, "%s/%s.h5", split->dirs[dir].path, out->name);
  if (!entry.file)
    return -1;
  if (source_open(deepreg->pool, entry.file, &source, &why)) {
    if (err_is_passing(&why))
      return err_set(err, why.errnum, "%s", why.msg);
    problems_add(deepreg->problems, "%s", why.msg);
    return 0;
  }
  int rc = 0;
  if (strcmp(source_format_name(source), "hdf5") != 0)
    problems_add(deepreg->problems, "%s: expected an HDF5 file, found %s", entry.file,
                 source_format_name(source));
  else
    for (int i = 0; i < source_array_count(source) && !rc; i++)
      rc = take_array(deepreg, split, source_array_at(source, i), entry, out, err);
  source_unref(source);
  return rc;
}

/* --- a store ----------------------------------------------------------------------- */

static int by_order(const void *a, const void *b)
{
  const struct deepreg_entry *x = a, *y = b;
  const int cmp = deepreg_entry_cmp(x, y);
  return cmp ? cmp : strcmp(x->suffix, y->suffix);
}

/* Returns the rank of directory i in the order of entries. */
static int rank_of(const struct deepreg_split *split, int i)
{
  int rank = 0;
  if (split->h5 && split->type != PAIR_SET_GROUPED)
    return i;
  for (int j = 0; j < split->ndirs; j++)
    rank += strcmp(split->dirs[j].name, split->dirs[i].name) < 0;
  return rank;
}

/* Lists the part of a store in one directory, which must exist. */
static int list_dir(const struct deepreg *deepreg, const struct deepreg_split *split,
                    int dir, struct deepreg_store *out, struct err *err)
{
  struct stat st;
  const size_t before = out->n;
  const char *path = arena_printf(deepreg->arena, err, "%s/%s%s", split->dirs[dir].path,
                                  out->name, split->h5 ? ".h5" : "");
  if (!path)
    return -1;
  const char *beneath = source_pool_beneath(deepreg->pool);
  const bool there = !beneath_stat(beneath, path, &st);
  if (!there && errno == EXDEV) {
    problems_add(deepreg->problems, "%s: points outside %s", path, beneath);
    return 0;
  }
  if (!there && errno != ENOENT) {
    problems_add(deepreg->problems, "%s: %s", path, strerror(errno));
    return 0;
  }
  if (!there || (split->h5 ? !S_ISREG(st.st_mode) : !S_ISDIR(st.st_mode))) {
    problems_add(deepreg->problems, "%s: expected %s, found none", path,
                 split->h5 ? "an HDF5 file" : "a directory of NIfTI files");
    return 0;
  }
  if ((split->h5 ? list_h5 : deepreg_list_nifti)(deepreg, split, dir, out, err))
    return -1;
  const int rank = rank_of(split, dir);
  for (size_t i = before; i < out->n; i++)
    out->entries[i].rank = rank;
  return 0;
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

/* An HDF5 group was listed once for each of its arrays: this makes it one key, which
 * DeepReg cannot read. */
static void settle_nested(const struct deepreg *deepreg, struct deepreg_store *store)
{
  size_t n = 0;
  for (size_t i = 0; i < store->n; i++) {
    const struct deepreg_entry *entry = &store->entries[i];
    if (n && entry->nested && !by_order(entry, &store->entries[n - 1]))
      continue;
    if (entry->nested)
      problems_add(deepreg->problems, "%s: expected an array, found a group",
                   deepreg_entry_name(deepreg, entry));
    store->entries[n++] = *entry;
  }
  store->n = n;
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
