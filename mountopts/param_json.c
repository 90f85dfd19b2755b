/* Turns JSON values into the texts of the parameters' table, so that a value has one
 * parser whether it comes from a path, from -o or from a description: [64, 64, 64] is
 * "64x64x64", ["a", "b"] is "a+b", {"window": [-1000, 400]} is "window:-1000:400". */
#include <stdio.h>
#include <string.h>

#include "mountopts/description/description_parts.h"

/* Adds a number as a text without '+', which separates list elements. */
static bool add_number(const json_t *value, struct text *out)
{
  if (json_is_integer(value)) {
    text_add(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return true;
  }
  if (!json_is_real(value))
    return false;
  char number[40];
  snprintf(number, sizeof number, "%.17g", json_real_value(value));
  char *plus = strchr(number, '+');
  if (plus)
    memmove(plus, plus + 1, strlen(plus));
  text_add(out, "%s", number);
  return true;
}

/* Adds a string that holds none of the separators. */
static bool add_word(const json_t *value, const char *separators, struct text *out)
{
  const char *word = json_string_value(value);
  if (!word || !*word || strpbrk(word, separators))
    return false;
  text_add(out, "%s", word);
  return true;
}

/* Adds an extent; any other value becomes '?', so that param_set() counts it and refuses
 * it. */
static void add_extent(const json_t *value, struct text *out)
{
  if (json_is_null(value))
    text_add(out, ":");
  else if (json_is_integer(value))
    add_number(value, out);
  else if (!add_word(value, "x0123456789", out))
    text_add(out, "?");
}

static bool add_extents(const json_t *value, struct text *out)
{
  if (!json_is_array(value)) {
    add_extent(value, out);
    return true;
  }
  for (size_t i = 0; i < json_array_size(value); i++) {
    text_add(out, "%s", i ? "x" : "");
    add_extent(json_array_get(value, i), out);
  }
  return json_array_size(value) > 0;
}

/* Adds pairs [start, stop], or the numbers of all pairs in a row, as PyTC writes them, in
 * one array or in one within another; null is a whole axis.  `n`: numbers so far. */
static void add_bounds(const json_t *value, int *n, struct text *out)
{
  for (size_t i = 0; i < json_array_size(value); i++)
    add_bounds(json_array_get(value, i), n, out);
  if (json_is_array(value))
    return;
  text_add(out, "%s", *n == 0 ? "" : *n % 2 ? ":" : "x");
  *n += json_is_null(value) ? 2 : 1;
  if (json_is_null(value))
    text_add(out, ":");
  else if (!add_number(value, out))
    text_add(out, "?");
}

static bool add_ranges(const json_t *value, struct text *out)
{
  int n = 0;
  if (json_is_array(value))
    add_bounds(value, &n, out);
  return n > 0;
}

static bool add_integers(const json_t *value, struct text *out)
{
  if (json_is_integer(value))
    return add_number(value, out);
  for (size_t i = 0; i < json_array_size(value); i++) {
    text_add(out, "%s", i ? "+" : "");
    if (!json_is_integer(json_array_get(value, i)))
      return false;
    add_number(json_array_get(value, i), out);
  }
  return json_array_size(value) > 0;
}

static bool add_list(const json_t *value, struct text *out)
{
  if (!json_is_array(value))
    return add_word(value, "", out);
  for (size_t i = 0; i < json_array_size(value); i++) {
    text_add(out, "%s", i ? "+" : "");
    if (!add_word(json_array_get(value, i), "+", out))
      return false;
  }
  return json_array_size(value) > 0;
}

/* Adds [1, 2] as "1_2", [1] as "1_". */
static bool add_numbers(const json_t *array, struct text *out)
{
  const size_t n = json_array_size(array);
  for (size_t i = 0; i < n; i++) {
    text_add(out, "%s", i ? "_" : "");
    if (!add_number(json_array_get(array, i), out))
      return false;
  }
  text_add(out, "%s", n == 1 ? "_" : "");
  return n > 0;
}

static bool add_argument(const json_t *value, struct text *out)
{
  text_add(out, ":");
  if (json_is_array(value))
    return add_numbers(value, out);
  if (json_is_boolean(value)) {
    text_add(out, "%s", json_is_true(value) ? "on" : "off");
    return true;
  }
  return add_number(value, out) || add_word(value, "+:", out);
}

/* Adds 0.1, "4x4x4" or [4, 4, 4] as a declared argument. */
static bool add_declared(const char *word, const json_t *value, struct text *out)
{
  text_add(out, ":%s=", word);
  return json_is_array(value) ? add_extents(value, out)
                              : add_number(value, out) || add_word(value, "+:", out);
}

/* Adds the members of an object, except "name". */
static bool add_members(const json_t *words, struct text *out)
{
  const char *word;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)words, word, value)
  {
    if (!strcmp(word, "name"))
      continue;
    if (!*word || strpbrk(word, "+:=") || !add_declared(word, value, out))
      return false;
  }
  return json_is_object(words);
}

