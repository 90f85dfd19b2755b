/* Many arrays as one: pieces on a grid, each opened when its voxels are asked for.
 *
 * Names (up to VIEW_GATHER_AXES of them) number the pieces: a piece's number is its index
 * in C order of the positions, the first name outermost.  Each name either makes a new
 * axis of the result (stack) or joins along an axis of the pieces (concat); names that
 * concat along one axis nest.  Not good for: a few arrays that are open anyway. */
#ifndef TESSERAFS_VIEW_GATHER_H
#define TESSERAFS_VIEW_GATHER_H

#include "core/view/view.h"

enum { VIEW_GATHER_AXES = 4 };

/* Access to the pieces; all functions are thread safe. */
struct view_gather_ops {
  /* Gives the view of piece `number`, valid until put() of *pin.  0 with *out NULL: a
   * hole that reads as fill and needs no put().  -1: *err. */
  int (*get)(void *ctx, int64_t number, const struct view **out, void **pin,
             struct err *err);
  void (*put)(void *ctx, void *pin);
  /* The box (axes of the piece; it may reach past a piece that is smaller than its cell)
   * will be read soon (wanted: the reader is about to), so other threads open the piece
   * and begin to decode.  Never waits.  false: no more of it now.  wish (never with
   * wanted): as of view_prefetch(), then this thread opens the piece.  May be NULL. */
  bool (*prefetch)(void *ctx, int64_t number, const int64_t *off, const int64_t *shape,
                   bool wanted, struct source_wish *wish);
};

struct view_gather_plan {
  enum dtype dtype;      /* of every piece */
  int nd;                /* of every piece */
  int64_t shape[ND_MAX]; /* of every piece, on the axes that nothing is joined along */
  int naxes;
  struct view_gather_axis {
    bool concat; /* along axis `axis` of the pieces; else a new axis `axis` of the
                  * result */
    int axis;
    int64_t n; /* positions */
  } axes[VIEW_GATHER_AXES];
  /* Cells along axis d of the pieces, where something is joined along it: cell k is
   * bounds[d][k] .. bounds[d][k+1], all pieces in it are as long; or, bounds[d] NULL,
   * k * pitch[d] .. (k+1) * pitch[d] clipped to extent[d], and a piece may be shorter
   * (the rest is fill) or longer (the rest is cut off). */
  const int64_t *bounds[ND_MAX];
  int64_t pitch[ND_MAX], extent[ND_MAX];
  double fill; /* saturated to the dtype */
};

/* bounds[] and ctx must outlive the view.  NULL: EINVAL when the axes, or the cells, do
 * not fit; ENOMEM. */
struct view *view_gather(struct arena *arena, const struct view_gather_plan *plan,
                         const struct view_gather_ops *ops, void *ctx, struct err *err);

#endif
