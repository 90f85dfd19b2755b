/* Values back to text, and hashed: a new type of value has a case in both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/args/param_values.h"

/* --- text -------------------------------------------------------------------------- */

/* As few digits as give the same number back; without '+', which joins lists. */
static void print_number(double value, struct text *out)
{
  char text[40];
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value)
      break;
  }
  char *plus = strchr(text, '+');
  if (plus)
    memmove(plus, plus + 1, strlen(plus));
  text_add(out, "%s", text);
}

static void print_extents(const struct extents *extents, struct text *out)
{
  for (int d = 0; d < extents->n; d++) {
    text_add(out, "%s", d ? "x" : "");
    if (extents->v[d] >= 0)
      text_add(out, "%lld", (long long)extents->v[d]);
    else
      text_add(out, "%s", extents->v[d] == EXTENT_WHOLE ? ":" : "auto");
  }
}

static void print_ranges(const struct ranges *ranges, struct text *out)
{
  for (int d = 0; d < ranges->n; d++) {
    text_add(out, "%s%lld:", d ? "x" : "", (long long)ranges->start[d]);
    if (ranges->stop[d] != EXTENT_WHOLE)
      text_add(out, "%lld", (long long)ranges->stop[d]);
  }
}

static void print_steps(const struct step_table *table, const struct step_list *list,
                        struct text *out)
{
  for (int i = 0; i < list->n; i++) {
    const struct step *step = &list->steps[i];
    const struct step_type *type = step->type;
    const struct step_args *words = type->params ? NULL : step->args;
    if (i)
      text_add(out, "%c", step->group == step[-1].group ? table->within : '+');
    text_add(out, "%s", type->name);
    for (size_t p = 0; p < type->nparams; p++) {
      text_add(out, "%c%s=", table->joint, type->params[p].key);
      param_print(&type->params[p], step->args, out);
    }
    for (int w = 0; words && w < words->n; w++)
      text_add(out, "%c%s", table->joint, words->text[w]);
  }
}

void param_print(const struct param *row, const void *target, struct text *out)
{
  const void *value = (const char *)target + row->offset;
  const int64_t *whole = value;
  switch (row->type) {
  case PARAM_INT:
  case PARAM_OCTAL:
    if (param_value_in_range(row, *whole))
      text_add(out, row->type == PARAM_INT ? "%lld" : "%llo", (long long)*whole);
    return;
  case PARAM_NUMBER:
    print_number(*(const double *)value, out);
    return;
  case PARAM_SWITCH:
    text_add(out, "%s", *(const bool *)value ? "on" : "off");
    return;
  case PARAM_CHOICE: {
    const char *word = row->choices;
    const int index = *(const int *)value;
    for (int i = 0; i < index; i++)
      word = strchr(word, '|') + 1;
    if (index >= 0)
      text_add(out, "%.*s", (int)strcspn(word, "|"), word);
    return;
  }
  case PARAM_EXTENTS:
    print_extents(value, out);
    return;
  case PARAM_TRIPLE:
    text_add(out, "%lldx%lldx%lld", (long long)whole[0], (long long)whole[1],
             (long long)whole[2]);
    return;
  case PARAM_RANGES:
    print_ranges(value, out);
    return;
  case PARAM_NUMBERS: {
    const struct number_list *numbers = value;
    for (int i = 0; i < numbers->n; i++)
      text_add(out, "%s%lld", i ? "+" : "", (long long)numbers->v[i]);
    return;
  }
  case PARAM_NAMES: {
    const struct names *names = value;
    for (int i = 0; i < names->n; i++)
      text_add(out, "%s%s", i ? "+" : "", names->name[i]);
    return;
  }
  case PARAM_FORMATS: {
    const unsigned formats = *(const unsigned *)value;
    for (int i = 0; row->names(i); i++)
      if (formats >> i & 1)
        text_add(out, "%s%s", formats & ((1u << i) - 1) ? "+" : "", row->names(i));
    return;
  }
  case PARAM_STEPS:
    print_steps(row->steps, value, out);
    return;
  case PARAM_BYTES: {
    const struct bytes *bytes = value;
    if (bytes->given)
      text_add(out, "%llu%s", (unsigned long long)bytes->value,
               bytes->percent ? "%" : "");
    return;
  }
  case PARAM_TEXT:
    if (*(const char *const *)value)
      text_add(out, "%s", *(const char *const *)value);
    return;
  }
}

