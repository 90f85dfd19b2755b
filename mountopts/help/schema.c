/* The JSON Schema (draft 7) of tesserafs.json.  Views, their parameters, transforms and
 * formats are generated from the tables; the frame around them is written here. */
#include <jansson.h>
#include <string.h>

#include "core/transform/transform.h"
#include "mountopts/description/description_parts.h"
#include "mountopts/mountopts.h"

/* "o" steals the references, so that every value has one owner, the document. */
static json_t *object(json_t *properties)
{
  return json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                   "additionalProperties", 0);
}

/* An object whose keys are names that the user chooses. */
static json_t *map(json_t *values)
{
  return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", values);
}

static json_t *array(json_t *items, int min, int max)
{
  json_t *schema =
      json_pack("{s:s, s:o, s:i}", "type", "array", "items", items, "minItems", min);
  if (max)
    json_object_set_new(schema, "maxItems", json_integer(max));
  return schema;
}

static json_t *at_least(int min)
{
  return json_pack("{s:s, s:i}", "type", "integer", "minimum", min);
}

static json_t *either(json_t *a, json_t *b)
{
  return json_pack("{s:[o, o]}", "anyOf", a, b);
}

static json_t *type(const char *name)
{
  return json_pack("{s:s}", "type", name);
}

static json_t *text(void)
{
  return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
}

/* The words of "a|b|c". */
static json_t *words(const char *choices)
{
  json_t *list = json_array();
  for (const char *word = choices; word && *word;) {
    size_t len = strcspn(word, "|");
    json_array_append_new(list, json_stringn(word, len));
    word += len + (word[len] == '|');
  }
  return list;
}

static json_t *number(const struct param *row, const char *name)
{
  json_t *schema = type(name);
  if (param_has_min(row))
    json_object_set_new(schema, "minimum", json_integer(row->min));
  if (param_has_max(row))
    json_object_set_new(schema, "maximum", json_integer(row->max));
  return schema;
}

/* An extent, or one for each axis; null and ":" are the whole axis. */
static json_t *extents(const struct param *row)
{
  json_t *one = number(row, "integer");
  json_t *named = words(row->choices);
  if (strstr(row->choices ? row->choices : "", ":"))
    json_array_append_new(named, json_null());
  if (json_array_size(named))
    one = either(one, json_pack("{s:O}", "enum", named));
  json_decref(named);
  return either(one, array(json_incref(one), 1, ND_MAX));
}

/* [start, stop] for each axis, or all these numbers in a row; null is a whole axis. */
static json_t *ranges(void)
{
  json_t *end = json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
  json_t *pair = either(type("null"), array(json_incref(end), 2, 2));
  return either(array(pair, 1, ND_MAX), array(end, 2, 2 * ND_MAX));
}

static json_t *numbers(const struct param *row)
{
  json_t *list = array(number(row, "integer"), 1, 0);
  json_object_set_new(list, "uniqueItems", json_true());
  return either(number(row, "integer"), list);
}

static json_t *format_names(const struct param *row)
{
  json_t *list = json_array();
  for (int i = 0; row->names(i); i++)
    json_array_append_new(list, json_string(row->names(i)));
  return json_pack("{s:o}", "enum", list);
}

/* "name" or "name:argument", or {"name": arguments}. */
static json_t *written_steps(const struct step_table *table)
{
  json_t *properties = json_object();
  for (int i = 0; table->types[i]; i++)
    json_object_set_new(properties, table->types[i]->name,
                        json_pack("{s:s}", "description", table->types[i]->help));
  json_t *call = object(properties);
  json_object_set_new(call, "minProperties", json_integer(1));
  json_object_set_new(call, "maxProperties", json_integer(1));
  json_t *one = either(text(), call);
  return either(one, json_pack("{s:s, s:O}", "type", "array", "items", one));
}

/* "name" or "name:word=value"; {"name": {parameters}}; DeepReg's {"name": "affine",
 * "scale": 0.1}; null is none. */
static json_t *declared_steps(const struct step_table *table)
{
  json_t *calls = json_object(), *names = json_array();
  json_t *deepreg = json_object();
  for (int i = 0; table->types[i]; i++) {
    const struct step_type *row = table->types[i];
    json_t *properties = json_object();
    for (size_t p = 0; p < row->nparams; p++) {
      json_object_set_new(properties, row->params[p].key, json_object());
      json_object_set_new(deepreg, row->params[p].key, json_object());
    }
    json_object_set_new(calls, row->name, object(properties));
    json_array_append_new(names, json_string(row->name));
  }
  json_object_set_new(deepreg, "name", json_pack("{s:o}", "enum", names));
  json_t *named = object(deepreg);
  json_object_set_new(named, "required", json_pack("[s]", "name"));
  json_t *one = either(text(), either(object(calls), named));
  return either(type("null"),
                either(one, json_pack("{s:s, s:O}", "type", "array", "items", one)));
}

