/* Rule 2: DeepReg's layouts (see deepreg.h).
 *
 * A paired dataset is recognised by moving_images and fixed_images, in the root or in
 * train, valid, test and other directories named like splits.  Unpaired and grouped ones
 * are recognised in these directories only, because an images/ in the root is too common
 * (rule 4).  A dataset is grouped when no image lies directly in the stores, or when all
 * keys are group-X-Y. */
#include <errno.h>
#include <string.h>

#include "core/base/dir_list.h"
#include "core/base/text.h"
#include "core/dataset/field_type.h"
#include "core/dataset/name_set.h"
#include "core/discover/deepreg_store.h"
#include "core/discover/discover_folders.h"
#include "core/discover/discover_walk.h"
#include "core/discover/split_name.h"

/* A directory that may belong to a split, or the root. */
struct candidate {
  bool is; /* it has the layout */
  bool h5, labeled;
  enum pair_set_type type;
  struct deepreg_dir dir;
};

/* What was recognised: the splits, or the root alone. */
struct layout {
  bool in_root;
  int nsplits;
  struct candidate *splits; /* the directories that are named like one */
  struct candidate root;    /* `is` without in_root: it has stores, but no splits */
};

/* --- recognition ------------------------------------------------------------------- */

/* Returns whether the store exists. */
static bool has_store(const struct dir_list *list, const char *name, bool h5)
{
  char entry[64];
  strcpy(entry, name);
  strcat(entry, h5 ? ".h5" : "");
  const ptrdiff_t i = dir_list_find(list, entry);
  return i >= 0 && list->entries[i].type == (h5 ? DIR_FILE : DIR_DIR);
}

/* A directory with both image stores is paired; `both` false: one of them is enough, so
 * that in a split whose siblings are paired the missing one is reported. */
static bool look_paired(const struct dir_list *list, bool both, struct candidate *out)
{
  for (int h5 = 0; h5 < 2; h5++) {
    const int found =
        has_store(list, "moving_images", h5) + has_store(list, "fixed_images", h5);
    if (found < (both ? 2 : 1))
      continue;
    out->is = true;
    out->h5 = h5;
    out->type = PAIR_SET_PAIRED;
    out->labeled =
        has_store(list, "moving_labels", h5) || has_store(list, "fixed_labels", h5);
    return true;
  }
  return false;
}

enum look { LOOKS_OTHER, LOOKS_PLAIN, LOOKS_GROUPED /* all lies in groups */ };

static int look_at_nifti(const struct deepreg *deepreg, const char *dir, enum look *is,
                         struct err *err)
{
  const struct deepreg_dir only = {dir, dir};
  const struct deepreg_split split = {
      .ndirs = 1, .dirs = &only, .type = PAIR_SET_UNPAIRED};
  struct deepreg_store store = {.name = "images"};
  const int rc = deepreg_list_nifti(deepreg, &split, 0, &store, err);
  *is = store.n ? LOOKS_GROUPED : LOOKS_OTHER;
  for (size_t i = 0; i < store.n; i++)
    if (!strchr(store.entries[i].path, '/'))
      *is = LOOKS_PLAIN;
  deepreg_store_free(&store);
  return rc;
}

/* A damaged file may belong to the layout: it is reported when it is listed. */
static int look_at_h5(const struct deepreg *deepreg, const char *dir, enum look *is,
                      struct err *err)
{
  struct err why = ERR_INIT;
  struct source *source;
  size_t n;
  const char *path = arena_printf(deepreg->arena, err, "%s/images.h5", dir);
  if (!path)
    return -1;
  if (source_open(deepreg->pool, path, &source, &why)) {
    *is = why.errnum == EINVAL ? LOOKS_OTHER : LOOKS_PLAIN;
    return err_is_passing(&why) ? err_set(err, why.errnum, "%s", why.msg) : 0;
  }
  const bool h5 = !strcmp(source_format_name(source), "hdf5");
  *is = h5 && source_array_count(source) ? LOOKS_GROUPED : LOOKS_OTHER;
  for (int i = 0; h5 && i < source_array_count(source); i++)
    if (!deepreg_key_group(source_array_at(source, i)->name, &n))
      *is = LOOKS_PLAIN;
  source_unref(source);
  return 0;
}

