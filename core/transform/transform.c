/* The table of transforms, and lists of them as text. */
#include "core/transform/transform.h"

#include <errno.h>

#include "core/transform/transform_table.h"

const struct step_type *const transforms[] = {
    &transform_affine.type,
    &transform_cast.type,
    &transform_clip.type,
    &transform_crop.type,
    &transform_flip.type,
    &transform_minmax.type,
    &transform_minmax_eps.type,
    &transform_pad.type,
    &transform_permute.type,
    &transform_resize.type,
    &transform_spacing.type,
    &transform_squeeze.type,
    &transform_window.type,
    &transform_zoom.type,
    &transform_zscore.type,
    /* PyTC's */
    &transform_binary.type,
    &transform_channel.type,
    &transform_normalize_range.type,
    &transform_vast.type,
    /* MedSegPy's */
    &transform_categories.type,
    &transform_background.type,
    &transform_windowing.type,
    &transform_zero_mean.type,
    &transform_affine_normalization.type,
    &transform_flip_transform.type,
    &transform_fill_regions.type,
    NULL,
};

const struct step_table transform_steps = {.one = "transform",
                                           .many = "transforms",
                                           .usage = "T+T",
                                           .types = transforms,
                                           .joint = ':',
                                           .loose = true};

int transform_parse(const char *text, struct arena *arena, struct step_list *out,
                    struct err *err)
{
  return param_steps(&transform_steps, text, arena, out, err);
}

int transform_apply(const struct step_list *list, struct transform_item *item,
                    struct arena *arena, struct err *err)
{
  for (int i = 0; i < list->n; i++) {
    const struct step *const step = &list->steps[i];
    const struct transform *const transform = (const struct transform *)step->type;
    if (transform->intensity && item->mask)
      continue;
    if (transform->apply(step->args, item, arena, err))
      return err_prefix(err, "transforms: %s", step->type->name);
    /* what follows is about other values: statistics of it are kept under another key */
    item->item_key = text_hash(item->item_key, &step->key, sizeof step->key);
  }
  return 0;
}

bool transform_number(const struct step_args *args, int i)
{
  double number;
  return i < args->n && step_number(args->text[i], &number);
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
