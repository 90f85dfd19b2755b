/* The one engine behind every parameter: text to a field of a struct, as a row says.
 *
 * Each type has a parser that tells only whether the text fits; the sentence of the error
 * is made in one place, from the same row that --help and the schema are printed from.
 * Numbers are read strictly (no blanks, no hexadecimal, no "inf"), so that a typing error
 * is never taken for one. */
#include "core/params/param.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/augment/augment.h"
#include "core/base/text.h"
#include "core/encoding/encoding.h"
#include "core/params/param_lists.h"
#include "core/transform/transform.h"

enum { FOUND_MAX = 60, NAMES_MAX = 256 };

const struct param *param_find(const struct param *table, size_t n, const char *key,
                               unsigned kinds)
{
  for (size_t i = 0; i < n; i++)
    if (!strcmp(table[i].key, key) && (!kinds || (table[i].kinds & kinds)))
      return &table[i];
  return NULL;
}

/* --- what a value must be -------------------------------------------------------------
 */

__attribute__((format(printf, 3, 4))) static void append(char *buf, size_t size,
                                                         const char *fmt, ...)
{
  size_t used = strlen(buf);
  va_list args;
  va_start(args, fmt);
  vsnprintf(buf + used, size - used, fmt, args);
  va_end(args);
}

bool param_has_min(const struct param *row)
{
  return (row->min || row->max) && row->min > INT64_MIN;
}

bool param_has_max(const struct param *row)
{
  return (row->min || row->max) && row->max >= row->min && row->max < INT64_MAX;
}

/* Limits that nobody meets are not worth a word. */
static bool says_max(const struct param *row)
{
  return param_has_max(row) && row->max < INT32_MAX;
}

static void append_range(const struct param *row, char *buf, size_t size)
{
  bool octal = row->type == PARAM_OCTAL;
  char min[24], max[24];
  snprintf(min, sizeof min, octal ? "%llo" : "%lld", (long long)row->min);
  snprintf(max, sizeof max, octal ? "%llo" : "%lld", (long long)row->max);
  if (param_has_min(row) && says_max(row))
    append(buf, size, " from %s to %s", min, max);
  else if (param_has_min(row))
    append(buf, size, " of %s or more", min);
  else if (says_max(row))
    append(buf, size, " of %s or less", max);
}

/* n integers in the row's range: "3 positive integers", "an integer from 0 to 9"; 0: any
 * number of them. */
static void append_integers(const struct param *row, int n, char *buf, size_t size)
{
  bool positive = row->min == 1 && !says_max(row);
  if (n == 1)
    append(buf, size, positive ? "a positive integer" : "an integer");
  else if (n)
    append(buf, size, "%d %s", n, positive ? "positive integers" : "integers");
  else
    append(buf, size, positive ? "positive integers" : "integers");
  if (!positive)
    append_range(row, buf, size);
}

/* " or ':' or 'auto'" for the words that may stand for an extent. */
static void append_words(const char *choices, char *buf, size_t size)
{
  for (const char *word = choices; word && *word;) {
    size_t len = strcspn(word, "|");
    append(buf, size, " or '%.*s'", (int)len, word);
    word += len + (word[len] == '|');
  }
}

static void append_formats(char *buf, size_t size)
{
  append(buf, size, "formats of ");
  for (int i = 0; encodings[i]; i++)
    append(buf, size, "%s%s", i ? "|" : "", encodings[i]->ext);
}

