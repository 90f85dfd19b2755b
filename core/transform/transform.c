/* The table of transforms, and lists of them as text. */
#include "core/transform/transform.h"

#include <errno.h>

#include "core/transform/transform_table.h"

const struct step_type *const transforms[] = {
    &transform_affine.type,
    &transform_cast.type,
    &transform_clip.type,
    &transform_crop.type,
    &transform_dilation.type,
    &transform_erosion.type,
    &transform_flip.type,
    &transform_minmax.type,
    &transform_minmax_eps.type,
    &transform_onehot.type,
    &transform_pad.type,
    &transform_permute.type,
    &transform_relabel.type,
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
    const struct step *step = &list->steps[i];
    const struct transform *transform = (const struct transform *)step->type;
    if (transform->intensity && item->mask)
      continue;
    if (transform->apply(step->args, item, arena, err))
      return err_prefix(err, "transforms: %s", step->type->name);
    /* what follows is about other values: statistics of it are kept under another key */
    item->item_key = text_hash(item->item_key, &step->key, sizeof step->key);
  }
  return 0;
}
