/* minmax_eps[:EPS][:scan]: (x - min + eps) / (max - min + eps) in float32, as DeepReg
 * documents it (and computed it before its 0.1.0): a constant array becomes ones, and the
 * least value of another one is not quite 0. */
#include <errno.h>
#include <math.h>

#include "core/transform/transform_table.h"

static const char *const words[] = {"scan", NULL};

static int eps_check(const struct step_args *args, struct err *err)
{
  const int n = transform_numbers(args);
  if (n > 1)
    return err_set(err, EINVAL, "expected at most one number, found '%s' too",
                   args->text[1]);
  if (n && !((float)args->number[0] > 0 && isfinite((float)args->number[0])))
    return err_set(err, EINVAL, "expected a number greater than 0, found '%s'",
                   args->text[0]);
  return transform_expect_words(args, n, words, err);
}

static int eps_row(const struct stats *stats, double arg, const float *in, float *out,
                   size_t n, struct err *err)
{
  if (stats->nan)
    return err_set(err, EIO, "minmax_eps: the array holds values that are not numbers");
  const float eps = (float)arg, min = (float)stats->min;
  const float range = (float)stats->max - min + eps;
  for (size_t i = 0; i < n; i++)
    out[i] = (in[i] - min + eps) / range;
  return 0;
}

static int eps_apply(const void *given, struct transform_item *item, struct arena *arena,
                     struct err *err)
{
  const struct step_args *args = given;
  const double eps = transform_numbers(args) ? args->number[0] : 1e-6;
  return transform_normalise(args, item, arena, eps_row, eps, err);
}

const struct transform transform_minmax_eps = {
    .type.name = "minmax_eps",
    .type.usage = "minmax_eps[:EPS][:scan]",
    .type.help =
        "minmax with EPS (1e-6) added above and below the line, as DeepReg documents",
    .intensity = true,
    .type.check = eps_check,
    .apply = eps_apply,
};
