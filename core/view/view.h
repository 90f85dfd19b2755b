/* A view is an immutable lazy n-d array: dtype, shape, and a function that writes any box
 * of it.  Sources are views; crop, pad, stack, normalise, ... make views from views.
 *
 * Views are built in an arena and die with it; a view points at the views below it, which
 * must outlive it.  Building does no I/O.  Reading is thread safe. */
#ifndef TESSERAFS_VIEW_H
#define TESSERAFS_VIEW_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/nd/dtype.h"
#include "core/nd/nd.h"

struct view;
struct source_wish;

struct view_ops {
  const char *name;
  /* Write the box off[] .. off[]+shape[] (voxels, this view's axes, never empty) to out:
   * voxel i goes to (char *)out + sum(i[d] * ostride[d]).  ostride: bytes, may be
   * negative, never overlaps.  Returns 0, or -1 with *err set and out undefined.  Reached
   * only through view_read_region(), which has checked the box. */
  int (*read_region)(const struct view *view, const int64_t *off, const int64_t *shape,
                     void *out, const int64_t *ostride, struct err *err);
  /* A hint that the box will be read soon: passed down to the sources, which begin to
   * decode.  Never waits, never fails; with a wish it is an order, which may wait.  NULL:
   * there is nothing to be gained. */
  void (*prefetch)(const struct view *view, const int64_t *off, const int64_t *shape,
                   struct source_wish *wish);
};

/* Bytes from `offset` on, as a part of a larger run: read() takes offsets of the whole
 * run.  Thread safe. */
struct view_run {
  int (*read)(const void *ctx, int64_t offset, void *buf, size_t size, struct err *err);
  const void *ctx;
  int64_t offset;
};

/* The base of every kind of view; kinds put it first in their own struct. */
struct view {
  const struct view_ops *ops;
  enum dtype dtype; /* host byte order */
  int nd;           /* 0..ND_MAX */
  int64_t shape[ND_MAX];
  /* A hint for a reader of all voxels: they lie with the first axis fastest, so walking
   * the axes in reverse order reads each piece of the source once. */
  bool fortran;
  /* Where all voxels are one run of bytes in C order (with the axes reversed where
   * fortran is set), so that reading a part costs no more than a pread.  read NULL: they
   * are not. */
  struct view_run run;
};

/* Makes the base of a view of that shape over `below` that has other values; it does not
 * inherit below->run, because the bytes differ. */
struct view view_like(const struct view *below, const struct view_ops *ops,
                      enum dtype dtype);

/* The checked front door: asserts that the box lies inside, returns at once for an empty
 * box, asserts that -1 and a set error go together. */
int view_read_region(const struct view *view, const int64_t *off, const int64_t *shape,
                     void *out, const int64_t *ostride, struct err *err);
/* Passes the hint on, for a box that lies inside.  wish: NULL, or the wish that makes it
 * an order (see core/source/source.h). */
void view_prefetch(const struct view *view, const int64_t *off, const int64_t *shape,
                   struct source_wish *wish);
/* Reads a box to a contiguous C-ordered buffer. */
int view_read_box(const struct view *view, const int64_t *off, const int64_t *shape,
                  void *out, struct err *err);

/* --- structural views: coordinates move, nothing is computed ----------------------- */

/* How one axis is cut: indices start, start+step, ..., count of them.  drop: the axis
 * disappears (count is 1).  All indices lie inside the axis of the view below. */
struct view_cut {
  int64_t start, step, count;
  bool drop;
};

/* All functions return NULL with *err set (ENOMEM, or EINVAL for what does not fit). */
struct view *view_slice(struct arena *arena, const struct view *below,
                        const struct view_cut *cut, struct err *err);
/* Axis d of the result is axis perm[d] of the view below. */
struct view *view_permute(struct arena *arena, const struct view *below, const int *perm,
                          struct err *err);
/* For a reader of all voxels once, in any order: returns the view itself, or a view with
 * its axes reversed where the voxels lie with the first axis fastest (view->fortran). */
const struct view *view_in_storage_order(struct arena *arena, const struct view *view,
                                         struct err *err);
/* Inserts an axis of extent 1 before axis `axis` (0..nd). */
struct view *view_newaxis(struct arena *arena, const struct view *below, int axis,
                          struct err *err);

enum pad_mode {
  PAD_REFLECT,   /* numpy.pad reflect: d c b | a b c d | c b a; extent 1 repeats */
  PAD_EDGE,      /* a a a | a b c d | d d d */
  PAD_SYMMETRIC, /* c b a | a b c d | d c b */
  PAD_CONSTANT
};
/* `before` and `after` voxels more on each axis (0 or more).  Reflection repeats when the
 * pad exceeds the extent, as numpy.pad does.  fill: PAD_CONSTANT's value, saturated to
 * the dtype.  A view with an empty axis can only be padded with PAD_CONSTANT. */
struct view *view_pad(struct arena *arena, const struct view *below,
                      const int64_t *before, const int64_t *after, enum pad_mode mode,
                      double fill, struct err *err);
/* n views of one dtype and shape along a new axis `axis`.  The array of pointers must
 * outlive the result. */
struct view *view_stack(struct arena *arena, const struct view *const *below, int64_t n,
                        int axis, struct err *err);

/* Arrays that come from no file.  values: a small array, C order, copied; at least one
 * axis. */
struct view *view_values(struct arena *arena, enum dtype dtype, int nd,
                         const int64_t *shape, const void *values, struct err *err);
/* An array with one value everywhere. */
struct view *view_fill(struct arena *arena, enum dtype dtype, int nd,
                       const int64_t *shape, const void *value, struct err *err);

/* --- per-voxel views --------------------------------------------------------------- */

/* Converts n voxels: in[] is contiguous in the dtype of the view below, out[] in that of
 * this view, `step` bytes apart.  `arg` is what view_pointwise() was given.  0, or -1
 * with *err set. */
typedef int view_row_fn(const void *arg, enum dtype from, const void *in, void *out,
                        ptrdiff_t step, size_t n, struct err *err);
/* `arg` must outlive the view.  prepare (may be NULL) runs once before the first row of
 * every read_region, outside any lock: it is where statistics are computed. */
struct view *view_pointwise(struct arena *arena, const struct view *below, enum dtype to,
                            int (*prepare)(const void *arg, struct err *err),
                            view_row_fn *row, const void *arg, struct err *err);
/* numpy's astype, saturating; NaN to an integer is EIO. */
struct view *view_cast(struct arena *arena, const struct view *below, enum dtype to,
                       struct err *err);

#endif
