/* Pair sets in the builder, which moves the scans that they point at when it sorts
 * them. */
#include "core/dataset/pair_set.h"

#include <string.h>

#include "core/dataset/dataset_builder.h"

const char *pair_set_type_name(enum pair_set_type type)
{
  static const char *const names[] = {
      [PAIR_SET_PAIRED] = "paired",
      [PAIR_SET_UNPAIRED] = "unpaired",
      [PAIR_SET_GROUPED] = "grouped",
  };
  return names[type];
}

int dataset_builder_scans(const struct dataset_builder *builder)
{
  return builder->nscans;
}

int dataset_builder_pairs(struct dataset_builder *builder, const struct pair_set *set,
                          struct err *err)
{
  struct pair_set *sets =
      arena_array(&builder->scratch, (size_t)builder->npair_sets + 1, sizeof *sets, err);
  if (!sets)
    return -1;
  if (builder->npair_sets)
    memcpy(sets, builder->pair_sets, (size_t)builder->npair_sets * sizeof *sets);
  sets[builder->npair_sets++] = *set;
  builder->pair_sets = sets;
  return 0;
}

static int *moved(struct arena *arena, const int *scans, int64_t n, const int *after,
                  struct err *err)
{
  int *out = arena_array(arena, (size_t)n, sizeof *out, err);
  for (int64_t i = 0; out && i < n; i++)
    out[i] = after[scans[i]];
  return out;
}

static int move_set(struct arena *arena, struct pair_set *set, const int *after,
                    struct err *err)
{
  struct pair_group *groups =
      arena_array(arena, (size_t)set->ngroups, sizeof *groups, err);
  if (!groups)
    return -1;
  for (int i = 0; i < set->ngroups; i++) {
    const struct pair_group *group = &set->groups[i];
    groups[i] = *group;
    groups[i].moving = moved(arena, group->moving, group->n, after, err);
    groups[i].fixed = group->fixed == group->moving
                          ? groups[i].moving
                          : moved(arena, group->fixed, group->n, after, err);
    if (!groups[i].moving || !groups[i].fixed)
      return -1;
  }
  set->groups = groups;
  return 0;
}

int pair_sets_finish(struct dataset_builder *builder, const int *after,
                     struct dataset_spec *out, struct err *err)
{
  const size_t n = (size_t)builder->npair_sets;
  struct pair_set *sets = arena_array(builder->arena, n, sizeof *sets, err);
  if (!sets)
    return -1;
  for (size_t i = 0; i < n; i++) {
    sets[i] = builder->pair_sets[i];
    if (move_set(builder->arena, &sets[i], after, err))
      return -1;
  }
  out->npair_sets = builder->npair_sets;
  out->pair_sets = sets;
  return 0;
}
