/* The tiles of a volume as PyTC names them: one pattern per slice, which holds
 * "{row}_{column}", or is the file of the whole slice.  A volume may have millions of
 * tiles, so a path is made when it is asked for. */
#ifndef TESSERAFS_TILE_GRID_H
#define TESSERAFS_TILE_GRID_H

#include "core/dataset/dataset.h"

struct tile_grid {
  int64_t depth, rows, columns;
  int64_t first_row, first_column; /* the number in the name of the first row, of the
                                    * first column */
  const char *const *patterns;     /* depth of them, absolute */
};

/* For field_spec.make_piece, with the grid as ctx; the number counts (z, row, column) in
 * C order. */
bool tile_grid_piece(const void *ctx, int64_t number, char room[PATH_MAX],
                     struct piece *out);

#endif