static json_t *param_type_schema(const struct param *row)
{
  switch (row->type) {
  case PARAM_INT:
    return row->choices ? either(number(row, "integer"),
                                 json_pack("{s:o}", "enum", words(row->choices)))
                        : number(row, "integer");
  case PARAM_NUMBER:
    return number(row, "number");
  case PARAM_SWITCH:
    return type("boolean");
  case PARAM_CHOICE:
    return json_pack("{s:o}", "enum", words(row->choices));
  case PARAM_EXTENTS:
    return extents(row);
  case PARAM_TRIPLE:
    return array(at_least(1), 3, 3);
  case PARAM_RANGES:
    return ranges();
  case PARAM_NUMBERS:
    return numbers(row);
  case PARAM_NAMES:
    return either(text(), array(text(), 1, 0));
  case PARAM_FORMATS:
    return either(text(), array(format_names(row), 1, 0));
  case PARAM_STEPS:
    return param_declares(row) ? declared_steps(row->steps) : written_steps(row->steps);
  case PARAM_OCTAL:
  case PARAM_BYTES:
  case PARAM_TEXT:
    return text();
  }
  return NULL;
}

static json_t *param_schema(const struct param *row)
{
  json_t *schema = param_type_schema(row);
  json_object_set_new(schema, "description", json_string(row->help));
  return schema;
}

static json_t *option_schema(const char *key)
{
  return param_schema(param_find(option_params, option_params_count, key, 0));
}

static json_t *views_schema(void)
{
  json_t *all = json_object();
  for (int k = 0; kinds[k]; k++) {
    json_t *params = json_object();
    for (size_t i = 0; i < view_params_count; i++)
      if (view_params[i].kinds & kinds[k]->bit)
        json_object_set_new(params, view_params[i].key, param_schema(&view_params[i]));
    json_t *views = map(object(params));
    json_object_set_new(
        views, "propertyNames",
        json_pack("{s:s, s:{s:s}}", "pattern", "^[^=,/]+$", "not", "const", "default"));
    json_object_set_new(all, kinds[k]->name, views);
  }
  return object(all);
}

static json_t *choice(const char *choices)
{
  return json_pack("{s:o}", "enum", words(choices));
}

static json_t *axis(void)
{
  return json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", 0, "maximum",
                   ND_MAX - 1);
}

/* "merge" and the steps that "categories" stands for. */
static void add_steps(json_t *properties)
{
  json_t *one = either(type("integer"), array(type("integer"), 1, 0));
  json_object_set_new(properties, "transforms", written_steps(&transform_steps));
  json_object_set_new(properties, "categories", array(one, 0, 0));
  json_object_set_new(properties, "merge", choice("sum|or"));
  json_object_set_new(properties, "background", type("boolean"));
}

/* Adds what a field may state whatever its form is. */
static json_t *field_properties(void)
{
  json_t *properties = json_pack(
      "{s:o, s:o, s:o, s:o}", "type", choice("img|mask"), "affine",
      array(array(type("number"), 4, 4), 3, 4), "spacing",
      either(type("number"), array(type("number"), 1, 3)), "fill", type("number"));
  add_steps(properties);
  return properties;
}

/* Adds the keys that say what the files are. */
static void add_said(json_t *properties)
{
  json_object_set_new(properties, "dtype", text());
  json_object_set_new(properties, "shape", array(at_least(1), 1, ND_MAX));
}

static json_t *by_path(void)
{
  json_t *properties = field_properties();
  json_object_set_new(properties, "path", text());
  json_object_set_new(properties, "palette", choice("index|rgb"));
  add_said(properties);
  json_t *form = object(properties);
  json_object_set_new(form, "required", json_pack("[s]", "path"));
  return form;
}

static json_t *by_raw(void)
{
  json_t *properties = field_properties();
  json_object_set_new(properties, "raw", text());
  json_object_set_new(properties, "offset", at_least(0));
  add_said(properties);
  json_t *form = object(properties);
  json_object_set_new(form, "required", json_pack("[s, s, s]", "raw", "shape", "dtype"));
  return form;
}

