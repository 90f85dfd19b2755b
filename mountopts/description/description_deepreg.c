/* "deepreg": the section "dataset" of a DeepReg configuration, copied.
 *
 *     {"type": "unpaired", "image_shape": [64, 64, 60],
 *      "train": {"dir": ["fold0", "fold1"], "format": "nifti", "labeled": true},
 *      "valid": {"dir": "fold2", "format": "nifti", "labeled": true}}
 *
 * The layout of its first releases, with "dir": {"train": ...}, "format" and "labeled"
 * beside "type", is read too.  A split is absent when it, or its dir, is null or "".
 * "missing_label": "zeros", ours, lets images lack their labels.
 * Keys about samples are not about the dataset: they declare the view pairs/deepreg. */
#include <stdlib.h>
#include <string.h>

#include "core/discover/deepreg.h"
#include "mountopts/description/description_parts.h"
#include "mountopts/paths.h"

const char *const deepreg_view_keys[] = {
    "moving_image_shape",
    "fixed_image_shape",
    "image_shape",
    "intra_group_prob",
    "intra_group_option",
    "sample_image_in_group",
    "sample_label",
    "missing_label",
    "seed",
    NULL,
};

static const char *const split_names[] = {"train", "valid", "test"};
enum { SPLITS = 3, KEYS_MAX = 32 };

struct reader {
  struct description *desc;
  const json_t *object;
  const struct where *where;
  struct deepreg deepreg;
  int nsplits; /* that were read */
};

/* --- one split --------------------------------------------------------------------- */

/* Where a split's key is stated: in the split, or for all splits (DeepReg's first
 * releases). */
struct said {
  struct where at, up;
  const json_t *value; /* NULL: it is not stated */
};

static void find_key(const struct reader *r, const struct where *split,
                     const json_t *object, const char *key, struct said *out)
{
  out->value = json_object_get(object, key);
  out->up = *split;
  if (!out->value && (out->value = json_object_get(r->object, key)))
    out->up = *r->where;
  else if (!out->value && !json_is_object(object))
    out->up = *r->where;
  out->at = (struct where){&out->up, key, 0};
}

/* Returns the index of the value among the words; -1: it is none of them, which is a
 * problem. */
static int read_word(const struct reader *r, const struct where *at, const json_t *value,
                     const char *const *words, int n)
{
  const char *text = json_string_value(value);
  struct text expected = {0};
  for (int i = 0; i < n; i++)
    if (text && !strcmp(text, words[i]))
      return i;
  for (int i = 0; i < n; i++)
    text_add(&expected, "%s%s", i ? "|" : "one of ", words[i]);
  where_expected(r->desc, at, expected.data ? expected.data : "a word", value);
  text_free(&expected);
  return -1;
}

static bool read_labeled(const struct reader *r, const struct said *said)
{
  if (!said->value || !(json_is_boolean(said->value) || json_is_null(said->value)))
    where_expected(r->desc, &said->at, "true or false", said->value);
  return json_is_true(said->value);
}

/* Returns false when a problem was added. */
static bool read_dir(const struct reader *r, const struct where *at, const json_t *value,
                     struct deepreg_dir *out)
{
  const struct description *desc = r->desc;
  const char *text = json_string_value(value), *home = getenv("HOME");
  struct err err = ERR_INIT;
  if (!text || !*text) {
    where_expected(desc, at, "a directory, or a list of directories", value);
    return false;
  }
  const bool tilde = home && *text == '~' && (!text[1] || text[1] == '/');
  out->name = arena_printf(desc->arena, &err, "%s%s", tilde ? home : "", text + tilde);
  out->path = out->name ? path_normal(desc->arena, desc->root, out->name, &err) : NULL;
  if (!out->path) {
    where_problem(desc, at, "%s", err.msg);
    return false;
  }
  if (description_allowed(desc, desc->root, out->name))
    return true;
  where_problem(desc, at, "'%s' points outside %s", out->name, desc->inside);
  return false;
}

/* Returns the number of directories; -1: problems were added. */
static int read_dirs(const struct reader *r, const struct where *at, const json_t *value,
                     const struct deepreg_dir **out, struct err *err)
{
  const size_t n = json_is_array(value) ? json_array_size(value) : 1;
  struct deepreg_dir *dirs = arena_array(r->desc->arena, n, sizeof *dirs, err);
  bool good = n && n <= INT16_MAX;
  if (!dirs)
    return -1;
  if (!good)
    where_expected(r->desc, at, "a directory, or a list of directories", value);
  for (size_t i = 0; good && i < n; i++)
    good &= json_is_array(value) ? read_dir(r, &(struct where){at, NULL, i},
                                            json_array_get(value, i), &dirs[i])
                                 : read_dir(r, at, value, &dirs[i]);
  *out = dirs;
  return good ? (int)n : -1;
}

/* Finds the split's directories: its own "dir", or that of the first releases. */
static void find_dir(const struct reader *r, const struct where *split,
                     const json_t *object, struct where *dir, struct said *out)
{
  const json_t *old = json_object_get(json_object_get(r->object, "dir"), split->key);
  out->value = json_object_get(object, "dir");
  out->up = *split;
  out->at = (struct where){&out->up, "dir", 0};
  if (out->value || !old)
    return;
  *dir = (struct where){r->where, "dir", 0};
  out->value = old;
  out->at = (struct where){dir, split->key, 0};
}