/* Judges the store "images" of a directory by its names alone: 0 with *is. */
static int look_at_store(const struct deepreg *deepreg, const char *dir, bool h5,
                         enum look *is, struct err *err)
{
  struct problems quiet = {0};
  struct dataset_spec unused;
  struct deepreg asking = *deepreg; /* its problems are dropped */
  asking.problems = &quiet;
  asking.builder = dataset_builder_new(deepreg->arena, err);
  if (!asking.builder)
    return -1;
  const int rc = (h5 ? look_at_h5 : look_at_nifti)(&asking, dir, is, err);
  dataset_builder_finish(asking.builder, &unused, &quiet);
  problems_free(&quiet);
  return rc;
}

static int look_single(const struct discover *discover, const struct dir_list *list,
                       struct candidate *out, struct err *err)
{
  const struct deepreg deepreg = {.pool = discover->pool,
                                  .arena = discover->arena,
                                  .root = discover->root,
                                  .avoid = discover->avoid};
  for (int h5 = 0; h5 < 2 && !out->is; h5++) {
    enum look look = LOOKS_OTHER;
    if (has_store(list, "images", h5) &&
        look_at_store(&deepreg, out->dir.path, h5, &look, err))
      return -1;
    out->is = look != LOOKS_OTHER;
    out->h5 = h5;
    out->type = look == LOOKS_GROUPED ? PAIR_SET_GROUPED : PAIR_SET_UNPAIRED;
    out->labeled = has_store(list, "labels", h5);
  }
  return 0;
}

/* A directory that cannot be listed does not have the layout; but a lack of descriptors
 * or memory is an error, because it says nothing about the directory. */
static int list_dir(const struct discover *discover, const char *path, bool *listed,
                    struct dir_list *out, struct err *err)
{
  struct err why = ERR_INIT;
  *listed = !dir_list(path, discover->avoid, out, &why);
  return err_is_passing(&why) ? err_set(err, why.errnum, "%s", why.msg) : 0;
}

static int look_at_split(const struct discover *discover, bool both,
                         struct candidate *out, struct err *err)
{
  struct dir_list list;
  bool listed;
  int rc = 0;
  if (!(out->dir.path = discover_path(discover, out->dir.name, err)) ||
      list_dir(discover, out->dir.path, &listed, &list, err))
    return -1;
  if (!listed)
    return 0;
  if (!look_paired(&list, both, out))
    rc = look_single(discover, &list, out, err);
  dir_list_free(&list);
  return rc;
}

/* When one split has an image directly in a store, all splits are unpaired. */
static void agree(const struct layout *layout)
{
  bool unpaired = false;
  for (int i = 0; i < layout->nsplits; i++)
    unpaired |= layout->splits[i].is && layout->splits[i].type == PAIR_SET_UNPAIRED;
  for (int i = 0; i < layout->nsplits && unpaired; i++)
    if (layout->splits[i].is && layout->splits[i].type == PAIR_SET_GROUPED)
      layout->splits[i].type = PAIR_SET_UNPAIRED;
}

/* Lists the directories that are named like splits: DeepReg's own names first. */
static int list_splits(const struct discover *discover, const struct dir_list *list,
                       struct layout *out, struct err *err)
{
  static const char *const first[] = {"train", "valid", "test"};
  enum { FIRST = sizeof first / sizeof *first };
  out->splits = arena_array(discover->arena, list->n + 1, sizeof *out->splits, err);
  if (!out->splits)
    return -1;
  for (int pass = 0; pass <= FIRST; pass++)
    for (size_t i = 0; i < list->n; i++) {
      const char *name = list->entries[i].name;
      const bool own = text_is_one_of(first, FIRST, name);
      if (list->entries[i].type != DIR_DIR || !split_named(name, strlen(name)) ||
          (pass < FIRST ? strcmp(name, first[pass]) != 0 : own))
        continue;
      struct candidate *split = &out->splits[out->nsplits];
      *split = (struct candidate){0};
      if (!(split->dir.name = arena_strdup(discover->arena, name, err)))
        return -1;
      out->nsplits++;
    }
  return 0;
}

static int look_at_splits(const struct discover *discover, struct layout *out, bool *any,
                          struct err *err)
{
  *any = false;
  for (int i = 0; i < out->nsplits; i++) {
    if (look_at_split(discover, true, &out->splits[i], err))
      return -1;
    *any |= out->splits[i].is;
  }
  for (int i = 0; i < out->nsplits && *any; i++)
    if (!out->splits[i].is && look_at_split(discover, false, &out->splits[i], err))
      return -1;
  agree(out);
  return 0;
}

