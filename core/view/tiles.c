/* Tiles of a box: see tiles.h. */
#include "core/view/tiles.h"

#include <stdlib.h>

void tiles_order(int nd, const int64_t *stride, int *order)
{
  for (int d = 0; d < nd; d++) {
    int at = d;
    for (; at > 0 && llabs(stride[order[at - 1]]) < llabs(stride[d]); at--)
      order[at] = order[at - 1];
    order[at] = d;
  }
}

/* Returns whether the dense extent of the tile, whose product may overflow, is within the
 * limit. */
static bool fits(int nd, const int64_t *tile, const int64_t *step, int64_t limit)
{
  for (int d = 0; d < nd; d++) {
    int64_t extent = (tile[d] - 1) * (step ? step[d] : 1) + 1;
    if (extent > limit)
      return false;
    limit /= extent;
  }
  return true;
}

void tiles_shape(int nd, const int64_t *shape, const int64_t *step, const int *order,
                 int64_t limit, int64_t *tile)
{
  for (int d = 0; d < nd; d++)
    tile[d] = shape[d];
  for (int i = 0; i < nd; i++) {
    int d = order ? order[i] : i;
    while (tile[d] > 1 && !fits(nd, tile, step, limit))
      tile[d] = (tile[d] + 1) / 2;
  }
}

void tiles_extent(int nd, const int64_t *shape, const int64_t *tile, const int64_t *at,
                  int64_t *extent)
{
  for (int d = 0; d < nd; d++)
    extent[d] = tile[d] < shape[d] - at[d] ? tile[d] : shape[d] - at[d];
}

bool tiles_next(int nd, const int64_t *shape, const int64_t *tile, int64_t *at)
{
  for (int d = nd - 1; d >= 0; d--) {
    at[d] += tile[d];
    if (at[d] < shape[d])
      return true;
    at[d] = 0;
  }
  return false;
}
