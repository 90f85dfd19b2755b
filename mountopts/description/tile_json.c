/* The reader of PyTC's tile JSON.  The tiles need not exist: the JSON says what they are,
 * and a missing tile is an error when it is read.  Only images are opened, because PyTC
 * does not state their dtype: those of 16 bits stay so. */
#include "mountopts/description/tile_json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/dataset/tile_grid.h"
#include "mountopts/paths.h"

enum { TILES_MAX = 1 << 24 /* in a volume */ };

static const char *const tile_keys[] = {"image",     "depth",      "height",   "width",
                                        "tile_size", "tile_ratio", "tile_st",  "dtype",
                                        "ndim",      "n_rows",     "n_columns"};

bool tile_json_matches(const json_t *document)
{
  return json_is_array(json_object_get(document, "image")) &&
         (json_object_get(document, "tile_size") || json_object_get(document, "depth"));
}

bool tile_json_is_label(const json_t *document)
{
  const char *name = json_string_value(json_object_get(document, "dtype"));
  enum dtype dtype;
  return name && dtype_parse(name, &dtype, NULL) &&
         strchr("iu", dtype_table[dtype].kind) && dtype_size(dtype) > 2;
}

/* --- what it says ------------------------------------------------------------------ */

/* A key that is nearly one of ours is a mistake; other keys may be the users' own. */
static void check_keys(const struct description *desc, const json_t *document)
{
  const size_t n = sizeof tile_keys / sizeof *tile_keys;
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)document, key, value)
  {
    const char *near = text_nearest(key, tile_keys, n);
    if (near && strcmp(near, key) && !json_object_get(document, near))
      where_unknown(desc, NULL, "key", key, tile_keys, n);
  }
}

static int64_t read_extent(const struct description *desc, const json_t *document,
                           const char *key)
{
  const json_t *value = json_object_get(document, key);
  const struct where at = where_at(NULL, key);
  if (json_is_integer(value) && json_integer_value(value) > 0)
    return json_integer_value(value);
  where_expected(desc, &at, "a positive integer (voxels)", value);
  return 0;
}

/* Reads an integer of at least `min` for both axes, or one for each. */
static bool read_pair(const json_t *value, json_int_t min, int64_t out[2])
{
  for (size_t i = 0; i < 2; i++) {
    const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
    if (!json_is_integer(one) || json_integer_value(one) < min)
      return false;
    out[i] = json_integer_value(one);
  }
  return !json_is_array(value) || json_array_size(value) == 2;
}

static double read_ratio(const struct description *desc, const json_t *document)
{
  const json_t *value = json_object_get(document, "tile_ratio");
  const struct where at = where_at(NULL, "tile_ratio");
  const double ratio = value ? json_number_value(value) : 1;
  if (ratio > 0 && isfinite(ratio))
    return ratio;
  where_expected(desc, &at, "a number greater than 0", value);
  return 1;
}

static enum dtype read_dtype(const struct description *desc, const json_t *document)
{
  const json_t *value = json_object_get(document, "dtype");
  const char *name = json_string_value(value);
  const struct where at = where_at(NULL, "dtype");
  enum dtype dtype = DT_U8;
  if (value && (!name || !dtype_parse(name, &dtype, NULL) ||
                !strchr("iu", dtype_table[dtype].kind))) {
    where_expected(desc, &at, "a dtype of integers such as \"uint8\" or \"uint32\"",
                   value);
    return DT_U8;
  }
  return dtype;
}

/* --- the tiles --------------------------------------------------------------------- */

/* Returns the absolute pattern of a slice; NULL: a problem was added. */
static const char *read_pattern(const struct description *desc, size_t z,
                                const json_t *value)
{
  const struct where image = where_at(NULL, "image"), at = {&image, NULL, z};
  const char *said = json_string_value(value);
  struct err err = ERR_INIT;
  if (!said || !*said) {
    where_expected(desc, &at, "the path of a slice, or of its tiles", value);
    return NULL;
  }
  const char *path = path_normal(desc->arena, desc->root, said, &err);
  if (!path)
    where_problem(desc, &at, "%s", err.msg);
  else if ((desc->avoid && path_below(desc->avoid, path)) ||
           !description_allowed(desc, desc->root, said))
    where_problem(desc, &at, "'%s' points outside %s", said,
                  desc->inside ? desc->inside : "the dataset, into the mountpoint");
  else
    return path;
  return NULL;
}

static const char *const *read_patterns(const struct description *desc,
                                        const json_t *document, int64_t depth)
{
  enum { COMPLAINTS = 10 };
  const json_t *image = json_object_get(document, "image");
  const struct where at = where_at(NULL, "image");
  const size_t n = json_array_size(image);
  struct err err = ERR_INIT;
  int wrong = depth && (int64_t)n != depth;
  if (wrong)
    where_problem(desc, &at,
                  "expected %lld paths, one for each slice of \"depth\", found %zu",
                  (long long)depth, n);
  const char **patterns = arena_array(desc->arena, n, sizeof *patterns, &err);
  if (!patterns)
    where_problem(desc, &at, "%s", err.msg);
  for (size_t z = 0; patterns && z < n && wrong < COMPLAINTS; z++) {
    patterns[z] = read_pattern(desc, z, json_array_get(image, z));
    wrong += !patterns[z];
  }
  return wrong ? NULL : patterns;
}

