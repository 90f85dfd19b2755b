/* What items.csv and an item's JSON say of a pair. */
#include "core/kind/pair_draws.h"

/* Digits that any index may have. */
static int index_width(const struct pair_draws *self)
{
  int width = 1;
  for (int64_t last = self->group_first[self->set->ngroups]; last > 9; last /= 10)
    width++;
  return width;
}

enum { LABEL_WIDTH = 5 }; /* of LABELS_MAX */

int64_t pair_csv_head(const struct draws *draws, struct text *out)
{
  const struct pair_draws *const self = (const struct pair_draws *)draws;
  int64_t unused[PAIR_INDICES_MAX];
  const struct pair_item none = {.label = -1};
  const int n = pair_indices(self, &none, unused);
  text_add(out, ",moving,fixed");
  for (int i = 0; i < n; i++)
    text_add(out, ",index_%d", i);
  text_add(out, ",label");
  return 2 * ((int64_t)self->id_width + 1) + (n - 1) * (index_width(self) + 1) +
         2 * (LABEL_WIDTH + 1);
}

int pair_csv_row(const struct draws *draws, int64_t item, struct text *out,
                 struct err *err)
{
  const struct pair_draws *const self = (const struct pair_draws *)draws;
  const struct scan_spec *const scans = draws->from.spec->scans;
  struct pair_item found;
  int64_t indices[PAIR_INDICES_MAX];
  if (pair_item(self, item, &found, err))
    return -1;
  for (int side = 0; side < PAIR_SIDES; side++) {
    text_add(out, ",");
    text_add_csv(out, scans[found.scan[side]].id, self->id_width);
  }
  const int n = pair_indices(self, &found, indices), width = index_width(self);
  for (int i = 0; i < n - 1; i++)
    text_add(out, ",%*lld", width, (long long)indices[i]);
  text_add(out, ",%*lld,%*lld", LABEL_WIDTH, (long long)found.label, LABEL_WIDTH,
           (long long)found.label);
  return 0;
}

int pair_describe(const struct draws *draws, int64_t item, struct text *out,
                  struct err *err)
{
  const struct pair_draws *const self = (const struct pair_draws *)draws;
  const struct scan_spec *const scans = draws->from.spec->scans;
  struct pair_item found;
  int64_t indices[PAIR_INDICES_MAX];
  if (pair_item(self, item, &found, err))
    return -1;
  text_add(out, ",\n  \"moving\": ");
  text_add_json(out, scans[found.scan[PAIR_MOVING]].id);
  text_add(out, ",\n  \"fixed\": ");
  text_add_json(out, scans[found.scan[PAIR_FIXED]].id);
  text_add(out, ",\n  \"indices\": [");
  const int n = pair_indices(self, &found, indices);
  for (int i = 0; i < n; i++)
    text_add(out, "%s%lld", i ? ", " : "", (long long)indices[i]);
  text_add(out, "],\n  \"label\": %lld", (long long)found.label);
  if (pair_order_skipped(self->order))
    text_add(out, ",\n  \"skipped_groups\": %lld",
             (long long)pair_order_skipped(self->order));
  return 0;
}
