/* Drawn pairs: see pair_drawn.h.  The same choices are made in two ways: in training each
 * pair by itself, and DeepReg's from one generator, whose draws and their order are
 * DeepReg's own. */
#include "core/sampler/pair_drawn.h"

#include <string.h>

#include "core/base/rng_philox.h"

/* Makes a pair of images i and j of group g; i is moving unless the option asks for an
 * order. */
static struct pair within_group(enum pair_intra option, int g, int64_t i, int64_t j)
{
  const bool turn = option == PAIR_FORWARD ? i > j : option == PAIR_BACKWARD && i < j;
  return (struct pair){g, turn ? j : i, g, turn ? i : j};
}

/* --- training ---------------------------------------------------------------------- */

/* What each draw of a group decides. */
enum { DRAW_INTRA, DRAW_FIRST, DRAW_SECOND, DRAW_THIRD };

static struct rng_place place_of(const struct pair_rules *rules, int g)
{
  return (struct rng_place){RNG_USE_PAIR, rules->seed, rules->stream, rules->epoch, g};
}

static bool draws_intra(const struct pair_rules *rules, const struct rng_place *place)
{
  return rng_unit(place, DRAW_INTRA) < rules->intra_group_prob;
}

/* Draws one of 0 .. n-1 that is not `but`. */
static int64_t other_than(const struct rng_place *place, int k, int64_t n, int64_t but)
{
  const int64_t i = (int64_t)rng_below(place, (uint64_t)k, (uint64_t)n - 1);
  return i < but ? i : i + 1;
}

bool pair_drawn_skips(const struct pair_rules *rules, const struct pair_layout *layout,
                      int g)
{
  if (layout->group_size[g] > 1)
    return false;
  const struct rng_place place = place_of(rules, g);
  return draws_intra(rules, &place);
}

void pair_drawn_from(const struct pair_rules *rules, const struct pair_layout *layout,
                     int g, struct pair *pair)
{
  const int64_t *size = layout->group_size;
  const struct rng_place place = place_of(rules, g);
  if (draws_intra(rules, &place)) {
    const int64_t i = (int64_t)rng_below(&place, DRAW_FIRST, (uint64_t)size[g]);
    const int64_t j = other_than(&place, DRAW_SECOND, size[g], i);
    *pair = within_group(rules->intra_group_option, g, i, j);
    return;
  }
  const int64_t fixed = other_than(&place, DRAW_THIRD, layout->ngroups, g);
  const int64_t i = (int64_t)rng_below(&place, DRAW_FIRST, (uint64_t)size[g]);
  const int64_t j = (int64_t)rng_below(&place, DRAW_SECOND, (uint64_t)size[fixed]);
  *pair = (struct pair){g, i, fixed, j};
}

/* --- DeepReg's own ----------------------------------------------------------------- */

/* Returns false when the group was skipped, after one draw. */
static bool deepreg_next(struct rng_mt *mt, const struct pair_rules *rules,
                         const struct pair_layout *layout, int g, struct pair *pair)
{
  const uint64_t size = (uint64_t)layout->group_size[g];
  if (rng_mt_random(mt) <= rules->intra_group_prob) {
    if (size < 2)
      return false;
    uint64_t two[2];
    rng_mt_sample2(mt, size, two);
    *pair = within_group(rules->intra_group_option, g, (int64_t)two[0], (int64_t)two[1]);
    return true;
  }
  int64_t fixed = (int64_t)rng_mt_below(mt, (uint64_t)layout->ngroups - 1);
  fixed += fixed >= g;
  const uint64_t i = rng_mt_below(mt, size);
  const uint64_t j = rng_mt_below(mt, (uint64_t)layout->group_size[fixed]);
  *pair = (struct pair){g, (int64_t)i, fixed, (int64_t)j};
  return true;
}

static void keep(struct numbers *kept, int64_t t, const struct pair *pair)
{
  numbers_set(kept, 4 * t, pair->moving_group);
  numbers_set(kept, 4 * t + 1, pair->moving);
  numbers_set(kept, 4 * t + 2, pair->fixed_group);
  numbers_set(kept, 4 * t + 3, pair->fixed);
}

/* kept: NULL, or room for all pairs that may come out. */
static int deepreg_play(const struct pair_rules *rules, const struct pair_layout *layout,
                        struct numbers *kept, int64_t *pairs, struct err *err)
{
  struct numbers groups;
  if (numbers_open(&groups, layout->ngroups, layout->ngroups, err))
    return -1;
  struct rng_mt mt;
  rng_mt_seed(&mt, rules->seed);
  const int status = numbers_shuffle(&groups, &mt, err);
  *pairs = 0;
  for (int64_t t = 0; !status && t < groups.n; t++) {
    struct pair pair;
    if (!deepreg_next(&mt, rules, layout, (int)numbers_at(&groups, t), &pair))
      continue;
    if (kept)
      keep(kept, *pairs, &pair);
    ++*pairs;
  }
  numbers_free(&groups);
  return status;
}

int pair_drawn_deepreg_count(const struct pair_rules *rules,
                             const struct pair_layout *layout, int64_t *pairs,
                             struct err *err)
{
  return deepreg_play(rules, layout, NULL, pairs, err);
}

int pair_drawn_deepreg(const struct pair_rules *rules, const struct pair_layout *layout,
                       struct numbers *numbers, struct err *err)
{
  if (numbers_open(numbers, 4 * (int64_t)layout->ngroups, layout->n, err))
    return -1;
  int64_t pairs;
  if (deepreg_play(rules, layout, numbers, &pairs, err)) {
    numbers_free(numbers);
    return -1;
  }
  numbers_shorten(numbers, 4 * pairs);
  return 0;
}
