/* The one engine behind every parameter: text to a field of a struct, as a row says.
 *
 * Each type has a parser that tells only whether the text fits; the sentence of the error
 * is made in one place, from the same row that --help and the schema are printed from.
 * Numbers are read strictly (no blanks, no hexadecimal, no "inf"), so that a typing error
 * is never taken for one. */
#include "core/args/param.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/args/param_values.h"

enum { FOUND_MAX = 60 };

const struct param *param_find(const struct param *table, size_t n, const char *key,
                               unsigned kinds)
{
  for (size_t i = 0; i < n; i++)
    if (!strcmp(table[i].key, key) && (!kinds || (table[i].kinds & kinds)))
      return &table[i];
  return NULL;
}

int param_set(const struct param *row, void *target, const char *text, const char *found,
              struct arena *arena, struct err *err)
{
  void *value = (char *)target + row->offset;
  const int rc = row->type == PARAM_STEPS
                     ? param_steps(row->steps, text, arena, value, err)
                     : param_value_set(row, value, text, arena, err);
  if (rc <= 0)
    return rc;
  char expected[300];
  param_value_expected(row, text, expected, sizeof expected);
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
  const char *nearest = text_nearest(key, keys, nkeys);
  if (nearest)
    return err_set(err, EINVAL, "unknown key '%.*s'; did you mean '%s'?", FOUND_MAX, key,
                   nearest);
  char list[300] = "";
  for (size_t i = 0; i < nkeys; i++)
    snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "",
             keys[i]);
  return err_set(err, EINVAL, "unknown key '%.*s'; there are %s", FOUND_MAX, key, list);
}

/* --- lists of steps ---------------------------------------------------------------- */

/* "key=value", or the value of the row with number `place`. */
static int read_argument(const struct step_type *type, char *text, size_t place,
                         void *args, bool *seen, struct arena *arena, struct err *err)
{
  const struct param *row = place < type->nparams ? &type->params[place] : NULL;
  char *equals = strchr(text, '=');
  if (equals) {
    *equals = '\0';
    row = param_find(type->params, type->nparams, text, 0);
    if (!row) {
      const char *keys[PARAM_ROWS_MAX];
      for (size_t i = 0; i < type->nparams; i++)
        keys[i] = type->params[i].key;
      return step_unknown("parameter", text, keys, type->nparams, err);
    }
    text = equals + 1;
  }
  if (!row)
    return err_set(err, EINVAL, "expected at most %zu parameters, found '%s' too",
                   type->nparams, text);
  if (seen[row - type->params])
    return err_set(err, EINVAL, "%s is given twice", row->key);
  seen[row - type->params] = true;
  return param_set(row, args, text, NULL, arena, err) ? err_prefix(err, "%s", row->key)
                                                      : 0;
}

/* The struct that the type's rows describe, from arguments as they are written. */
static int read_declared(struct step *step, struct arena *arena, struct err *err)
{
  const struct step_type *type = step->type;
  const struct step_args *words = step->args;
  bool seen[PARAM_ROWS_MAX] = {false};
  void *args = arena_alloc(arena, type->size, err);
  assert(type->nparams <= PARAM_ROWS_MAX);
  step->args = args;
  if (!args || param_defaults(type->params, type->nparams, 0, args, arena, err))
    return -1;
  for (int i = 0; i < words->n; i++) {
    char *text = arena_strdup(arena, words->text[i], err);
    if (!text || read_argument(type, text, (size_t)i, args, seen, arena, err))
      return -1;
  }
  return 0;
}

int param_steps(const struct step_table *table, const char *text, struct arena *arena,
                struct step_list *out, struct err *err)
{
  *out = (struct step_list){0};
  if (!*text)
    return 0;
  const int most = step_count(table, text);
  if (table->most && most > table->most)
    return err_set(err, EINVAL, "expected at most %d %s, found %d", table->most,
                   table->many, most);
  struct step_cursor cursor = {.table = table, .rest = arena_strdup(arena, text, err)};
  struct step *steps = arena_array(arena, (size_t)most, sizeof *steps, err);
  if (!cursor.rest || !steps)
    return -1;
  int n = 0;
  for (; cursor.rest; n++) {
    if (step_cut(&cursor, arena, &steps[n], err))
      return -1;
    const struct step_type *type = steps[n].type;
    if (type->params && read_declared(&steps[n], arena, err))
      return err_prefix(err, "%s", type->name);
    if (type->check && type->check(steps[n].args, err))
      return err_prefix(err, "%s", type->usage);
    steps[n].key = param_step_key(&steps[n]);
  }
  *out = (struct step_list){n, steps};
  return 0;
}
