/* {"list": "paths.txt"} or {"list": ["a.png", "b.png"]}: files named one by one, one per
 * line, relative to the list (those of an array: to the description's root).  There are
 * no comments, because a file name may begin with any character.
 *
 * Under an id without {names} the files are pieces of one scan, in the order of the list,
 * stacked on axis 0 unless "axis" and "how" say otherwise; a file may come again.  Under
 * an id with one {name} each line is a scan of its own, named after the first list's file
 * without its suffix; lists of other fields go along line by line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/beneath.h"
#include "core/base/cleanup.h"
#include "mountopts/description/description_entry.h"
#include "mountopts/paths.h"
#include "mountopts/text_file.h"

enum { LIST_COMPLAINTS = 10 }; /* lines that are reported one by one */

/* A list being read. */
struct reading {
  const struct description *desc;
  const struct where *where;
  const char *file; /* of the list, for messages; NULL: an array */
  const char *base; /* absolute directory that lines are relative to */
  struct piece *pieces;
  int64_t n, room;
  int64_t wrong;
};

static void complain(struct reading *r, size_t line, const char *what, const char *text)
{
  if (r->wrong++ >= LIST_COMPLAINTS)
    return;
  if (r->file)
    where_problem(r->desc, r->where, "%s: line %zu: %s, found '%.300s'", r->file, line,
                  what, text);
  else
    where_problem(r->desc, &(struct where){r->where, NULL, line - 1},
                  "%s, found '%.300s'", what, text);
}

/* Returns whether there is a file; errno says why not (EXDEV: it lies outside). */
static bool is_file(const struct reading *r, const char *path)
{
  struct stat st;
  if (beneath_stat(r->desc->inside, path, &st))
    return false;
  errno = EINVAL;
  return S_ISREG(st.st_mode);
}

/* Finds the file of a line, and the array's name behind its last ':' when that is no part
 * of the file's name.  Returns false when there is no such file. */
static bool find_file(const struct reading *r, const char *text, struct piece *out,
                      struct err *err)
{
  char *path = path_normal(r->desc->arena, r->base, text, err);
  char *colon = path ? strrchr(path, ':') : NULL;
  *out = (struct piece){.path = path};
  if (!path || is_file(r, path))
    return path;
  if (!colon)
    return false;
  *colon = '\0';
  out->key = colon[1] ? colon + 1 : NULL;
  return is_file(r, path);
}

static int add_line(struct reading *r, size_t line, const char *text, struct err *err)
{
  struct piece piece;
  if (!description_allowed(r->desc, r->base, text)) {
    complain(r, line, "expected a file inside the dataset", text);
    return 0;
  }
  if (!find_file(r, text, &piece, err)) {
    if (!err->errnum)
      complain(r, line,
               errno == EXDEV ? "expected a file inside the dataset"
                              : "expected a file that exists",
               text);
    return err->errnum ? -1 : 0;
  }
  if (r->n == r->room) {
    const int64_t room = r->room ? 2 * r->room : 64;
    struct piece *bigger = realloc(r->pieces, (size_t)room * sizeof *bigger);
    if (!bigger)
      return err_set(err, ENOMEM, "out of memory for %lld files", (long long)room);
    r->pieces = bigger;
    r->room = room;
  }
  r->pieces[r->n++] = piece;
  return 0;
}

/* Cuts the text into lines, in place; empty lines are left out. */
static int read_lines(struct reading *r, char *text, size_t size, struct err *err)
{
  size_t line = 1;
  for (char *at = text, *const end = text + size; at < end; line++) {
    char *newline = memchr(at, '\n', (size_t)(end - at));
    char *stop = newline ? newline : end;
    *stop = '\0';
    if (strlen(at) != (size_t)(stop - at))
      complain(r, line, "expected text", at);
    if (stop > at && stop[-1] == '\r')
      stop[-1] = '\0';
    if (*at && add_line(r, line, at, err))
      return -1;
    at = stop + 1;
  }
  return 0;
}

static int read_file(struct reading *r, const char *file, struct err *err)
{
  const struct description *desc = r->desc;
  size_t size;
  if (!description_allowed(desc, desc->root, file))
    return err_set(err, EINVAL, "'%s' points outside %s", file, desc->inside);
  const char *path = path_normal(desc->arena, desc->root, file, err);
  r->base = path ? path_directory(desc->arena, path, err) : NULL;
  if (!r->base)
    return -1;
  CLEANUP_FREE char *text = text_file_read(desc->inside, path, &size, NULL, err);
  r->file = file;
  return text ? read_lines(r, text, size, err) : -1;
}

