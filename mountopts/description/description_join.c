/* Joins the files of an entry's fields to scans, by the id that each match spells.
 *
 * Files are counted into one bin per scan and field, so the cost is that of the files,
 * whatever the names are.  A field that has no file for a scan is a problem that names
 * both.
 *
 * A pattern may match more than is meant: "{s}.nii" also takes the labels when those are
 * "{s}_seg.nii".  The "a_seg" that such a match spells is no scan (or no slice of one)
 * when the file has its place among files of all fields.  This is checked only where two
 * patterns could match one file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/cleanup.h"
#include "core/dataset/field_type.h"
#include "mountopts/description/description_entry.h"
#include "mountopts/paths.h"

static bool has_files(const struct field_plan *plan)
{
  return !plan->spec.has_value && !plan->ready;
}

/* --- can two patterns match one file? ---------------------------------------------- */

/* Returns whether the fixed beginnings, or the fixed ends, of two patterns exclude each
 * other. */
static bool exclude(const char *a, const char *b)
{
  size_t m = strcspn(a, "{"), n = strcspn(b, "{");
  if (strncmp(a, b, m < n ? m : n) || (!a[m] && !b[n] && m != n))
    return true;
  for (m = strlen(a), n = strlen(b); m && n && a[m - 1] != '}' && b[n - 1] != '}';)
    if (a[--m] != b[--n])
      return true;
  return false;
}

static bool may_clash(const struct field_plan *a, const struct field_plan *b)
{
  if (!a->template.path || !b->template.path ||
      exclude(a->template.path, b->template.path))
    return false;
  const char *x = a->template.key ? a->template.key : "", *const y = b->template.key
                                                                         ? b->template.key
                                                                         : "";
  /* when both fields have one pattern, each match of one is a match of the other, and
   * neither is looser */
  return !exclude(x, y) && (strcmp(a->template.path, b->template.path) || strcmp(x, y));
}

static bool any_clash(const struct entry *entry)
{
  for (int i = 0; i < entry->nplans; i++)
    for (int j = 0; j < i; j++)
      if (may_clash(&entry->plans[i], &entry->plans[j]))
        return true;
  return false;
}

/* --- files that were matched twice ------------------------------------------------- */

static int by_file(const void *a, const void *b)
{
  const struct found *x = *(struct found *const *)a, *y = *(struct found *const *)b;
  int order = strcmp(x->path, y->path);
  if (!order)
    order = strcmp(x->key ? x->key : "", y->key ? y->key : "");
  return order ? order : (x->field > y->field) - (x->field < y->field);
}

static bool same_file(const struct found *a, const struct found *b)
{
  return !strcmp(a->path, b->path) && !strcmp(a->key ? a->key : "", b->key ? b->key : "");
}

/* Gives the scan and the place that a file has for all names which the field `other` has
 * too, as one text. */
static const char *shared_place(struct entry *entry, const struct found *found, int other,
                                struct err *err)
{
  struct text text = {0};
  text_add(&text, "%d", found->group);
  for (int i = 0; i < entry->ngather; i++)
    if (entry->plans[found->field].names[i] >= 0 && entry->plans[other].names[i] >= 0)
      text_add(&text, "/%s", found_value(entry, found, i));
  const char *copy = text.failed ? NULL : arena_strdup(&entry->scratch, text.data, err);
  text_free(&text);
  if (!copy)
    err_set(err, ENOMEM, "out of memory for %zu files", entry->nfound);
  return copy;
}

/* Collects the places of the files of `field`, by the names that `other` has too. */
static int places_of(struct entry *entry, int field, int other, struct name_set *out,
                     struct err *err)
{
  for (size_t i = 0; i < entry->nfound; i++) {
    if (entry->found[i].field != field)
      continue;
    const char *place = shared_place(entry, &entry->found[i], other, err);
    if (!place)
      return -1;
    if (name_set_add(out, place, 0))
      return err_set(err, ENOMEM, "out of memory for %zu files", entry->nfound);
  }
  return 0;
}

/* Marks in alone[] the files of `field` that have no counterpart among those of
 * `other`. */
static int mark_alone(struct entry *entry, int field, int other, bool *alone,
                      struct err *err)
{
  struct name_set places = {0};
  int rc = places_of(entry, other, field, &places, err);
  for (size_t i = 0; i < entry->nfound && !rc; i++) {
    if (entry->found[i].field != field)
      continue;
    const char *place = shared_place(entry, &entry->found[i], other, err);
    if (!place)
      rc = -1;
    else if (name_set_find(&places, place) < 0)
      alone[i] = true;
  }
  name_set_free(&places);
  return rc;
}

/* Drops those matches of one file that are alone, when another match of it is not. */
static void drop_alone(struct entry *entry, struct found **sorted, size_t n,
                       const bool *alone)
{
  for (size_t start = 0, end; start < n; start = end) {
    const struct found *owner = NULL;
    for (end = start; end < n && same_file(sorted[start], sorted[end]); end++)
      if (!alone[sorted[end] - entry->found])
        owner = sorted[end];
    for (size_t i = start; i < end && owner; i++) {
      struct found *one = sorted[i];
      if (!alone[one - entry->found])
        continue;
      one->dropped = true;
      if (!entry->ngather)
        dataset_builder_ignore(
            entry->builder, one->path,
            "also matches a pattern as scan '%s'; it is the field '%s' of '%s'",
            entry->ids[one->group], entry->plans[owner->field].spec.name,
            entry->ids[owner->group]);
    }
  }
}

