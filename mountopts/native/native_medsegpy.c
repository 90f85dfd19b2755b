/* MedSegPy's list of dataset dicts: [{"file_name": ..., "sem_seg_file": ..., "scan_id":
 * ..., "slice_id": 1, "scan_num_slices": 160, "image_size": [...], "singlefile_path":
 * ...}, ...].  Further keys are the users' own and are ignored; relative paths start
 * where those of any description do. */
#include "mountopts/native/native_medsegpy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/beneath.h"
#include "core/base/cleanup.h"
#include "core/base/dir_list.h"
#include "core/discover/medsegpy.h"
#include "mountopts/paths.h"

bool native_medsegpy_matches(const json_t *document)
{
  const json_t *first = json_array_get(document, 0);
  return json_object_get(first, "file_name") || json_object_get(first, "singlefile_path");
}

/* The list on its way. */
struct reader {
  struct description *desc;
  const char *allowed; /* the last directory in which files were found to be allowed */
};

/* --- paths ------------------------------------------------------------------------- */

/* Returns whether the directory lies outside of the mountpoint.  Lists name thousands of
 * files of one directory, so the last answer is kept. */
static bool directory_allowed(struct reader *reader, const char *path, struct err *err)
{
  const struct description *desc = reader->desc;
  const char *dir = path_directory(desc->arena, path, err);
  if (!dir)
    return false;
  if (reader->allowed && !strcmp(dir, reader->allowed))
    return true;
  if (desc->avoid && dir_avoided(dir, desc->avoid)) {
    err_set(err, EINVAL, "'%s' lies in the mountpoint", path);
    return false;
  }
  reader->allowed = dir;
  return true;
}

/* Returns the absolute path of an existing file; NULL with *err. */
static const char *find_file(struct reader *reader, const char *name, struct err *err)
{
  struct stat st;
  const char *path = path_normal(reader->desc->arena, reader->desc->root, name, err);
  if (!path || !directory_allowed(reader, path, err))
    return NULL;
  if (beneath_stat(reader->desc->inside, path, &st)) {
    if (errno == EXDEV)
      err_set(err, EINVAL, "'%s' points outside %s", path, reader->desc->inside);
    err_set_errno(err, errno, "%s", path);
    return NULL;
  }
  if (!S_ISREG(st.st_mode)) {
    err_set(err, EINVAL, "%s: expected a file", path);
    return NULL;
  }
  return path;
}

/* --- keys -------------------------------------------------------------------------- */

/* Returns the file of a key; NULL when there is none (null counts as none), or after a
 * problem. */
static const char *read_path(struct reader *reader, const struct where *where,
                             const json_t *dict, const char *key)
{
  struct err err = ERR_INIT;
  const struct where at = where_at(where, key);
  if (json_is_null(json_object_get(dict, key)))
    return NULL;
  const char *name = where_string(reader->desc, where, dict, key);
  const char *path = name ? find_file(reader, name, &err) : NULL;
  if (name && !path)
    where_problem(reader->desc, &at, "%s", err.msg);
  return path;
}

/* Returns a count from 1 on; 0 when it is not stated, or after a problem. */
static int64_t read_count(const struct reader *reader, const struct where *where,
                          const json_t *dict, const char *key)
{
  const json_t *value = json_object_get(dict, key);
  const struct where at = where_at(where, key);
  const int64_t count = json_integer_value(value);
  if (!value || json_is_null(value))
    return 0;
  if (json_is_integer(value) && count >= 1 && count <= INT32_MAX)
    return count;
  where_expected(reader->desc, &at, "a whole number from 1 on", value);
  return 0;
}

static void read_image_size(const struct reader *reader, const struct where *where,
                            const json_t *dict, struct medsegpy_dict *out)
{
  const json_t *value = json_object_get(dict, "image_size");
  const struct where at = where_at(where, "image_size");
  const size_t n = json_array_size(value);
  bool fits = n >= 1 && n <= ND_MAX;
  if (!value || json_is_null(value))
    return;
  for (size_t i = 0; fits && i < n; i++) {
    const json_t *side = json_array_get(value, i);
    out->size[i] = json_integer_value(side);
    fits = json_is_integer(side) && out->size[i] > 0;
  }
  if (fits)
    out->naxes = (int)n;
  else
    where_expected(reader->desc, &at, "an array of positive integers", value);
}

