/* Files that a looser pattern matched too.
 *
 * A pattern may match more than is meant: "{s}.nii" takes the labels too when those are
 * "{s}_seg.nii".  What such a match spells, "a_seg", is no scan (or no slice of one) when
 * the file has its place among files of all fields.  Asked only where two patterns could
 * match one file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "mountopts/description/description_entry.h"

/* --- can two patterns match one file? ---------------------------------------------- */

/* Do the fixed beginnings, or the fixed ends, of two patterns exclude each other? */
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
  const char *const x = a->template.key ? a->template.key : "", *const y =
                                                                    b->template.key
                                                                        ? b->template.key
                                                                        : "";
  /* one pattern twice: each match of one is a match of the other, and neither is looser
   */
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
  const struct found *const x = *(struct found *const *)a, *const y =
                                                               *(struct found *const *)b;
  int order = strcmp(x->path, y->path);
  if (!order)
    order = strcmp(x->key ? x->key : "", y->key ? y->key : "");
  return order ? order : (x->field > y->field) - (x->field < y->field);
}

static bool same_file(const struct found *a, const struct found *b)
{
  return !strcmp(a->path, b->path) && !strcmp(a->key ? a->key : "", b->key ? b->key : "");
}

/* The scan and the place that a file has for all names which the field `other` has too,
 * as one text. */
static const char *shared_place(struct entry *entry, const struct found *found, int other,
                                struct err *err)
{
  struct text text = {0};
  text_add(&text, "%d", found->group);
  for (int i = 0; i < entry->ngather; i++)
    if (entry->plans[found->field].names[i] >= 0 && entry->plans[other].names[i] >= 0)
      text_add(&text, "/%s", found_value(entry, found, i));
  const char *const copy =
      text.failed ? NULL : arena_strdup(&entry->scratch, text.data, err);
  text_free(&text);
  if (!copy)
    err_set(err, ENOMEM, "out of memory for %zu files", entry->nfound);
  return copy;
}

/* The places that the files of `field` have, as `other` sees them. */
static int places_of(struct entry *entry, int field, int other, struct name_set *out,
                     struct err *err)
{
  for (size_t i = 0; i < entry->nfound; i++) {
    if (entry->found[i].field != field)
      continue;
    const char *const place = shared_place(entry, &entry->found[i], other, err);
    if (!place)
      return -1;
    if (name_set_add(out, place, 0))
      return err_set(err, ENOMEM, "out of memory for %zu files", entry->nfound);
  }
  return 0;
}

/* Marks in alone[] the files of `field` that have no counterpart among those of `other`.
 */
static int mark_alone(struct entry *entry, int field, int other, bool *alone,
                      struct err *err)
{
  struct name_set places = {0};
  int rc = places_of(entry, other, field, &places, err);
  for (size_t i = 0; i < entry->nfound && !rc; i++) {
    if (entry->found[i].field != field)
      continue;
    const char *const place = shared_place(entry, &entry->found[i], other, err);
    if (!place)
      rc = -1;
    else if (name_set_find(&places, place) < 0)
      alone[i] = true;
  }
  name_set_free(&places);
  return rc;
}

static bool has_files(const struct field_plan *plan)
{
  return !plan->spec.has_value && !plan->ready;
}

/* Of matches of one file, those that are alone go when another is not. */
static void drop_alone(struct entry *entry, struct found **sorted, size_t n,
                       const bool *alone)
{
  for (size_t start = 0, end; start < n; start = end) {
    const struct found *owner = NULL;
    for (end = start; end < n && same_file(sorted[start], sorted[end]); end++)
      if (!alone[sorted[end] - entry->found])
        owner = sorted[end];
    for (size_t i = start; i < end && owner; i++) {
      struct found *const one = sorted[i];
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

int entry_drop_loose(struct entry *entry, struct err *err)
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
