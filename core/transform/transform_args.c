/* Reading arguments that several transforms take: numbers joined by '_' (what a nested
 * JSON array becomes), and axes as MedSegPy counts them. */
#include <errno.h>
#include <stdlib.h>

#include "core/transform/transform_table.h"

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
