/* Fills in patterns as PyTC's own format() does.  Names other than row and column are not
 * replaced, because a path may have braces of its own. */
#include "core/dataset/tile_grid.h"

#include <stdio.h>
#include <string.h>

static const char both[] = "{row}_{column}";

/* Appends at *used; returns false when it does not fit. */
static bool append(char room[PATH_MAX], size_t *used, const char *text, size_t n)
{
  if (n >= PATH_MAX - *used)
    return false;
  memcpy(room + *used, text, n);
  *used += n;
  room[*used] = '\0';
  return true;
}

/* Returns the number whose name the text begins with, and the length of the name in
 * *skip; NULL when it begins with none. */
static const int64_t *name_at(const char *text, const int64_t *row, const int64_t *column,
                              size_t *skip)
{
  *skip = strlen("{row}");
  if (!strncmp(text, "{row}", *skip))
    return row;
  *skip = strlen("{column}");
  return strncmp(text, "{column}", *skip) ? NULL : column;
}

static bool fill(const char *pattern, int64_t row, int64_t column, char room[PATH_MAX])
{
  size_t used = 0;
  while (*pattern) {
    size_t skip;
    const int64_t *number = name_at(pattern, &row, &column, &skip);
    char digits[24];
    if (number)
      snprintf(digits, sizeof digits, "%lld", (long long)*number);
    else
      skip = 1 + strcspn(pattern + 1, "{");
    const char *text = number ? digits : pattern;
    if (!append(room, &used, text, number ? strlen(digits) : skip))
      return false;
    pattern += skip;
  }
  return true;
}

bool tile_grid_piece(const void *ctx, int64_t number, char room[PATH_MAX],
                     struct piece *out)
{
  const struct tile_grid *grid = ctx;
  const int64_t column = grid->first_column + number % grid->columns;
  const int64_t row = grid->first_row + number / grid->columns % grid->rows;
  const char *pattern = grid->patterns[number / grid->columns / grid->rows];
  *out = (struct piece){.path = pattern};
  if (!strstr(pattern, both))
    return true;
  out->path = room;
  return fill(pattern, row, column, room);
}
