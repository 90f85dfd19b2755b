/* Pairs that are drawn (sample_image_in_group: true).  Each group is the moving group
 * once: with probability p two images of it are paired, else one of its images and one of
 * another group.  A group of one image that would be paired with itself is skipped. */
#ifndef TESSERAFS_PAIR_DRAWN_H
#define TESSERAFS_PAIR_DRAWN_H

#include "core/sampler/numbers.h"
#include "core/sampler/pair_order.h"

/* Training: returns whether group g is skipped in this epoch. */
bool pair_drawn_skips(const struct pair_rules *rules, const struct pair_layout *layout,
                      int g);
/* Training: gives the pair whose moving group is g, which must not be skipped. */
void pair_drawn_from(const struct pair_rules *rules, const struct pair_layout *layout,
                     int g, struct pair *pair);

/* DeepReg's own order: counts the pairs that come out. */
int pair_drawn_deepreg_count(const struct pair_rules *rules,
                             const struct pair_layout *layout, int64_t *pairs,
                             struct err *err);
/* DeepReg's own order, kept: moving group, moving, fixed group, fixed of pair t are the
 * numbers 4t .. 4t+3, and numbers->n is 4 * pairs.  The caller ends it with
 * numbers_free(). */
int pair_drawn_deepreg(const struct pair_rules *rules, const struct pair_layout *layout,
                       struct numbers *numbers, struct err *err);

#endif
