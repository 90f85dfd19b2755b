/* Problems of a description: the place as a dotted path, the value found as JSON on one
 * line, the nearest known key. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/text.h"
#include "mountopts/description/description_entry.h"

/* Words of the format that this version does not support: it recognises them only to say
 * so. */
static const char *const later_words[] = {"samples", "batches", "predictions",
                                          "stitched"};
enum { LATER_WORDS = sizeof later_words / sizeof *later_words };

struct where where_at(const struct where *up, const char *key)
{
  return (struct where){up, key, 0};
}

static void add_where(struct text *text, const struct where *where)
{
  if (where->up)
    add_where(text, where->up);
  if (!where->key)
    text_add(text, "[%zu]", where->index);
  else
    text_add(text, "%s%s", where->up ? "." : "", where->key);
}

void where_problem(const struct description *desc, const struct where *where,
                   const char *fmt, ...)
{
  char message[1024];
  va_list args;
  va_start(args, fmt);
  vsnprintf(message, sizeof message, fmt, args);
  va_end(args);
  struct text path = {0};
  if (where)
    add_where(&path, where);
  problems_add(desc->problems, "%s: %.200s%s%s", desc->file, path.data ? path.data : "",
               path.data ? ": " : "", message);
  text_free(&path);
}

const char *json_found(const json_t *value, char buf[FOUND_TEXT])
{
  CLEANUP_FREE char *whole =
      value ? json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12)) : NULL;
  const char *text = whole ? whole : "nothing";
  size_t len = strlen(text);
  if (len >= FOUND_TEXT - 3) {
    len = FOUND_TEXT - 7;
    while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
      len--;
    snprintf(buf, FOUND_TEXT, "%.*s...", (int)len, text);
  } else {
    snprintf(buf, FOUND_TEXT, "%s", text);
  }
  return buf;
}

void where_expected(const struct description *desc, const struct where *where,
                    const char *what, const json_t *value)
{
  char found[FOUND_TEXT];
  where_problem(desc, where, "expected %s, found %s", what, json_found(value, found));
}

bool description_later(const char *word)
{
  for (size_t i = 0; i < LATER_WORDS; i++)
    if (!strcmp(later_words[i], word))
      return true;
  return false;
}

void where_unknown(const struct description *desc, const struct where *where,
                   const char *what, const char *name, const char *const *known, size_t n)
{
  if (description_later(name)) {
    where_problem(desc, where, "%s '%s' is not supported by this version", what, name);
    return;
  }
  const char *nearest = text_nearest(name, known, n);
  if (nearest) {
    where_problem(desc, where, "unknown %s '%.60s'; did you mean '%s'?", what, name,
                  nearest);
    return;
  }
  struct text list = {0};
  for (size_t i = 0; i < n; i++)
    text_add(&list, "%s%s", i ? ", " : "", known[i]);
  where_problem(desc, where, "unknown %s '%.60s'; there are %s", what, name,
                list.data ? list.data : "none");
  text_free(&list);
}

void where_keys(const struct description *desc, const struct where *where,
                const json_t *object, const char *const *known, size_t n)
{
  for (void *it = json_object_iter((json_t *)(uintptr_t)object); it;
       it = json_object_iter_next((json_t *)(uintptr_t)object, it))
    if (!text_is_one_of(known, n, json_object_iter_key(it)))
      where_unknown(desc, where, "key", json_object_iter_key(it), known, n);
}

const char *where_string(const struct description *desc, const struct where *where,
                         const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  const char *text = json_string_value(value);
  if (text && *text)
    return text;
  if (value)
    where_expected(desc, &(struct where){where, key, 0}, "a text", value);
  return NULL;
}

void entry_field_problem(const struct entry *entry, int field, const char *fmt, ...)
{
  const struct where fields = {entry->where, "fields", 0};
  const struct where where = {&fields, entry->plans[field].spec.name, 0};
  char message[1000];
  va_list args;
  va_start(args, fmt);
  vsnprintf(message, sizeof message, fmt, args);
  va_end(args);
  where_problem(entry->desc, &where, "%s", message);
}
