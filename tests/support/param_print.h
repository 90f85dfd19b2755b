/* Values of parameters back to text, for tests of what was read. */
#ifndef TESSERAFS_PARAM_PRINT_H
#define TESSERAFS_PARAM_PRINT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/args/param_values.h"

/* As few digits as give the same number back; without '+', which joins lists. */
static inline void print_number(double value, struct text *out)
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

static inline void print_extents(const struct extents *extents, struct text *out)
{
  for (int d = 0; d < extents->n; d++) {
    text_add(out, "%s", d ? "x" : "");
    if (extents->v[d] >= 0)
      text_add(out, "%lld", (long long)extents->v[d]);
    else
      text_add(out, "%s", extents->v[d] == EXTENT_WHOLE ? ":" : "auto");
  }
}

static inline void print_ranges(const struct ranges *ranges, struct text *out)
{
  for (int d = 0; d < ranges->n; d++) {
    text_add(out, "%s%lld:", d ? "x" : "", (long long)ranges->start[d]);
    if (ranges->stop[d] != EXTENT_WHOLE)
      text_add(out, "%lld", (long long)ranges->stop[d]);
  }
}

static inline void param_print(const struct param *row, const void *target,
                               struct text *out);

static inline void print_steps(const struct step_table *table,
                               const struct step_list *list, struct text *out)
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

/* The text that param_set() reads as the same value; nothing for one that is not
 * given. */
static inline void param_print(const struct param *row, const void *target,
                               struct text *out)
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

#endif
