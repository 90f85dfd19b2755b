/* Do counts look drawn?  For tests with fixed seeds: what passes once passes always. */
#ifndef TESSERAFS_CHI_SQUARE_H
#define TESSERAFS_CHI_SQUARE_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

/* Is the statistic of `cells` cells within what chance gives 999 times in 1000?  Wilson
 * and Hilferty's cube root, good to some percent. */
static inline bool is_even(const int *count, int cells, double expected)
{
  double chi2 = 0;
  for (int i = 0; i < cells; i++)
    chi2 += (count[i] - expected) * (count[i] - expected) / expected;
  const double free_cells = cells - 1, v = 2 / (9 * free_cells);
  const double z = (cbrt(chi2 / free_cells) - (1 - v)) / sqrt(v);
  if (fabs(z) > 3.3)
    fprintf(stderr, "chi-square %g of %d cells: z = %g\n", chi2, cells, z);
  return fabs(z) <= 3.3;
}

#endif