static int read_split(struct reader *r, const char *name, int type, struct err *err)
{
  static const char *const keys[] = {"dir", "format", "labeled"};
  static const char *const formats[] = {"nifti", "h5"};
  const struct where where = {r->where, name, 0};
  const json_t *object = json_object_get(r->object, name);
  struct where old;
  struct said dir, format, labeled;
  const int before = r->desc->problems->count;
  if (object && !json_is_null(object) && !json_is_object(object)) {
    where_expected(r->desc, &where, "an object with \"dir\", \"format\" and \"labeled\"",
                   object);
    return 0;
  }
  where_keys(r->desc, &where, object, keys, sizeof keys / sizeof *keys);
  find_dir(r, &where, object, &old, &dir);
  const char *text = json_string_value(dir.value);
  if (!dir.value || json_is_null(dir.value) || (text && !*text))
    return 0;
  r->nsplits++;
  find_key(r, &where, object, "format", &format);
  find_key(r, &where, object, "labeled", &labeled);
  struct deepreg_split split = {.name = name, .type = (enum pair_set_type)type};
  split.h5 = read_word(r, &format.at, format.value, formats, 2) == 1;
  split.labeled = read_labeled(r, &labeled);
  const char *missing = json_string_value(json_object_get(r->object, "missing_label"));
  split.missing_labels = missing && !strcmp(missing, "zeros");
  split.ndirs = read_dirs(r, &dir.at, dir.value, &split.dirs, err);
  if (err->errnum)
    return -1;
  if (type < 0 || split.ndirs < 0 || r->desc->problems->count > before)
    return 0;
  return deepreg_add_split(&r->deepreg, &split, err);
}

/* --- the section ------------------------------------------------------------------- */

static void read_keys(const struct reader *r)
{
  const char *keys[KEYS_MAX] = {"type", "dir", "format", "labeled"};
  size_t n = 4;
  for (int i = 0; i < SPLITS; i++)
    keys[n++] = split_names[i];
  const json_t *dir = json_object_get(r->object, "dir");
  for (int i = 0; deepreg_view_keys[i]; i++)
    keys[n++] = deepreg_view_keys[i];
  where_keys(r->desc, r->where, r->object, keys, n);
  const struct where at = {r->where, "dir", 0};
  if (dir && !json_is_object(dir))
    where_expected(r->desc, &at, "an object of splits", dir);
  where_keys(r->desc, &at, dir, split_names, SPLITS);
}

static int read_section(struct reader *r, struct err *err)
{
  static const char *const types[] = {"paired", "unpaired", "grouped"};
  const struct where at = {r->where, "type", 0};
  const json_t *value = json_object_get(r->object, "type");
  read_keys(r);
  const int type = read_word(r, &at, value, types, 3);
  for (int i = 0; i < SPLITS; i++)
    if (read_split(r, split_names[i], type, err))
      return -1;
  if (!r->nsplits)
    where_problem(r->desc, r->where,
                  "expected at least one of train, valid and test with a \"dir\"");
  return 0;
}

int description_deepreg(struct description *desc, const json_t *object)
{
  const struct where where = {NULL, "deepreg", 0};
  struct err err = ERR_INIT;
  const int before = desc->problems->count;
  if (!json_is_object(object)) {
    where_expected(desc, &where, "the section \"dataset\" of a DeepReg configuration",
                   object);
    return -1;
  }
  struct dataset_builder *builder = dataset_builder_new(desc->arena, &err);
  struct reader reader = {.desc = desc, .object = object, .where = &where};
  reader.deepreg = (struct deepreg){.pool = desc->pool,
                                    .arena = desc->arena,
                                    .builder = builder,
                                    .root = desc->root,
                                    .avoid = desc->avoid,
                                    .problems = desc->problems};
  if (!builder || read_section(&reader, &err))
    where_problem(desc, &where, "%s", err.msg);
  if (!builder)
    return -1;
  const int rc = dataset_builder_finish(builder, &desc->dataset, desc->problems);
  desc->dataset.layout = "deepreg";
  return rc || desc->problems->count > before ? -1 : 0;
}

/* Returns an object, maybe empty, of the section's keys that are parameters of the
 * view. */
static json_t *view_of(const json_t *deepreg)
{
  json_t *view = json_object();
  for (int i = 0; deepreg_view_keys[i]; i++) {
    json_t *value = json_object_get(deepreg, deepreg_view_keys[i]);
    if (value)
      json_object_set(view, deepreg_view_keys[i], value);
  }
  /* DeepReg uses a seed in the section for all splits, training included */
  if (json_object_get(view, "seed"))
    json_object_set_new(view, "order", json_string("deepreg"));
  return view;
}

json_t *description_deepreg_views(const json_t *deepreg, const json_t *views)
{
  const json_t *declared = json_object_get(views, "pairs");
  json_t *view = view_of(deepreg);
  const bool adds = json_object_size(view) && !json_object_get(declared, "deepreg") &&
                    (!views || json_is_object(views)) &&
                    (!declared || json_is_object(declared));
  json_t *all = views ? json_deep_copy(views) : json_object();
  if (adds && !declared)
    json_object_set_new(all, "pairs", json_object());
  if (adds)
    json_object_set(json_object_get(all, "pairs"), "deepreg", view);
  json_decref(view);
  return all;
}
