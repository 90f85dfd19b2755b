/* Growing text, orders and matches of names: see text.h.  Everything here works on bytes
 * and never asks the locale, so that a name sorts and matches alike on every machine. */
#include "core/base/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- growing ----------------------------------------------------------------------- */

/* Makes room for `more` bytes and a NUL. */
static bool reserve(struct text *text, size_t more)
{
  if (text->failed)
    return false;
  size_t need;
  if (__builtin_add_overflow(text->size, more, &need) || need > SIZE_MAX / 4) {
    text->failed = true;
    return false;
  }
  if (need + 1 <= text->room)
    return true;
  size_t room = 2 * need + 64;
  char *data = realloc(text->data, room);
  if (!data) {
    text->failed = true;
    return false;
  }
  text->data = data;
  text->room = room;
  return true;
}

void text_add_bytes(struct text *text, const void *bytes, size_t size)
{
  if (!reserve(text, size))
    return;
  if (size)
    memcpy(text->data + text->size, bytes, size);
  text->size += size;
  text->data[text->size] = 0;
}

void text_add(struct text *text, const char *fmt, ...)
{
  va_list args, again;
  va_start(args, fmt);
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, fmt, args);
  if (length < 0) {
    text->failed = true;
  } else if (reserve(text, (size_t)length)) {
    vsnprintf(text->data + text->size, (size_t)length + 1, fmt, again);
    text->size += (size_t)length;
  }
  va_end(again);
  va_end(args);
}

int text_take(struct text *text, char **data, size_t *size, struct err *err)
{
  text_add_bytes(text, "", 0);
  if (text->failed) {
    text_free(text);
    return err_set(err, ENOMEM, "out of memory for a text");
  }
  *data = text->data;
  if (size)
    *size = text->size;
  *text = (struct text){0};
  return 0;
}

void text_free(struct text *text)
{
  free(text->data);
  *text = (struct text){0};
}

/* --- JSON -------------------------------------------------------------------------- */

/* Returns the length of the valid UTF-8 sequence at s; 0 when it is invalid (overlong
 * forms, surrogates and values past U+10FFFF are invalid). */
static size_t utf8_length(const unsigned char *s)
{
  if (s[0] < 0x80)
    return 1;
  size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
  if (s[0] < 0xc2 || s[0] > 0xf4)
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((s[i] & 0xc0) != 0x80)
      return 0;
  bool bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
             (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90);
  return bad ? 0 : n;
}

void text_add_json(struct text *text, const char *string)
{
  const unsigned char *s = (const unsigned char *)string;
  text_add_bytes(text, "\"", 1);
  while (*s) {
    size_t n = utf8_length(s);
    if (n == 0)
      text_add_bytes(text, "\xef\xbf\xbd", 3);
    else if (*s == '"' || *s == '\\')
      text_add(text, "\\%c", *s);
    else if (*s < 0x20 || *s == 0x7f)
      text_add(text, "\\u%04x", *s);
    else
      text_add_bytes(text, s, n);
    s += n ? n : 1;
  }
  text_add_bytes(text, "\"", 1);
}

int text_digits(int64_t number)
{
  int n = number < 0 ? 2 : 1;
  for (; number > 9 || number < -9; number /= 10)
    n++;
  return n;
}

void text_add_numbers(struct text *text, const int64_t *numbers, int n)
{
  text_add(text, "[");
  for (int i = 0; i < n; i++)
    text_add(text, "%s%lld", i ? ", " : "", (long long)numbers[i]);
  text_add(text, "]");
}

void text_add_csv(struct text *text, const char *field, size_t width)
{
  const bool quoted = strpbrk(field, ",\"\n\r");
  const size_t before = text->size;
  text_add(text, "%s", quoted ? "\"" : "");
  for (const char *s = field; *s; s++)
    text_add(text, quoted && *s == '"' ? "\"\"" : "%c", *s);
  while (!text->failed && text->size - before + quoted < width)
    text_add(text, " ");
  text_add(text, "%s", quoted ? "\"" : "");
}

/* --- names ------------------------------------------------------------------------- */

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

/* Steps over the run of digits at *s; returns its digits without leading zeros, and their
 * number in *length. */
static const char *number(const char **s, size_t *length)
{
  while (**s == '0')
    ++*s;
  const char *start = *s;
  while (is_digit(**s))
    ++*s;
  *length = (size_t)(*s - start);
  return start;
}

