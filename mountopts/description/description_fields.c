/* One field of a scan: "path[:key]", {"path": ..., ...}, {"list": ...}, {"tiles": ...},
 * {"raw": ..., "shape": ..., "dtype": ...}, a number or {"value": ...}. */
#include <math.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/dataset/field_type.h"
#include "mountopts/description/description_parts.h"

enum { TEXT_BYTES = 4096 }; /* of a scalar: every line of items.csv has it */

static const char *const field_keys[] = {
    "path",  "type",   "transforms", "affine",     "spacing", "raw", "shape",
    "dtype", "offset", "palette",    "list",       "axis",    "how", "singly",
    "fill",  "merge",  "background", "categories", "tiles"};

/* Reads n numbers of an array into out[]; returns false when it is no such array. */
static bool read_numbers(const json_t *array, size_t n, double *out)
{
  if (!json_is_array(array) || json_array_size(array) != n)
    return false;
  for (size_t i = 0; i < n; i++) {
    const json_t *value = json_array_get(array, i);
    if (!json_is_number(value))
      return false;
    out[i] = json_number_value(value);
  }
  return true;
}

/* Reads three or four rows of four numbers; a fourth row is 0 0 0 1. */
static bool read_affine(const json_t *value, double out[3][4])
{
  double last[4];
  size_t rows = json_array_size(value);
  if (rows != 3 && rows != 4)
    return false;
  for (size_t i = 0; i < 3; i++)
    if (!read_numbers(json_array_get(value, i), 4, out[i]))
      return false;
  return rows == 3 || (read_numbers(json_array_get(value, 3), 4, last) && !last[0] &&
                       !last[1] && !last[2] && last[3] == 1);
}

/* Reads one number for all axes, or one each for the first one to three. */
static bool read_spacing(const json_t *value, double out[3])
{
  size_t n = json_array_size(value);
  out[0] = out[1] = out[2] = json_is_number(value) ? json_number_value(value) : 1;
  if (!json_is_number(value) && (n < 1 || n > 3 || !read_numbers(value, n, out)))
    return false;
  return out[0] > 0 && out[1] > 0 && out[2] > 0;
}

static void read_geometry(const struct description *desc, const struct where *where,
                          const json_t *object, struct field_plan *out)
{
  const json_t *affine = json_object_get(object, "affine");
  const json_t *spacing = json_object_get(object, "spacing");
  const struct where at_affine = where_at(where, "affine"),
                     at_spacing = where_at(where, "spacing");
  out->spec.has_affine = affine;
  out->spec.has_spacing = spacing;
  if (affine && !read_affine(affine, out->spec.affine))
    where_expected(desc, &at_affine, "3 or 4 rows of 4 numbers (the fourth 0, 0, 0, 1)",
                   affine);
  if (spacing && !read_spacing(spacing, out->spec.spacing))
    where_expected(desc, &at_spacing,
                   "a positive number, or 1 to 3 of them (mm per voxel)", spacing);
  if (affine && spacing)
    where_problem(desc, &at_spacing, "an affine says the spacing already");
}

/* A field made of categories is a mask, whatever its name. */
static void read_type(const struct description *desc, const struct where *where,
                      const json_t *object, struct field_plan *out)
{
  const json_t *value = json_object_get(object, "type");
  const char *type = json_string_value(value);
  const struct where at = where_at(where, "type");
  const bool steps = json_object_get(object, "categories") ||
                     json_is_true(json_object_get(object, "background"));
  if (steps || value)
    out->spec.typed_by = TYPED_BY_DESCRIPTION;
  if (steps)
    out->spec.type = FIELD_MASK;
  if (!value)
    return;
  if (!type || (strcmp(type, "img") && strcmp(type, "mask")))
    where_expected(desc, &at, "one of img|mask", value);
  else if (steps && strcmp(type, "mask"))
    where_expected(desc, &at, "mask, for \"categories\" and \"background\"", value);
  else
    out->spec.type = strcmp(type, "mask") ? FIELD_IMG : FIELD_MASK;
}

static bool read_shape(const json_t *value, struct source_raw *raw)
{
  size_t n = json_array_size(value);
  if (n < 1 || n > ND_MAX)
    return false;
  raw->nd = (int)n;
  for (size_t i = 0; i < n; i++) {
    const json_t *side = json_array_get(value, i);
    raw->shape[i] = json_integer_value(side);
    if (!json_is_integer(side) || raw->shape[i] < 1)
      return false;
  }
  return true;
}

