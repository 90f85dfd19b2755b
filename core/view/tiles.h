/* Cuts a box into tiles of bounded size, for views that need a scratch buffer. */
#ifndef TESSERAFS_TILES_H
#define TESSERAFS_TILES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/nd/nd.h"

/* Gives the axes in order of falling |stride|, so that the last one is the densest. */
void tiles_order(int nd, const int64_t *stride, int *order);

/* Gives the largest tile of a box whose dense extent, prod((tile[d] - 1) * step[d] + 1),
 * is at most `limit` voxels (or one voxel per axis).  step NULL: all 1.  The first axes
 * in `order` (NULL: C order) are halved first, so that the last ones stay whole. */
void tiles_shape(int nd, const int64_t *shape, const int64_t *step, const int *order,
                 int64_t limit, int64_t *tile);

/* Walks the tiles: at[] starts as {0}; extent[] is the tile's own, clipped to the box.
 *     do { tiles_extent(...); ... } while (tiles_next(nd, shape, tile, at)); */
void tiles_extent(int nd, const int64_t *shape, const int64_t *tile, const int64_t *at,
                  int64_t *extent);
bool tiles_next(int nd, const int64_t *shape, const int64_t *tile, int64_t *at);

#endif
