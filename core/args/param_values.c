/* Text to the value of each type: does it fit?  The sentence of the error is made where
 * the row is known. */
#include "core/args/param_values.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool param_has_min(const struct param *row)
{
  return (row->min || row->max) && row->min > INT64_MIN;
}

bool param_has_max(const struct param *row)
{
  return (row->min || row->max) && row->max >= row->min && row->max < INT64_MAX;
}

enum { NUMBERS_MAX = 65536, NAMES_MAX = 256 };

/* The first `len` bytes as a whole number, digits with a '-' before them or none. */
static bool parse_int(const char *text, size_t len, int base, int64_t *out)
{
  char copy[32], *end;
  size_t sign = len && text[0] == '-';
  if (len == sign || len >= sizeof copy)
    return false;
  if (strspn(text + sign, base == 8 ? "01234567" : "0123456789") < len - sign)
    return false;
  memcpy(copy, text, len);
  copy[len] = '\0';
  errno = 0;
  long long value = strtoll(copy, &end, base);
  *out = value;
  return !errno && !*end;
}

int param_value_parts(const char *text, char separator)
{
  int n = 1;
  for (; *text; text++)
    n += *text == separator;
  return n;
}

/* One end of a range; left out, it is `otherwise`. */
static bool parse_end(const char *text, size_t len, int64_t otherwise, int64_t *out)
{
  *out = otherwise;
  return !len || (parse_int(text, len, 10, out) && *out >= 0);
}

/* "a:b", "a:", ":b" or ":". */
static bool parse_range(const char *text, size_t len, int64_t *start, int64_t *stop)
{
  const char *colon = memchr(text, ':', len);
  if (!colon)
    return false;
  const size_t head = (size_t)(colon - text);
  return parse_end(text, head, 0, start) &&
         parse_end(colon + 1, len - head - 1, EXTENT_WHOLE, stop) &&
         (*stop == EXTENT_WHOLE || *stop > *start);
}

/* "0:100x20:80x:"; a start or stop that is left out is the axis's. */
static bool set_ranges(struct ranges *out, const char *text)
{
  struct ranges value = {.n = param_value_parts(text, 'x')};
  if (value.n > ND_MAX)
    return false;
  for (int i = 0; i < value.n; i++) {
    const size_t len = strcspn(text, "x");
    if (!parse_range(text, len, &value.start[i], &value.stop[i]))
      return false;
    text += len + 1;
  }
  *out = value;
  return true;
}

