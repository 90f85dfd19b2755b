/* Pairs drawn in training: as even as they should be.  All seeds are fixed. */
#include "tests/support/chi_square.h"
#include "tests/support/pair_check.h"

enum { NGROUPS = 7, EPOCHS = 20000 };

static const int64_t sizes[NGROUPS] = {4, 1, 2, 5, 3, 1, 6};

/* What came out of EPOCHS epochs. */
struct tally {
  int intra[NGROUPS], moved[NGROUPS]; /* of the group as moving group */
  int first[NGROUPS];                 /* of the group as first moving group */
  int fixed[NGROUPS][NGROUPS];        /* of the pair of groups */
  int moving_image[6], fixed_image[6], two[6 * 6]; /* of group 6; two: within it */
  int64_t pairs, skipped;
};

static void tally_pair(struct tally *tally, struct pair pair)
{
  const int64_t a = pair.moving_group, b = pair.fixed_group;
  tally->moved[a]++;
  tally->intra[a] += a == b;
  tally->fixed[a][b] += a != b;
  if (a == 6 && b == 6)
    tally->two[pair.moving * 6 + pair.fixed]++;
  if (a == 6 && b != 6)
    tally->moving_image[pair.moving]++;
  if (a != 6 && b == 6)
    tally->fixed_image[pair.fixed]++;
}

static struct tally tally_epochs(double p, enum pair_intra option)
{
  struct tally tally;
  memset(&tally, 0, sizeof tally);
  const struct pair_layout layout = grouped(NGROUPS, sizes);
  struct pair_rules rules = rules_of(p, option, true, false);
  rules.seed = 3;
  for (rules.epoch = 0; rules.epoch < EPOCHS; rules.epoch++) {
    struct pair_order *order = open_order(&rules, &layout);
    if (!order)
      break;
    tally.pairs += pair_order_pairs(order);
    tally.skipped += pair_order_skipped(order);
    for (int64_t t = 0; t < pair_order_pairs(order); t++)
      tally_pair(&tally, pair_at(order, t));
    if (pair_order_pairs(order))
      tally.first[pair_at(order, 0).moving_group]++;
    pair_order_close(order);
  }
  return tally;
}

/* Within 3.3 standard deviations of EPOCHS throws of a coin. */
static bool is_share(int count, double p)
{
  return fabs(count - EPOCHS * p) < 3.3 * sqrt(EPOCHS * p * (1 - p));
}

static void test_intra_by_p(void)
{
  const struct tally tally = tally_epochs(0.3, PAIR_UNCONSTRAINED);
  for (int g = 0; g < NGROUPS; g++) {
    CHECK(sizes[g] == 1 || tally.moved[g] == EPOCHS);
    CHECK(sizes[g] == 1 ? tally.intra[g] == 0 : is_share(tally.intra[g], 0.3));
    CHECK(sizes[g] != 1 || is_share(tally.moved[g], 0.7));
  }
  CHECK(tally.pairs + tally.skipped == (int64_t)NGROUPS * EPOCHS);
}

static void test_other_group_is_even(void)
{
  const struct tally tally = tally_epochs(0, PAIR_UNCONSTRAINED);
  for (int g = 0; g < NGROUPS; g++) {
    int others[NGROUPS], n = 0;
    for (int b = 0; b < NGROUPS; b++)
      if (b != g)
        others[n++] = tally.fixed[g][b];
    CHECK(is_even(others, n, EPOCHS / 6.0));
    CHECK(tally.intra[g] == 0);
  }
  CHECK(is_even(tally.first, NGROUPS, EPOCHS / 7.0));
  CHECK(is_even(tally.moving_image, 6, EPOCHS / 6.0));
  int all = 0;
  for (int i = 0; i < 6; i++)
    all += tally.fixed_image[i];
  CHECK(is_even(tally.fixed_image, 6, all / 6.0));
  CHECK(tally.skipped == 0);
}

/* The cells of two[] that an option allows. */
static int allowed_cells(const struct tally *tally, enum pair_intra option, int *cells)
{
  int n = 0;
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++) {
      const bool allowed = option == PAIR_FORWARD    ? i < j
                           : option == PAIR_BACKWARD ? i > j
                                                     : i != j;
      if (allowed)
        cells[n++] = tally->two[i * 6 + j];
      else
        CHECK(tally->two[i * 6 + j] == 0);
    }
  return n;
}

static void test_two_images_are_even(void)
{
  const enum pair_intra options[] = {PAIR_UNCONSTRAINED, PAIR_FORWARD, PAIR_BACKWARD};
  for (int k = 0; k < 3; k++) {
    int cells[36];
    const struct tally tally = tally_epochs(1, options[k]);
    const int n = allowed_cells(&tally, options[k], cells);
    CHECK(n == (k ? 15 : 30));
    CHECK(is_even(cells, n, (double)EPOCHS / n));
    CHECK(tally.skipped == 2 * EPOCHS);
    CHECK(tally.pairs == (NGROUPS - 2) * (int64_t)EPOCHS);
  }
}

/* With DeepReg's generator over as many seeds: the same shares. */
static void test_deepreg_by_p(void)
{
  const struct pair_layout layout = grouped(NGROUPS, sizes);
  struct pair_rules rules = rules_of(0.3, PAIR_UNCONSTRAINED, true, true);
  int64_t skipped = 0;
  for (rules.seed = 0; rules.seed < EPOCHS; rules.seed++) {
    struct pair_order *order = open_order(&rules, &layout);
    skipped += order ? pair_order_skipped(order) : 0;
    pair_order_close(order);
  }
  CHECK(fabs((double)skipped - 2 * EPOCHS * 0.3) < 3.3 * sqrt(2 * EPOCHS * 0.21));
}

int main(void)
{
  test_intra_by_p();
  test_other_group_is_even();
  test_two_images_are_even();
  test_deepreg_by_p();
  return check_report("test_pair_drawn");
}
