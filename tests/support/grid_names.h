/* Names of a plan's items, as its collection gives them. */
#ifndef TESSERAFS_GRID_NAMES_H
#define TESSERAFS_GRID_NAMES_H

#include "core/kind/grid.h"

static inline int grid_names_name(const struct plan *plan, int64_t item,
                                  char out[ITEM_NAME_MAX + 1])
{
  const struct collection numbers = {.kind = plan->kind, .count = plan->count};
  return plan->kind->item_name ? grid_cell_name(plan, item, out)
                               : collection_name(&numbers, item, out);
}

/* -1: no item is called so. */
static inline int64_t grid_names_find(const struct plan *plan, const char *name)
{
  const struct collection numbers = {.kind = plan->kind, .count = plan->count};
  struct item_id id;
  struct err err = ERR_INIT;
  if (plan->kind->item_name)
    return grid_find_cell(plan, name);
  return collection_find(&numbers, name, &id, &err) ? -1 : id.number;
}

#endif