int text_natural_cmp(const char *a, const char *b)
{
  const char *whole_a = a, *whole_b = b;
  while (*a && *b) {
    if (is_digit(*a) && is_digit(*b)) {
      size_t na, nb;
      const char *da = number(&a, &na), *db = number(&b, &nb);
      if (na != nb)
        return na < nb ? -1 : 1;
      int order = memcmp(da, db, na);
      if (order)
        return order;
    } else if (*a != *b) {
      break;
    } else {
      a++, b++;
    }
  }
  int order = (unsigned char)*a - (unsigned char)*b;
  return order ? order : strcmp(whole_a, whole_b);
}

/* Returns whether the set at `set` (just past its '[') holds c.  *end: past the ']', or
 * NULL when there is none and the '[' stands for itself. */
static bool in_set(const char *set, char ch, const char **end)
{
  unsigned char c = (unsigned char)ch;
  bool negated = *set == '!' || *set == '^', found = false;
  if (negated)
    set++;
  const char *first = set;
  for (; *set && (*set != ']' || set == first); set++) {
    unsigned char from = (unsigned char)*set, to = from;
    if (set[1] == '-' && set[2] && set[2] != ']') {
      to = (unsigned char)set[2];
      set += 2;
    }
    found |= c >= from && c <= to;
  }
  *end = *set ? set + 1 : NULL;
  return found != negated;
}

/* Matches one pattern element against one byte; *next: the pattern after it. */
static bool matches_one(const char *pattern, char c, const char **next)
{
  *next = pattern + 1;
  if (*pattern == '?')
    return true;
  if (*pattern == '[') {
    const char *end;
    bool found = in_set(pattern + 1, c, &end);
    if (end) {
      *next = end;
      return found;
    }
  }
  return *pattern == c;
}

/* Only the last '*' is tried again, so the time is at most pattern times name. */
bool text_glob(const char *pattern, const char *name)
{
  const char *star = NULL, *retry = NULL;
  while (*name) {
    const char *next;
    if (*pattern == '*') {
      star = ++pattern;
      retry = name;
    } else if (*pattern && matches_one(pattern, *name, &next)) {
      pattern = next;
      name++;
    } else if (star) {
      pattern = star;
      name = ++retry;
    } else {
      return false;
    }
  }
  while (*pattern == '*')
    pattern++;
  return !*pattern;
}

enum { NEAR_MAX = 100 }; /* longer names get no suggestion */

static size_t min_size(size_t a, size_t b)
{
  return a < b ? a : b;
}

/* Returns the number of edits from a to b; two swapped neighbours ("szie") are one
 * edit. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
  size_t rows[3][NEAR_MAX + 1];
  for (size_t j = 0; j <= nb; j++)
    rows[0][j] = j;
  for (size_t i = 1; i <= na; i++) {
    size_t *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= nb; j++) {
      row[j] = up[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = min_size(row[j], 1 + min_size(up[j], row[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = min_size(row[j], up2[j - 2] + 1);
    }
  }
  return rows[na % 3][nb];
}

const char *text_nearest(const char *name, const char *const *candidates, size_t n)
{
  const char *best = NULL;
  size_t length = strlen(name), limit = length / 3 + 1;
  for (size_t i = 0; i < n && length <= NEAR_MAX; i++) {
    size_t other = strlen(candidates[i]);
    if (other > NEAR_MAX)
      continue;
    size_t edits = distance(name, length, candidates[i], other);
    if (edits < limit) {
      limit = edits;
      best = candidates[i];
    }
  }
  return best;
}

unsigned long long text_hash(unsigned long long seed, const void *bytes, size_t size)
{
  const unsigned char *p = bytes;
  uint64_t hash = 0xcbf29ce484222325u ^ seed;
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ p[i]) * 0x100000001b3u;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdu;
  hash ^= hash >> 33;
  hash *= 0xc4ceb9fe1a85ec53u;
  return hash ^ hash >> 33;
}

const char *text_end(const char *text, size_t max, char *room)
{
  size_t len = strlen(text);
  if (len <= max)
    return text;
  for (text += len - max, len = max; (*text & 0xc0) == 0x80; text++)
    len--; /* not in the middle of a character */
  memmove(room + 3, text, len + 1);
  memcpy(room, "...", 3);
  return room;
}

bool text_is_one_of(const char *const *names, size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (!strcmp(names[i], name))
      return true;
  return false;
}
