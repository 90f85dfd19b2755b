/* One step after the other off the text of a list. */
#include "core/args/step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

bool step_number(const char *text, double *out)
{
  char *end;
  *out = strtod(text, &end);
  return end != text && !*end;
}

int step_unknown(const char *what, const char *name, const char *const *known, size_t n,
                 struct err *err)
{
  const char *near = text_nearest(name, known, n);
  return err_set(err, EINVAL, "unknown %s '%s'%s%s%s", what, name,
                 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static const struct step_type *find(const struct step_table *table, const char *name,
                                    struct arena *arena, struct err *err)
{
  size_t n = 0;
  for (; table->types[n]; n++)
    if (!strcmp(table->types[n]->name, name))
      return table->types[n];
  const char **names = arena_array(arena, n, sizeof *names, err);
  if (!names)
    return NULL;
  for (size_t i = 0; i < n; i++)
    names[i] = table->types[i]->name;
  step_unknown(table->one, name, names, n, err);
  return NULL;
}

static bool ends_step(const struct step_table *table, const char *text, const char *at)
{
  if (*at == '+')
    return !table->loose || at == text || at[-1] != table->joint;
  return *at && *at == table->within;
}

int step_count(const struct step_table *table, const char *text)
{
  int n = 1;
  for (const char *p = text; *p; p++)
    n += ends_step(table, text, p);
  return n;
}

/* "argument:argument", cut in place; NULL: there are none. */
static const struct step_args *cut_args(char *text, char joint, struct arena *arena,
                                        struct err *err)
{
  struct step_args *args = arena_alloc(arena, sizeof *args, err);
  if (!args || !text)
    return args;
  args->n = 1;
  for (const char *p = text; *p; p++)
    args->n += *p == joint;
  const char **texts = arena_array(arena, (size_t)args->n, sizeof *texts, err);
  double *numbers = arena_array(arena, (size_t)args->n, sizeof *numbers, err);
  if (!texts || !numbers)
    return NULL;
  for (int i = 0; i < args->n; i++) {
    char *end = strchr(text, joint);
    if (end)
      *end = '\0';
    texts[i] = text;
    if (!step_number(text, &numbers[i]))
      numbers[i] = 0;
    text = end ? end + 1 : text;
  }
  args->text = texts;
  args->number = numbers;
  return args;
}

int step_cut(struct step_cursor *cursor, struct arena *arena, struct step *out,
             struct err *err)
{
  const struct step_table *table = cursor->table;
  char *text = cursor->rest, *end = text;
  out->group = cursor->group;
  while (*end && !ends_step(table, text, end))
    end++;
  cursor->group += *end == '+';
  cursor->rest = *end && (end[1] || !table->loose) ? end + 1 : NULL;
  *end = '\0';
  char *args = strchr(text, table->joint);
  if (args)
    *args++ = '\0';
  out->type = find(table, text, arena, err);
  if (!out->type)
    return -1;
  const struct step_args *words = cut_args(args, table->joint, arena, err);
  out->args = words;
  if (!words)
    return -1;
  if (!out->type->params && words->n > STEP_ARGS_MAX)
    return err_set(err, EINVAL, "%s: expected at most %d arguments, found more", text,
                   STEP_ARGS_MAX);
  return 0;
}
