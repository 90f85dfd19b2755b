/* The files of an entry's fields, joined to scans by the id that each match spells.
 *
 * Counted into one bin per scan and field, so the cost is that of the files, whatever the
 * names are.  A field that has no file for a scan is a problem that names both. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "mountopts/description/description_entry.h"

/* All files by scan and field: those of field f of scan s are files[start[s * nplans +
 * f]] .. files[start[s * nplans + f + 1] - 1]. */
struct bins {
  const struct found **files;
  size_t *start;
};

static int fill_bins(const struct entry *entry, struct bins *out, struct err *err)
{
  const size_t nplans = (size_t)entry->nplans, n = (size_t)entry->nids * nplans;
  out->files = calloc(entry->nfound + 1, sizeof *out->files);
  out->start = calloc(n + 2, sizeof *out->start);
  if (!out->files || !out->start)
    return err_set(err, ENOMEM, "out of memory for %zu files", entry->nfound);
  size_t *const end = out->start + 1; /* end[b] becomes the start of bin b + 1 */
  for (size_t i = 0; i < entry->nfound; i++)
    if (!entry->found[i].dropped)
      end[(size_t)entry->found[i].group * nplans + (size_t)entry->found[i].field + 1]++;
  for (size_t b = 1; b <= n; b++)
    end[b] += end[b - 1];
  for (size_t i = 0; i < entry->nfound; i++) {
    const struct found *const one = &entry->found[i];
    if (!one->dropped)
      out->files[end[(size_t)one->group * nplans + (size_t)one->field]++] = one;
  }
  return 0;
}

static bool has_files(const struct field_plan *plan)
{
  return !plan->spec.has_value && !plan->ready;
}

/* Says which fields of a scan have no file; false: all have some. */
static bool report_lacking(const struct entry *entry, const char *id, const size_t *start)
{
  bool lacking = false;
  for (int field = 0; field < entry->nplans; field++) {
    if (!has_files(&entry->plans[field]) || start[field + 1] > start[field])
      continue;
    lacking = true;
    if (entry->plans[field].nlist)
      entry_field_problem(entry, field, "scan '%s' has no line in the list", id);
    else
      entry_field_problem(entry, field, "scan '%s' has no file that matches '%s'", id,
                          entry->plans[field].template.path);
  }
  return lacking;
}

static int add_scan(const struct entry *entry, const char *id,
                    const struct field_spec *fields, struct err *err)
{
  const struct scan_spec scan = {.id = id,
                                 .spatial = entry->spatial,
                                 .channels_first = entry->channels_first,
                                 .nfields = entry->nplans,
                                 .fields = fields};
  if (dataset_builder_scan(entry->builder, &scan, NULL, entry->split, err))
    return -1;
  for (int i = 0; i < entry->nplans; i++)
    if (description_check_add(entry->desc, entry->where->index, &scan, &fields[i], err))
      return -1;
  return 0;
}

/* bins->start of a scan; -1: *err, or problems were added. */
static int join_scan(const struct entry *entry, int scan, const struct bins *bins,
                     struct err *err)
{
  const char *const id = entry->ids[scan];
  const size_t *const start = bins->start + (size_t)scan * (size_t)entry->nplans;
  const size_t n = start[entry->nplans] - start[0];
  struct field_spec fields[ENTRY_FIELDS_MAX];
  int rc = 0;
  if (!n || report_lacking(entry, id, start))
    return 0;
  struct grid *const grid = grid_new(entry, id, bins->files + start[0], n, err);
  for (int i = 0; i < entry->nplans && grid; i++) {
    fields[i] = entry->plans[i].spec;
    if (has_files(&entry->plans[i]) &&
        grid_place(grid, i, bins->files + start[i], start[i + 1] - start[i], &fields[i],
                   err))
      rc = -1;
  }
  grid_free(grid);
  return grid && !rc ? add_scan(entry, id, fields, err) : -1;
}

static void join_files(struct entry *entry, struct err *err)
{
  struct bins bins = {0};
  if (!entry_drop_loose(entry, err) && !fill_bins(entry, &bins, err))
    for (int i = 0; i < entry->nids; i++) {
      struct err why = ERR_INIT;
      if (join_scan(entry, i, &bins, &why) && why.errnum)
        where_problem(entry->desc, entry->where, "%s", why.msg);
    }
  free(bins.files);
  free(bins.start);
}

/* A scan of numbers, and of fields that have their pieces already. */
static void join_values(struct entry *entry, struct err *err)
{
  struct field_spec fields[ENTRY_FIELDS_MAX];
  const char *const id = template_fill(entry->desc->arena, entry->id, 0, NULL, NULL, err);
  for (int i = 0; i < entry->nplans; i++)
    fields[i] = entry->plans[i].spec;
  if (id)
    add_scan(entry, id, fields, err);
  else
    err_prefix(err, "no field says what the names in the id are");
}

void entry_join(struct entry *entry)
{
  struct err err = ERR_INIT;
  bool files = false;
  for (int i = 0; i < entry->nplans; i++)
    files |= has_files(&entry->plans[i]);
  if (!files)
    join_values(entry, &err);
  else if (entry->nfound)
    join_files(entry, &err);
  if (err.errnum)
    where_problem(entry->desc, entry->where, "%s", err.msg);
}
