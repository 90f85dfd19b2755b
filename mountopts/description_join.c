/* The files of an entry's fields, joined to scans by the id that each match spells.
 *
 * Sorted by id, the files of one scan lie together: one for each field makes a scan;
 * none, or several, is a problem that names the scan, the field and the pattern.  Costs
 * two sorts of the matches, whatever the names are.
 *
 * A pattern may match more than is meant: "{s}.nii" takes the labels too when those are
 * "{s}_seg.nii".  What such a match spells, "a_seg", is no scan when the file has its
 * place in another, complete one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "mountopts/description_entry.h"

static int by_id_and_field(const void *a, const void *b)
{
  const struct found *const x = a, *const y = b;
  int order = strcmp(x->id, y->id);
  return order ? order : (x->field > y->field) - (x->field < y->field);
}

/* Where the group of found[start]'s id ends. */
static size_t group_end(const struct entry *entry, size_t start)
{
  size_t end = start + 1;
  while (end < entry->nfound && !strcmp(entry->found[start].id, entry->found[end].id))
    end++;
  return end;
}

/* Has the group one file for each field that has files? */
static bool is_complete(const struct entry *entry, size_t start, size_t end)
{
  for (int field = 0; field < entry->nplans; field++) {
    if (entry->plans[field].spec.has_value)
      continue;
    if (start == end || entry->found[start].field != field)
      return false;
    start++;
  }
  return start == end;
}

/* Says which field lacks a file and which has several. */
static void report(const struct entry *entry, size_t start, size_t end)
{
  const struct found *const found = entry->found;
  const char *const id = found[start].id;
  for (int field = 0; field < entry->nplans; field++) {
    if (entry->plans[field].spec.has_value)
      continue;
    const char *const pattern = entry->plans[field].template.path;
    if (start == end || found[start].field != field)
      entry_field_problem(entry, field, "scan '%s' has no file that matches '%s'", id,
                          pattern);
    else if (start + 1 < end && found[start + 1].field == field)
      entry_field_problem(entry, field,
                          "scan '%s' has several files, '%s' and '%s'; to join them, "
                          "\"gather\", is not supported by this version",
                          id, found[start].path, found[start + 1].path);
    while (start < end && found[start].field == field)
      start++;
  }
}

static int make_piece(const struct entry *entry, const struct found *found,
                      struct field_spec *field, struct err *err)
{
  const struct field_plan *const plan = &entry->plans[found->field];
  struct piece *const piece = arena_alloc(entry->desc->arena, sizeof *piece, err);
  if (!piece)
    return -1;
  *piece = (struct piece){found->path, found->key, plan->has_raw ? &plan->raw : NULL};
  field->npieces = 1;
  field->pieces = piece;
  return 0;
}

static int add_scan(const struct entry *entry, const char *id, const struct found *found,
                    struct err *err)
{
  struct field_spec fields[ENTRY_FIELDS_MAX];
  for (int i = 0; i < entry->nplans; i++) {
    fields[i] = entry->plans[i].spec;
    if (!fields[i].has_value && make_piece(entry, found++, &fields[i], err))
      return -1;
  }
  const struct scan_spec scan = {.id = id,
                                 .spatial = entry->spatial,
                                 .channels_first = entry->channels_first,
                                 .nfields = entry->nplans,
                                 .fields = fields};
  return dataset_builder_scan(entry->builder, &scan, NULL, entry->split, err);
}

static void one_scan(const struct entry *entry, const char *id, const struct found *found)
{
  struct err err = ERR_INIT;
  if (add_scan(entry, id, found, &err))
    where_problem(entry->desc, entry->where, "%s", err.msg);
}

/* --- files that a looser pattern matched too -------------------------------------------
 */

static int by_file(const void *a, const void *b)
{
  const struct found *const x = *(struct found *const *)a, *const y =
                                                               *(struct found *const *)b;
  int order = strcmp(x->path, y->path);
  return order ? order : strcmp(x->key ? x->key : "", y->key ? y->key : "");
}

/* Marks the files of complete groups; sets out[] to them, sorted by name.  Returns how
 * many. */
static size_t mark_used(struct entry *entry, struct found **out)
{
  size_t n = 0;
  for (size_t start = 0, end; start < entry->nfound; start = end) {
    end = group_end(entry, start);
    bool complete = is_complete(entry, start, end);
    for (size_t i = start; complete && i < end; i++) {
      entry->found[i].used = true;
      out[n++] = &entry->found[i];
    }
  }
  qsort(out, n, sizeof(struct found *), by_file);
  return n;
}

/* Do all files of the group belong to complete scans?  Says so in the list of what was
 * ignored. */
static bool is_claimed(const struct entry *entry, size_t start, size_t end,
                       struct found *const *used, size_t nused)
{
  for (size_t i = start; i < end; i++) {
    const struct found *const one = &entry->found[i];
    struct found *const *const owner =
        bsearch(&one, used, nused, sizeof(struct found *), by_file);
    if (!owner)
      return false;
    dataset_builder_ignore(
        entry->builder, one->path,
        "also matches a pattern as scan '%s'; it is the field '%s' of '%s'", one->id,
        entry->plans[(*owner)->field].spec.name, (*owner)->id);
  }
  return true;
}

/* --- all of an entry -------------------------------------------------------------------
 */

static void join_files(struct entry *entry, struct err *err)
{
  CLEANUP_FREE struct found **used = calloc(entry->nfound + 1, sizeof *used);
  if (!used) {
    err_set(err, ENOMEM, "out of memory for %zu files", entry->nfound);
    return;
  }
  qsort(entry->found, entry->nfound, sizeof *entry->found, by_id_and_field);
  const size_t nused = mark_used(entry, used);
  for (size_t start = 0, end; start < entry->nfound; start = end) {
    end = group_end(entry, start);
    if (entry->found[start].used)
      one_scan(entry, entry->found[start].id, &entry->found[start]);
    else if (!is_claimed(entry, start, end, used, nused))
      report(entry, start, end);
  }
}

/* A scan of nothing but numbers. */
static void join_values(struct entry *entry, struct err *err)
{
  const char *const id = template_fill(entry->desc->arena, entry->id, 0, NULL, NULL, err);
  if (id)
    one_scan(entry, id, NULL);
  else
    err_prefix(err, "no field says what the names in the id are");
}

void entry_join(struct entry *entry)
{
  struct err err = ERR_INIT;
  bool files = false;
  for (int i = 0; i < entry->nplans; i++)
    files |= !entry->plans[i].spec.has_value;
  if (!files)
    join_values(entry, &err);
  else if (entry->nfound)
    join_files(entry, &err);
  if (err.errnum)
    where_problem(entry->desc, entry->where, "%s", err.msg);
}
