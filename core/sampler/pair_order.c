/* An epoch's pairs: see pair_order.h.  The shuffle is of the numbers of cases, images,
 * groups or rows of the table: either by permute.h, which computes any of them by itself,
 * or as DeepReg does it, with all of them kept. */
#include "core/sampler/pair_order.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/sampler/numbers.h"
#include "core/sampler/pair_drawn.h"
#include "core/sampler/pair_table.h"
#include "core/sampler/permute.h"

struct pair_order {
  struct pair_rules rules;
  struct pair_layout layout; /* its group_size: sizes */
  int64_t *sizes;            /* images of each group, where pairs are drawn in training */
  int64_t pairs, skipped, bytes;
  struct pair_table table; /* iterated */
  struct permute permute;  /* training: which case, image, group or row comes when */
  struct numbers groups;   /* training, drawn: the groups not skipped; empty when no group
                            * is skipped */
  struct numbers kept;     /* DeepReg's order: the shuffled numbers, or the drawn pairs */
};

static bool is_drawn(const struct pair_rules *rules, const struct pair_layout *layout)
{
  return layout->type == PAIR_GROUPED && rules->sample_image_in_group;
}

static bool is_iterated(const struct pair_rules *rules, const struct pair_layout *layout)
{
  return layout->type == PAIR_GROUPED && !rules->sample_image_in_group;
}

/* --- checks ------------------------------------------------------------------------ */

static int check_groups(const struct pair_layout *layout, struct err *err)
{
  int64_t sum = 0;
  for (int g = 0; g < layout->ngroups; g++) {
    const int64_t size = layout->group_size[g];
    if (size < 1)
      return err_set(err, EINVAL, "group %d: expected at least one image, found %lld", g,
                     (long long)size);
    if (!checked_add(sum, size, &sum))
      return err_set(err, EOVERFLOW, "the groups have more than 2^63 - 1 images");
  }
  if (sum != layout->n)
    return err_set(err, EINVAL, "the groups have %lld images, expected %lld",
                   (long long)sum, (long long)layout->n);
  return 0;
}

int pair_order_check(const struct pair_rules *rules, const struct pair_layout *layout,
                     struct err *err)
{
  if (layout->n < 0)
    return err_set(err, EINVAL, "expected 0 images or more, found %lld",
                   (long long)layout->n);
  if (layout->type != PAIR_GROUPED)
    return 0;
  const double p = rules->intra_group_prob;
  if (!(p >= 0 && p <= 1))
    return err_set(err, EINVAL, "intra_group_prob: expected 0 to 1, found %g", p);
  if (p < 1 && layout->ngroups < 2)
    return err_set(err, EINVAL,
                   "intra_group_prob=%g: pairs of two groups: expected at least two "
                   "groups, found %d",
                   p, layout->ngroups);
  if (p > 0 && p < 1 && !rules->sample_image_in_group)
    return err_set(err, EINVAL,
                   "intra_group_prob: expected 0 or 1 with sample_image_in_group=false "
                   "(all pairs within groups, or all between them), found %g",
                   p);
  return check_groups(layout, err);
}

/* --- counting ---------------------------------------------------------------------- */

static int64_t groups_of_one(const struct pair_layout *layout)
{
  int64_t n = 0;
  for (int g = 0; g < layout->ngroups; g++)
    n += layout->group_size[g] == 1;
  return n;
}

static int count_drawn(const struct pair_rules *rules, const struct pair_layout *layout,
                       int64_t *pairs, struct err *err)
{
  *pairs = layout->ngroups;
  if (!groups_of_one(layout))
    return 0;
  if (rules->deepreg)
    return pair_drawn_deepreg_count(rules, layout, pairs, err);
  for (int g = 0; g < layout->ngroups; g++)
    *pairs -= pair_drawn_skips(rules, layout, g);
  return 0;
}

static int count_grouped(const struct pair_rules *rules, const struct pair_layout *layout,
                         int64_t *pairs, int64_t *skipped, struct err *err)
{
  if (is_iterated(rules, layout)) {
    *skipped = rules->intra_group_prob >= 1 ? groups_of_one(layout) : 0;
    return pair_table_count(rules, layout, pairs, err);
  }
  if (count_drawn(rules, layout, pairs, err))
    return -1;
  *skipped = layout->ngroups - *pairs;
  return 0;
}

int pair_order_count(const struct pair_rules *rules, const struct pair_layout *layout,
                     int64_t *pairs, int64_t *skipped, struct err *err)
{
  int64_t unused;
  if (!skipped)
    skipped = &unused;
  *skipped = 0;
  if (pair_order_check(rules, layout, err))
    return -1;
  if (layout->type == PAIR_GROUPED)
    return count_grouped(rules, layout, pairs, skipped, err);
  *pairs = layout->type == PAIR_PAIRED ? layout->n : layout->n / 2;
  return 0;
}

/* --- opening ----------------------------------------------------------------------- */

/* Returns how many numbers are shuffled. */
static int64_t shuffled(const struct pair_order *order)
{
  return order->layout.type == PAIR_UNPAIRED ? order->layout.n : order->pairs;
}

/* Returns the bytes of the numbers that are kept; INT64_MAX when no int64_t holds
 * them. */
static int64_t bytes_of_numbers(const struct pair_order *order)
{
  const int64_t ngroups = order->layout.ngroups;
  const bool drawn = is_drawn(&order->rules, &order->layout);
  if (order->rules.deepreg)
    return drawn ? numbers_bytes(4 * ngroups, order->layout.n)
                 : numbers_bytes(shuffled(order), shuffled(order));
  return drawn && order->skipped ? numbers_bytes(order->pairs, ngroups) : 0;
}

