/* Rule 3: MedSegPy's directories.
 *
 *     0000001_V00-Aug00_001.im + .seg   2-D HDF5 files, array "data", one slice each
 *     <scan>.im + <scan>.seg            the same of whole volumes
 *     <scan>.h5                         arrays "volume" and "seg"
 *     <any>.h5                          arrays "<scan>/volume" and "<scan>/seg"
 *
 * in SOURCE or one directory below it, whose name then begins the scan's id, and is its
 * split when it is named like one (split_name.h).
 *
 * A scan of slices is subject and time point, "%07d_V%02d", as in MedSegPy; the
 * augmented copies, which its code lets fall into the same scan, would have two slices of
 * one number: only those of the lowest number keep the plain id, the others have theirs
 * appended ("0000001_V00-Aug01").  Slices are placed by their numbers, from the lowest
 * that is there to the highest: a gap is a hole, which is an error where it is read, and
 * moves no neighbour. */
#include <errno.h>
#include <string.h>

#include "core/base/dir_list.h"
#include "core/discover/discover_folders.h"
#include "core/discover/discover_walk.h"
#include "core/discover/medsegpy.h"
#include "core/discover/medsegpy_files.h"
#include "core/discover/medsegpy_h5.h"

enum suffix { SUFFIX_NONE, SUFFIX_IM, SUFFIX_SEG, SUFFIX_H5 };

static enum suffix suffix_of(const char *name, size_t *stem)
{
  static const struct {
    const char *text;
    enum suffix is;
  } suffixes[] = {
      {".im", SUFFIX_IM}, {".seg", SUFFIX_SEG}, {".h5", SUFFIX_H5}, {".hdf5", SUFFIX_H5}};
  const size_t n = strlen(name);
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    const size_t length = strlen(suffixes[i].text);
    *stem = n - length;
    if (n > length && !strcmp(name + *stem, suffixes[i].text))
      return suffixes[i].is;
  }
  *stem = n;
  return SUFFIX_NONE;
}

/* --- recognition ------------------------------------------------------------------- */

/* Returns whether a directory holds a .im or .seg of a slice or volume. */
static bool has_slices(const struct dir_list *list)
{
  for (size_t i = 0; i < list->n; i++) {
    const char *name = list->entries[i].name;
    struct medsegpy_name parsed;
    size_t stem;
    const enum suffix suffix = suffix_of(name, &stem);
    if (list->entries[i].type == DIR_FILE && *name != '.' &&
        (suffix == SUFFIX_IM || suffix == SUFFIX_SEG) &&
        (medsegpy_slice_name(name, &parsed) || medsegpy_volume_name(name, stem)))
      return true;
  }
  return false;
}

/* Returns whether the directory holds .h5 files that all fit, at least one of them with a
 * mask. */
static bool has_volumes(const struct discover *discover, const char *path,
                        const struct dir_list *list)
{
  bool labelled = false;
  for (size_t i = 0; i < list->n; i++) {
    const char *name = list->entries[i].name;
    size_t stem;
    if (list->entries[i].type != DIR_FILE || *name == '.' ||
        suffix_of(name, &stem) != SUFFIX_H5)
      continue;
    const char *full = arena_printf(discover->arena, NULL, "%s/%s", path, name);
    const enum medsegpy_h5 verdict =
        full ? medsegpy_h5_judge(discover, full) : MEDSEGPY_H5_OTHER;
    if (verdict == MEDSEGPY_H5_OTHER)
      return false;
    labelled |= verdict == MEDSEGPY_H5_LABELLED;
  }
  return labelled;
}

static bool list_matches(const struct discover *discover, const char *path,
                         const struct dir_list *list)
{
  return has_slices(list) || has_volumes(discover, path, list);
}

static bool dir_matches(const struct discover *discover, const char *path)
{
  struct dir_list list;
  if (dir_list(path, discover->avoid, &list, NULL))
    return false;
  const bool is = list_matches(discover, path, &list);
  dir_list_free(&list);
  return is;
}

static bool matches(const struct discover *discover)
{
  struct dir_list list;
  struct err err = ERR_INIT;
  size_t stem;
  if (dir_list(discover->root, discover->avoid, &list, &err))
    return err.errnum == ENOTDIR && suffix_of(discover->root, &stem) == SUFFIX_H5 &&
           medsegpy_h5_judge(discover, discover->root) == MEDSEGPY_H5_LABELLED;
  bool is = list_matches(discover, discover->root, &list);
  for (size_t i = 0; i < list.n && !is; i++) {
    const struct dir_entry *entry = &list.entries[i];
    const char *path = entry->type == DIR_DIR && medsegpy_split(entry->name)
                           ? discover_path(discover, entry->name, NULL)
                           : NULL;
    is = path && dir_matches(discover, path);
  }
  dir_list_free(&list);
  return is;
}

/* --- files ------------------------------------------------------------------------- */

struct collection {
  const struct discover *discover;
  struct medsegpy_files files;
};

static void ignore(const struct collection *all, const char *rel, const char *why)
{
  dataset_builder_ignore(all->discover->builder, rel, "%s", why);
}

