/* Allocations that fail while an epoch's pairs are counted and put in order, of each type
 * and both kinds of order. */
#include "core/sampler/pair_order.h"
#include "tests/fault/fault.h"

struct subject {
  struct pair_rules rules;
  struct pair_layout layout;
};

static int all_pairs(void *ctx, struct outcome *out, struct err *err)
{
  const struct subject *subject = ctx;
  int64_t pairs, skipped;
  struct pair_order *order;
  if (pair_order_count(&subject->rules, &subject->layout, &pairs, &skipped, err) ||
      pair_order_open(&order, &subject->rules, &subject->layout, 1 << 20, err))
    return -1;
  outcome_add(out, &pairs, sizeof pairs);
  outcome_add(out, &skipped, sizeof skipped);
  for (int64_t t = 0; t < pairs; t++) {
    struct pair pair;
    pair_order_at(order, t, &pair);
    outcome_add(out, &pair, sizeof pair);
  }
  pair_order_close(order);
  return 0;
}

int main(void)
{
  static const int64_t sizes[] = {3, 1, 2, 1, 5};
  const struct {
    enum pair_type type;
    double p;
    bool sampled;
  } cases[] = {{PAIR_PAIRED, 1, true},    {PAIR_UNPAIRED, 1, true},
               {PAIR_GROUPED, 0.5, true}, {PAIR_GROUPED, 1, true},
               {PAIR_GROUPED, 0, false},  {PAIR_GROUPED, 1, false}};
  for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
    struct subject subject = {
        .rules = {.intra_group_prob = cases[i / 2].p,
                  .sample_image_in_group = cases[i / 2].sampled,
                  .deepreg = i % 2},
        .layout = {cases[i / 2].type, 12, 5, sizes},
    };
    const struct operation op = {"pairs", &subject, .run = all_pairs};
    faults_run(&op);
  }
  return check_report("test_fault_pairs");
}
