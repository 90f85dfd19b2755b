/* scans[]: an entry's keys, and the files that the templates of its fields match. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mountopts/description_entry.h"
#include "mountopts/paths.h"

void entry_field_problem(const struct entry *entry, int field, const char *fmt, ...)
{
  const struct where fields = {entry->where, "fields", 0};
  const struct where where = {&fields, entry->plans[field].spec.name, 0};
  char message[1000];
  va_list args;
  va_start(args, fmt);
  vsnprintf(message, sizeof message, fmt, args);
  va_end(args);
  where_problem(entry->desc, &where, "%s", message);
}

/* --- matches ---------------------------------------------------------------------------
 */

/* Can the pattern leave the directory by itself?  A symlink in the data cannot: it is
 * followed as discovery follows it. */
static bool may_leave(const struct description *desc, const struct template *template)
{
  return desc->inside && (*template->path == '/' || path_has_dotdot(template->path));
}

/* Does the pattern start inside?  Asked before any directory outside is listed. */
static bool pattern_allowed(const struct description *desc,
                            const struct template *template)
{
  struct err err = ERR_INIT;
  if (!may_leave(desc, template))
    return true;
  const char *const path = path_normal(desc->arena, desc->root, template->path, &err);
  const char *const real = path ? path_real_ancestor(desc->arena, path, &err) : NULL;
  return real && path_below(desc->inside, real);
}

/* Does what it matched lie inside?  A ".." behind a symlink is not what it looks like. */
static bool match_allowed(const struct description *desc, const struct template *template,
                          const char *path)
{
  struct err err = ERR_INIT;
  if (!may_leave(desc, template))
    return true;
  const char *const dir = path_directory(desc->arena, path, &err);
  const char *const real = dir ? path_real(desc->arena, dir, &err) : NULL;
  return real && path_below(desc->inside, real);
}

static int add_found(struct entry *entry, const struct found *found, struct err *err)
{
  if (entry->nfound == entry->room) {
    size_t room = entry->room ? 2 * entry->room : 64;
    struct found *const bigger = realloc(entry->found, room * sizeof *bigger);
    if (!bigger)
      return err_set(err, ENOMEM, "out of memory for %zu files", room);
    entry->found = bigger;
    entry->room = room;
  }
  entry->found[entry->nfound++] = *found;
  return 0;
}

static int take_match(void *ctx, const struct template_match *match, struct err *err)
{
  struct entry *const entry = ctx;
  const struct template *const template = &entry->plans[entry->expanding].template;
  if (!match_allowed(entry->desc, template, match->path))
    return err_set(err, EINVAL, "'%s' points outside %s", match->path,
                   entry->desc->inside);
  const char *const id = template_fill(entry->desc->arena, entry->id, template->nnames,
                                       template->names, match->values, err);
  if (!id)
    return -1;
  const struct found found = {id, entry->expanding, match->path, match->key, false};
  return add_found(entry, &found, err);
}

/* Does the template hold every {name} of the id?  Asked before anything is listed, with
 * any text for the values. */
static int names_fit(const struct entry *entry, const struct template *template,
                     struct err *err)
{
  const char *values[TEMPLATE_NAMES];
  for (int i = 0; i < TEMPLATE_NAMES; i++)
    values[i] = "x";
  return template_fill(entry->desc->arena, entry->id, template->nnames, template->names,
                       values, err)
             ? 0
             : -1;
}

static void expand(struct entry *entry, int field)
{
  struct description *const desc = entry->desc;
  const struct template *const template = &entry->plans[field].template;
  struct err err = ERR_INIT;
  size_t before = entry->nfound;
  entry->expanding = field;
  if (!pattern_allowed(desc, template))
    entry_field_problem(entry, field, "'%s' points outside %s", template->path,
                        desc->inside);
  else if (names_fit(entry, template, &err))
    entry_field_problem(entry, field, "does not go with the id '%s': %s", entry->id,
                        err.msg);
  else if (template_expand(template, desc->root, desc->avoid, desc->pool, desc->arena,
                           take_match, entry, &err))
    entry_field_problem(entry, field, "%s", err.msg);
  else if (entry->nfound == before)
    entry_field_problem(entry, field, "no file matches '%s%s%s' in %s", template->path,
                        template->key ? ":" : "", template->key ? template->key : "",
                        desc->root);
}

