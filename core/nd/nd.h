/* Boxes of n-dimensional arrays.  Shapes are outermost first: shape[0] varies slowest in
 * C order.  Counts are voxels, strides are bytes. */
#ifndef TESSERAFS_ND_H
#define TESSERAFS_ND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/nd/dtype.h"

enum { ND_MAX = 10 };

/* The byte strides of a contiguous array, C order (last axis fastest) or Fortran
 * order. */
void nd_strides(int nd, const int64_t *shape, int64_t itemsize, bool fortran,
                int64_t *stride);
/* sum(at[d] * stride[d]): where voxel at[] of a strided array lies, in bytes. */
int64_t nd_offset(int nd, const int64_t *at, const int64_t *stride);
/* prod(shape); the caller knows that it fits. */
int64_t nd_count(int nd, const int64_t *shape);

/* Copies a box between two strided arrays that do not overlap.  Strides may be negative.
 * Merges axes that are contiguous in both and walks the rest so that the innermost loop
 * is as long as possible; a transposing copy goes in square tiles.  itemsize: 1, 2, 4,
 * 8, 16. */
void nd_copy(int nd, const int64_t *shape, void *out, const int64_t *ostride,
             const void *in, const int64_t *istride, int itemsize);
/* The same with every unit of swap_size bytes reversed (big-endian sources). */
void nd_copy_swapped(int nd, const int64_t *shape, void *out, const int64_t *ostride,
                     const void *in, const int64_t *istride, int itemsize, int swap_size);
/* Sets every voxel of a strided box to the element at `value`. */
void nd_fill(int nd, const int64_t *shape, void *out, const int64_t *ostride,
             const void *value, int itemsize);

/* Walks all positions of a box in C order:
 *     int64_t at[ND_MAX] = {0};
 *     do { ... } while (nd_next(nd, shape, at));
 * (an empty box must be excluded before). */
bool nd_next(int nd, const int64_t *shape, int64_t *at);

/* A contiguous range [start, start+count) of a C-ordered array as boxes that are
 * contiguous in it, in order; at most 2*nd-1 of them.  Calls fn for each; stops at the
 * first -1. */
typedef int nd_box_fn(void *ctx, const int64_t *off, const int64_t *shape,
                      int64_t linear);
int nd_linear(int nd, const int64_t *shape, int64_t start, int64_t count, nd_box_fn *fn,
              void *ctx);

/* "64x64x64" into buf; returns buf. */
enum { ND_TEXT = ND_MAX * 21 + 1 };
char *nd_text(int nd, const int64_t *shape, char buf[ND_TEXT]);

#endif
