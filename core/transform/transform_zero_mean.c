/* ZeroMeanNormalization[:AXIS...][:compat]: MedSegPy's: zero mean and unit variance
 * (population) over the axes, by default over the whole item, as float32.
 *
 * With "compat" what its code does instead of what it documents: (x - mean) / mean.  Axes
 * are its numbers, which count the batch's axis: 1 is the item's first.  What is not
 * listed keeps statistics of its own: a stack of normalised slices. */
#include <errno.h>
#include <string.h>

#include "core/base/text.h"
#include "core/transform/transform_table.h"

enum { GROUPS_MAX = 4096 }; /* slices with statistics of their own */

static bool is_compat(const struct step_args *args)
{
  return args->n && !strcmp(args->text[args->n - 1], "compat");
}

static int zero_mean_check(const struct step_args *args, struct err *err)
{
  struct step_args axes = *args;
  axes.n -= is_compat(args);
  return axes.n ? transform_expect_batch_axes(&axes, err) : 0;
}

static int documented_row(const struct stats *stats, double arg, const float *in,
                          float *out, size_t n, struct err *err)
{
  if (stats->nan)
    return err_set(err, EIO,
                   "ZeroMeanNormalization: the array holds values that are not numbers");
  for (size_t i = 0; i < n; i++)
    out[i] = stats->std == 0 ? 0 : (float)((in[i] - stats->mean) / stats->std);
  return 0;
}

static int compat_row(const struct stats *stats, double arg, const float *in, float *out,
                      size_t n, struct err *err)
{
  if (stats->nan)
    return err_set(err, EIO,
                   "ZeroMeanNormalization: the array holds values that are not numbers");
  for (size_t i = 0; i < n; i++)
    out[i] = (float)((in[i] - stats->mean) / stats->mean);
  return 0;
}

/* Normalises over the axes in `reduced` (bits) from axis `from` on. */
static const struct view *normalise(struct transform_item *item, unsigned reduced,
                                    int from, bool compat, struct arena *arena,
                                    struct err *err)
{
  static const struct step_args whole = {0};
  const struct view *view = item->view;
  int axis = from;
  while (axis < view->nd && (reduced & 1u << axis))
    axis++;
  if (axis == view->nd)
    return transform_normalise(&whole, item, arena, compat ? compat_row : documented_row,
                               0, err)
               ? NULL
               : item->view;
  const int64_t n = view->shape[axis];
  const struct view **parts = arena_array(arena, (size_t)n, sizeof *parts, err);
  for (int64_t i = 0; parts && i < n; i++) {
    struct transform_item part = *item;
    struct view_cut cut[ND_MAX];
    for (int d = 0; d < view->nd; d++)
      cut[d] = (struct view_cut){d == axis ? i : 0, 1, d == axis ? 1 : view->shape[d],
                                 d == axis};
    part.view = view_slice(arena, view, cut, err);
    part.item_key =
        text_hash(text_hash(item->item_key, &axis, sizeof axis), &i, sizeof i);
    /* the axes behind the one that went move up */
    const unsigned low = reduced & ((1u << axis) - 1);
    parts[i] = part.view ? normalise(&part, low | (reduced >> (axis + 1) << axis), axis,
                                     compat, arena, err)
                         : NULL;
    if (!parts[i])
      return NULL;
  }
  return parts ? view_stack(arena, parts, n, axis, err) : NULL;
}

static int zero_mean_apply(const void *given, struct transform_item *item,
                           struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  struct step_args axes = *args;
  const int nd = item->view->nd;
  unsigned reduced = 0;
  axes.n -= is_compat(args);
  if (transform_batch_axes(&axes, nd, &reduced, err))
    return -1;
  if (!axes.n)
    reduced = (1u << nd) - 1;
  else if (axes.n && !reduced)
    return err_set(err, EINVAL,
                   "expected an axis beside 0: items are normalised one by one");
  int64_t groups = 1;
  for (int d = 0; d < nd; d++) {
    if (!item->view->shape[d])
      reduced = (1u << nd) - 1; /* empty: nothing to take apart */
    groups *= reduced & 1u << d ? 1 : item->view->shape[d];
    if (groups > GROUPS_MAX)
      return err_set(err, EINVAL,
                     "expected at most %d slices with a mean of their own, found more",
                     GROUPS_MAX);
  }
  item->view = normalise(item, reduced, 0, is_compat(args), arena, err);
  return item->view ? 0 : -1;
}

const struct transform transform_zero_mean = {
    .type.name = "ZeroMeanNormalization",
    .type.usage = "ZeroMeanNormalization[:AXIS...][:compat]",
    .type.help = "MedSegPy's: zero mean, unit variance (compat: divides by the mean)",
    .intensity = true,
    .type.check = zero_mean_check,
    .apply = zero_mean_apply,
};
