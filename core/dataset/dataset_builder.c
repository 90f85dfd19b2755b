/* The builder of a dataset_spec: collects scans, settles clashes, sorts, makes the
 * splits.
 *
 * Two things may not have the same place in the tree: two scans of one id, and a scan
 * "a/b" beside a field "b" of the scan "a" (both would be scans/a/b).  Scans come in the
 * order in which they have a right to their names, so a clash is seen, and settled, when
 * the later one is added. */
#include "core/dataset/dataset_builder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { COMPONENT_MAX = 240 }; /* bytes; leaves room for a suffix below NAME_MAX */

bool field_piece(const struct field_spec *field, int64_t number, char room[PATH_MAX],
                 struct piece *out)
{
  if (!field->pieces)
    return field->make_piece(field->make_ctx, number, room, out);
  *out = field->pieces[number];
  return true;
}

bool field_first_piece(const struct field_spec *field, char room[PATH_MAX],
                       struct piece *out)
{
  for (int64_t i = 0; i < field->npieces; i++)
    if (field_piece(field, i, room, out) && out->path)
      return true;
  return false;
}

struct gather_spec gather_slices(int64_t n, bool bits)
{
  return (struct gather_spec){.naxes = 1,
                              .axes = {{.name = "slice", .n = n}},
                              .dtype = DT_BOOL,
                              .converts = bits};
}

struct dataset_builder *dataset_builder_new(struct arena *arena, struct err *err)
{
  struct dataset_builder *builder = calloc(1, sizeof *builder);
  if (!builder) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  builder->arena = arena;
  arena_init(&builder->scratch);
  return builder;
}

/* Makes room for one more element of `size` bytes in an array of n. */
static int reserve(void *array, int n, int *room, size_t size, struct err *err)
{
  if (n < *room)
    return 0;
  int more = *room ? 2 * *room : 16;
  void *bigger = more > n ? realloc(*(void **)array, (size_t)more * size) : NULL;
  if (!bigger)
    return err_set(err, ENOMEM, "out of memory for %d entries", more);
  *(void **)array = bigger;
  *room = more;
  return 0;
}

/* --- names ------------------------------------------------------------------------- */

/* Returns whether it can be a directory name and, with a suffix, a file name. */
static bool component_fits(const char *name, size_t length)
{
  return length && length <= COMPONENT_MAX && !(length == 1 && name[0] == '.') &&
         !(length == 2 && name[0] == '.' && name[1] == '.');
}

static int check_id(const char *id, struct err *err)
{
  for (const char *at = id;; at++) {
    size_t length = strcspn(at, "/");
    if (!component_fits(at, length))
      return err_set(err, EINVAL,
                     "id '%s': expected names of 1 to %d bytes between '/', found '%.*s'",
                     id, COMPONENT_MAX, (int)length, at);
    at += length;
    if (!*at)
      return 0;
  }
}

static int check_fields(const struct scan_spec *scan, struct err *err)
{
  struct name_set names = {0};
  int rc = 0;
  if (!scan->nfields)
    return err_set(err, EINVAL, "scan '%s': expected at least one field, found none",
                   scan->id);
  for (int i = 0; i < scan->nfields && !rc; i++) {
    const char *name = scan->fields[i].name;
    if (strchr(name, '/') || !component_fits(name, strlen(name)))
      rc = err_set(err, EINVAL,
                   "scan '%s': field '%s': expected a name of 1 to %d bytes without '/'",
                   scan->id, name, COMPONENT_MAX);
    else if (name_set_find(&names, name) >= 0)
      rc = err_set(err, EINVAL, "scan '%s': two fields are named '%s'", scan->id, name);
    else if (name_set_add(&names, name, i))
      rc = err_set(err, ENOMEM, "out of memory");
  }
  name_set_free(&names);
  return rc;
}

static char *place_of(struct dataset_builder *builder, const char *id, const char *field,
                      struct err *err)
{
  return arena_printf(&builder->scratch, err, "%s/%s", id, field);
}

/* Returns 1 when the place of `id`, or of one of its fields, is taken: *other is the scan
 * that has it, *field whether a field of one scan clashes with the id of the other.  0:
 * it is free, or -1 with *err. */
static int find_clash(struct dataset_builder *builder, const char *id,
                      const struct scan_spec *scan, int *other, bool *field,
                      struct err *err)
{
  *field = false;
  if ((*other = name_set_find(&builder->ids, id)) >= 0)
    return 1;
  *field = true;
  if ((*other = name_set_find(&builder->places, id)) >= 0)
    return 1;
  for (int i = 0; i < scan->nfields; i++) {
    const char *place = place_of(builder, id, scan->fields[i].name, err);
    if (!place)
      return -1;
    if ((*other = name_set_find(&builder->ids, place)) >= 0)
      return 1;
  }
  return 0;
}

