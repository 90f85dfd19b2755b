/* Reads "gather" of an entry: which {names} of its templates are positions along an axis,
 * and what the fields and the id must have for that. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mountopts/description/description_entry.h"

/* --- reading ----------------------------------------------------------------------- */

static void read_axis(const struct description *desc, const struct where *where,
                      const json_t *value, int *out)
{
  const json_int_t axis = json_integer_value(value);
  if (value && (!json_is_integer(value) || axis < 0 || axis >= ND_MAX))
    where_expected(desc, where, "an integer from 0 to 9", value);
  else
    *out = (int)axis;
}

static void read_how(const struct description *desc, const struct where *where,
                     const json_t *value, bool *concat)
{
  const char *how = json_string_value(value);
  if (value && (!how || (strcmp(how, "stack") && strcmp(how, "concat"))))
    where_expected(desc, where, "one of stack|concat", value);
  else
    *concat = how && !strcmp(how, "concat");
}

bool description_fill(const struct description *desc, const struct where *where,
                      const json_t *value, double *out)
{
  if (value && !json_is_number(value))
    where_expected(desc, where, "a number", value);
  *out = json_number_value(value);
  return json_is_number(value);
}

/* Reads one value of "order": a text, or a number as it is written. */
static bool read_value(const struct description *desc, const json_t *value,
                       struct order_value *out, struct err *err)
{
  const char *text = json_string_value(value);
  out->number = json_is_integer(value);
  if (out->number)
    out->text = arena_printf(desc->arena, err, "%" JSON_INTEGER_FORMAT,
                             json_integer_value(value));
  else if (text && *text && !strchr(text, '/'))
    out->text = arena_strdup(desc->arena, text, err);
  return out->text;
}

static void read_order(const struct description *desc, const struct where *where,
                       const json_t *value, struct gather_name *out)
{
  const char *text = json_string_value(value);
  const size_t n = json_array_size(value);
  struct err err = ERR_INIT;
  if (!value || (text && !strcmp(text, "natural")))
    return;
  if (!n) {
    where_expected(desc, where, "\"natural\" or a list of the name's values", value);
    return;
  }
  struct order_value *order = arena_array(desc->arena, n, sizeof *order, &err);
  for (size_t i = 0; order && i < n; i++)
    if (!read_value(desc, json_array_get(value, i), &order[i], &err) && !err.errnum)
      where_expected(desc, &(struct where){where, NULL, i},
                     "a text without '/' or a whole number", json_array_get(value, i));
  if (err.errnum)
    where_problem(desc, where, "%s", err.msg);
  out->order = order;
  out->norder = (int64_t)n;
}

void description_axis(const struct description *desc, const struct where *where,
                      const json_t *object, struct gather_axis *out)
{
  const struct where at_axis = where_at(where, "axis"), at_how = where_at(where, "how");
  read_axis(desc, &at_axis, json_object_get(object, at_axis.key), &out->axis);
  read_how(desc, &at_how, json_object_get(object, at_how.key), &out->concat);
}

static void read_name(struct entry *entry, const struct where *where,
                      const json_t *object)
{
  static const char *const keys[] = {"axis", "how", "order", "fill"};
  const struct description *desc = entry->desc;
  struct gather_name *out = &entry->gather[entry->ngather];
  const struct where at_order = where_at(where, "order"),
                     at_fill = where_at(where, "fill");
  struct gather_axis axis = {0};
  struct err err = ERR_INIT;
  if (!json_is_object(object)) {
    where_expected(desc, where, "an object such as {\"axis\": 0}", object);
    return;
  }
  where_keys(desc, where, object, keys, sizeof keys / sizeof *keys);
  out->name = arena_strdup(desc->arena, where->key, &err);
  if (!out->name) {
    where_problem(desc, where, "%s", err.msg);
    return;
  }
  entry->ngather++;
  description_axis(desc, where, object, &axis);
  out->axis = axis.axis;
  out->concat = axis.concat;
  read_order(desc, &at_order, json_object_get(object, "order"), out);
  out->has_fill =
      description_fill(desc, &at_fill, json_object_get(object, "fill"), &out->fill);
}

