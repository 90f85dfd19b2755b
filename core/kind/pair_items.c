/* Which pair, which scans and which label an item of pairs/ is. */
#include <errno.h>

#include "core/base/rng_philox.h"
#include "core/kind/pair_collection.h"

void pair_find(const struct pair_collection *self, int64_t item, struct pair_item *out)
{
  int64_t pair = item;
  out->label = -1;
  if (self->policy == LABEL_ALL)
    label_table_find(self, item, &pair, &out->label);
  pair_order_at(self->order, pair, &out->pair);
  const struct pair *p = &out->pair;
  const struct pair_group *groups = self->set->groups;
  out->scan[PAIR_MOVING] = groups[p->moving_group].moving[p->moving];
  out->scan[PAIR_FIXED] = groups[p->fixed_group].fixed[p->fixed];
}

int pair_item(const struct pair_collection *self, int64_t item, struct pair_item *out,
              struct err *err)
{
  int64_t labels;
  pair_find(self, item, out);
  if (self->policy == LABEL_NONE)
    return 0;
  if (label_count_pair(self, out->scan, &labels, err))
    return -1;
  if (self->policy == LABEL_SAMPLE) {
    const struct rng_place place = {RNG_USE_LABEL, self->seed, self->stream,
                                    self->collection.of.epoch, item};
    out->label = (int64_t)rng_below(&place, 0, (uint64_t)labels);
  }
  if (out->label < labels)
    return 0;
  return err_set(err, EIO,
                 "label %lld of %s: its file has %lld labels now, fewer than when they "
                 "were counted",
                 (long long)out->label, self->collection.of.spec->scans[out->scan[0]].id,
                 (long long)labels);
}

int pair_indices(const struct pair_collection *self, const struct pair_item *item,
                 int64_t out[PAIR_INDICES_MAX])
{
  const struct pair *p = &item->pair;
  const bool grouped = self->set->type == PAIR_SET_GROUPED;
  int n = 0;
  if (grouped)
    out[n++] = p->moving_group;
  out[n++] = p->moving;
  if (grouped)
    out[n++] = p->fixed_group;
  if (self->set->type != PAIR_SET_PAIRED)
    out[n++] = p->fixed;
  out[n++] = item->label;
  return n;
}
