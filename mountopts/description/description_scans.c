/* scans[]: an entry's keys, and the order in which they are read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mountopts/description/description_entry.h"

/* --- an entry ---------------------------------------------------------------------- */

static void read_fields(struct entry *entry, const json_t *fields)
{
  struct description *desc = entry->desc;
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
    struct field_plan *plan = &entry->plans[entry->nplans];
    if (!description_field(desc, &at, value, plan))
      entry->nplans++;
  }
}

/* The files of all fields; no field is known to be wrong. */
static void find_files(struct entry *entry)
{
  for (int i = 0; i < entry->nplans; i++) {
    const struct field_plan *plan = &entry->plans[i];
    if (plan->nlist)
      entry_take_list(entry, i);
    else if (!plan->spec.has_value && !plan->ready)
      entry_list_files(entry, i);
  }
}

/* With "singly" each file of a list is a scan below the id. */
static void name_singly(struct entry *entry)
{
  struct err err = ERR_INIT;
  bool singly = false;
  for (int i = 0; i < entry->nplans; i++)
    singly |= entry->plans[i].singly;
  if (!singly || !entry->id || strchr(entry->id, '{'))
    return;
  entry->id = arena_printf(entry->desc->arena, &err, "%s/{file}", entry->id);
  if (!entry->id)
    where_problem(entry->desc, entry->where, "%s", err.msg);
}

static void read_axes(struct entry *entry, const json_t *object)
{
  const json_t *spatial = json_object_get(object, "spatial");
  const json_t *channels = json_object_get(object, "channels");
  const char *text = json_string_value(channels);
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

static void entry_free(struct entry *entry)
{
  arena_free(&entry->scratch);
  name_set_free(&entry->known_ids);
  free(entry->found);
  free(entry->ids);
}

static void read_entry(struct description *desc, struct dataset_builder *builder,
                       const struct where *where, const json_t *object)
{
  static const char *const keys[] = {"id",      "split",    "fields",
                                     "spatial", "channels", "gather"};
  struct entry entry = {.desc = desc, .builder = builder, .where = where, .listing = -1};
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
  const json_t *fields = json_object_get(object, "fields");
  read_fields(&entry, fields);
  name_singly(&entry);
  entry_read_gather(&entry, json_object_get(object, "gather"));
  entry_check_gather(&entry, (size_t)entry.nplans == json_object_size(fields));
  entry_check_tiles(&entry);
  arena_init(&entry.scratch);
  if (entry.id)
    find_files(&entry);
  if (desc->problems->count == before)
    entry_join(&entry);
  entry_free(&entry);
}

int description_finish(struct description *desc, struct dataset_builder *builder,
                       int before, const char *layout)
{
  struct problems ignored = {0};
  const bool ok = desc->problems->count == before;
  const int rc =
      dataset_builder_finish(builder, &desc->dataset, ok ? desc->problems : &ignored);
  problems_free(&ignored);
  desc->dataset.layout = layout;
  return ok && !rc ? 0 : -1;
}

int description_scans(struct description *desc, const json_t *scans)
{
  const struct where where = {NULL, "scans", 0};
  struct err err = ERR_INIT;
  int before = desc->problems->count;
  struct dataset_builder *builder = dataset_builder_new(desc->arena, &err);
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
  description_check(desc);
  return description_finish(desc, builder, before, "description");
}