static int take_names(struct dataset_builder *builder, const struct scan_spec *scan,
                      struct err *err)
{
  if (name_set_add(&builder->ids, scan->id, builder->nscans))
    return err_set(err, ENOMEM, "out of memory");
  for (int i = 0; i < scan->nfields; i++) {
    const char *place = place_of(builder, scan->id, scan->fields[i].name, err);
    if (!place || name_set_add(&builder->places, place, builder->nscans))
      return err_set(err, ENOMEM, "out of memory");
  }
  return 0;
}

/* Settles the id: returns 0 with scan->id unique, 1 when there is no free id and the scan
 * was left out, or -1. */
static int settle_id(struct dataset_builder *builder, struct scan_spec *scan,
                     const char *longer, struct err *err)
{
  int other;
  bool field;
  int clash = find_clash(builder, scan->id, scan, &other, &field, err);
  if (clash <= 0)
    return clash;
  const char *taken = builder->scans[other].id;
  if (!longer && !field)
    return err_set(err, EINVAL, "id '%s': two scans have this id", scan->id);
  if (!longer)
    return err_set(err, EINVAL,
                   "id '%s': a field of one scan and the id of another clash "
                   "('%s' is a scan too)",
                   scan->id, taken);
  int again = find_clash(builder, longer, scan, &other, &field, err);
  if (again < 0)
    return -1;
  if (again)
    dataset_builder_ignore(builder, longer, "the names '%s' and '%s' are taken", scan->id,
                           longer);
  else
    dataset_builder_ignore(
        builder, longer,
        "its scan is named '%s', because '%s' clashes with the scan '%s'", longer,
        scan->id, taken);
  scan->id = longer;
  return again;
}

/* --- adding ------------------------------------------------------------------------ */

static int split_index(struct dataset_builder *builder, const char *name, struct err *err)
{
  for (int i = 0; i < builder->nsplits; i++)
    if (!strcmp(builder->splits[i], name))
      return i;
  if (!component_fits(name, strlen(name)) || strchr(name, '/'))
    return err_set(err, EINVAL,
                   "split '%s': expected a name of 1 to %d bytes without '/'", name,
                   COMPONENT_MAX);
  if (reserve(&builder->splits, builder->nsplits, &builder->splits_room,
              sizeof *builder->splits, err))
    return -1;
  if (!(builder->splits[builder->nsplits] = arena_strdup(builder->arena, name, err)))
    return -1;
  return builder->nsplits++;
}

static int add_member(struct dataset_builder *builder, const char *split, const char *id,
                      int scan, struct err *err)
{
  int index = split_index(builder, split, err);
  if (index < 0 || reserve(&builder->members, builder->nmembers, &builder->members_room,
                           sizeof *builder->members, err))
    return -1;
  builder->members[builder->nmembers++] = (struct membership){index, id, scan};
  return 0;
}

int dataset_builder_scan(struct dataset_builder *builder, const struct scan_spec *scan,
                         const char *longer, const char *split, struct err *err)
{
  struct scan_spec copy = *scan;
  if (check_id(scan->id, err) || (longer && check_id(longer, err)) ||
      check_fields(scan, err))
    return -1;
  int rc = settle_id(builder, &copy, longer, err);
  if (rc)
    return rc < 0 ? -1 : 0;
  struct field_spec *fields =
      arena_array(builder->arena, (size_t)scan->nfields, sizeof *fields, err);
  if (!fields || !(copy.id = arena_strdup(builder->arena, copy.id, err)))
    return -1;
  memcpy(fields, scan->fields, (size_t)scan->nfields * sizeof *fields);
  copy.fields = fields;
  copy.napart = 0;
  for (int i = 0; i < scan->nfields; i++)
    copy.napart += fields[i].has_value || fields[i].scans_only;
  if (reserve(&builder->scans, builder->nscans, &builder->scans_room,
              sizeof *builder->scans, err) ||
      take_names(builder, &copy, err))
    return -1;
  builder->scans[builder->nscans++] = copy;
  return split ? add_member(builder, split, NULL, builder->nscans - 1, err) : 0;
}

int dataset_builder_split(struct dataset_builder *builder, const char *split,
                          const char *scan_id, struct err *err)
{
  const char *id = arena_strdup(&builder->scratch, scan_id, err);
  return id ? add_member(builder, split, id, -1, err) : -1;
}

static void ignore(struct dataset_builder *builder, const char *path, bool broken,
                   const char *fmt, va_list args)
{
  char line[2 * sizeof((struct err){0}).msg];
  vsnprintf(line, sizeof line, fmt, args);
  err_one_line(line);
  char *shown = strdup(path);
  if (shown)
    err_one_line(shown);
  text_add(&builder->ignored, "%s: %s\n", shown ? shown : "?", line);
  if (broken)
    text_add(&builder->broken, "%s: %s\n", shown ? shown : "?", line);
  free(shown);
}

void dataset_builder_ignore(struct dataset_builder *builder, const char *path,
                            const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  ignore(builder, path, false, fmt, args);
  va_end(args);
}

void dataset_builder_broken(struct dataset_builder *builder, const char *path,
                            const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  ignore(builder, path, true, fmt, args);
  va_end(args);
}