/* Refuses two stacks that make the same axis, and two fill values for one array. */
static void check_names(const struct entry *entry, const struct where *where)
{
  for (int i = 0; i < entry->ngather; i++)
    for (int j = 0; j < i; j++) {
      const struct gather_name *a = &entry->gather[j], *b = &entry->gather[i];
      const struct where at = where_at(where, b->name);
      if (!a->concat && !b->concat && a->axis == b->axis)
        where_problem(entry->desc, &(struct where){&at, "axis", 0},
                      "'%s' makes axis %d already", a->name, a->axis);
      if (a->has_fill && b->has_fill && a->fill != b->fill)
        where_problem(entry->desc, &(struct where){&at, "fill", 0},
                      "expected %.12g as for '%s', found %.12g", a->fill, a->name,
                      b->fill);
    }
}

void entry_read_gather(struct entry *entry, const json_t *gather)
{
  const struct where where = {entry->where, "gather", 0};
  if (!gather)
    return;
  if (!json_is_object(gather) || !json_object_size(gather) ||
      json_object_size(gather) > GATHER_AXES_MAX) {
    where_expected(entry->desc, &where,
                   "an object of 1 to 4 names, each with its \"axis\"", gather);
    return;
  }
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)gather, name, value)
  {
    const struct where at = where_at(&where, name);
    read_name(entry, &at, value);
  }
  check_names(entry, &where);
}

/* --- agreeing ---------------------------------------------------------------------- */

const char *found_value(const struct entry *entry, const struct found *found, int name)
{
  const int index = entry->plans[found->field].names[name];
  return index < 0 ? NULL : found->values[index];
}

/* Returns whether the id holds {name}. */
static bool in_id(const struct entry *entry, const char *name)
{
  char braced[NAME_MAX + 3];
  const int n = snprintf(braced, sizeof braced, "{%s}", name);
  return n > 0 && n < (int)sizeof braced && entry->id && strstr(entry->id, braced);
}

static void check_used(const struct entry *entry, int name)
{
  const struct where where = {entry->where, "gather", 0};
  const struct where at = where_at(&where, entry->gather[name].name);
  bool used = false;
  for (int i = 0; i < entry->nplans; i++)
    used |= entry->plans[i].names[name] >= 0;
  if (in_id(entry, at.key))
    where_problem(entry->desc, &at,
                  "{%s} is part of the id: it says which scan a file belongs to, and "
                  "cannot be a place within one",
                  at.key);
  else if (!used)
    where_problem(entry->desc, &at, "no field's path holds {%s}", at.key);
}

static void check_plan(const struct entry *entry, int field)
{
  const struct field_plan *plan = &entry->plans[field];
  bool gathered = plan->ready || (plan->nlist && !strchr(entry->id, '{'));
  for (int i = 0; i < entry->ngather; i++)
    gathered |= plan->names[i] >= 0;
  if (plan->spec.gather.nd && !plan->has_raw && !gathered)
    entry_field_problem(entry, field,
                        "\"shape\" and \"dtype\" go with \"raw\", or with a path that "
                        "holds a name under \"gather\"");
}

void entry_check_gather(struct entry *entry, bool whole)
{
  for (int i = 0; i < entry->nplans; i++) {
    struct field_plan *plan = &entry->plans[i];
    for (int j = 0; j < GATHER_AXES_MAX; j++)
      plan->names[j] = j < entry->ngather && plan->template.path
                           ? template_name(&plan->template, entry->gather[j].name)
                           : -1;
  }
  for (int i = 0; i < entry->ngather && whole; i++)
    check_used(entry, i);
  for (int i = 0; i < entry->nplans && entry->id; i++)
    check_plan(entry, i);
}
