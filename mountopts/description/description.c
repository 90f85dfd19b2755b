/* tesserafs.json as a whole: the JSON syntax, the keys of the document, the order in
 * which its parts are read. */
#include "mountopts/description/description.h"

#include <string.h>

#include "core/discover/discover.h"
#include "mountopts/description/description_parts.h"
#include "mountopts/mountopts.h"
#include "mountopts/native/native_medsegpy.h"
#include "mountopts/native/native_pytc.h"

static void read_options(struct description *desc, const json_t *document)
{
  struct options options = {0};
  const json_t *seed = json_object_get(document, "seed");
  const json_t *formats = json_object_get(document, "formats");
  if (seed)
    where_param(desc, &(struct where){NULL, "seed", 0},
                param_find(option_params, option_params_count, "seed", 0), seed,
                &options);
  if (formats)
    where_param(desc, &(struct where){NULL, "formats", 0},
                param_find(option_params, option_params_count, "formats", 0), formats,
                &options);
  desc->has_seed = seed;
  desc->seed = options.seed;
  desc->formats = options.formats;
}

static void read_views(struct description *desc, const json_t *document)
{
  const json_t *views = json_object_get(document, "views");
  const json_t *deepreg = json_object_get(document, "deepreg");
  if (!deepreg && views)
    description_views(desc, views);
  if (!deepreg)
    return;
  json_t *all = description_deepreg_views(deepreg, views);
  description_views(desc, all);
  json_decref(all);
}

/* Reads "scans" or "deepreg", or lets discover() find the scans. */
static int read_scans(struct description *desc, const json_t *document)
{
  const json_t *scans = json_object_get(document, "scans");
  const json_t *deepreg = json_object_get(document, "deepreg");
  if (scans && deepreg) {
    where_problem(desc, NULL, "expected \"scans\" or \"deepreg\", found both");
    return -1;
  }
  if (scans)
    return description_scans(desc, scans);
  if (deepreg)
    return description_deepreg(desc, deepreg);
  return discover(desc->root, desc->avoid, desc->pool, desc->arena, &desc->dataset,
                  desc->problems);
}

static void read_document(struct description *desc, const json_t *document)
{
  static const char *const keys[] = {"scans", "deepreg", "splits", "views",
                                     "seed",  "formats", "$schema"};
  const json_t *splits = json_object_get(document, "splits");
  where_keys(desc, NULL, document, keys, sizeof keys / sizeof *keys);
  read_options(desc, document);
  read_views(desc, document);
  if (read_scans(desc, document))
    return; /* without scans it cannot be judged what splits and views say of them */
  if (splits)
    description_splits(desc, splits);
  description_view_fields(desc);
}

/* A description that was found names nothing outside of its directory, also by a symlink
 * (it may be anybody's).  One that leaves the files to discover() names none: discovery
 * follows symlinks. */
static bool confine(const struct description *desc, const json_t *document)
{
  struct err err = ERR_INIT;
  const bool names = !json_is_object(document) || json_object_get(document, "scans") ||
                     json_object_get(document, "deepreg") ||
                     native_pytc_matches(document);
  if (!desc->inside || !names || !source_pool_confine(desc->pool, desc->inside, &err))
    return true;
  where_problem(desc, NULL, "%s", err.msg);
  return false;
}

int description_read(struct description *desc, const char *text, size_t size)
{
  json_error_t error;
  int before = desc->problems->count;
  json_t *document = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
  if (!document)
    where_problem(desc, NULL, "line %d, column %d: expected JSON: %s", error.line,
                  error.column, error.text);
  else if (!confine(desc, document))
    ; /* that was a problem */
  else if (native_medsegpy_matches(document))
    native_medsegpy_read(desc, document);
  else if (native_pytc_matches(document))
    native_pytc_read(desc, document);
  else if (!json_is_object(document))
    where_expected(desc, NULL, "an object with \"scans\"", document);
  else
    read_document(desc, document);
  json_decref(document);
  return desc->problems->count > before ? -1 : 0;
}

/* Returns the file's name without its suffix; a name that an id cannot have is replaced.
 */
static const char *list_name(const struct description *desc, const char *path,
                             struct err *err)
{
  const char *slash = strrchr(path, '/'), *const base = slash ? slash + 1 : path;
  const char *dot = strrchr(base, '.');
  const size_t n = dot > base ? (size_t)(dot - base) : strlen(base);
  return strpbrk(base, "{}") ? "list"
                             : arena_printf(desc->arena, err, "%.*s", (int)n, base);
}

int description_read_list(struct description *desc, const char *path)
{
  struct err err = ERR_INIT;
  const char *id = desc->singly ? "{file}" : list_name(desc, path, &err);
  json_t *document = id ? json_pack("{s:[{s:s, s:{s:{s:s}}}]}", "scans", "id", id,
                                    "fields", "image", "list", path)
                        : NULL;
  const int before = desc->problems->count;
  if (document) {
    read_document(desc, document);
    json_decref(document);
    return desc->problems->count > before ? -1 : 0;
  }
  where_problem(desc, NULL, "%s",
                err.errnum ? err.msg : "expected a path in UTF-8 of a list of files");
  return -1;
}
