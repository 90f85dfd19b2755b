/* What a value must be, in words: for errors, for --help and for the schema. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/args/param_values.h"

__attribute__((format(printf, 3, 4))) static void append(char *buf, size_t size,
                                                         const char *fmt, ...)
{
  size_t used = strlen(buf);
  va_list args;
  va_start(args, fmt);
  vsnprintf(buf + used, size - used, fmt, args);
  va_end(args);
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

/* " or ':' or 'auto'" for the words that may stand for a number. */
static void append_words(const char *choices, char *buf, size_t size)
{
  for (const char *word = choices; word && *word;) {
    size_t len = strcspn(word, "|");
    append(buf, size, " or '%.*s'", (int)len, word);
    word += len + (word[len] == '|');
  }
}

void param_expected(const struct param *row, char *buf, size_t size)
{
  buf[0] = '\0';
  switch (row->type) {
  case PARAM_INT:
    append_integers(row, 1, buf, size);
    append_words(row->choices, buf, size);
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
  case PARAM_TRIPLE:
    append(buf, size, "3 positive integers like 4x4x4");
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
    append(buf, size, "formats of ");
    for (int i = 0; row->names(i); i++)
      append(buf, size, "%s%s", i ? "|" : "", row->names(i));
    break;
  case PARAM_STEPS:
    append(buf, size, "%s", row->steps->many);
    break;
  case PARAM_BYTES:
    append(buf, size, "a size such as 512M or 2G, or 1%% to 100%% of the memory");
    break;
  case PARAM_TEXT:
    append(buf, size, "a text that is not empty");
    break;
  }
}

void param_value_expected(const struct param *row, const char *text, char *buf,
                          size_t size)
{
  int n = param_value_parts(text, 'x');
  if (row->type != PARAM_EXTENTS || n > ND_MAX) {
    param_expected(row, buf, size);
    return;
  }
  buf[0] = '\0';
  append_integers(row, n, buf, size);
  if (text[strspn(text, "0123456789-x")])
    append_words(row->choices, buf, size);
}
