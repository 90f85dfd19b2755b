/* Reads "splits": {name: [ids or patterns]}, when the scans of the dataset are already
 * known, from the description or by discovery. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "mountopts/description/description_parts.h"

enum { NAME_BYTES = 240, SUGGEST_MAX = 1000 };

static int compare_id(const void *key, const void *scan)
{
  return strcmp(key, ((const struct scan_spec *)scan)->id);
}

static void no_such_scan(const struct description *desc, const struct where *where,
                         const char *pattern)
{
  const char *ids[SUGGEST_MAX];
  size_t n = (size_t)desc->dataset.nscans;
  n = n < SUGGEST_MAX ? n : SUGGEST_MAX;
  for (size_t i = 0; i < n; i++)
    ids[i] = desc->dataset.scans[i].id;
  const char *nearest = n ? text_nearest(pattern, ids, n) : NULL;
  where_problem(desc, where, "no scan matches '%.100s'%s%s%s", pattern,
                nearest ? "; did you mean '" : "", nearest ? nearest : "",
                nearest ? "'?" : "");
}

/* Marks the scans that the pattern names.  It is tried as an id first, so that a list of
 * thousands of ids costs one search each, and an id may hold '['. */
static void mark(const struct description *desc, const struct where *where,
                 const json_t *value, bool *in)
{
  const struct dataset_spec *dataset = &desc->dataset;
  const char *pattern = json_string_value(value);
  if (!pattern) {
    where_expected(desc, where, "the id of a scan, or a pattern", value);
    return;
  }
  const struct scan_spec *scan =
      bsearch(pattern, dataset->scans, (size_t)dataset->nscans, sizeof *scan, compare_id);
  bool any = scan;
  if (scan)
    in[scan - dataset->scans] = true;
  for (int i = 0; !scan && strpbrk(pattern, "*?[") && i < dataset->nscans; i++)
    if (text_glob(pattern, dataset->scans[i].id))
      any = in[i] = true;
  if (!any)
    no_such_scan(desc, where, pattern);
}

static int take_marked(const struct description *desc, const char *name, const bool *in,
                       struct split_spec *out, struct err *err)
{
  int nscans = desc->dataset.nscans, n = 0;
  for (int i = 0; i < nscans; i++)
    n += in[i];
  int *scans = arena_array(desc->arena, (size_t)n, sizeof *scans, err);
  const char *copy = arena_strdup(desc->arena, name, err);
  if (!scans || !copy)
    return -1;
  for (int i = 0, at = 0; i < nscans; i++)
    if (in[i])
      scans[at++] = i;
  *out = (struct split_spec){copy, n, scans};
  return 0;
}

static bool name_fits(const char *name)
{
  return *name && strlen(name) <= NAME_BYTES && !strchr(name, '/') && strcmp(name, ".") &&
         strcmp(name, "..");
}

/* Reads one key of "splits": the split has the marked scans, and those that name it
 * themselves ("split" of an entry). */
static int read_split(const struct description *desc, const struct where *where,
                      const json_t *patterns, struct split_spec *out, struct err *err)
{
  const struct dataset_spec *dataset = &desc->dataset;
  CLEANUP_FREE bool *in = calloc((size_t)dataset->nscans + 1, sizeof *in);
  if (!in)
    return err_set(err, ENOMEM, "out of memory for %d scans", dataset->nscans);
  if (!name_fits(where->key))
    where_problem(desc, where, "expected a name of 1 to %d bytes without '/'",
                  NAME_BYTES);
  if (!json_array_size(patterns))
    where_expected(desc, where, "an array of ids or patterns", patterns);
  for (size_t i = 0; i < json_array_size(patterns); i++)
    mark(desc, &(struct where){where, NULL, i}, json_array_get(patterns, i), in);
  for (int i = 0; i < out->nscans; i++)
    in[out->scans[i]] = true;
  return take_marked(desc, where->key, in, out, err);
}

/* Returns whether the dataset has only the default split. */
static bool is_default(const struct dataset_spec *dataset)
{
  return dataset->nsplits == 1 && !strcmp(dataset->splits[0].name, "all") &&
         dataset->splits[0].nscans == dataset->nscans;
}

static int read_splits(struct description *desc, const json_t *object,
                       const struct where *where, struct err *err)
{
  struct dataset_spec *dataset = &desc->dataset;
  int n = is_default(dataset) ? 0 : dataset->nsplits;
  size_t most = (size_t)n + json_object_size(object);
  struct split_spec *splits = arena_array(desc->arena, most, sizeof *splits, err);
  if (!splits)
    return -1;
  for (int i = 0; i < n; i++)
    splits[i] = dataset->splits[i];
  const char *name;
  json_t *patterns;
  json_object_foreach((json_t *)(uintptr_t)object, name, patterns)
  {
    const struct where at = {where, name, 0};
    int i = 0;
    while (i < n && strcmp(splits[i].name, name))
      i++;
    if (read_split(desc, &at, patterns, &splits[i], err))
      return -1;
    n += i == n;
  }
  dataset->nsplits = n;
  dataset->splits = splits;
  return 0;
}

void description_splits(struct description *desc, const json_t *splits)
{
  const struct where where = {NULL, "splits", 0};
  struct err err = ERR_INIT;
  if (!json_object_size(splits))
    where_expected(desc, &where, "an object of split names, each with an array of ids",
                   splits);
  else if (read_splits(desc, splits, &where, &err))
    where_problem(desc, &where, "%s", err.msg);
}
