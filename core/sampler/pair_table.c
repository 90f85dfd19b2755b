/* Rows of the iterated tables: see pair_table.h.  Bisection finds a row's group from the
 * number of rows before each group; arithmetic finds the rest. */
#include "core/sampler/pair_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/checked.h"

/* --- counting ---------------------------------------------------------------------- */

/* Returns the number of pairs (i, j) with j < i < n; the pairs with i come after
 * triangle(i) others. */
static int64_t triangle(int64_t n)
{
  return n % 2 ? (n - 1) / 2 * n : n / 2 * (n - 1);
}

/* Counts the rows in which a group of n images is the moving group, of `all` images. */
static bool rows_of_group(bool intra, enum pair_intra option, int64_t n, int64_t all,
                          int64_t *rows)
{
  if (!intra)
    return checked_mul(n, all - n, rows);
  if (option == PAIR_UNCONSTRAINED)
    return checked_mul(n, n - 1, rows);
  return checked_mul(n % 2 ? n : n / 2, n % 2 ? (n - 1) / 2 : n - 1, rows);
}

static bool is_intra(const struct pair_rules *rules)
{
  return rules->intra_group_prob >= 1;
}

int pair_table_count(const struct pair_rules *rules, const struct pair_layout *layout,
                     int64_t *rows, struct err *err)
{
  *rows = 0;
  for (int g = 0; g < layout->ngroups; g++) {
    int64_t more;
    if (!rows_of_group(is_intra(rules), rules->intra_group_option, layout->group_size[g],
                       layout->n, &more) ||
        !checked_add(*rows, more, rows))
      return err_set(err, EOVERFLOW,
                     "%lld images in %d groups make more than 2^63 - 1 pairs",
                     (long long)layout->n, layout->ngroups);
  }
  return 0;
}

/* --- opening ----------------------------------------------------------------------- */

int64_t pair_table_bytes(const struct pair_layout *layout)
{
  return ((int64_t)layout->ngroups + 1) * 2 * (int64_t)sizeof(int64_t);
}

int pair_table_open(struct pair_table *table, const struct pair_rules *rules,
                    const struct pair_layout *layout, struct err *err)
{
  const size_t n = (size_t)layout->ngroups + 1;
  *table = (struct pair_table){
      .intra = is_intra(rules),
      .option = rules->intra_group_option,
      .ngroups = layout->ngroups,
      .images = calloc(n, sizeof(int64_t)),
      .rows = calloc(n, sizeof(int64_t)),
  };
  if (!table->images || !table->rows) {
    pair_table_close(table);
    return err_set(err, ENOMEM, "out of memory for %d groups of images", layout->ngroups);
  }
  for (int g = 0; g < layout->ngroups; g++) {
    const int64_t size = layout->group_size[g];
    int64_t rows = 0;
    rows_of_group(table->intra, table->option, size, layout->n, &rows);
    table->images[g + 1] = table->images[g] + size;
    table->rows[g + 1] = table->rows[g] + rows;
  }
  return 0;
}

void pair_table_close(struct pair_table *table)
{
  free(table->images);
  free(table->rows);
  *table = (struct pair_table){0};
}

/* --- one row ----------------------------------------------------------------------- */

/* Returns the last g with before[g] <= i: the group that number i falls into, past empty
 * groups. */
static int find_group(const int64_t *before, int ngroups, int64_t i)
{
  int low = 0, high = ngroups;
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    if (before[middle] <= i)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* Returns the i with triangle(i) <= r < triangle(i + 1).  The root may be off by its
 * rounding, which is corrected. */
static int64_t triangle_root(int64_t r)
{
  int64_t i = (int64_t)((1 + sqrt(1 + 8 * (double)r)) / 2);
  while (triangle(i) > r)
    i--;
  while (r - triangle(i) >= i)
    i++;
  return i;
}

static void intra_row(const struct pair_table *table, int g, int64_t r, struct pair *pair)
{
  const bool both = table->option == PAIR_UNCONSTRAINED;
  const int64_t later = triangle_root(both ? r / 2 : r);
  const int64_t earlier = (both ? r / 2 : r) - triangle(later);
  const bool backward = both ? r % 2 : table->option == PAIR_BACKWARD;
  *pair = (struct pair){g, backward ? later : earlier, g, backward ? earlier : later};
}

/* The block of g2 begins after size * (images of the groups before g2, without g)
 * rows. */
static void inter_row(const struct pair_table *table, int g, int64_t r, struct pair *pair)
{
  const int64_t start = table->images[g], size = table->images[g + 1] - start;
  const int64_t other = r / size;
  const int fixed =
      find_group(table->images, table->ngroups, other < start ? other : other + size);
  const int64_t fixed_start = table->images[fixed];
  const int64_t fixed_size = table->images[fixed + 1] - fixed_start;
  const int64_t within = r - size * (fixed < g ? fixed_start : fixed_start - size);
  *pair = (struct pair){g, within / fixed_size, fixed, within % fixed_size};
}

void pair_table_row(const struct pair_table *table, int64_t row, struct pair *pair)
{
  const int g = find_group(table->rows, table->ngroups, row);
  const int64_t r = row - table->rows[g];
  if (table->intra)
    intra_row(table, g, r, pair);
  else
    inter_row(table, g, r, pair);
}
