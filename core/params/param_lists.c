/* Lists in the texts of parameters: ranges joined by 'x', numbers joined by '+'. */
#include "core/params/param_lists.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS_MAX = 65536 };

bool param_parse_int(const char *text, size_t len, int base, int64_t *out)
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

int param_parts(const char *text, char separator)
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
  return !len || (param_parse_int(text, len, 10, out) && *out >= 0);
}

/* "a:b", "a:", ":b" or ":". */
static bool parse_range(const char *text, size_t len, int64_t *start, int64_t *stop)
{
  const char *const colon = memchr(text, ':', len);
  if (!colon)
    return false;
  const size_t head = (size_t)(colon - text);
  return parse_end(text, head, 0, start) &&
         parse_end(colon + 1, len - head - 1, EXTENT_WHOLE, stop) &&
         (*stop == EXTENT_WHOLE || *stop > *start);
}

bool param_parse_ranges(const char *text, struct ranges *out)
{
  struct ranges value = {.n = param_parts(text, 'x')};
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
  int64_t *const sorted = malloc((size_t)n * sizeof *sorted);
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

int param_parse_numbers(const char *text, struct number_list *out, struct arena *arena,
                        struct err *err)
{
  const int n = param_parts(text, '+');
  if (n > NUMBERS_MAX)
    return 1;
  int64_t *const v = arena_array(arena, (size_t)n, sizeof *v, err);
  if (!v)
    return -1;
  for (int i = 0; i < n; i++) {
    const size_t len = strcspn(text, "+");
    if (!param_parse_int(text, len, 10, &v[i]))
      return 1;
    text += len + 1;
  }
  *out = (struct number_list){n, v};
  return all_different(v, n, err);
}