/* MedSegPy passes scan_spacing through without reading it, so it is used only when it
 * looks like a spacing. */
static void read_spacing(const json_t *dict, struct medsegpy_dict *out)
{
  const json_t *value = json_object_get(dict, "scan_spacing");
  const size_t n = json_array_size(value);
  double spacing[3] = {1, 1, 1};
  if (n < 1 || n > 3)
    return;
  for (size_t i = 0; i < n; i++) {
    spacing[i] = json_number_value(json_array_get(value, i));
    if (!(spacing[i] > 0))
      return;
  }
  out->has_spacing = true;
  memcpy(out->spacing, spacing, sizeof spacing);
}

/* Finds the image's file: file_name, or the file of all scans when file_name does not
 * exist. */
static void read_image(struct reader *reader, const struct where *where,
                       const json_t *dict, struct medsegpy_dict *out)
{
  struct err err = ERR_INIT;
  const char *name = json_string_value(json_object_get(dict, "file_name"));
  const bool single = json_is_string(json_object_get(dict, "singlefile_path"));
  if (single && (!name || !find_file(reader, name, &err))) {
    out->single = true;
    out->image = out->mask = read_path(reader, where, dict, "singlefile_path");
    return;
  }
  out->image = read_path(reader, where, dict, "file_name");
  out->mask = read_path(reader, where, dict, "sem_seg_file");
}

/* Returns false when problems were added. */
static bool read_dict(struct reader *reader, size_t index, const json_t *dict,
                      struct medsegpy_dict *out)
{
  struct description *desc = reader->desc;
  const struct where where = {NULL, NULL, index};
  const int before = desc->problems->count;
  *out = (struct medsegpy_dict){.index = index};
  if (!json_is_object(dict)) {
    where_expected(desc, &where, "a dataset dict", dict);
    return false;
  }
  const char *id = where_string(desc, &where, dict, "scan_id");
  if (!json_object_get(dict, "scan_id"))
    where_expected(desc, &(struct where){&where, "scan_id", 0}, "a text", NULL);
  const int told = desc->problems->count;
  read_image(reader, &where, dict, out);
  if (!out->image && desc->problems->count == told)
    where_expected(desc, &(struct where){&where, "file_name", 0}, "a path",
                   json_object_get(dict, "file_name"));
  out->slice = read_count(reader, &where, dict, "slice_id");
  out->total = read_count(reader, &where, dict, "scan_num_slices");
  read_image_size(reader, &where, dict, out);
  read_spacing(dict, out);
  struct err err = ERR_INIT;
  out->scan_id = id ? arena_strdup(desc->arena, id, &err) : NULL;
  if (id && !out->scan_id)
    where_problem(desc, &where, "%s", err.msg);
  return desc->problems->count == before;
}

int native_medsegpy_read(struct description *desc, const json_t *document)
{
  struct reader reader = {.desc = desc};
  struct err err = ERR_INIT;
  const int before = desc->problems->count;
  const size_t n = json_array_size(document);
  CLEANUP_FREE struct medsegpy_dict *dicts = calloc(n, sizeof *dicts);
  struct dataset_builder *builder = dataset_builder_new(desc->arena, &err);
  if (!dicts || !builder) {
    where_problem(desc, NULL, "out of memory for %zu dataset dicts", n);
  } else {
    size_t good = 0;
    for (size_t i = 0; i < n; i++)
      good += read_dict(&reader, i, json_array_get(document, i), &dicts[good]);
    native_medsegpy_scans(desc, builder, dicts, good);
  }
  if (!builder)
    return -1;
  if (description_finish(desc, builder, before, "medsegpy"))
    return -1;
  if (!desc->dataset.nscans)
    where_problem(desc, NULL, "no scan can be used: %.400s", desc->dataset.broken);
  return desc->dataset.nscans ? 0 : -1;
}
