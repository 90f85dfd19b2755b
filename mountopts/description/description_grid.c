/* The places of a field's files in one scan: all combinations of the positions of its
 * gather names.  A place without a file is a hole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "mountopts/description/description_grid.h"

/* --- places ------------------------------------------------------------------------ */

/* The placing of one field's files. */
struct placing {
  const struct grid *grid;
  int field;
  const struct found *const *found;
  size_t n;
  int naxes;
  int name[GATHER_AXES_MAX]; /* of each axis: index into the gather names */
  int64_t cells;             /* combinations of positions */
  int *file;                 /* per combination of values: index into found; -1 */
};

static const struct line *line_of(const struct placing *p, int axis)
{
  return &p->grid->lines[p->name[axis]];
}

/* Adds a place as "slice 7, row 2". */
static void add_place(const struct placing *p, int64_t cell, struct text *out)
{
  int64_t worth = p->cells;
  for (int a = 0; a < p->naxes; a++) {
    const struct line *line = line_of(p, a);
    worth /= line->n;
    text_add(out, "%s%s %s", a ? ", " : "", p->grid->entry->gather[p->name[a]].name,
             line->values[cell / worth % line->n]);
  }
}

/* Returns the combination of values at a cell; -1 when no file has one of them. */
static int64_t cell_values(const struct placing *p, int64_t cell)
{
  int64_t at = 0, worth = p->cells;
  for (int a = 0; a < p->naxes; a++) {
    const struct line *line = line_of(p, a);
    worth /= line->n;
    const int value = line->at[cell / worth % line->n];
    if (value < 0)
      return -1;
    at = at * line->ndistinct + value;
  }
  return at;
}

static int count_cells(struct placing *p, int64_t *combinations, struct err *err)
{
  bool fits = true;
  p->cells = *combinations = 1;
  for (int a = 0; a < p->naxes; a++) {
    const struct line *line = line_of(p, a);
    fits = fits && checked_mul(p->cells, line->n, &p->cells) &&
           checked_mul(*combinations, line->ndistinct, combinations) &&
           p->cells <= GATHER_CELLS_MAX && *combinations <= GATHER_CELLS_MAX;
  }
  return fits ? 0
              : err_set(err, EINVAL,
                        "scan '%s': field '%s': expected at most %d places, found more "
                        "combinations of the names under \"gather\"",
                        p->grid->id, p->grid->entry->plans[p->field].spec.name,
                        GATHER_CELLS_MAX);
}

/* Reports two files with the same values. */
static void report_twins(const struct placing *p, const struct found *a,
                         const struct found *b)
{
  struct text place = {0};
  for (int i = 0; i < p->naxes; i++)
    text_add(&place, "%s%s %s", i ? ", " : " for ",
             p->grid->entry->gather[p->name[i]].name,
             found_value(p->grid->entry, a, p->name[i]));
  entry_field_problem(p->grid->entry, p->field,
                      "scan '%s' has several files%s, '%s' and '%s'; what they differ in "
                      "belongs into the id or under \"gather\"",
                      p->grid->id, place.data ? place.data : "", a->path, b->path);
  text_free(&place);
}

/* Fills p->file from the files; -1: *err, or a problem was added. */
static int sort_in(struct placing *p, int64_t combinations, struct err *err)
{
  p->file = malloc((size_t)combinations * sizeof *p->file);
  if (!p->file)
    return err_set(err, ENOMEM, "out of memory for %lld places", (long long)combinations);
  memset(p->file, -1, (size_t)combinations * sizeof *p->file);
  for (size_t i = 0; i < p->n; i++) {
    int64_t at = 0;
    for (int a = 0; a < p->naxes; a++) {
      const struct line *line = line_of(p, a);
      const char *value = found_value(p->grid->entry, p->found[i], p->name[a]);
      at = at * line->ndistinct + name_set_find(&line->known, value);
    }
    if (p->file[at] >= 0) {
      report_twins(p, p->found[p->file[at]], p->found[i]);
      return -1;
    }
    p->file[at] = (int)i;
  }
  return 0;
}

