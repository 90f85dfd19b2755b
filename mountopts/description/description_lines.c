/* The positions of gather names in one scan: the values that any field of the scan has
 * for a name, in natural order, or as "order" lists them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "mountopts/description/description_grid.h"

static int add_value(struct line *line, const char *value, struct err *err)
{
  /* files come in order, so the value is mostly that of the file before, or a new one */
  if (line->ndistinct && !strcmp(line->distinct[line->ndistinct - 1], value))
    return 0;
  if (name_set_find(&line->known, value) >= 0)
    return 0;
  if (line->ndistinct == line->room) {
    const int room = line->room ? 2 * line->room : 64;
    const char **bigger = realloc(line->distinct, (size_t)room * sizeof *line->distinct);
    if (!bigger)
      return err_set(err, ENOMEM, "out of memory for %d names", room);
    line->distinct = bigger;
    line->room = room;
  }
  line->distinct[line->ndistinct] = value;
  if (name_set_add(&line->known, value, line->ndistinct))
    return err_set(err, ENOMEM, "out of memory for %d names", line->ndistinct);
  line->ndistinct++;
  return 0;
}

struct ranked {
  const char *value;
  int number;
};

static int by_natural_order(const void *a, const void *b)
{
  return text_natural_cmp(((const struct ranked *)a)->value,
                          ((const struct ranked *)b)->value);
}

static bool is_sorted(const struct ranked *list, int n)
{
  for (int i = 1; i < n; i++)
    if (by_natural_order(&list[i - 1], &list[i]) > 0)
      return false;
  return true;
}

/* Makes room for n positions; -1: *err. */
static int make_positions(const struct grid *grid, struct line *line, int64_t n,
                          const char ***values, struct err *err)
{
  *values = arena_array(grid->entry->desc->arena, (size_t)n, sizeof **values, err);
  line->at = calloc((size_t)n + 1, sizeof *line->at);
  line->values = *values;
  line->n = n;
  if (!line->at)
    err_set(err, ENOMEM, "out of memory for %lld places", (long long)n);
  return *values && line->at ? 0 : -1;
}

static int order_naturally(const struct grid *grid, struct line *line, struct err *err)
{
  const int n = line->ndistinct;
  const char **values;
  CLEANUP_FREE struct ranked *list = calloc((size_t)n + 1, sizeof *list);
  if (!list)
    return err_set(err, ENOMEM, "out of memory for %d names", n);
  for (int i = 0; i < n; i++)
    list[i] = (struct ranked){line->distinct[i], i};
  if (!is_sorted(list, n))
    qsort(list, (size_t)n, sizeof *list, by_natural_order);
  if (make_positions(grid, line, n, &values, err))
    return -1;
  for (int i = 0; i < n; i++) {
    line->at[i] = list[i].number;
    if (!(values[i] = arena_strdup(grid->entry->desc->arena, list[i].value, err)))
      return -1;
  }
  return 0;
}

static const char *without_zeros(const char *digits)
{
  const char *from = digits + strspn(digits, "0");
  return *from ? from : digits + (from > digits);
}

static bool is_number(const char *text)
{
  return *text && !text[strspn(text, "0123456789")];
}

/* The values that are numbers, found by their text without leading zeros. */
struct by_number {
  struct name_set known, twice; /* twice: the numbers that two values stand for */
};

static int find_numbers(const struct line *line, struct by_number *out, struct err *err)
{
  int rc = 0;
  for (int i = 0; i < line->ndistinct && !rc; i++) {
    if (!is_number(line->distinct[i]))
      continue;
    const char *digits = without_zeros(line->distinct[i]);
    struct name_set *set =
        name_set_find(&out->known, digits) >= 0 ? &out->twice : &out->known;
    rc = name_set_add(set, digits, i);
  }
  return rc ? err_set(err, ENOMEM, "out of memory for names") : 0;
}

/* Returns the number of the value that an element of "order" means; -1: no file has it,
 * or -2 with *err. */
static int find_ordered(const struct line *line, const struct by_number *numbers,
                        const struct order_value *value, struct err *err)
{
  const int exact = name_set_find(&line->known, value->text);
  if (exact >= 0 || !value->number)
    return exact;
  const char *digits = without_zeros(value->text);
  const int one = name_set_find(&numbers->known, digits),
            other = name_set_find(&numbers->twice, digits);
  if (other < 0)
    return one;
  err_set(err, EINVAL, "the number %s of \"order\" stands for '%s' and for '%s'",
          value->text, line->distinct[one], line->distinct[other]);
  return -2;
}

static int order_as_said(const struct grid *grid, struct line *line,
                         const struct gather_name *name, struct err *err)
{
  const char **values;
  struct by_number numbers = {{0}, {0}};
  line->placed = calloc((size_t)line->ndistinct + 1, sizeof *line->placed);
  if (!line->placed)
    return err_set(err, ENOMEM, "out of memory for %d names", line->ndistinct);
  int rc = find_numbers(line, &numbers, err) ||
                   make_positions(grid, line, name->norder, &values, err)
               ? -1
               : 0;
  for (int64_t i = 0; i < name->norder && !rc; i++) {
    const int at = find_ordered(line, &numbers, &name->order[i], err);
    rc = at < -1 ? -1 : 0;
    line->at[i] = at;
    if (at >= 0)
      line->placed[at] = true;
    values[i] = at < 0 ? name->order[i].text
                       : arena_strdup(grid->entry->desc->arena, line->distinct[at], err);
    rc = values[i] ? rc : -1;
  }
  name_set_free(&numbers.known);
  name_set_free(&numbers.twice);
  return rc;
}

static int fill_line(struct grid *grid, int name, const struct found *const *found,
                     size_t n, struct err *err)
{
  struct line *line = &grid->lines[name];
  const struct gather_name *gather = &grid->entry->gather[name];
  for (size_t i = 0; i < n; i++) {
    const char *value = found_value(grid->entry, found[i], name);
    if (value && add_value(line, value, err))
      return -1;
  }
  return gather->norder ? order_as_said(grid, line, gather, err)
                        : order_naturally(grid, line, err);
}

struct grid *grid_new(const struct entry *entry, const char *id,
                      const struct found *const *found, size_t n, struct err *err)
{
  struct grid *grid = calloc(1, sizeof *grid);
  if (!grid) {
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  grid->entry = entry;
  grid->id = id;
  for (int i = 0; i < entry->ngather; i++)
    if (fill_line(grid, i, found, n, err)) {
      grid_free(grid);
      return NULL;
    }
  return grid;
}

void grid_free(struct grid *grid)
{
  for (int i = 0; grid && i < GATHER_AXES_MAX; i++) {
    name_set_free(&grid->lines[i].known);
    free(grid->lines[i].distinct);
    free(grid->lines[i].at);
    free(grid->lines[i].placed);
  }
  free(grid);
}