/* Reads shape, dtype and offset of a headerless file. */
static void read_raw(const struct description *desc, const struct where *where,
                     const json_t *object, struct source_raw *raw)
{
  const json_t *shape = json_object_get(object, "shape");
  const json_t *dtype = json_object_get(object, "dtype");
  const json_t *offset = json_object_get(object, "offset");
  const struct where at_shape = where_at(where, "shape"),
                     at_dtype = where_at(where, "dtype"),
                     at_offset = where_at(where, "offset");
  const char *name = json_string_value(dtype);
  bool shape_ok = read_shape(shape, raw);
  bool dtype_ok = name && dtype_parse(name, &raw->dtype, &raw->swapped);
  int64_t bytes;
  raw->offset = json_integer_value(offset);
  if (!shape_ok)
    where_expected(desc, &at_shape, "1 to 10 positive integers", shape);
  if (!dtype_ok)
    where_expected(desc, &at_dtype, "a dtype such as \"<u2\" or \"float32\"", dtype);
  if (offset && (!json_is_integer(offset) || raw->offset < 0))
    where_expected(desc, &at_offset, "an integer of 0 or more (bytes)", offset);
  else if (shape_ok && dtype_ok &&
           (!checked_array_bytes(raw->nd, raw->shape, dtype_size(raw->dtype), &bytes) ||
            !checked_add(bytes, raw->offset, &bytes)))
    where_problem(desc, &at_shape, "the array is larger than any file");
}

/* Reads what each file of a gathered field is, so that no header is needed. */
static void read_said(const struct description *desc, const struct where *where,
                      const json_t *object, struct gather_spec *out)
{
  const json_t *shape = json_object_get(object, "shape");
  const json_t *dtype = json_object_get(object, "dtype");
  const struct where at_shape = where_at(where, "shape"),
                     at_dtype = where_at(where, "dtype"),
                     at_offset = where_at(where, "offset");
  const char *name = json_string_value(dtype);
  struct source_raw said = {0};
  if (json_object_get(object, "offset"))
    where_problem(desc, &at_offset, "goes with \"raw\" only");
  if (shape && !read_shape(shape, &said))
    where_expected(desc, &at_shape, "1 to 10 positive integers", shape);
  if (dtype && (!name || !dtype_parse(name, &said.dtype, &said.swapped)))
    where_expected(desc, &at_dtype, "a dtype such as \"<u2\" or \"float32\"", dtype);
  out->nd = said.nd;
  memcpy(out->shape, said.shape, sizeof out->shape);
  out->dtype = dtype ? (int)said.dtype : -1;
  out->converts = dtype;
}

static void read_template(const struct description *desc, const struct where *where,
                          const char *text, struct field_plan *out)
{
  struct err err = ERR_INIT;
  if (template_compile(desc->arena, text, &out->template, &err))
    where_problem(desc, where, "%s", err.msg);
  else if (out->has_raw && out->template.key)
    where_problem(
        desc, where,
        "a headerless file has no arrays, found the key '%s'; when ':' belongs to the "
        "name, end it with another ':'",
        out->template.key);
}

/* "palette": "rgb" asks for the colours of a PNG instead of its indices, that is for its
 * array "rgb". */
static const char *with_palette(const struct description *desc, const struct where *where,
                                const json_t *object, const char *path)
{
  struct err err = ERR_INIT;
  const json_t *value = json_object_get(object, "palette");
  const char *palette = json_string_value(value);
  const struct where at = where_at(where, "palette");
  if (value && (!palette || (strcmp(palette, "rgb") && strcmp(palette, "index"))))
    where_expected(desc, &at, "one of index|rgb", value);
  if (!path || !palette || strcmp(palette, "rgb"))
    return path;
  const char *text = arena_printf(desc->arena, &err, "%s:rgb", path);
  if (!text)
    where_problem(desc, &at, "%s", err.msg);
  return text;
}

/* Reads the one key that says where the array is; returns NULL after a problem. */
static const char *read_form(const struct description *desc, const struct where *where,
                             const json_t *object)
{
  static const char *const forms[] = {"path", "raw", "list", "tiles"};
  const char *form = NULL;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    if (!json_object_get(object, forms[i]))
      continue;
    if (form)
      where_problem(desc, where, "\"%s\" and \"%s\" exclude each other", form, forms[i]);
    form = forms[i];
  }
  if (!form)
    where_expected(desc, &(struct where){where, "path", 0}, "a path", NULL);
  return form;
}