static int by_value(const void *a, const void *b)
{
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static int all_different(const int64_t *v, int n, struct err *err)
{
  int64_t *sorted = malloc((size_t)n * sizeof *sorted);
  if (!sorted)
    return err_set(err, ENOMEM, "out of memory");
  memcpy(sorted, v, (size_t)n * sizeof *sorted);
  qsort(sorted, (size_t)n, sizeof *sorted, by_value);
  int same = 0;
  for (int i = 1; i < n; i++)
    same |= sorted[i] == sorted[i - 1];
  free(sorted);
  return same;
}

bool param_value_in_range(const struct param *row, int64_t value)
{
  return (!param_has_min(row) || value >= row->min) &&
         (!param_has_max(row) || value <= row->max);
}

/* The index of a word in "a|b|c"; -1 when it is none of them. */
static int choice_index(const char *choices, const char *text, size_t len)
{
  int index = 0;
  for (const char *word = choices; word && *word; index++) {
    size_t n = strcspn(word, "|");
    if (n == len && !memcmp(word, text, len))
      return index;
    word += n + (word[n] == '|');
  }
  return -1;
}

static bool set_int(const struct param *row, int64_t *out, const char *text, int base)
{
  int64_t value;
  if (choice_index(row->choices, text, strlen(text)) >= 0)
    value = EXTENT_AUTO;
  else if (!parse_int(text, strlen(text), base, &value) ||
           !param_value_in_range(row, value))
    return false;
  *out = value;
  return true;
}

static bool set_number(const struct param *row, double *out, const char *text)
{
  char *end;
  if (!*text || text[strspn(text, "0123456789+-.eE")])
    return false;
  double value = strtod(text, &end);
  if (*end || !isfinite(value))
    return false;
  if ((param_has_min(row) && value < (double)row->min) ||
      (param_has_max(row) && value > (double)row->max))
    return false;
  *out = value;
  return true;
}

static bool set_switch(bool *out, const char *text)
{
  if (strcmp(text, "on") && strcmp(text, "off"))
    return false;
  *out = !strcmp(text, "on");
  return true;
}

static bool set_choice(const struct param *row, int *out, const char *text)
{
  int index = choice_index(row->choices, text, strlen(text));
  if (index >= 0)
    *out = index;
  return index >= 0;
}

static bool parse_extent(const struct param *row, const char *text, size_t len,
                         int64_t *out)
{
  if (choice_index(row->choices, text, len) >= 0) {
    *out = len == 1 && *text == ':' ? EXTENT_WHOLE : EXTENT_AUTO;
    return true;
  }
  return parse_int(text, len, 10, out) && param_value_in_range(row, *out) && *out >= 0;
}

static bool set_extents(const struct param *row, struct extents *out, const char *text)
{
  struct extents value = {param_value_parts(text, 'x'), {0}};
  if (value.n > ND_MAX)
    return false;
  for (int i = 0; i < value.n; i++) {
    size_t len = strcspn(text, "x");
    if (!parse_extent(row, text, len, &value.v[i]))
      return false;
    text += len + 1;
  }
  *out = value;
  return true;
}

static bool set_triple(const struct param *row, int64_t out[3], const char *text)
{
  int64_t value[3];
  for (int d = 0; d < 3; d++) {
    const size_t len = strspn(text, "0123456789");
    if (*text == '0' || !parse_int(text, len, 10, &value[d]) || value[d] > row->max)
      return false;
    if (d < 2 ? text[len] != 'x' && text[len] != '_' : text[len])
      return false;
    text += len + 1;
  }
  memcpy(out, value, sizeof value);
  return true;
}

static bool set_formats(const struct param *row, unsigned *out, const char *text)
{
  unsigned value = 0;
  for (bool more = true; more;) {
    const size_t len = strcspn(text, "+");
    const char *name;
    int i = 0;
    while ((name = row->names(i)) && (strlen(name) != len || memcmp(name, text, len)))
      i++;
    if (!name || (value & (1u << i)))
      return false;
    value |= 1u << i;
    more = text[len] == '+';
    text += len + more;
  }
  *out = value;
  return true;
}

static bool set_bytes(struct bytes *out, const char *text)
{
  size_t digits = strspn(text, "0123456789");
  const char *unit = text + digits;
  int64_t value;
  if (!parse_int(text, digits, 10, &value) || value <= 0 || strlen(unit) > 1)
    return false;
  if (*unit == '%') {
    if (value <= 100)
      *out = (struct bytes){(uint64_t)value, true, true};
    return value <= 100;
  }
  const char *units = "kmgt", *const found = *unit ? strchr(units, *unit | 0x20) : "";
  int shift = !found ? -1 : !*found ? 0 : 10 * (int)(found - units + 1);
  if (shift < 0 || value > INT64_MAX >> shift)
    return false;
  *out = (struct bytes){(uint64_t)value << shift, false, true};
  return true;
}

static bool known(const char *const *names, int n, const char *name)
{
  for (int i = 0; i < n; i++)
    if (!strcmp(names[i], name))
      return true;
  return false;
}

static int set_names(struct names *out, const char *text, struct arena *arena,
                     struct err *err)
{
  int n = param_value_parts(text, '+');
  if (n > NAMES_MAX)
    return 1;
  const char **names = arena_array(arena, (size_t)n, sizeof *names, err);
  char *rest = names ? arena_strdup(arena, text, err) : NULL;
  if (!rest)
    return -1;
  for (int i = 0; i < n; i++) {
    char *name = strsep(&rest, "+");
    if (!*name || known(names, i, name))
      return 1;
    names[i] = name;
  }
  *out = (struct names){n, names};
  return 0;
}

/* The order is kept. */
static int set_numbers(const struct param *row, struct number_list *out, const char *text,
                       struct arena *arena, struct err *err)
{
  const int n = param_value_parts(text, '+');
  if (n > NUMBERS_MAX)
    return 1;
  int64_t *v = arena_array(arena, (size_t)n, sizeof *v, err);
  if (!v)
    return -1;
  for (int i = 0; i < n; i++) {
    const size_t len = strcspn(text, "+");
    if (!parse_int(text, len, 10, &v[i]) || !param_value_in_range(row, v[i]))
      return 1;
    text += len + 1;
  }
  const int rc = all_different(v, n, err);
  if (!rc)
    *out = (struct number_list){n, v};
  return rc;
}

static int set_text(const char **out, const char *text, struct arena *arena,
                    struct err *err)
{
  if (!*text)
    return 1;
  const char *copy = arena_strdup(arena, text, err);
  if (!copy)
    return -1;
  *out = copy;
  return 0;
}

int param_value_set(const struct param *row, void *value, const char *text,
                    struct arena *arena, struct err *err)
{
  switch (row->type) {
  case PARAM_INT:
    return !set_int(row, value, text, 10);
  case PARAM_OCTAL:
    return !set_int(row, value, text, 8);
  case PARAM_NUMBER:
    return !set_number(row, value, text);
  case PARAM_SWITCH:
    return !set_switch(value, text);
  case PARAM_CHOICE:
    return !set_choice(row, value, text);
  case PARAM_EXTENTS:
    return !set_extents(row, value, text);
  case PARAM_TRIPLE:
    return !set_triple(row, value, text);
  case PARAM_RANGES:
    return !set_ranges(value, text);
  case PARAM_NUMBERS:
    return set_numbers(row, value, text, arena, err);
  case PARAM_NAMES:
    return set_names(value, text, arena, err);
  case PARAM_FORMATS:
    return !set_formats(row, value, text);
  case PARAM_BYTES:
    return !set_bytes(value, text);
  case PARAM_TEXT:
    return set_text(value, text, arena, err);
  case PARAM_STEPS:
    break; /* param.c's, which reads arguments by rows again */
  }
  return 1;
}