void param_expected(const struct param *row, char *buf, size_t size)
{
  buf[0] = '\0';
  switch (row->type) {
  case PARAM_INT:
    append_integers(row, 1, buf, size);
    break;
  case PARAM_OCTAL:
    append(buf, size, "an octal number");
    append_range(row, buf, size);
    break;
  case PARAM_NUMBER:
    append(buf, size, "a number");
    append_range(row, buf, size);
    break;
  case PARAM_SWITCH:
    append(buf, size, "on or off");
    break;
  case PARAM_CHOICE:
    append(buf, size, "one of %s", row->choices);
    break;
  case PARAM_EXTENTS:
    append_integers(row, 0, buf, size);
    append_words(row->choices, buf, size);
    append(buf, size, ", one per axis or one for all");
    break;
  case PARAM_RANGES:
    append(buf, size, "ranges start:stop, one per axis or one for all");
    break;
  case PARAM_NUMBERS:
    append(buf, size, "different ");
    append_integers(row, 0, buf, size);
    break;
  case PARAM_NAMES:
    append(buf, size, "different names");
    break;
  case PARAM_FORMATS:
    append_formats(buf, size);
    break;
  case PARAM_TRANSFORMS:
    append(buf, size, "transforms");
    break;
  case PARAM_AUGMENT:
    append(buf, size, "augmentations");
    break;
  case PARAM_BYTES:
    append(buf, size, "a size such as 512M or 2G, or 1%% to 100%% of the memory");
    break;
  case PARAM_TEXT:
    append(buf, size, "a text that is not empty");
    break;
  }
}

/* --- text to values: does it fit? -----------------------------------------------------
 */

static bool in_range(const struct param *row, int64_t value)
{
  return (!param_has_min(row) || value >= row->min) &&
         (!param_has_max(row) || value <= row->max);
}

static bool set_int(const struct param *row, int64_t *out, const char *text, int base)
{
  int64_t value;
  if (!param_parse_int(text, strlen(text), base, &value) || !in_range(row, value))
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
  return param_parse_int(text, len, 10, out) && in_range(row, *out) && *out >= 0;
}