/* Adds the file of a slice, or of a volume. */
static int add_image(struct collection *all, const char *dir, const char *path,
                     const char *rel, const char *base, size_t stem, bool seg,
                     struct err *err)
{
  struct medsegpy_file file = {.dir = dir, .seg = seg, .stem = ""};
  file.whole = !medsegpy_slice_name(base, &file.name);
  if (file.whole && !medsegpy_volume_name(base, stem)) {
    ignore(all, rel, "expected a name like 0000001_V00-Aug00_001 or 0000001_V00");
    return 0;
  }
  file.path = path;
  file.rel = rel;
  if (file.whole &&
      !(file.stem = arena_printf(all->discover->arena, err, "%.*s", (int)stem, base)))
    return -1;
  return medsegpy_files_add(&all->files, &file, err);
}

/* --- directories ------------------------------------------------------------------- */

static int look_at_entry(struct collection *all, const char *dir,
                         const struct dir_entry *entry, struct err *err)
{
  const struct discover *discover = all->discover;
  size_t stem, below = strlen(dir) + (*dir ? 1 : 0);
  const char *path = arena_printf(discover->arena, err, "%s/%s%s%s",
                                  strcmp(discover->root, "/") ? discover->root : "", dir,
                                  *dir ? "/" : "", entry->name);
  if (!path)
    return -1;
  const char *rel = path + strlen(path) - strlen(entry->name) - below;
  if (entry->type == DIR_BROKEN) {
    dataset_builder_broken(discover->builder, rel, "%s", strerror(entry->errnum));
    return 0;
  }
  const enum suffix suffix =
      entry->type == DIR_FILE ? suffix_of(entry->name, &stem) : SUFFIX_NONE;
  switch (suffix) {
  case SUFFIX_IM:
  case SUFFIX_SEG:
    return add_image(all, dir, path, rel, entry->name, stem, suffix == SUFFIX_SEG, err);
  case SUFFIX_H5:
    return medsegpy_h5_add(discover, dir, rel, path, below + stem, err);
  case SUFFIX_NONE:
    break;
  }
  ignore(all, rel, "not a .im, .seg or .h5 file of this layout");
  return 0;
}

static int look_at_list(struct collection *all, const char *dir,
                        const struct dir_list *list, bool files, struct err *err)
{
  for (size_t i = 0; i < list->n; i++)
    if (*list->entries[i].name != '.' && (list->entries[i].type != DIR_DIR) == files &&
        (files || *dir) && look_at_entry(all, dir, &list->entries[i], err))
      return -1;
  return 0;
}

/* Returns whether a file of the list could be the layout's. */
static bool has_own(const struct dir_list *list)
{
  size_t stem;
  for (size_t i = 0; i < list->n; i++)
    if (list->entries[i].type == DIR_FILE &&
        suffix_of(list->entries[i].name, &stem) != SUFFIX_NONE)
      return true;
  return false;
}

/* Looks at a directory below the root; a split without files of this layout is walked
 * like any directory. */
static int look_below(struct collection *all, const struct dir_list *root,
                      const struct dir_entry *entry, struct err *err)
{
  struct dir_list list;
  struct err why = ERR_INIT;
  const char *dir = arena_strdup(all->discover->arena, entry->name, err);
  const char *path = dir ? discover_path(all->discover, dir, err) : NULL;
  if (!path)
    return -1;
  if (dir_list(path, all->discover->avoid, &list, &why)) {
    if (why.errnum == ENOMEM)
      return err_set(err, why.errnum, "%s", why.msg);
    dataset_builder_broken(all->discover->builder, dir, "%s", why.msg);
    return 0;
  }
  int rc = 0;
  if (list.dev == root->dev && list.ino == root->ino)
    ignore(all, dir, "a symlink to the directory above it");
  else if (medsegpy_split(dir) && !has_own(&list))
    rc = discover_folders(all->discover, dir, err);
  else if (!(rc = look_at_list(all, dir, &list, true, err)))
    rc = look_at_list(all, dir, &list, false, err);
  dir_list_free(&list);
  return rc;
}

static int look_at_root(struct collection *all, const struct dir_list *root,
                        struct err *err)
{
  if (look_at_list(all, "", root, true, err))
    return -1;
  for (size_t i = 0; i < root->n; i++) {
    const struct dir_entry *entry = &root->entries[i];
    if (entry->type == DIR_DIR && *entry->name != '.' &&
        look_below(all, root, entry, err))
      return -1;
  }
  return 0;
}

/* Looks at SOURCE when it is one .h5 file. */
static int look_at_file(struct collection *all, struct err *err)
{
  size_t stem;
  const char *name = discover_base_name(all->discover);
  suffix_of(name, &stem);
  return medsegpy_h5_add(all->discover, "", name, all->discover->root, stem, err);
}

static int collect(const struct discover *discover, struct err *err)
{
  struct collection all = {.discover = discover};
  struct dir_list root;
  struct err why = ERR_INIT;
  if (dir_list(discover->root, discover->avoid, &root, &why))
    return why.errnum == ENOTDIR ? look_at_file(&all, err)
                                 : err_set(err, why.errnum, "%s", why.msg);
  int rc = look_at_root(&all, &root, err);
  if (!rc)
    rc = medsegpy_files_scans(&all.files, discover, err);
  medsegpy_files_free(&all.files);
  dir_list_free(&root);
  return rc;
}

const struct dataset_layout layout_medsegpy = {
    .name = "medsegpy",
    .matches = matches,
    .collect = collect,
};