static int64_t bytes_needed(const struct pair_order *order)
{
  const struct pair_layout *layout = &order->layout;
  int64_t bytes = sizeof *order;
  if (is_iterated(&order->rules, layout))
    bytes += pair_table_bytes(layout);
  else if (is_drawn(&order->rules, layout) && !order->rules.deepreg)
    bytes += layout->ngroups * (int64_t)sizeof(int64_t);
  return checked_add(bytes, bytes_of_numbers(order), &bytes) ? bytes : INT64_MAX;
}

static int open_drawn(struct pair_order *order, const struct pair_layout *layout,
                      struct err *err)
{
  const size_t ngroups = (size_t)layout->ngroups;
  order->sizes = calloc(ngroups ? ngroups : 1, sizeof *order->sizes);
  if (!order->sizes)
    return err_set(err, ENOMEM, "out of memory for %d groups of images", layout->ngroups);
  if (ngroups)
    memcpy(order->sizes, layout->group_size, ngroups * sizeof *order->sizes);
  order->layout.group_size = order->sizes;
  if (!order->skipped)
    return 0;
  if (numbers_open(&order->groups, order->pairs, layout->ngroups, err))
    return -1;
  int64_t t = 0;
  for (int g = 0; g < layout->ngroups; g++)
    if (!pair_drawn_skips(&order->rules, layout, g))
      numbers_set(&order->groups, t++, g);
  return 0;
}

static int play_deepreg(struct pair_order *order, const struct pair_layout *layout,
                        struct err *err)
{
  if (is_drawn(&order->rules, layout))
    return pair_drawn_deepreg(&order->rules, layout, &order->kept, err);
  struct rng_mt mt;
  rng_mt_seed(&mt, order->rules.seed);
  if (numbers_open(&order->kept, shuffled(order), shuffled(order), err))
    return -1;
  return numbers_shuffle(&order->kept, &mt, err);
}

static int open_parts(struct pair_order *order, const struct pair_layout *layout,
                      struct err *err)
{
  const struct pair_rules *rules = &order->rules;
  if (is_iterated(rules, layout) && pair_table_open(&order->table, rules, layout, err))
    return -1;
  if (rules->deepreg)
    return play_deepreg(order, layout, err);
  const struct rng_place place = {RNG_USE_ORDER, rules->seed, rules->stream, rules->epoch,
                                  0};
  permute_init(&order->permute, shuffled(order), &place);
  return is_drawn(rules, layout) ? open_drawn(order, layout, err) : 0;
}

int pair_order_open(struct pair_order **out, const struct pair_rules *rules,
                    const struct pair_layout *layout, int64_t most, struct err *err)
{
  struct pair_order *order = calloc(1, sizeof *order);
  if (!order)
    return err_set(err, ENOMEM, "out of memory for an order of pairs");
  order->rules = *rules;
  order->layout = *layout;
  order->layout.group_size = NULL;
  int status = pair_order_count(rules, layout, &order->pairs, &order->skipped, err);
  order->bytes = status ? 0 : bytes_needed(order);
  if (order->bytes > most && !status)
    status = err_set(err, EIO,
                     "the order of %lld pairs takes %lld bytes, more than the %lld "
                     "allowed (cache=)",
                     (long long)order->pairs, (long long)order->bytes, (long long)most);
  if (!status)
    status = open_parts(order, layout, err);
  if (status) {
    pair_order_close(order);
    return -1;
  }
  *out = order;
  return 0;
}

void pair_order_close(struct pair_order *order)
{
  if (!order)
    return;
  pair_table_close(&order->table);
  numbers_free(&order->groups);
  numbers_free(&order->kept);
  free(order->sizes);
  free(order);
}

/* --- asking ------------------------------------------------------------------------ */

int64_t pair_order_pairs(const struct pair_order *order)
{
  return order->pairs;
}

int64_t pair_order_skipped(const struct pair_order *order)
{
  return order->skipped;
}

int64_t pair_order_bytes(const struct pair_order *order)
{
  return order->bytes;
}

static int64_t number_at(const struct pair_order *order, int64_t i)
{
  return order->rules.deepreg ? numbers_at(&order->kept, i)
                              : permute_at(&order->permute, i);
}

static void drawn_at(const struct pair_order *order, int64_t item, struct pair *pair)
{
  const struct numbers *kept = &order->kept;
  if (order->rules.deepreg) {
    *pair = (struct pair){numbers_at(kept, 4 * item), numbers_at(kept, 4 * item + 1),
                          numbers_at(kept, 4 * item + 2), numbers_at(kept, 4 * item + 3)};
    return;
  }
  const int64_t t = permute_at(&order->permute, item);
  const int64_t g = order->skipped ? numbers_at(&order->groups, t) : t;
  pair_drawn_from(&order->rules, &order->layout, (int)g, pair);
}

void pair_order_at(const struct pair_order *order, int64_t item, struct pair *pair)
{
  assert(item >= 0 && item < order->pairs);
  if (is_drawn(&order->rules, &order->layout)) {
    drawn_at(order, item, pair);
  } else if (is_iterated(&order->rules, &order->layout)) {
    pair_table_row(&order->table, number_at(order, item), pair);
  } else if (order->layout.type == PAIR_UNPAIRED) {
    *pair = (struct pair){.moving = number_at(order, 2 * item),
                          .fixed = number_at(order, 2 * item + 1)};
  } else {
    const int64_t i = number_at(order, item);
    *pair = (struct pair){.moving = i, .fixed = i};
  }
}
