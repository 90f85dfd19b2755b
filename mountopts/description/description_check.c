/* Checks the gathered fields of a description before the mount: contradictions in the few
 * headers that are read are reported with their place in the document. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/field/pieces_fit.h"
#include "mountopts/description/description_parts.h"

/* For a stack only one header is read, so nothing can contradict; but a wrong axis or key
 * shows, and that is the same for all scans of an entry. */
enum { STACKS_LOOKED_AT = 64 };

struct description_checks {
  const struct field_spec **fields;
  struct place {
    size_t entry;
    const char *scan;
  } * places;
  int64_t n, room;
  size_t entry; /* of the last stack */
  int stacks;   /* of that entry */
};

static int grow(struct description_checks *checks, struct err *err)
{
  const size_t room = checks->room ? 2 * (size_t)checks->room : 64;
  const struct field_spec **fields =
      realloc(checks->fields, room * sizeof *checks->fields);
  if (fields)
    checks->fields = fields;
  struct place *places = realloc(checks->places, room * sizeof *places);
  if (places)
    checks->places = places;
  if (!fields || !places)
    return err_set(err, ENOMEM, "out of memory for %zu fields", room);
  checks->room = (int64_t)room;
  return 0;
}

/* Returns whether enough stacks of the entry were looked at. */
static bool is_enough(struct description_checks *checks, size_t entry,
                      const struct gather_spec *gather)
{
  for (int i = 0; i < gather->naxes; i++)
    if (gather->axes[i].concat)
      return false;
  if (checks->entry != entry)
    checks->stacks = 0;
  checks->entry = entry;
  return checks->stacks++ >= STACKS_LOOKED_AT;
}

int description_check_add(struct description *desc, size_t entry,
                          const struct scan_spec *scan, const struct field_spec *field,
                          struct err *err)
{
  if (!field->gather.naxes || field->gather.nd)
    return 0;
  if (!desc->checks && !(desc->checks = calloc(1, sizeof *desc->checks)))
    return err_set(err, ENOMEM, "out of memory");
  struct description_checks *checks = desc->checks;
  if (is_enough(checks, entry, &field->gather))
    return 0;
  if (checks->n == checks->room && grow(checks, err))
    return -1;
  struct field_spec *copy = arena_alloc(desc->arena, sizeof *copy, err);
  const char *id = arena_strdup(desc->arena, scan->id, err);
  if (!copy || !id)
    return -1;
  *copy = *field;
  checks->fields[checks->n] = copy;
  checks->places[checks->n++] = (struct place){entry, id};
  return 0;
}

static void complain(void *ctx, int64_t field, const char *complaint)
{
  const struct description *desc = ctx;
  const struct place *place = &desc->checks->places[field];
  const struct where scans = {NULL, "scans", 0}, entry = {&scans, NULL, place->entry},
                     fields = {&entry, "fields", 0},
                     where = {&fields, desc->checks->fields[field]->name, 0};
  where_problem(desc, &where, "scan '%s': %s", place->scan, complaint);
}

void description_check(struct description *desc)
{
  struct description_checks *checks = desc->checks;
  struct err err = ERR_INIT;
  if (!checks)
    return;
  if (pieces_fit(checks->fields, checks->n, desc->pool, complain, desc, &err))
    where_problem(desc, NULL, "%s", err.msg);
  desc->checks = NULL;
  free(checks->fields);
  free(checks->places);
  free(checks);
}
