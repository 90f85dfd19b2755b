/* A linear range of a C-ordered array as boxes.
 *
 * From the start of the range the largest box that begins there is taken, again and
 * again: first up (the rest of a row, the rest of a plane, ...), at the top as many whole
 * sub-arrays as there are, then down again; so at most 2*nd-1 boxes. */
#include "core/nd/nd.h"

/* inner[d]: voxels under one step of axis d. */
static void inner_counts(int nd, const int64_t *shape, int64_t *inner)
{
  int64_t count = 1;
  for (int d = nd - 1; d >= 0; d--) {
    inner[d] = count;
    count *= shape[d];
  }
}

/* The largest box that begins at `start` and has at most `count` voxels (start inside the
 * array, count > 0); returns its voxels. */
static int64_t largest_box(int nd, const int64_t *shape, const int64_t *inner,
                           int64_t start, int64_t count, int64_t *off, int64_t *box)
{
  int axis = 0;
  while (axis < nd - 1 && (start % inner[axis] || count < inner[axis]))
    axis++;
  int64_t rest = start;
  for (int d = 0; d < nd; d++) {
    off[d] = rest / inner[d];
    rest %= inner[d];
    box[d] = d < axis ? 1 : shape[d];
  }
  if (nd == 0)
    return 1;
  int64_t steps = count / inner[axis], left = shape[axis] - off[axis];
  box[axis] = steps < left ? steps : left;
  return box[axis] * inner[axis];
}

int nd_linear(int nd, const int64_t *shape, int64_t start, int64_t count, nd_box_fn *fn,
              void *ctx)
{
  int64_t inner[ND_MAX], off[ND_MAX], box[ND_MAX];
  inner_counts(nd, shape, inner);
  while (count > 0) {
    int64_t taken = largest_box(nd, shape, inner, start, count, off, box);
    if (fn(ctx, off, box, start))
      return -1;
    start += taken;
    count -= taken;
  }
  return 0;
}
