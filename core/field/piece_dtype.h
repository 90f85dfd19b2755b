/* The element type of a field's pieces, where it is stated, or where slices of 1 and of 8
 * bits are one stack: every piece is converted, if its values fit. */
#ifndef TESSERAFS_PIECE_DTYPE_H
#define TESSERAFS_PIECE_DTYPE_H

#include "core/source/source.h"

/* Returns whether every value of one type is a value of the other. */
bool dtype_fits(enum dtype from, enum dtype to);

/* Returns the view of an array of a file, converted to `to`.  Samples of a 1-bit image
 * become 0 and 255, as Pillow, imageio and skimage widen them; other bools 0 and 1.
 * NULL: EIO that names the file when values would not fit; ENOMEM. */
const struct view *piece_converted(const struct view *view,
                                   const struct source_array *array, enum dtype to,
                                   const char *file, struct arena *arena,
                                   struct err *err);

#endif
