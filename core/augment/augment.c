/* The table of augmentations, what a list of them draws for one part of one item, and the
 * arrays made of it. */
#include "core/augment/augment.h"

#include <errno.h>
#include <string.h>

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

struct augment_draw {
  const struct step_list *list;
  struct augment_space space;
  const void **drawn; /* by each step */
};

static const struct augmentation *row_of(const struct step_list *list, int i)
{
  return (const struct augmentation *)list->steps[i].type;
}

static int check(const struct step_list *list, const struct augment_space *space,
                 struct err *err)
{
  for (int i = 0; i < list->n; i++)
    if (row_of(list, i)->check && row_of(list, i)->check(list->steps[i].args, space, err))
      return err_prefix(err, "augment: %s", list->steps[i].type->name);
  return 0;
}

const struct augment_draw *augment_draw(const struct step_list *list,
                                        const struct augment_key *key,
                                        const struct augment_space *space,
                                        struct arena *arena, struct err *err)
{
  struct augment_draw *draw = arena_alloc(arena, sizeof *draw, err);
  const void **drawn = arena_array(arena, (size_t)list->n, sizeof *drawn, err);
  if (!draw || !drawn || check(list, space, err))
    return NULL;
  for (int i = 0; i < list->n; i++) {
    const struct augment_stream stream = augment_stream(key, i);
    if (row_of(list, i)->draw(list->steps[i].args, &stream, space, arena, &drawn[i],
                              err)) {
      err_prefix(err, "augment: %s", list->steps[i].type->name);
      return NULL;
    }
  }
  *draw = (struct augment_draw){list, *space, drawn};
  return draw;
}

int augment_apply(const struct augment_draw *draw, struct transform_item *item,
                  struct arena *arena, struct err *err)
{
  const int64_t *shape = draw->space.shape;
  const struct view *view = item->view;
  char found[ND_TEXT], wanted[ND_TEXT];
  if (view->nd != 3 || memcmp(view->shape, shape, 3 * sizeof *shape))
    return err_set(err, EINVAL, "augment: expected an array of %s, found %s",
                   nd_text(3, shape, wanted), nd_text(view->nd, view->shape, found));
  for (int i = 0; i < draw->list->n; i++)
    if (row_of(draw->list, i)->apply(draw->drawn[i], item, arena, err))
      return -1;
  if (item->view->dtype != DT_F32)
    item->view = view_cast(arena, item->view, DT_F32, err);
  return item->view ? 0 : -1;
}

/* --- arrays that explain a draw ---------------------------------------------------- */

static bool shows(const struct step_list *list, int i, const char *name)
{
  const struct augment_array *array = row_of(list, i)->shows;
  return array && !strcmp(array->name, name);
}

int augment_shown(const struct step_list *list, const char *name,
                  const int64_t extents[3], int64_t shape[ND_MAX])
{
  const struct augment_array *array = NULL;
  int64_t all[ND_MAX], n = 0;
  int nd = 0;
  for (int i = 0; i < list->n; i++)
    if (shows(list, i, name)) {
      array = row_of(list, i)->shows;
      n++;
    }
  if (!array)
    return 0;
  if (n > 1)
    all[nd++] = n;
  for (int d = 0; array->in_space && d < 3; d++)
    all[nd++] = extents ? extents[d] : 0;
  for (int d = 0; d < array->nd; d++)
    all[nd++] = array->shape[d];
  if (shape)
    memcpy(shape, all, sizeof *shape * (size_t)nd);
  return nd;
}

int augment_show(const struct augment_draw *draw, const char *name,
                 struct transform_item *item, struct arena *arena, struct err *err)
{
  const struct step_list *list = draw->list;
  const struct view **views = arena_array(arena, (size_t)list->n, sizeof *views, err);
  int n = 0;
  if (!views)
    return -1;
  for (int i = 0; i < list->n; i++) {
    if (!shows(list, i, name))
      continue;
    views[n] = row_of(list, i)->show(draw->drawn[i], arena, err);
    if (!views[n++])
      return -1;
    if (!row_of(list, i)->shows->in_space)
      geometry_identity(&item->geo);
  }
  if (!n)
    return err_set(err, EINVAL, "augment: no step of the list draws that");
  item->view = n > 1 ? view_stack(arena, views, n, 0, err) : views[0];
  return item->view ? 0 : -1;
}

int augment_facts(const struct step_list *list, const char *name,
                  const struct augment_space *space, struct transform_item *item,
                  struct arena *arena, struct err *err)
{
  const float zero = 0;
  int64_t shape[ND_MAX];
  if (check(list, space, err))
    return -1;
  const int nd = name ? augment_shown(list, name, space->shape, shape) : 0;
  for (int i = 0; name && i < list->n; i++)
    if (shows(list, i, name) && !row_of(list, i)->shows->in_space)
      geometry_identity(&item->geo);
  if (nd)
    item->view = view_fill(arena, DT_F32, nd, shape, &zero, err);
  return item->view ? 0 : -1;
}
