/* The arguments of a transform: numbers, words after the numbers ("zoom:0.5:order=1"),
 * numbers joined by '_' (what a nested JSON array becomes), axes, also as MedSegPy counts
 * them; and which axes of an item are space. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/transform/transform_table.h"

bool transform_number(const struct step_args *args, int i)
{
  if (i >= args->n)
    return false;
  char *end;
  strtod(args->text[i], &end);
  return end != args->text[i] && !*end;
}

int transform_expect_numbers(const struct step_args *args, int n, struct err *err)
{
  if (args->n != n)
    return err_set(err, EINVAL, "expected %d numbers, found %d arguments", n, args->n);
  for (int i = 0; i < n; i++)
    if (!transform_number(args, i))
      return err_set(err, EINVAL, "expected a number, found '%s'", args->text[i]);
  return 0;
}

int transform_expect_axes(const struct step_args *args, struct err *err)
{
  if (!args->n)
    return err_set(err, EINVAL, "expected at least one axis, found none");
  unsigned seen = 0;
  for (int i = 0; i < args->n; i++) {
    double axis = args->number[i];
    if (!transform_number(args, i) || axis < 0 || axis >= ND_MAX || axis != (int)axis)
      return err_set(err, EINVAL, "expected an axis from 0 to %d, found '%s'", ND_MAX - 1,
                     args->text[i]);
    if (seen & 1u << (int)axis)
      return err_set(err, EINVAL, "axis %d is given twice", (int)axis);
    seen |= 1u << (int)axis;
  }
  return 0;
}

bool transform_whole(const struct step_args *args, int i)
{
  return transform_number(args, i) && fabs(args->number[i]) <= 9007199254740992. &&
         args->number[i] == rint(args->number[i]);
}

int transform_numbers(const struct step_args *args)
{
  int n = 0;
  while (n < args->n && transform_number(args, n))
    n++;
  return n;
}

int transform_expect_positive(const struct step_args *args, const char *what,
                              struct err *err)
{
  const int n = transform_numbers(args);
  if (!n)
    return err_set(err, EINVAL, "expected %s, found '%s'", what,
                   args->n ? args->text[0] : "");
  for (int i = 0; i < n; i++)
    if (!(args->number[i] > 0) || isinf(args->number[i]))
      return err_set(err, EINVAL, "expected %s greater than 0, found '%s'", what,
                     args->text[i]);
  return n;
}

/* The value when the argument is this word: after the '=', "" without one. */
static const char *value_of(const char *text, const char *word)
{
  const size_t len = strlen(word);
  if (strncmp(text, word, len))
    return NULL;
  if (word[len - 1] == '=')
    return text + len;
  return text[len] ? NULL : "";
}

const char *transform_word(const struct step_args *args, const char *word)
{
  const char *value = NULL;
  for (int i = 0; i < args->n && !value; i++)
    value = value_of(args->text[i], word);
  return value;
}

int transform_expect_words(const struct step_args *args, int from,
                           const char *const *words, struct err *err)
{
  unsigned seen = 0;
  for (int i = from; i < args->n; i++) {
    int w = 0;
    while (words[w] && !value_of(args->text[i], words[w]))
      w++;
    if (!words[w])
      return err_set(err, EINVAL, "unknown argument '%s'", args->text[i]);
    if (seen & 1u << w)
      return err_set(err, EINVAL, "'%s' is given twice", words[w]);
    seen |= 1u << w;
  }
  return 0;
}

int transform_spatial(const struct transform_item *item, int *first)
{
  const int nd = item->view->nd;
  *first = item->first || item->channel_axis == 0 ? 1 : 0;
  int n = item->spatial;
  if (!n) { /* nobody said */
    n = nd - *first - (item->channel_axis > 0);
    n = n < 3 ? n : 3;
  }
  return n < nd - *first ? n : nd - *first > 0 ? nd - *first : 0;
}

int transform_split(const char *text, double *out, int max, struct err *err)
{
  int n = 0;
  for (const char *at = text; *at; n++) {
    char *end;
    const double value = strtod(at, &end);
    if (end == at || (*end && *end != '_'))
      return err_set(err, EINVAL, "expected numbers joined by '_', found '%s'", text);
    if (n == max)
      return err_set(err, EINVAL, "expected at most %d numbers, found more in '%.60s'",
                     max, text);
    out[n] = value;
    at = end + (*end == '_');
  }
  return n ? n : err_set(err, EINVAL, "expected numbers joined by '_', found ''");
}

int transform_expect_batch_axes(const struct step_args *args, struct err *err)
{
  if (!args->n)
    return err_set(err, EINVAL, "expected at least one axis, found none");
  for (int i = 0; i < args->n; i++) {
    const double axis = args->number[i];
    if (!transform_number(args, i) || axis < -ND_MAX - 1 || axis > ND_MAX ||
        axis != (int)axis)
      return err_set(err, EINVAL, "expected an axis, found '%s'", args->text[i]);
  }
  return 0;
}

int transform_batch_axes(const struct step_args *args, int nd, unsigned *axes,
                         struct err *err)
{
  *axes = 0;
  for (int i = 0; i < args->n; i++) {
    const int given = (int)args->number[i];
    const int axis = given < 0 ? given + nd : given - 1; /* -1: the batch's */
    if (axis < -1 || axis >= nd)
      return err_set(err, EINVAL,
                     "axis %d does not exist: a batch of this array has %d axes", given,
                     nd + 1);
    if (axis >= 0)
      *axes |= 1u << axis;
  }
  return 0;
}