static json_t *by_list(void)
{
  json_t *properties = field_properties();
  json_object_set_new(properties, "list", either(text(), array(text(), 1, 0)));
  json_object_set_new(properties, "axis", axis());
  json_object_set_new(properties, "how", choice("stack|concat"));
  json_object_set_new(properties, "singly", type("boolean"));
  add_said(properties);
  json_t *form = object(properties);
  json_object_set_new(form, "required", json_pack("[s]", "list"));
  return form;
}

static json_t *by_tiles(void)
{
  json_t *properties = field_properties();
  json_object_set_new(properties, "tiles", text());
  json_t *form = object(properties);
  json_object_set_new(form, "required", json_pack("[s]", "tiles"));
  return form;
}

/* A scalar: a text needs the object, for it would be a path. */
static json_t *by_value(void)
{
  json_t *form =
      object(json_pack("{s:o}", "value", either(type("number"), type("string"))));
  json_object_set_new(form, "required", json_pack("[s]", "value"));
  return form;
}

/* "path[:key]", a number, or an object of one of the forms. */
static json_t *field_schema(void)
{
  return json_pack("{s:[o, o, o, o, o, o, o]}", "anyOf", text(), type("number"),
                   by_path(), by_raw(), by_list(), by_tiles(), by_value());
}

static json_t *gather_schema(void)
{
  json_t *value = either(text(), type("integer"));
  json_t *order = either(choice("natural"), array(value, 1, 0));
  json_t *names = map(
      object(json_pack("{s:o, s:o, s:o, s:o}", "axis", axis(), "how",
                       choice("stack|concat"), "order", order, "fill", type("number"))));
  json_object_set_new(names, "minProperties", json_integer(1));
  json_object_set_new(names, "maxProperties", json_integer(GATHER_AXES_MAX));
  return names;
}

static json_t *scan_schema(void)
{
  json_t *fields = map(field_schema());
  json_object_set_new(fields, "minProperties", json_integer(1));
  json_t *spatial = at_least(1);
  json_object_set_new(spatial, "maximum", json_integer(ND_MAX));
  json_t *scan = object(json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "id", text(), "split",
                                  text(), "fields", fields, "gather", gather_schema(),
                                  "spatial", spatial, "channels", choice("first|last")));
  json_object_set_new(scan, "required", json_pack("[s, s]", "id", "fields"));
  return scan;
}

/* Adds what a split states in the section "dataset" of DeepReg's configurations; in its
 * first releases, for all splits. */
static json_t *deepreg_dirs(void)
{
  json_t *list = array(text(), 1, 0);
  json_object_set_new(list, "uniqueItems", json_true());
  return json_pack("{s:[o, o, o]}", "anyOf", type("null"), type("string"), list);
}

static json_t *deepreg_split(void)
{
  json_t *split = object(json_pack("{s:o, s:o, s:o}", "dir", deepreg_dirs(), "format",
                                   choice("nifti|h5"), "labeled",
                                   either(type("null"), type("boolean"))));
  return either(type("null"), split);
}

static json_t *deepreg_schema(void)
{
  static const char *const splits[] = {"train", "valid", "test"};
  json_t *properties =
      json_pack("{s:o, s:o, s:o}", "type", choice("paired|unpaired|grouped"), "format",
                choice("nifti|h5"), "labeled", either(type("null"), type("boolean")));
  json_t *dirs = json_object();
  for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
    json_object_set_new(properties, splits[i], deepreg_split());
    json_object_set_new(dirs, splits[i], deepreg_dirs());
  }
  json_object_set_new(properties, "dir", object(dirs));
  for (int i = 0; deepreg_view_keys[i]; i++) {
    const struct param *row =
        param_find(view_params, view_params_count, deepreg_view_keys[i], KIND_PAIRS);
    if (row)
      json_object_set_new(properties, row->key, param_schema(row));
  }
  json_t *section = object(properties);
  json_object_set_new(section, "required", json_pack("[s]", "type"));
  return section;
}

void help_print_schema(FILE *out)
{
  json_t *schema = object(
      json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "$schema", type("string"), "scans",
                array(scan_schema(), 1, 0), "deepreg", deepreg_schema(), "splits",
                map(array(text(), 1, 0)), "views", views_schema(), "seed",
                option_schema("seed"), "formats", option_schema("formats")));
  json_object_set_new(schema, "$schema",
                      json_string("http://json-schema.org/draft-07/schema#"));
  json_object_set_new(schema, "title", json_string("tesserafs.json"));
  json_dumpf(schema, out, JSON_INDENT(2));
  fputc('\n', out);
  json_decref(schema);
}
