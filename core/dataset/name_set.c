/* A hash set of names, for datasets of 100,000 scans: see name_set.h. */
#include "core/dataset/name_set.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

static struct name_slot *slot_of(const struct name_set *set, const char *name)
{
  size_t at = (size_t)text_hash(0, name, strlen(name)) & (set->room - 1);
  while (set->slots[at].name && strcmp(set->slots[at].name, name))
    at = (at + 1) & (set->room - 1);
  return &set->slots[at];
}

static int grow(struct name_set *set)
{
  struct name_set bigger = {.n = set->n, .room = set->room ? 2 * set->room : 64};
  bigger.slots = calloc(bigger.room, sizeof *bigger.slots);
  if (!bigger.slots)
    return -1;
  for (size_t i = 0; i < set->room; i++)
    if (set->slots[i].name)
      *slot_of(&bigger, set->slots[i].name) = set->slots[i];
  free(set->slots);
  *set = bigger;
  return 0;
}

int name_set_find(const struct name_set *set, const char *name)
{
  if (!set->room)
    return -1;
  const struct name_slot *slot = slot_of(set, name);
  return slot->name ? slot->index : -1;
}

int name_set_add(struct name_set *set, const char *name, int index)
{
  if (4 * (set->n + 1) > 3 * set->room && grow(set))
    return -1;
  struct name_slot *slot = slot_of(set, name);
  if (!slot->name) {
    *slot = (struct name_slot){name, index};
    set->n++;
  }
  return 0;
}

void name_set_free(struct name_set *set)
{
  free(set->slots);
  *set = (struct name_set){0};
}
