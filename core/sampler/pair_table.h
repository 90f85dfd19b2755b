/* DeepReg's table of all pairs, iterated (sample_image_in_group: false), row by row and
 * never stored: 10,000 images in 100 groups have 10^8 rows.  From outermost to innermost:
 *
 *   p = 1   group g, image i, image j < i: forward (g,j,g,i), backward (g,i,g,j),
 *           unconstrained both, in this order
 *   p = 0   groups g1, g2 != g1, image i of g1, image j of g2: (g1,i,g2,j) */
#ifndef TESSERAFS_PAIR_TABLE_H
#define TESSERAFS_PAIR_TABLE_H

#include "core/sampler/pair_order.h"

/* Immutable after opening; starts as {0}. */
struct pair_table {
  bool intra;
  enum pair_intra option;
  int ngroups;
  int64_t *images; /* ngroups + 1: all images before each group */
  int64_t *rows;   /* ngroups + 1: all rows before those with each group as moving
                    * group */
};

/* Counts the table's rows; EOVERFLOW when an int64_t does not hold them. */
int pair_table_count(const struct pair_rules *rules, const struct pair_layout *layout,
                     int64_t *rows, struct err *err);
/* Returns the bytes that an open table keeps. */
int64_t pair_table_bytes(const struct pair_layout *layout);
/* Opens the table of a layout that pair_table_count() has counted. */
int pair_table_open(struct pair_table *table, const struct pair_rules *rules,
                    const struct pair_layout *layout, struct err *err);
void pair_table_close(struct pair_table *table);
/* Gives row number `row`, 0 <= row < pair_table_count(), in O(log ngroups). */
void pair_table_row(const struct pair_table *table, int64_t row, struct pair *pair);

#endif
