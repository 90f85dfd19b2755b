/* Which image is registered with which, and when: the order of one epoch's pairs.
 *
 * Two kinds of order.  Training draws each pair by itself from (seed, stream, epoch,
 * item): any item of any epoch costs O(log ngroups) time, and no memory but two tables of
 * the groups.  DeepReg's own order comes out of one Mersenne Twister from the first draw
 * to the last, the same in every epoch; it must be played and kept, 4 bytes a number.
 *
 * What each type yields (t: item; p: intra_group_prob; n: images of a group):
 *   paired             n pairs, each case once
 *   unpaired           n/2 pairs, no image twice; an odd last image is not used
 *   grouped, sampled   each group once as moving group: with probability p two different
 *                      images of it, else one of it and one of another group.  A group of
 *                      one image that would be paired with itself is skipped, so that an
 *                      epoch may have fewer pairs than groups.
 *   grouped, iterated  p = 1: every pair within each group, p = 0: every ordered pair of
 *                      images of two groups; each once, shuffled */
#ifndef TESSERAFS_PAIR_ORDER_H
#define TESSERAFS_PAIR_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

enum pair_type { PAIR_PAIRED, PAIR_UNPAIRED, PAIR_GROUPED };

/* Which of two images of one group is moving: either, the earlier, the later. */
enum pair_intra { PAIR_UNCONSTRAINED, PAIR_FORWARD, PAIR_BACKWARD };

/* What there is to pair.  The functions below keep none of it. */
struct pair_layout {
  enum pair_type type;
  int64_t n;                 /* cases (paired) or images, of all groups together */
  int ngroups;               /* grouped only, like group_size */
  const int64_t *group_size; /* images of each group, >= 1; their sum is n */
};

/* The keys of a DeepReg configuration, by its names.  DeepReg has no defaults for the
 * first three. */
struct pair_rules {
  double intra_group_prob; /* 0..1; this and the next two: grouped only */
  enum pair_intra intra_group_option;
  bool sample_image_in_group; /* "sampled", else "iterated" */
  bool deepreg;    /* DeepReg's order for `seed`; stream and epoch change nothing */
  uint64_t seed;   /* with deepreg the absolute value of its seed */
  uint64_t stream; /* names the split */
  int64_t epoch;   /* any number */
};

/* Positions in the enumerations, from 0; the groups are 0 when there are none. */
struct pair {
  int64_t moving_group, moving; /* moving: the image's position in its group */
  int64_t fixed_group, fixed;
};

/* Checks whether the rules are possible with this layout.  EINVAL, with the key, what was
 * found and what was expected, for rules that DeepReg refuses (and for a probability
 * outside 0..1). */
int pair_order_check(const struct pair_rules *rules, const struct pair_layout *layout,
                     struct err *err);

/* Counts the pairs that come out in this epoch, and (skipped: may be NULL) the groups of
 * one image that gave no pair as moving group.  O(ngroups) time; memory only for
 * DeepReg's sampled order, 4 bytes a group.  Checks like pair_order_check(); EOVERFLOW
 * when an int64_t does not hold the count. */
int pair_order_count(const struct pair_rules *rules, const struct pair_layout *layout,
                     int64_t *pairs, int64_t *skipped, struct err *err);

struct pair_order;

/* Opens an epoch's order; the caller ends it with pair_order_close().  Checks like
 * pair_order_count(); EIO when the order takes more than `most` bytes, with the size that
 * it needs; EINTR when the reader is gone (playing DeepReg's order takes seconds for 10^8
 * pairs). */
int pair_order_open(struct pair_order **order, const struct pair_rules *rules,
                    const struct pair_layout *layout, int64_t most, struct err *err);
void pair_order_close(struct pair_order *order); /* NULL is fine */

int64_t pair_order_pairs(const struct pair_order *order);
int64_t pair_order_skipped(const struct pair_order *order);
/* Returns the bytes that the order keeps until it is closed. */
int64_t pair_order_bytes(const struct pair_order *order);

/* Gives pair number `item`, 0 <= item < pair_order_pairs().  Any number of threads at
 * once. */
void pair_order_at(const struct pair_order *order, int64_t item, struct pair *pair);

#endif