/* --- holes ------------------------------------------------------------------------- */

/* Returns the path that a cell's values spell, as the pattern is written; NULL without
 * memory. */
static const char *expected_path(const struct placing *p, int64_t cell,
                                 struct arena *arena)
{
  const struct template *template = &p->grid->entry->plans[p->field].template;
  const char *values[TEMPLATE_NAMES] = {0};
  int64_t worth = p->cells;
  struct err err = ERR_INIT;
  memcpy(values, p->found[0]->values, (size_t) template->nnames * sizeof *values);
  for (int a = 0; a < p->naxes; a++) {
    const struct line *line = line_of(p, a);
    worth /= line->n;
    values[p->grid->entry->plans[p->field].names[p->name[a]]] =
        line->values[cell / worth % line->n];
  }
  const char *path = template_fill(arena, template->path, template->nnames,
                                   template->names, values, &err);
  const char *key = template->key ? template_fill(arena, template->key, template->nnames,
                                                  template->names, values, &err)
                                  : NULL;
  return path && key ? arena_printf(arena, &err, "%s:%s", path, key) : path;
}

/* Returns the file that ends in the path which a hole's values spell, though it was read
 * as other values: {a}{b} is "123" for 1, 23 and for 12, 3. */
static const struct found *taken_by(const struct placing *p, const char *path)
{
  const size_t len = strlen(path);
  for (size_t i = 0; i < p->n; i++) {
    const char *file = p->found[i]->path;
    const size_t size = strlen(file);
    if (size > len && file[size - len - 1] == '/' && !strcmp(file + size - len, path))
      return p->found[i];
  }
  return NULL;
}

/* Returns whether two combinations of values could spell one path, which needs two names
 * that touch or share a component. */
static bool may_share(const struct placing *p)
{
  const struct template *template = &p->grid->entry->plans[p->field].template;
  if (template->key || p->naxes < 2)
    return false;
  for (const char *at = template->path; (at = strchr(at, '{')); at++)
    if (strcspn(at + 1, "{") < strcspn(at + 1, "/"))
      return true;
  return false;
}

static void report_shared(const struct placing *p, int64_t cell, const char *path,
                          const struct found *other)
{
  struct text place = {0}, taken = {0};
  add_place(p, cell, &place);
  for (int a = 0; a < p->naxes; a++)
    text_add(&taken, "%s%s %s", a ? ", " : "", p->grid->entry->gather[p->name[a]].name,
             found_value(p->grid->entry, other, p->name[a]));
  entry_field_problem(p->grid->entry, p->field,
                      "scan '%s': '%s' is the file for %s and for %s; write the names so "
                      "that a path can be read in one way only",
                      p->grid->id, path, taken.data ? taken.data : "?",
                      place.data ? place.data : "?");
  text_free(&place);
  text_free(&taken);
}

static void report_holes(const struct placing *p, int64_t first, int64_t holes)
{
  struct arena scratch;
  struct text place = {0};
  arena_init(&scratch);
  add_place(p, first, &place);
  const char *path = expected_path(p, first, &scratch);
  const struct found *other = path && may_share(p) ? taken_by(p, path) : NULL;
  if (other)
    report_shared(p, first, path, other);
  else if (holes > 1)
    entry_field_problem(p->grid->entry, p->field,
                        "scan '%s' has no file for %s ('%s') and %lld more of %lld "
                        "places; \"fill\" allows that",
                        p->grid->id, place.data ? place.data : "?", path ? path : "?",
                        (long long)holes - 1, (long long)p->cells);
  else
    entry_field_problem(p->grid->entry, p->field,
                        "scan '%s' has no file for %s ('%s'); \"fill\" allows that",
                        p->grid->id, place.data ? place.data : "?", path ? path : "?");
  text_free(&place);
  arena_free(&scratch);
}

