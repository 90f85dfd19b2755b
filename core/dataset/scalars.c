/* Values beside the arrays of a scan. */
#include "core/dataset/scalars.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/dataset/name_set.h"

enum { NUMBER_MAX = 32 };

/* The shortest spelling that is read back as the same number; returns its length. */
static int number_text(double value, char out[NUMBER_MAX])
{
  int length = 0;
  for (int digits = 15; digits <= 17; digits++) {
    length = snprintf(out, NUMBER_MAX, "%.*g", digits, value);
    if (strtod(out, NULL) == value)
      break;
  }
  if (fabs(value) <= 0x1p53 && value == trunc(value))
    length = snprintf(out, NUMBER_MAX, "%lld", (long long)value);
  return length;
}

int scalars_find(struct dataset_spec *out, struct arena *arena, struct err *err)
{
  struct scalar_column *columns = NULL;
  struct name_set names = {0};
  int n = 0, room = 0, rc = 0;
  char number[NUMBER_MAX];
  for (int s = 0; s < out->nscans; s++)
    for (int f = 0; f < out->scans[s].nfields && !rc; f++) {
      const struct field_spec *field = &out->scans[s].fields[f];
      if (!field->has_value)
        continue;
      int at = name_set_find(&names, field->name);
      if (at < 0) {
        if (n == room) {
          struct scalar_column *more =
              arena_array(arena, (size_t)(room = 2 * room + 4), sizeof *more, err);
          if (more && n)
            memcpy(more, columns, (size_t)n * sizeof *more);
          if (!(columns = more)) {
            rc = -1;
            break;
          }
        }
        at = n++;
        columns[at] = (struct scalar_column){.name = field->name};
        if (name_set_add(&names, field->name, at))
          rc = err_set(err, ENOMEM, "out of memory");
      }
      const int width = field->text ? 0 : number_text(field->value, number);
      if (columns[at].width < width)
        columns[at].width = width;
    }
  name_set_free(&names);
  out->nscalars = rc ? 0 : n;
  out->scalars = columns;
  return rc;
}

const struct field_spec *scalar_of(const struct scan_spec *scan, const char *name)
{
  for (int f = 0; f < scan->nfields; f++)
    if (scan->fields[f].has_value && !strcmp(scan->fields[f].name, name))
      return &scan->fields[f];
  return NULL;
}

void scalar_json(const struct field_spec *field, struct text *out)
{
  char number[NUMBER_MAX];
  if (field->text) {
    text_add_json(out, field->text);
    return;
  }
  number_text(field->value, number);
  text_add(out, "%s", number);
}

void scalar_csv(const struct scan_spec *scan, const struct scalar_column *column,
                struct text *out)
{
  const struct field_spec *field = scalar_of(scan, column->name);
  char number[NUMBER_MAX];
  if (field && field->text) {
    text_add_csv(out, field->text, 0);
  } else if (field) {
    number_text(field->value, number);
    text_add(out, "%*s", column->width, number);
  }
}

static int by_number(const void *a, const void *b)
{
  const int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

const char *scan_split(const struct dataset_spec *spec, int scan, int i)
{
  for (int s = 0; s < spec->nsplits; s++) {
    const struct split_spec *split = &spec->splits[s];
    if (split->nscans &&
        bsearch(&scan, split->scans, (size_t)split->nscans, sizeof scan, by_number) &&
        i-- == 0)
      return split->name;
  }
  return NULL;
}