static int read_array(struct reading *r, const json_t *array, struct err *err)
{
  r->base = r->desc->root;
  for (size_t i = 0; i < json_array_size(array); i++) {
    const char *text = json_string_value(json_array_get(array, i));
    if (!text || !*text)
      where_expected(r->desc, &(struct where){r->where, NULL, i}, "a path",
                     json_array_get(array, i));
    else if (add_line(r, i + 1, text, err))
      return -1;
  }
  return 0;
}

void description_list(const struct description *desc, const struct where *where,
                      const json_t *value, struct field_plan *out)
{
  struct reading r = {.desc = desc, .where = where};
  const char *file = json_string_value(value);
  struct err err = ERR_INIT;
  const int before = desc->problems->count;
  if (!(file && *file) && !json_array_size(value)) {
    where_expected(desc, where, "a file of paths, one a line, or an array of paths",
                   value);
    return;
  }
  int rc = file ? read_file(&r, file, &err) : read_array(&r, value, &err);
  if (r.wrong > LIST_COMPLAINTS)
    where_problem(desc, where, "and %lld lines more like these",
                  (long long)r.wrong - LIST_COMPLAINTS);
  struct piece *pieces =
      rc ? NULL : arena_array(desc->arena, (size_t)r.n, sizeof *pieces, &err);
  if (err.errnum)
    where_problem(desc, where, "%s", err.msg);
  else if (!r.n && desc->problems->count == before)
    where_problem(desc, where, "%s: expected a path on each line, found none", file);
  else if (r.n)
    memcpy(pieces, r.pieces, (size_t)r.n * sizeof *pieces);
  free(r.pieces);
  out->list = pieces;
  out->nlist = r.n;
}

/* --- in its entry ------------------------------------------------------------------ */

/* Returns the file's name without its suffix. */
static char *stem_of(struct arena *arena, const char *path, struct err *err)
{
  const char *slash = strrchr(path, '/');
  char *stem = arena_strdup(arena, slash ? slash + 1 : path, err);
  char *dot = stem ? strrchr(stem, '.') : NULL;
  if (dot > stem && !strcmp(dot, ".gz")) {
    *dot = '\0';
    dot = strrchr(stem, '.');
  }
  if (dot > stem)
    *dot = '\0';
  return stem;
}

static int add_scans(struct entry *entry, int field, const struct template *id,
                     struct err *err)
{
  const struct field_plan *plan = &entry->plans[field];
  if (entry->listing < 0)
    entry->listing = field;
  for (int64_t i = 0; i < plan->nlist; i++) {
    const char *stem =
        stem_of(&entry->scratch, entry->plans[entry->listing].list[i].path, err);
    const char *name =
        stem ? template_fill(&entry->scratch, entry->id, 1, id->names, &stem, err) : NULL;
    struct found found = {.field = field,
                          .path = plan->list[i].path,
                          .key = plan->list[i].key,
                          .group = name ? entry_group(entry, name, err) : -1};
    if (found.group < 0 || entry_add_found(entry, &found, err))
      return -1;
  }
  return 0;
}

/* Makes a scan of each line. */
static void take_scans(struct entry *entry, int field)
{
  const struct field_plan *plan = &entry->plans[field];
  const struct field_plan *first =
      entry->listing < 0 ? plan : &entry->plans[entry->listing];
  struct template id;
  struct err err = ERR_INIT;
  if (template_compile(&entry->scratch, entry->id, &id, &err) || id.nnames != 1)
    entry_field_problem(entry, field,
                        "expected an id with one {name}, which stands for the files of "
                        "the list, or with none, found '%s'",
                        entry->id);
  else if (plan->nlist != first->nlist)
    entry_field_problem(
        entry, field, "expected %lld paths as the list of '%s' has, found %lld",
        (long long)first->nlist, first->spec.name, (long long)plan->nlist);
  else if (plan->said_axis)
    entry_field_problem(entry, field,
                        "\"axis\" and \"how\" join the files of one scan, but each line "
                        "is a scan of its own under the id '%s'",
                        entry->id);
  else if (add_scans(entry, field, &id, &err))
    entry_field_problem(entry, field, "%s", err.msg);
}

void entry_take_list(struct entry *entry, int field)
{
  struct field_plan *plan = &entry->plans[field];
  if (strchr(entry->id, '{')) {
    take_scans(entry, field);
    return;
  }
  plan->spec.gather.naxes = 1;
  plan->spec.gather.axes[0].name = "line";
  plan->spec.gather.axes[0].n = plan->nlist;
  plan->spec.npieces = plan->nlist;
  plan->spec.pieces = plan->list;
  plan->ready = true;
}