/* Refuses keys that say what tiles are, because the tile JSON says it. */
static void need_no_said_keys(const struct description *desc, const struct where *where,
                              const json_t *object)
{
  static const char *const keys[] = {"shape", "dtype", "palette"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (json_object_get(object, keys[i]))
      where_problem(desc, &(struct where){where, keys[i], 0},
                    "does not go with \"tiles\"");
}

/* Reads keys that only lists have. */
static void read_list(const struct description *desc, const struct where *where,
                      const json_t *object, struct field_plan *out)
{
  const json_t *list = json_object_get(object, "list");
  const struct where at = where_at(where, "list");
  const json_t *singly = json_object_get(object, "singly");
  const struct where at_singly = where_at(where, "singly");
  if (singly && !json_is_boolean(singly))
    where_expected(desc, &at_singly, "true or false", singly);
  else if (singly && !list)
    where_problem(desc, &at_singly, "goes with \"list\"");
  out->singly = list && (json_is_true(singly) || (desc->singly && !singly));
  out->said_axis = json_object_get(object, "axis") || json_object_get(object, "how");
  if (list)
    description_list(desc, &at, list, out);
  if (list)
    description_axis(desc, where, object, &out->spec.gather.axes[0]);
  else if (out->said_axis)
    where_problem(desc, where,
                  "\"axis\" and \"how\" go with \"list\", or under "
                  "\"gather\"");
}

static void read_object(const struct description *desc, const struct where *where,
                        const json_t *object, struct field_plan *out)
{
  const size_t n = sizeof field_keys / sizeof *field_keys;
  struct gather_spec *gather = &out->spec.gather;
  const struct where at_fill = where_at(where, "fill");
  where_keys(desc, where, object, field_keys, n);
  read_type(desc, where, object, out);
  description_transforms(desc, where, object, &out->spec.transforms);
  read_geometry(desc, where, object, out);
  gather->has_fill =
      description_fill(desc, &at_fill, json_object_get(object, "fill"), &gather->fill);
  out->has_raw = json_object_get(object, "raw");
  if (out->has_raw)
    read_raw(desc, where, object, &out->raw);
  else
    read_said(desc, where, object, gather);
  read_list(desc, where, object, out);
  const char *form = read_form(desc, where, object);
  const char *text =
      form && strcmp(form, "list") ? where_string(desc, where, object, form) : NULL;
  const struct where at = where_at(where, form);
  text = with_palette(desc, where, object, text);
  if (text && !strcmp(form, "tiles")) {
    need_no_said_keys(desc, where, object);
    description_tiles(desc, &at, text, out);
  } else if (text) {
    read_template(desc, &at, text, out);
  }
}

/* Reads {"value": ...}: a number, or a text, which would be a path without the braces. */
static void read_value(const struct description *desc, const struct where *where,
                       const json_t *object, struct field_plan *out)
{
  struct err err = ERR_INIT;
  const json_t *value = json_object_get(object, "value");
  const char *text = json_string_value(value);
  const struct where at = where_at(where, "value");
  out->spec.has_value = true;
  if (json_object_size(object) > 1)
    where_problem(desc, &at, "a value stands alone, found %zu keys beside it",
                  json_object_size(object) - 1);
  if (json_is_number(value))
    out->spec.value = json_number_value(value);
  else if (!text || strlen(text) > TEXT_BYTES)
    where_expected(desc, &at, "a number, or a text of at most 4096 bytes", value);
  else if (!(out->spec.text = arena_strdup(desc->arena, text, &err)))
    where_problem(desc, &at, "%s", err.msg);
}

/* Returns whether the name can be told from the rest of a path, of a list of names and of
 * a cut. */
static bool name_fits(const char *name)
{
  size_t len = strlen(name);
  bool json = len >= 5 && !strcmp(name + len - 5, ".json");
  return len && !strpbrk(name, "/[]+,") && strcmp(name, "items.csv") && !json;
}

int description_field(const struct description *desc, const struct where *where,
                      const json_t *value, struct field_plan *out)
{
  struct err err = ERR_INIT;
  int before = desc->problems->count;
  *out = (struct field_plan){.spec.name = arena_strdup(desc->arena, where->key, &err)};
  if (!out->spec.name) {
    where_problem(desc, where, "%s", err.msg);
    return -1;
  }
  /* the field of a list that is the whole dataset has no name of its own */
  field_type_by_names(&out->spec, desc->also ? NULL : where->key, NULL, false);
  if (!name_fits(where->key))
    where_problem(
        desc, where,
        "expected a field name without any of / [ ] + , that is neither 'items.csv' nor "
        "ends in '.json'");
  if (json_is_number(value)) {
    out->spec.has_value = true;
    out->spec.value = json_number_value(value);
  } else if (json_string_value(value) && *json_string_value(value)) {
    read_template(desc, where, json_string_value(value), out);
  } else if (json_object_get(value, "value")) {
    read_value(desc, where, value, out);
  } else if (json_is_object(value)) {
    read_object(desc, where, value, out);
  } else {
    where_expected(desc, where, "a path, a number or an object", value);
  }
  return desc->problems->count > before ? -1 : 0;
}
