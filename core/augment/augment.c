/* The table of augmentations. */
#include "core/augment/augment_table.h"

const struct step_type *const augmentations[] = {
    &augmentation_affine.type,
    &augmentation_ddf.type,
    NULL,
};

const struct step_table augment_steps = {.one = "augmentation",
                                         .many = "augmentations",
                                         .usage = "A+A",
                                         .types = augmentations,
                                         .most = AUGMENT_STEPS,
                                         .joint = ':'};

bool augment_has(const struct step_list *list, enum augment_kind kind)
{
  for (int i = 0; i < list->n; i++)
    if (((const struct augmentation *)list->steps[i].type)->kind == kind)
      return true;
  return false;
}