/* Marks files as dropped that a looser pattern matched too. */
static int drop_loose(struct entry *entry, struct err *err)
{
  if (!any_clash(entry))
    return 0;
  CLEANUP_FREE struct found **sorted = calloc(entry->nfound + 1, sizeof *sorted);
  CLEANUP_FREE bool *alone = calloc(entry->nfound + 1, sizeof *alone);
  if (!sorted || !alone)
    return err_set(err, ENOMEM, "out of memory for %zu files", entry->nfound);
  for (int field = 0; field < entry->nplans; field++)
    for (int other = 0; other < entry->nplans; other++)
      if (field != other && has_files(&entry->plans[field]) &&
          has_files(&entry->plans[other]) && mark_alone(entry, field, other, alone, err))
        return -1;
  for (size_t i = 0; i < entry->nfound; i++)
    sorted[i] = &entry->found[i];
  qsort(sorted, entry->nfound, sizeof *sorted, by_file);
  drop_alone(entry, sorted, entry->nfound, alone);
  return 0;
}

/* --- scans ------------------------------------------------------------------------- */

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
  size_t *end = out->start + 1; /* end[b] becomes the start of bin b + 1 */
  for (size_t i = 0; i < entry->nfound; i++)
    if (!entry->found[i].dropped)
      end[(size_t)entry->found[i].group * nplans + (size_t)entry->found[i].field + 1]++;
  for (size_t b = 1; b <= n; b++)
    end[b] += end[b - 1];
  for (size_t i = 0; i < entry->nfound; i++) {
    const struct found *one = &entry->found[i];
    if (!one->dropped)
      out->files[end[(size_t)one->group * nplans + (size_t)one->field]++] = one;
  }
  return 0;
}

/* Reports which fields of a scan have no file; returns false when all fields have
 * some. */
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

static bool named_nifti(const char *path)
{
  static const char *const suffixes[] = {".nii",    ".nii.gz", ".hdr",
                                         ".hdr.gz", ".img",    ".img.gz"};
  const size_t n = strlen(path);
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    const size_t m = strlen(suffixes[i]);
    if (n > m && !strcasecmp(path + n - m, suffixes[i]))
      return true;
  }
  return false;
}

/* Returns the intent that the header of the field's first file states.  A file that is
 * not named as a NIfTI is not opened for that. */
static int first_intent(const struct description *desc, const struct field_spec *field)
{
  char room[PATH_MAX];
  struct piece piece;
  struct err unsaid = ERR_INIT; /* the reader of the file gets the error */
  struct source *source;
  if (!field_first_piece(field, room, &piece) || piece.raw || !named_nifti(piece.path) ||
      source_open(desc->pool, piece.path, &source, &unsaid))
    return 0;
  const int index = source_array_find(source, piece.key);
  const int intent = index < 0 ? 0 : source_array_at(source, index)->geo.intent;
  source_unref(source);
  return intent;
}

/* Decides the type of a field whose name and description do not.  The header of one file
 * speaks for the field in all scans of the entry, so that a mount opens no more. */
static void decide_type(struct entry *entry, int field, struct field_spec *spec)
{
  const struct description *desc = entry->desc;
  struct field_plan *plan = &entry->plans[field];
  const size_t root = strcmp(desc->root, "/") ? strlen(desc->root) : 0;
  char room[PATH_MAX], first[PATH_MAX];
  struct piece piece;
  if (spec->has_value || spec->typed_by == TYPED_BY_DESCRIPTION || spec->make_piece ||
      !field_first_piece(spec, first, &piece))
    return;
  if (spec->typed_by == TYPED_BY_NOTHING) {
    const bool below = path_below(desc->root, piece.path);
    snprintf(room, sizeof room, "%s",
             below ? piece.path + root + 1 : strrchr(piece.path, '/') + 1);
    char *slash = strrchr(room, '/');
    if (spec->gather.naxes) /* many files: their directory */
      *(slash ? slash : room) = '\0';
    field_type_by_names(spec, piece.key, room, spec->gather.naxes > 0);
  }
  if (!plan->asked)
    plan->intent = first_intent(desc, spec);
  plan->asked = true;
  field_type_by_intent(spec, plan->intent);
}

static int add_scan(struct entry *entry, const char *id, struct field_spec *fields,
                    struct err *err)
{
  for (int i = 0; i < entry->nplans; i++)
    decide_type(entry, i, &fields[i]);
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

/* Joins one scan, from its bins->start; -1: *err, or problems were added. */
static int join_scan(struct entry *entry, int scan, const struct bins *bins,
                     struct err *err)
{
  const char *id = entry->ids[scan];
  const size_t *start = bins->start + (size_t)scan * (size_t)entry->nplans;
  const size_t n = start[entry->nplans] - start[0];
  struct field_spec fields[ENTRY_FIELDS_MAX];
  int rc = 0;
  if (!n || report_lacking(entry, id, start))
    return 0;
  struct grid *grid = grid_new(entry, id, bins->files + start[0], n, err);
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
  if (!drop_loose(entry, err) && !fill_bins(entry, &bins, err))
    for (int i = 0; i < entry->nids; i++) {
      struct err why = ERR_INIT;
      if (join_scan(entry, i, &bins, &why) && why.errnum)
        where_problem(entry->desc, entry->where, "%s", why.msg);
    }
  free(bins.files);
  free(bins.start);
}

/* Makes a scan of fields that are numbers or have their pieces already. */
static void join_values(struct entry *entry, struct err *err)
{
  struct field_spec fields[ENTRY_FIELDS_MAX];
  const char *id = template_fill(entry->desc->arena, entry->id, 0, NULL, NULL, err);
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
