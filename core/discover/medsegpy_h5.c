/* MedSegPy's 3-D HDF5 files: "volume" and "seg" of one scan, or "<scan>/volume" and
 * "<scan>/seg" of all. */
#include "core/discover/medsegpy_h5.h"

#include <string.h>

#include "core/discover/discover_walk.h"
#include "core/discover/medsegpy.h"
#include "core/discover/medsegpy_files.h"

/* Returns whether the array "<prefix>volume" has a mask "<prefix>seg" of its extents. */
static bool has_mask(const struct source *source, const struct source_array *volume,
                     size_t prefix)
{
  for (int i = 0; i < source_array_count(source); i++) {
    const struct source_array *array = source_array_at(source, i);
    if (array->unusable || !array->name || strncmp(array->name, volume->name, prefix) ||
        strcmp(array->name + prefix, "seg"))
      continue;
    return array->nd == 4 &&
           !memcmp(array->shape, volume->shape, 3 * sizeof *array->shape);
  }
  return false;
}

/* Returns the bytes of "<scan>/" before "volume" in an array's name; -1: it is no
 * volume. */
static ptrdiff_t volume_prefix(const struct source_array *array)
{
  static const char word[] = "volume";
  const size_t n = array->name ? strlen(array->name) : 0, m = sizeof word - 1;
  if (array->unusable || n < m || array->nd != 3 || strcmp(array->name + n - m, word) ||
      (n > m && array->name[n - m - 1] != '/'))
    return -1;
  return (ptrdiff_t)(n - m);
}

static bool is_mask_of_volume(const struct source *source, const char *name)
{
  const size_t n = strlen(name);
  char volume[512];
  if (n < 3 || n > 500 || strcmp(name + n - 3, "seg") || (n > 3 && name[n - 4] != '/'))
    return false;
  memcpy(volume, name, n - 3);
  strcpy(volume + n - 3, "volume");
  const int index = source_array_find(source, volume);
  return index >= 0 && volume_prefix(source_array_at(source, index)) >= 0;
}

/* A file fits only if all its arrays are volumes and their masks: one that holds more is
 * not MedSegPy's. */
static enum medsegpy_h5 judge_source(const struct source *source)
{
  enum medsegpy_h5 verdict = MEDSEGPY_H5_OTHER;
  for (int i = 0; i < source_array_count(source); i++) {
    const struct source_array *array = source_array_at(source, i);
    const ptrdiff_t prefix = volume_prefix(array);
    if (prefix >= 0 && has_mask(source, array, (size_t)prefix))
      verdict = MEDSEGPY_H5_LABELLED;
    else if (prefix >= 0)
      verdict =
          verdict == MEDSEGPY_H5_LABELLED ? MEDSEGPY_H5_LABELLED : MEDSEGPY_H5_UNLABELLED;
    else if (!array->name || !is_mask_of_volume(source, array->name))
      return MEDSEGPY_H5_OTHER;
  }
  return verdict;
}

enum medsegpy_h5 medsegpy_h5_judge(const struct discover *discover, const char *path)
{
  struct source *source;
  if (!path || source_open(discover->pool, path, &source, NULL))
    return MEDSEGPY_H5_UNREADABLE;
  const enum medsegpy_h5 verdict = judge_source(source);
  source_unref(source);
  return verdict;
}

/* Adds the scan of the array "<prefix>volume", with or without a mask. */
static int add_volume(const struct discover *discover, const char *dir, const char *rel,
                      const char *path, size_t stem, const struct source *source,
                      const char *volume, size_t prefix, struct err *err)
{
  struct arena *arena = discover->arena;
  struct field_spec *fields = arena_array(arena, 2, sizeof *fields, err);
  const char *key = arena_strdup(arena, volume, err);
  const char *mask = arena_printf(arena, err, "%.*sseg", (int)prefix, volume);
  const char *file = arena_printf(arena, err, "%.*s", (int)stem, rel);
  if (!fields || !key || !mask || !file)
    return -1;
  const char *id = file, *longer = rel;
  if (prefix) {
    const char *name = arena_printf(arena, err, "%.*s", (int)prefix - 1, volume);
    id = name ? arena_printf(arena, err, "%s%s%s", dir, *dir ? "/" : "", name) : NULL;
    longer = name ? arena_printf(arena, err, "%s/%s", file, name) : NULL;
  }
  if (!id || !longer || medsegpy_file_field(path, key, FIELD_IMG, arena, &fields[0], err))
    return -1;
  struct scan_spec scan = {.id = id, .nfields = 1, .fields = fields};
  const int seg = source_array_find(source, mask);
  if (seg >= 0 && !source_array_at(source, seg)->unusable) {
    if (medsegpy_file_field(path, mask, FIELD_MASK, arena, &fields[1], err))
      return -1;
    scan.nfields++;
  }
  return discover_add(discover, &scan, longer, medsegpy_split(dir), rel, err);
}

static int add_arrays(const struct discover *discover, const char *dir, const char *rel,
                      const char *path, size_t stem, const struct source *source,
                      struct err *err)
{
  for (int i = 0; i < source_array_count(source); i++) {
    const struct source_array *array = source_array_at(source, i);
    const ptrdiff_t prefix = volume_prefix(array);
    if (prefix >= 0) {
      if (add_volume(discover, dir, rel, path, stem, source, array->name, (size_t)prefix,
                     err))
        return -1;
    } else if (array->unusable || !array->name ||
               !is_mask_of_volume(source, array->name)) {
      const char *where = arena_printf(discover->arena, err, "%s:%s", rel,
                                       array->name ? array->name : "");
      if (!where)
        return -1;
      dataset_builder_ignore(discover->builder, where, "%s",
                             array->unusable ? array->unusable
                                             : "not a volume or its seg");
    }
  }
  return 0;
}

int medsegpy_h5_add(const struct discover *discover, const char *dir, const char *rel,
                    const char *path, size_t stem, struct err *err)
{
  struct err why = ERR_INIT;
  struct source *source;
  if (source_open(discover->pool, path, &source, &why)) {
    if (err_is_passing(&why))
      return err_set(err, why.errnum, "%s", why.msg);
    dataset_builder_broken(discover->builder, rel, "%s", why.msg);
    return 0;
  }
  const int rc = add_arrays(discover, dir, rel, path, stem, source, err);
  source_unref(source);
  return rc;
}