/* *is: whether the tree has the layout. */
static int recognise(const struct discover *discover, struct layout *out, bool *is,
                     struct err *err)
{
  struct dir_list list;
  *out = (struct layout){0};
  if (list_dir(discover, discover->root, is, &list, err) || !*is)
    return err->errnum ? -1 : 0;
  int rc = list_splits(discover, &list, out, err);
  if (!rc)
    rc = look_at_splits(discover, out, is, err);
  out->root.dir = (struct deepreg_dir){discover->root, discover->root};
  out->in_root = !rc && !*is && look_paired(&list, true, &out->root);
  *is |= out->in_root;
  if (!rc && !*is)
    rc = look_single(discover, &list, &out->root, err);
  dir_list_free(&list);
  return rc;
}

/* --- collecting -------------------------------------------------------------------- */

static bool is_store(const struct candidate *split, const char *name)
{
  static const char *const paired[] = {"moving_images", "fixed_images", "moving_labels",
                                       "fixed_labels"};
  static const char *const single[] = {"images", "labels"};
  const bool is_paired = split->type == PAIR_SET_PAIRED;
  for (int i = 0; i < (is_paired ? 4 : 2); i++) {
    const char *store = (is_paired ? paired : single)[i];
    const size_t n = strlen(store);
    if (!strncmp(name, store, n) && !strcmp(name + n, split->h5 ? ".h5" : ""))
      return true;
  }
  return false;
}

/* Ignores the files beside the stores. */
static int ignore_rest(const struct discover *discover, const struct candidate *split,
                       const char *prefix, struct err *err)
{
  struct dir_list list;
  if (dir_list(split->dir.path, discover->avoid, &list, err))
    return -1;
  for (size_t i = 0; i < list.n; i++) {
    const char *name = list.entries[i].name;
    const char *shown = *name == '.' || is_store(split, name)
                            ? NULL
                            : arena_printf(discover->arena, err, "%s%s%s", prefix,
                                           *prefix ? "/" : "", name);
    if (shown)
      dataset_builder_ignore(discover->builder, shown, "not a store of %s images",
                             pair_set_type_name(split->type));
  }
  dir_list_free(&list);
  return err->errnum ? -1 : 0;
}

static int collect_one(const struct discover *discover, const struct candidate *found,
                       const char *name, struct err *err)
{
  const struct deepreg deepreg = {.pool = discover->pool,
                                  .arena = discover->arena,
                                  .builder = discover->builder,
                                  .root = discover->root,
                                  .avoid = discover->avoid,
                                  .problems = discover->problems};
  const struct deepreg_split split = {.name = name,
                                      .ndirs = 1,
                                      .dirs = &found->dir,
                                      .h5 = found->h5,
                                      .type = found->type,
                                      .labeled = found->labeled};
  return deepreg_add_split(&deepreg, &split, err) ||
                 ignore_rest(discover, found, name ? name : "", err)
             ? -1
             : 0;
}

/* Ignores the files beside the splits. */
static int ignore_beside(const struct discover *discover, const struct layout *layout,
                         struct err *err)
{
  struct dir_list list;
  if (dir_list(discover->root, discover->avoid, &list, err))
    return -1;
  for (size_t i = 0; i < list.n; i++) {
    const char *name = list.entries[i].name;
    bool used = *name == '.';
    for (int s = 0; s < layout->nsplits; s++)
      used |= !strcmp(name, layout->splits[s].dir.name);
    if (!used)
      dataset_builder_ignore(discover->builder, name,
                             "not one of train, valid, test and the like with images of "
                             "DeepReg");
  }
  dir_list_free(&list);
  return 0;
}

/* Collects the splits; one without stores is walked like any directory. */
static int collect_splits(const struct discover *discover, const struct layout *layout,
                          struct err *err)
{
  const int before = discover->problems->count;
  bool paired = true;
  for (int i = 0; i < layout->nsplits; i++) {
    const struct candidate *split = &layout->splits[i];
    if (split->is ? collect_one(discover, split, split->dir.name, err)
                  : discover_folders(discover, split->dir.name, err))
      return -1;
    paired &= !split->is || split->type == PAIR_SET_PAIRED;
  }
  /* other layouts use these directory names too */
  if (!paired && discover->problems->count > before)
    problems_add(discover->problems,
                 "%s: was taken for images to register, because of its directories' "
                 "names; a tesserafs.json with \"scans\" can say otherwise",
                 discover->root);
  return ignore_beside(discover, layout, err);
}

/* --- train/images that are not to be registered ------------------------------------ */

