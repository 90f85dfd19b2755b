/* Views in use: those that last as long as the tree, and those that a path wrote down. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/tree/place.h"

void view_use_ref(struct view_use *use)
{
  if (use && !use->permanent)
    atomic_fetch_add(&use->refs, 1);
}

static void free_arena(struct arena *arena)
{
  if (arena)
    arena_free(arena);
  free(arena);
}

void view_use_unref(struct view_use *use)
{
  if (!use || use->permanent || atomic_fetch_sub(&use->refs, 1) > 1)
    return;
  free_arena(use->arena);
  free(use->name);
  free(use);
}

/* Most parameters are numbers and point to nothing: their arena, several times the size
 * of the rest, goes at once, since the kernel may hold a hundred thousand such names. */
static int parse_use(struct view_use *use, struct err *err)
{
  use->arena = malloc(sizeof *use->arena);
  if (!use->arena)
    return err_set(err, ENOMEM, "out of memory");
  arena_init(use->arena);
  if (view_params_parse(&use->params, use->kind->bit, use->name, use->arena, err))
    return -1;
  if (!use->params.fields.n && !use->params.transforms.n && !use->params.only.n &&
      !use->params.augment.n) {
    free_arena(use->arena);
    use->arena = NULL;
  }
  return 0;
}

struct view_use *view_use_from_path(struct tree *tree, const struct kind *kind,
                                    const char *name, struct err *err)
{
  struct view_use *use = calloc(1, sizeof *use);
  char *copy = strdup(name);
  if (!use || !copy) {
    free(use);
    free(copy);
    err_set(err, ENOMEM, "out of memory");
    return NULL;
  }
  use->kind = kind;
  use->name = copy;
  for (int k = 0; kinds[k]; k++)
    if (kinds[k] == kind)
      use->stats = &tree->path_stats[k];
  atomic_store(&use->refs, 1);
  if (!parse_use(use, err))
    return use;
  view_use_unref(use);
  return NULL;
}