static bool set_extents(const struct param *row, struct extents *out, const char *text)
{
  struct extents value = {param_parts(text, 'x'), {0}};
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

static bool set_formats(unsigned *out, const char *text)
{
  unsigned value = 0;
  for (bool more = true; more;) {
    size_t len = strcspn(text, "+");
    int i = 0;
    while (encodings[i] &&
           (strlen(encodings[i]->ext) != len || memcmp(encodings[i]->ext, text, len)))
      i++;
    if (!encodings[i] || (value & (1u << i)))
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
  const char *const unit = text + digits;
  int64_t value;
  if (!param_parse_int(text, digits, 10, &value) || value <= 0 || strlen(unit) > 1)
    return false;
  if (*unit == '%') {
    if (value <= 100)
      *out = (struct bytes){(uint64_t)value, true, true};
    return value <= 100;
  }
  const char *const units = "kmgt", *const found =
                                        *unit ? strchr(units, *unit | 0x20) : "";
  int shift = !found ? -1 : !*found ? 0 : 10 * (int)(found - units + 1);
  if (shift < 0 || value > INT64_MAX >> shift)
    return false;
  *out = (struct bytes){(uint64_t)value << shift, false, true};
  return true;
}

/* --- values that need memory: 0, -1 with *err set, or 1 when the text does not fit -----
 */

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
  int n = param_parts(text, '+');
  if (n > NAMES_MAX)
    return 1;
  const char **const names = arena_array(arena, (size_t)n, sizeof *names, err);
  char *rest = names ? arena_strdup(arena, text, err) : NULL;
  if (!rest)
    return -1;
  for (int i = 0; i < n; i++) {
    char *const name = strsep(&rest, "+");
    if (!*name || known(names, i, name))
      return 1;
    names[i] = name;
  }
  *out = (struct names){n, names};
  return 0;
}

static int set_numbers(const struct param *row, struct numbers *out, const char *text,
                       struct arena *arena, struct err *err)
{
  struct numbers numbers;
  const int result = param_parse_numbers(text, &numbers, arena, err);
  if (result)
    return result;
  for (int i = 0; i < numbers.n; i++)
    if (!in_range(row, numbers.v[i]))
      return 1;
  *out = numbers;
  return 0;
}

static int set_text(const char **out, const char *text, struct arena *arena,
                    struct err *err)
{
  if (!*text)
    return 1;
  const char *const copy = arena_strdup(arena, text, err);
  if (!copy)
    return -1;
  *out = copy;
  return 0;
}

/* 0, -1 with *err set, or 1: the caller says what was expected. */
static int set_value(const struct param *row, void *field, const char *text,
                     struct arena *arena, struct err *err)
{
  switch (row->type) {
  case PARAM_INT:
    return !set_int(row, field, text, 10);
  case PARAM_OCTAL:
    return !set_int(row, field, text, 8);
  case PARAM_NUMBER:
    return !set_number(row, field, text);
  case PARAM_SWITCH:
    return !set_switch(field, text);
  case PARAM_CHOICE:
    return !set_choice(row, field, text);
  case PARAM_EXTENTS:
    return !set_extents(row, field, text);
  case PARAM_RANGES:
    return !param_parse_ranges(text, field);
  case PARAM_NUMBERS:
    return set_numbers(row, field, text, arena, err);
  case PARAM_NAMES:
    return set_names(field, text, arena, err);
  case PARAM_FORMATS:
    return !set_formats(field, text);
  case PARAM_TRANSFORMS:
    return transform_parse(text, arena, field, err);
  case PARAM_AUGMENT:
    return augment_parse(text, arena, field, err);
  case PARAM_BYTES:
    return !set_bytes(field, text);
  case PARAM_TEXT:
    return set_text(field, text, arena, err);
  }
  return 1;
}

/* As param_expected(), but with the number of axes that the user wrote; who wrote numbers
 * is not told about words. */
static void expected_here(const struct param *row, const char *text, char *buf,
                          size_t size)
{
  int n = param_parts(text, 'x');
  if (row->type != PARAM_EXTENTS || n > ND_MAX) {
    param_expected(row, buf, size);
    return;
  }
  buf[0] = '\0';
  append_integers(row, n, buf, size);
  if (text[strspn(text, "0123456789-x")])
    append_words(row->choices, buf, size);
}

int param_set(const struct param *row, void *target, const char *text, const char *found,
              struct arena *arena, struct err *err)
{
  int result = set_value(row, (char *)target + row->offset, text, arena, err);
  if (result <= 0)
    return result;
  char expected[300];
  expected_here(row, text, expected, sizeof expected);
  if (found)
    return err_set(err, EINVAL, "expected %s, found %.*s", expected, FOUND_MAX, found);
  return err_set(err, EINVAL, "expected %s, found '%.*s%s'", expected, FOUND_MAX, text,
                 strlen(text) > FOUND_MAX ? "..." : "");
}

int param_defaults(const struct param *table, size_t n, unsigned kinds, void *target,
                   struct arena *arena, struct err *err)
{
  for (size_t i = 0; i < n; i++) {
    if (!table[i].def || (kinds && !(table[i].kinds & kinds)))
      continue;
    if (param_set(&table[i], target, table[i].def, NULL, arena, err))
      return err_prefix(err, "%s", table[i].key);
  }
  return 0;
}

int param_unknown(const struct param *table, size_t n, const char *key, unsigned kinds,
                  struct err *err)
{
  const char *keys[PARAM_ROWS_MAX] = {0};
  size_t nkeys = 0;
  assert(n <= PARAM_ROWS_MAX);
  for (size_t i = 0; i < n; i++)
    if (!kinds || (table[i].kinds & kinds))
      keys[nkeys++] = table[i].key;
  const char *const nearest = text_nearest(key, keys, nkeys);
  if (nearest)
    return err_set(err, EINVAL, "unknown key '%.*s'; did you mean '%s'?", FOUND_MAX, key,
                   nearest);
  char list[300] = "";
  for (size_t i = 0; i < nkeys; i++)
    append(list, sizeof list, "%s%s", i ? ", " : "", keys[i]);
  return err_set(err, EINVAL, "unknown key '%.*s'; there are %s", FOUND_MAX, key, list);
}
