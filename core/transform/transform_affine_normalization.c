/* AffineNormalization[:SCALE[:BIAS]]: MedSegPy's (x - BIAS) / SCALE, as float32.
 *
 * Its arithmetic is numpy's: float32 step by step for float32, float64 for all that is
 * wider or an integer, rounded once.  (affine:SCALE:BIAS rounds once always.)  Values
 * joined by '_' are one per index of MedSegPy's axis 1, the item's first. */
#include <errno.h>
#include <string.h>

#include "core/transform/transform_table.h"

struct affine_pair {
  double scale, bias;
};

struct affine_numbers {
  int nscale, nbias; /* 1: the same for all */
  double scale[TRANSFORM_MEMBERS], bias[TRANSFORM_MEMBERS];
};

static int parse(const struct step_args *args, struct affine_numbers *out,
                 struct err *err)
{
  *out = (struct affine_numbers){.nscale = 1, .nbias = 1, .scale = {1}};
  if (args->n > 2)
    return err_set(err, EINVAL, "expected SCALE and BIAS, found %d arguments", args->n);
  if (args->n > 0)
    out->nscale = transform_split(args->text[0], out->scale, TRANSFORM_MEMBERS, err);
  if (args->n > 1)
    out->nbias = transform_split(args->text[1], out->bias, TRANSFORM_MEMBERS, err);
  if (out->nscale < 0 || out->nbias < 0)
    return -1;
  if (out->nscale > 1 && out->nbias > 1 && out->nscale != out->nbias)
    return err_set(err, EINVAL,
                   "expected as many values of SCALE as of BIAS, found %d "
                   "and %d",
                   out->nscale, out->nbias);
  for (int i = 0; i < out->nscale; i++)
    if (out->scale[i] == 0)
      return err_set(err, EINVAL, "expected SCALE other than 0, found '%s'",
                     args->text[0]);
  return 0;
}

static int affine_normalization_check(const struct step_args *args, struct err *err)
{
  struct affine_numbers parsed;
  return parse(args, &parsed, err);
}

enum { ROW = 512 };

static int affine_row(const void *arg, enum dtype from, const void *in, void *out,
                      ptrdiff_t step, size_t n, struct err *err)
{
  const struct affine_pair *pair = arg;
  const bool narrow = from == DT_F32 || from == DT_F16;
  const float scale = (float)pair->scale, bias = (float)pair->bias;
  const size_t size = (size_t)dtype_size(from);
  double row[ROW];
  for (size_t i = 0; i < n; i += ROW) {
    const size_t m = n - i < ROW ? n - i : ROW;
    dtype_convert(from, (const char *)in + i * size, (ptrdiff_t)size, DT_F64, row,
                  sizeof *row, m);
    for (size_t k = 0; k < m; k++) {
      const float value = narrow ? ((float)row[k] - bias) / scale
                                 : (float)((row[k] - pair->bias) / pair->scale);
      memcpy((char *)out + (ptrdiff_t)(i + k) * step, &value, sizeof value);
    }
  }
  return 0;
}

static struct view *map_view(struct arena *arena, const struct view *below, double scale,
                             double bias, struct err *err)
{
  struct affine_pair *pair = arena_alloc(arena, sizeof *pair, err);
  if (!pair)
    return NULL;
  *pair = (struct affine_pair){scale, bias};
  return view_pointwise(arena, below, DT_F32, NULL, affine_row, pair, err);
}

/* One pair per index of the first axis. */
static struct view *map_first_axis(struct arena *arena, const struct view *view,
                                   const struct affine_numbers *numbers, struct err *err)
{
  const int n = numbers->nscale > 1 ? numbers->nscale : numbers->nbias;
  if (!view->nd || view->shape[0] != n) {
    err_set(err, EINVAL,
            "expected %lld values, one per index of the first axis, found %d",
            view->nd ? (long long)view->shape[0] : 0LL, n);
    return NULL;
  }
  const struct view **parts = arena_array(arena, (size_t)n, sizeof *parts, err);
  for (int i = 0; parts && i < n; i++) {
    struct view_cut cut[ND_MAX];
    for (int d = 0; d < view->nd; d++)
      cut[d] = (struct view_cut){d ? 0 : i, 1, d ? view->shape[d] : 1, d == 0};
    const struct view *part = view_slice(arena, view, cut, err);
    parts[i] = part ? map_view(arena, part, numbers->scale[numbers->nscale > 1 ? i : 0],
                               numbers->bias[numbers->nbias > 1 ? i : 0], err)
                    : NULL;
    if (!parts[i])
      return NULL;
  }
  return parts ? view_stack(arena, parts, n, 0, err) : NULL;
}

static int affine_normalization_apply(const void *given, struct transform_item *item,
                                      struct arena *arena, struct err *err)
{
  const struct step_args *args = given;
  struct affine_numbers numbers;
  if (parse(args, &numbers, err))
    return -1;
  if (dtype_table[item->view->dtype].kind == 'c')
    return err_set(err, EINVAL, "expected real numbers, found %s",
                   dtype_table[item->view->dtype].name);
  item->view = numbers.nscale > 1 || numbers.nbias > 1
                   ? map_first_axis(arena, item->view, &numbers, err)
                   : map_view(arena, item->view, numbers.scale[0], numbers.bias[0], err);
  return item->view ? 0 : -1;
}

const struct transform transform_affine_normalization = {
    .type.name = "AffineNormalization",
    .type.usage = "AffineNormalization[:SCALE[:BIAS]]",
    .type.help = "MedSegPy's (x - BIAS) / SCALE, as float32",
    .intensity = true,
    .type.check = affine_normalization_check,
    .apply = affine_normalization_apply,
};