/* The names of a store: whole, and without the words of masks and images. */
static int names_of(const struct deepreg *deepreg, const struct candidate *split,
                    const char *store, struct name_set *whole, struct name_set *keys,
                    struct err *err)
{
  const struct deepreg_split only = {
      .ndirs = 1, .dirs = &split->dir, .type = split->type};
  struct deepreg_store list = {.name = store};
  int rc = deepreg_list_nifti(deepreg, &only, 0, &list, err);
  for (size_t i = 0; i < list.n && !rc; i++) {
    const char *path = list.entries[i].path;
    const char *slash = strrchr(path, '/'), *const base = slash ? slash + 1 : path;
    size_t from;
    const size_t n = name_without_words(base, strlen(base), &from);
    const char *key = arena_printf(deepreg->arena, err, "%.*s%.*s", (int)(base - path),
                                   path, (int)n, base + from);
    const char *copy = arena_strdup(deepreg->arena, path, err);
    if (!key || !copy || name_set_add(whole, copy, (int)i) ||
        name_set_add(keys, key, (int)i))
      rc = err_set(err, ENOMEM, "out of memory");
  }
  deepreg_store_free(&list);
  return rc;
}

static bool same_names(const struct name_set *a, const struct name_set *b)
{
  bool same = a->n == b->n;
  for (size_t i = 0; i < a->room && same; i++)
    same = !a->slots[i].name || name_set_find(b, a->slots[i].name) >= 0;
  return same;
}

/* Returns whether the labels of a split lack the names of its images, as DeepReg needs
 * them, but have these names but for a word ("a_seg" for "a"), as masks have. */
static bool named_as_masks(const struct deepreg *deepreg, const struct candidate *split,
                           struct err *err)
{
  struct name_set whole[2] = {{0}}, keys[2] = {{0}};
  bool is = split->is && !split->h5 && split->labeled &&
            !names_of(deepreg, split, "images", &whole[0], &keys[0], err) &&
            !names_of(deepreg, split, "labels", &whole[1], &keys[1], err) &&
            !same_names(&whole[0], &whole[1]) && keys[0].n == whole[0].n &&
            same_names(&keys[0], &keys[1]);
  for (int i = 0; i < 2; i++) {
    name_set_free(&whole[i]);
    name_set_free(&keys[i]);
  }
  return is;
}

/* Returns whether images and labels of some split belong together by rule 4 only. */
static bool is_segmentation(const struct discover *discover, const struct layout *layout,
                            struct err *err)
{
  struct problems quiet = {0};
  struct dataset_spec unused;
  const struct deepreg deepreg = {.pool = discover->pool,
                                  .arena = discover->arena,
                                  .builder = dataset_builder_new(discover->arena, err),
                                  .root = discover->root,
                                  .avoid = discover->avoid,
                                  .problems = &quiet};
  bool is = false;
  if (!deepreg.builder)
    return false;
  for (int i = 0; i < layout->nsplits && !is; i++)
    is = named_as_masks(&deepreg, &layout->splits[i], err);
  dataset_builder_finish(deepreg.builder, &unused, &quiet);
  problems_free(&quiet);
  return is;
}

/* Says how stores that stand alone are declared. */
static void give_hint(const struct discover *discover, const struct candidate *root)
{
  dataset_builder_ignore(
      discover->builder, root->h5 ? "images.h5" : "images",
      "not taken for DeepReg's images to register, since no train/ stands above it; they "
      "are declared by a tesserafs.json: {\"deepreg\": {\"type\": \"%s\", \"train\": "
      "{\"dir\": \".\", \"format\": \"%s\", \"labeled\": %s}}}",
      pair_set_type_name(root->type), root->h5 ? "h5" : "nifti",
      root->labeled ? "true" : "false");
}

/* After a passing error it claims the tree, so that collect() reports the error. */
static bool matches(const struct discover *discover)
{
  struct layout layout;
  struct err err = ERR_INIT;
  bool is;
  if (recognise(discover, &layout, &is, &err))
    return true;
  if (is && !layout.in_root && is_segmentation(discover, &layout, &err))
    is = false;
  else if (!is && layout.root.is)
    give_hint(discover, &layout.root);
  return is || err.errnum;
}

static int collect(const struct discover *discover, struct err *err)
{
  struct layout layout;
  bool is;
  if (recognise(discover, &layout, &is, err))
    return -1;
  if (!is)
    return err_set(err, EIO, "%s: changed while it was looked at", discover->root);
  if (!layout.in_root && (is_segmentation(discover, &layout, err) || err->errnum))
    return err->errnum
               ? -1
               : err_set(err, EIO, "%s: changed while it was looked at", discover->root);
  return layout.in_root ? collect_one(discover, &layout.root, NULL, err)
                        : collect_splits(discover, &layout, err);
}

const struct dataset_layout layout_deepreg = {
    .name = "deepreg",
    .matches = matches,
    .collect = collect,
};