/* Adds "name"; {"name": argument} or {"name": [arguments]}; where arguments are declared
 * also {"name": {arguments}}, and DeepReg's own {"name": "affine", "scale": 0.1}. */
static bool add_step(bool declares, const json_t *value, struct text *out)
{
  const json_t *name = declares ? json_object_get(value, "name") : NULL;
  if (json_is_string(value))
    return add_word(value, "+", out);
  if (name)
    return add_word(name, "+:", out) && add_members(value, out);
  void *it = json_object_iter((json_t *)(uintptr_t)value);
  if (!it || json_object_size(value) != 1)
    return false;
  const char *key = json_object_iter_key(it);
  const json_t *args = json_object_iter_value(it);
  if (!*key || strpbrk(key, "+:"))
    return false;
  text_add(out, "%s", key);
  if (declares)
    return add_members(args, out);
  if (!json_is_array(args))
    return add_argument(args, out);
  for (size_t i = 0; i < json_array_size(args); i++)
    if (!add_argument(json_array_get(args, i), out))
      return false;
  return true;
}

static bool add_steps(bool declares, const json_t *value, struct text *out)
{
  if (declares && json_is_null(value))
    return true;
  if (!json_is_array(value))
    return json_is_string(value) ? add_word(value, "", out)
                                 : add_step(declares, value, out);
  for (size_t i = 0; i < json_array_size(value); i++) {
    text_add(out, "%s", i ? "+" : "");
    if (!add_step(declares, json_array_get(value, i), out))
      return false;
  }
  return true;
}

bool param_declares(const struct param *row)
{
  return row->steps->types[0]->params;
}

bool param_json_text(const struct param *row, const json_t *value, struct text *out)
{
  text_add(out, "%s", ""); /* makes sure that there is a text even if it is empty */
  switch (row->type) {
  case PARAM_INT:
    return json_is_integer(value) ? add_number(value, out)
                                  : row->choices && add_word(value, "-0123456789", out);
  case PARAM_NUMBER:
    return add_number(value, out);
  case PARAM_SWITCH:
    text_add(out, "%s", json_is_true(value) ? "on" : "off");
    return json_is_boolean(value);
  case PARAM_EXTENTS:
  case PARAM_TRIPLE:
    return add_extents(value, out);
  case PARAM_RANGES:
    return add_ranges(value, out);
  case PARAM_NUMBERS:
    return add_integers(value, out);
  case PARAM_NAMES:
  case PARAM_FORMATS:
    return add_list(value, out);
  case PARAM_STEPS:
    return add_steps(param_declares(row), value, out);
  case PARAM_CHOICE:
  case PARAM_OCTAL:
  case PARAM_BYTES:
  case PARAM_TEXT:
    return add_word(value, "", out);
  }
  return false;
}

void where_param(const struct description *desc, const struct where *where,
                 const struct param *row, const json_t *value, void *out)
{
  struct err err = ERR_INIT;
  struct text text = {0};
  char found[FOUND_TEXT], expected[300];
  param_expected(row, expected, sizeof expected);
  if (!param_json_text(row, value, &text) || text.failed)
    where_expected(desc, where, expected, value);
  else if (param_set(row, out, text.data, json_found(value, found), desc->arena, &err))
    where_problem(desc, where, "%s", err.msg);
  text_free(&text);
}