/* --- hashes ------------------------------------------------------------------------ */

static uint64_t hash_text(const char *text, uint64_t key)
{
  return text_hash(key, text, strlen(text) + 1);
}

/* A number is hashed as what it is, "1.0" as "1"; "order=1" wherever it stands among such
 * words, whose order means nothing. */
static uint64_t hash_words(const struct step_args *words, uint64_t key)
{
  uint64_t named = 0;
  double number;
  for (int i = 0; i < words->n; i++)
    if (step_number(words->text[i], &number))
      key = text_hash(key, &number, sizeof number);
    else if (strchr(words->text[i], '='))
      named += hash_text(words->text[i], 0);
    else
      key = hash_text(words->text[i], key);
  return text_hash(key, &named, sizeof named);
}

uint64_t param_step_key(const struct step *step)
{
  const struct step_type *type = step->type;
  uint64_t key = hash_text(type->name, 0);
  for (size_t i = 0; i < type->nparams; i++)
    key = param_hash(&type->params[i], step->args, key);
  return type->params ? key : hash_words(step->args, key);
}

bool param_points(const struct param *row, const void *target)
{
  const void *value = (const char *)target + row->offset;
  switch (row->type) {
  case PARAM_NUMBERS:
    return ((const struct number_list *)value)->n;
  case PARAM_NAMES:
    return ((const struct names *)value)->n;
  case PARAM_STEPS:
    return ((const struct step_list *)value)->n;
  case PARAM_TEXT:
    return *(const char *const *)value;
  default:
    return false;
  }
}

uint64_t param_hash(const struct param *row, const void *target, uint64_t seed)
{
  const void *value = (const char *)target + row->offset;
  switch (row->type) {
  case PARAM_INT:
  case PARAM_OCTAL:
    return text_hash(seed, value, sizeof(int64_t));
  case PARAM_NUMBER:
    return text_hash(seed, value, sizeof(double));
  case PARAM_SWITCH:
    return text_hash(seed, value, sizeof(bool));
  case PARAM_CHOICE:
    return text_hash(seed, value, sizeof(int));
  case PARAM_FORMATS:
    return text_hash(seed, value, sizeof(unsigned));
  case PARAM_TRIPLE:
    return text_hash(seed, value, 3 * sizeof(int64_t));
  case PARAM_EXTENTS: {
    const struct extents *extents = value;
    return text_hash(seed, extents->v, sizeof *extents->v * (size_t)extents->n);
  }
  case PARAM_RANGES: {
    const struct ranges *ranges = value;
    const size_t size = sizeof *ranges->start * (size_t)ranges->n;
    return text_hash(text_hash(seed, ranges->start, size), ranges->stop, size);
  }
  case PARAM_NUMBERS: {
    const struct number_list *numbers = value;
    return text_hash(seed, numbers->v, sizeof *numbers->v * (size_t)numbers->n);
  }
  case PARAM_NAMES: {
    const struct names *names = value;
    for (int i = 0; i < names->n; i++)
      seed = hash_text(names->name[i], seed);
    return text_hash(seed, &names->n, sizeof names->n);
  }
  case PARAM_STEPS: {
    const struct step_list *list = value;
    for (int i = 0; i < list->n; i++) {
      const uint64_t step[] = {list->steps[i].key, (uint64_t)list->steps[i].group};
      seed = text_hash(seed, step, sizeof step);
    }
    return text_hash(seed, &list->n, sizeof list->n);
  }
  case PARAM_BYTES: {
    const struct bytes *bytes = value;
    const uint64_t all[] = {bytes->value, bytes->percent, bytes->given};
    return text_hash(seed, all, sizeof all);
  }
  case PARAM_TEXT: {
    const char *text = *(const char *const *)value;
    return text ? hash_text(text, seed) : text_hash(seed, "", 0);
  }
  }
  return seed;
}
