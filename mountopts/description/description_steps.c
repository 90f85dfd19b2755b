/* The transforms of a field: "categories", "merge" and "background" are short for the
 * first steps, because they say what the stored channels are; the steps of "transforms"
 * follow. */
#include <string.h>

#include "mountopts/description/description_parts.h"

static const struct param row = {"transforms", PARAM_STEPS, 0, .steps = &transform_steps};

/* Adds a channel, or several that become one: [1, 2] is "1_2", [1] is "1_". */
static bool add_category(const json_t *value, struct text *out)
{
  const size_t n = json_array_size(value);
  if (json_is_integer(value))
    text_add(out, ":%" JSON_INTEGER_FORMAT, json_integer_value(value));
  for (size_t i = 0; i < n; i++) {
    if (!json_is_integer(json_array_get(value, i)))
      return false;
    text_add(out, "%s%" JSON_INTEGER_FORMAT, i ? "_" : ":",
             json_integer_value(json_array_get(value, i)));
  }
  text_add(out, "%s", n == 1 ? "_" : "");
  return n || json_is_integer(value);
}

/* Adds "categories:or:0:1_2", or "categories:" for none. */
static bool add_categories(const json_t *value, bool either, struct text *out)
{
  text_add(out, "categories%s%s", either ? ":or" : "", json_array_size(value) ? "" : ":");
  for (size_t i = 0; i < json_array_size(value); i++)
    if (!add_category(json_array_get(value, i), out))
      return false;
  return json_is_array(value);
}

/* Puts a step in front of the others; one that cannot be parsed alone is reported
 * alone. */
static void add_step(const struct description *desc, const struct where *where,
                     const json_t *value, const char *step, struct text *out)
{
  struct step_list list;
  struct err err = ERR_INIT;
  char found[FOUND_TEXT];
  if (transform_parse(step, desc->arena, &list, &err))
    where_problem(desc, where, "%s (found %s)", err.msg, json_found(value, found));
  else
    text_add(out, "%s%s", out->size ? "+" : "", step);
}

static void read_categories(const struct description *desc, const struct where *where,
                            const json_t *object, struct text *out)
{
  const json_t *value = json_object_get(object, "categories");
  const json_t *merge = json_object_get(object, "merge");
  const struct where at = {where, "categories", 0}, at_merge = {where, "merge", 0};
  const char *how = json_string_value(merge);
  struct text step = {0};
  if (merge && (!how || (strcmp(how, "sum") && strcmp(how, "or"))))
    where_expected(desc, &at_merge, "one of sum|or", merge);
  else if (merge && !value)
    where_problem(desc, &at_merge, "goes with \"categories\"");
  if (!value)
    return;
  if (!add_categories(value, how && !strcmp(how, "or"), &step))
    where_expected(desc, &at,
                   "an array of channel numbers, and of arrays of those that become one "
                   "channel",
                   value);
  else if (!step.failed)
    add_step(desc, &at, value, step.data, out);
  text_free(&step);
}

static void read_background(const struct description *desc, const struct where *where,
                            const json_t *object, struct text *out)
{
  const json_t *value = json_object_get(object, "background");
  if (value && !json_is_boolean(value))
    where_expected(desc, &(struct where){where, "background", 0}, "true or false", value);
  else if (json_is_true(value))
    text_add(out, "%sbackground", out->size ? "+" : "");
}

void description_transforms(const struct description *desc, const struct where *where,
                            const json_t *object, struct step_list *out)
{
  const json_t *value = json_object_get(object, row.key);
  const struct where at = {where, row.key, 0};
  struct err err = ERR_INIT;
  struct text text = {0}, own = {0};
  char found[FOUND_TEXT];
  read_categories(desc, where, object, &text);
  read_background(desc, where, object, &text);
  if (value && (!param_json_text(&row, value, &own) || own.failed))
    where_expected(desc, &at, "transforms, each \"name\" or {\"name\": arguments}",
                   value);
  else if (value && own.size)
    text_add(&text, "%s%s", text.size ? "+" : "", own.data);
  if (text.failed)
    where_problem(desc, &at, "out of memory");
  else if ((text.size || value) && param_set(&row, out, text.data ? text.data : "",
                                             json_found(value, found), desc->arena, &err))
    where_problem(desc, &at, "%s", err.msg);
  text_free(&text);
  text_free(&own);
}