/* --- an entry --------------------------------------------------------------------------
 */

static void read_fields(struct entry *entry, const json_t *fields)
{
  struct description *const desc = entry->desc;
  const struct where where = {entry->where, "fields", 0};
  struct err err = ERR_INIT;
  size_t n = json_object_size(fields);
  if (!n || n > ENTRY_FIELDS_MAX) {
    where_expected(desc, &where, "an object of 1 to 256 fields", fields);
    return;
  }
  entry->plans = arena_array(desc->arena, n, sizeof *entry->plans, &err);
  if (!entry->plans) {
    where_problem(desc, &where, "%s", err.msg);
    return;
  }
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)fields, name, value)
  {
    const struct where at = {&where, name, 0};
    struct field_plan *const plan = &entry->plans[entry->nplans];
    if (description_field(desc, &at, value, plan))
      continue;
    entry->nplans++;
    if (!plan->spec.has_value && entry->id)
      expand(entry, entry->nplans - 1);
  }
}

static void read_axes(struct entry *entry, const json_t *object)
{
  const json_t *const spatial = json_object_get(object, "spatial");
  const json_t *const channels = json_object_get(object, "channels");
  const char *const text = json_string_value(channels);
  json_int_t axes = json_integer_value(spatial);
  if (spatial && (!json_is_integer(spatial) || axes < 1 || axes > ND_MAX))
    where_expected(entry->desc, &(struct where){entry->where, "spatial", 0},
                   "an integer from 1 to 10", spatial);
  else
    entry->spatial = (int)axes;
  if (channels && (!text || (strcmp(text, "first") && strcmp(text, "last"))))
    where_expected(entry->desc, &(struct where){entry->where, "channels", 0},
                   "one of first|last", channels);
  entry->channels_first = text && !strcmp(text, "first");
}

static void read_entry(struct description *desc, struct dataset_builder *builder,
                       const struct where *where, const json_t *object)
{
  static const char *const keys[] = {"id", "split", "fields", "spatial", "channels"};
  struct entry entry = {.desc = desc, .builder = builder, .where = where};
  int before = desc->problems->count;
  if (!json_is_object(object)) {
    where_expected(desc, where, "an object with \"id\" and \"fields\"", object);
    return;
  }
  where_keys(desc, where, object, keys, sizeof keys / sizeof *keys);
  entry.id = where_string(desc, where, object, "id");
  entry.split = where_string(desc, where, object, "split");
  if (!json_object_get(object, "id"))
    where_expected(desc, &(struct where){where, "id", 0}, "a text such as \"{scan}\"",
                   NULL);
  read_axes(&entry, object);
  read_fields(&entry, json_object_get(object, "fields"));
  if (desc->problems->count == before)
    entry_join(&entry);
  free(entry.found);
}

int description_scans(struct description *desc, const json_t *scans)
{
  const struct where where = {NULL, "scans", 0};
  struct err err = ERR_INIT;
  int before = desc->problems->count;
  struct dataset_builder *const builder = dataset_builder_new(desc->arena, &err);
  if (!builder) {
    where_problem(desc, &where, "%s", err.msg);
    return -1;
  }
  if (!json_array_size(scans))
    where_expected(desc, &where, "an array of scans", scans);
  for (size_t i = 0; i < json_array_size(scans); i++) {
    const struct where at = {&where, NULL, i};
    read_entry(desc, builder, &at, json_array_get(scans, i));
  }
  /* after a problem its complaints would only be consequences */
  struct problems ignored = {0};
  bool ok = desc->problems->count == before;
  int result =
      dataset_builder_finish(builder, &desc->dataset, ok ? desc->problems : &ignored);
  problems_free(&ignored);
  desc->dataset.layout = "description";
  return ok && !result ? 0 : -1;
}