/* --- pieces ------------------------------------------------------------------------ */

static int set_piece(const struct placing *p, const struct found *found,
                     struct piece *out, struct err *err)
{
  struct description *desc = p->grid->entry->desc;
  const struct field_plan *plan = &p->grid->entry->plans[p->field];
  out->path = found->path;
  /* a key without names is one text for all files */
  if (found->key && plan->template.key && !strchr(plan->template.key, '{'))
    out->key = plan->template.key;
  else if (found->key && !(out->key = arena_strdup(desc->arena, found->key, err)))
    return -1;
  out->raw = plan->has_raw ? &plan->raw : NULL;
  return 0;
}

static int set_pieces(const struct placing *p, struct field_spec *out, struct err *err)
{
  int64_t holes = 0, first = 0;
  struct piece *pieces =
      arena_array(p->grid->entry->desc->arena, (size_t)p->cells, sizeof *pieces, err);
  if (!pieces)
    return -1;
  for (int64_t cell = 0; cell < p->cells; cell++) {
    const int64_t at = cell_values(p, cell);
    if (at >= 0 && p->file[at] >= 0) {
      if (set_piece(p, p->found[p->file[at]], &pieces[cell], err))
        return -1;
      continue;
    }
    first = holes++ ? first : cell;
  }
  out->npieces = p->cells;
  out->pieces = pieces;
  if (holes == p->cells || (holes && !out->gather.has_fill)) {
    report_holes(p, first, holes);
    return -1;
  }
  return 0;
}

/* Reports files that "order" leaves out. */
static void ignore_unplaced(const struct placing *p)
{
  const struct entry *entry = p->grid->entry;
  for (int a = 0; a < p->naxes; a++) {
    const struct line *line = line_of(p, a);
    for (size_t i = 0; i < p->n && line->placed; i++) {
      const char *value = found_value(entry, p->found[i], p->name[a]);
      if (!line->placed[name_set_find(&line->known, value)])
        dataset_builder_ignore(entry->builder, p->found[i]->path,
                               "scan '%s': '%s' is not in the \"order\" of '%s'",
                               p->grid->id, value, entry->gather[p->name[a]].name);
    }
  }
}

static void set_axes(struct placing *p, struct field_spec *out)
{
  const struct entry *entry = p->grid->entry;
  for (int i = 0; i < entry->ngather; i++) {
    const struct gather_name *name = &entry->gather[i];
    if (entry->plans[p->field].names[i] < 0)
      continue;
    out->gather.axes[p->naxes] = (struct gather_axis){.name = name->name,
                                                      .concat = name->concat,
                                                      .axis = name->axis,
                                                      .n = p->grid->lines[i].n,
                                                      .values = p->grid->lines[i].values};
    p->name[p->naxes++] = i;
    if (name->has_fill && !out->gather.has_fill) {
      out->gather.has_fill = true;
      out->gather.fill = name->fill;
    }
  }
  out->gather.naxes = p->naxes;
  const struct field_plan *plan = &entry->plans[p->field];
  if (!plan->has_raw || !p->naxes)
    return;
  out->gather.nd = plan->raw.nd;
  out->gather.dtype = (int)plan->raw.dtype;
  memcpy(out->gather.shape, plan->raw.shape, sizeof out->gather.shape);
}

int grid_place(const struct grid *grid, int field, const struct found *const *found,
               size_t n, struct field_spec *out, struct err *err)
{
  struct placing p = {.grid = grid, .field = field, .found = found, .n = n};
  int64_t combinations;
  set_axes(&p, out);
  int rc = count_cells(&p, &combinations, err) || sort_in(&p, combinations, err) ||
                   set_pieces(&p, out, err)
               ? -1
               : 0;
  if (!rc)
    ignore_unplaced(&p);
  free(p.file);
  return rc;
}