/* Reads the axes and the pieces, or adds problems. */
static void read_grid(const struct description *desc, const json_t *document,
                      struct field_spec *field)
{
  const json_t *size = json_object_get(document, "tile_size");
  const json_t *first = json_object_get(document, "tile_st");
  const struct where at_size = where_at(NULL, "tile_size"),
                     at_first = where_at(NULL, "tile_st");
  struct gather_spec *gather = &field->gather;
  const int64_t depth = read_extent(desc, document, "depth");
  int64_t start[2] = {0, 0}, tiles;
  gather->extent[0] = read_extent(desc, document, "height");
  gather->extent[1] = read_extent(desc, document, "width");
  const char *const *patterns = read_patterns(desc, document, depth);
  bool ok = patterns && depth && gather->extent[0] && gather->extent[1];
  if (!read_pair(size, 1, gather->pitch)) {
    where_expected(desc, &at_size, "a positive integer, or [height, width]", size);
    ok = false;
  }
  if (first && (!json_is_array(first) || !read_pair(first, 0, start))) {
    where_expected(desc, &at_first, "[row, column] of the first tile", first);
    ok = false;
  }
  if (!ok)
    return;
  const int64_t rows = (gather->extent[0] - 1) / gather->pitch[0] + 1;
  const int64_t columns = (gather->extent[1] - 1) / gather->pitch[1] + 1;
  if (!checked_mul(depth, rows, &tiles) || !checked_mul(tiles, columns, &tiles) ||
      tiles > TILES_MAX || start[0] > INT64_MAX - rows ||
      start[1] > INT64_MAX - columns) {
    where_problem(desc, &at_size,
                  "expected at most %d tiles, found %lld slices of %lld x %lld",
                  TILES_MAX, (long long)depth, (long long)rows, (long long)columns);
    return;
  }
  struct err err = ERR_INIT;
  struct tile_grid *grid = arena_alloc(desc->arena, sizeof *grid, &err);
  if (!grid) {
    where_problem(desc, NULL, "%s", err.msg);
    return;
  }
  *grid = (struct tile_grid){depth, rows, columns, start[0], start[1], patterns};
  gather->naxes = 3;
  gather->axes[0] = (struct gather_axis){.name = "z", .n = depth};
  gather->axes[1] = (struct gather_axis){.name = "row", .concat = true, .n = rows};
  gather->axes[2] =
      (struct gather_axis){.name = "column", .concat = true, .axis = 1, .n = columns};
  gather->nd = 2;
  gather->may_be_short = true;
  memcpy(gather->shape, gather->pitch, sizeof gather->shape);
  field->npieces = tiles;
  field->make_piece = tile_grid_piece;
  field->make_ctx = grid;
  field->pieces_may_miss = true;
}

/* --- what the voxels are ----------------------------------------------------------- */

/* Sets the steps for colours, dtype and resolution of each tile, as PyTC reads them: the
 * first channel of an image, VAST's ids of a label. */
static void read_steps(const struct description *desc, const json_t *document,
                       struct field_spec *field)
{
  const double ratio = read_ratio(desc, document);
  const enum dtype said = read_dtype(desc, document);
  const bool mask = field->type == FIELD_MASK;
  struct err err = ERR_INIT;
  struct text steps = {0};
  field->gather.dtype = mask ? (int)said : -1;
  field->gather.dtype_else = said;
  if (!field->gather.has_fill)
    field->gather.fill = mask ? 0 : 128;
  if (mask)
    text_add(&steps, "vast:%s", dtype_table[said].name);
  else
    text_add(&steps, "channel:0");
  if (ratio != 1)
    text_add(&steps, "+zoom:%.17g:order=1:mask_order=0", ratio);
  if (steps.failed)
    err_set(&err, ENOMEM, "out of memory");
  else
    transform_parse(steps.data, desc->arena, &field->gather.each, &err);
  if (err.errnum)
    where_problem(desc, NULL, "%s", err.msg);
  text_free(&steps);
}

int tile_json_read(const struct description *desc, const json_t *document,
                   struct field_spec *field)
{
  const int before = desc->problems->count;
  check_keys(desc, document);
  read_grid(desc, document, field);
  read_steps(desc, document, field);
  return desc->problems->count > before ? -1 : 0;
}

const char *tile_json_remark(const struct description *desc, const json_t *document,
                             const struct field_spec *field)
{
  static const char *const keys[] = {"n_rows", "n_columns"};
  for (int i = 0; i < 2; i++) {
    const json_t *value = json_object_get(document, keys[i]);
    const int64_t n = field->gather.axes[i + 1].n;
    struct err err = ERR_INIT;
    if (json_is_integer(value) && json_integer_value(value) != n)
      return arena_printf(desc->arena, &err,
                          "\"%s\" is %lld, but extent and tile_size make %lld, which is "
                          "what counts",
                          keys[i], (long long)json_integer_value(value), (long long)n);
  }
  return NULL;
}
