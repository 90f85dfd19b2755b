/* What tests of pair orders share: rules in one line, an opened order, its pairs as one
 * number each. */
#ifndef TESSERAFS_PAIR_CHECK_H
#define TESSERAFS_PAIR_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "core/sampler/pair_order.h"
#include "tests/support/check.h"

enum { PLENTY = 1 << 26 };

static inline struct pair_layout paired(int64_t n)
{
  return (struct pair_layout){.type = PAIR_PAIRED, .n = n};
}

static inline struct pair_layout unpaired(int64_t n)
{
  return (struct pair_layout){.type = PAIR_UNPAIRED, .n = n};
}

static inline struct pair_layout grouped(int ngroups, const int64_t *sizes)
{
  struct pair_layout layout = {PAIR_GROUPED, 0, ngroups, sizes};
  for (int g = 0; g < ngroups; g++)
    layout.n += sizes[g];
  return layout;
}

static inline struct pair_rules rules_of(double p, enum pair_intra option, bool sampled,
                                         bool deepreg)
{
  return (struct pair_rules){.intra_group_prob = p,
                             .intra_group_option = option,
                             .sample_image_in_group = sampled,
                             .deepreg = deepreg};
}

/* NULL counts as a failed check.  The count must be what pair_order_count() says. */
static inline struct pair_order *open_order(const struct pair_rules *rules,
                                            const struct pair_layout *layout)
{
  struct err err = ERR_INIT;
  struct pair_order *order = NULL;
  int64_t pairs = -1, skipped = -1;
  if (!CHECK(pair_order_open(&order, rules, layout, PLENTY, &err) == 0)) {
    fprintf(stderr, "%s\n", err.msg);
    return NULL;
  }
  CHECK(pair_order_count(rules, layout, &pairs, &skipped, &err) == 0);
  CHECK(pairs == pair_order_pairs(order) && skipped == pair_order_skipped(order));
  return order;
}

static inline struct pair pair_at(const struct pair_order *order, int64_t item)
{
  struct pair pair;
  memset(&pair, -1, sizeof pair);
  pair_order_at(order, item, &pair);
  return pair;
}

static inline bool same_pair(struct pair a, struct pair b)
{
  return a.moving_group == b.moving_group && a.moving == b.moving &&
         a.fixed_group == b.fixed_group && a.fixed == b.fixed;
}

#endif
