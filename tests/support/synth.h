/* A view whose voxels are their own linear index (C order), so that any shift, swap or
 * off-by-one is visible at once.  Integers wrap at their width.  It counts what is read
 * from it, and can be told to fail. */
#ifndef TESSERAFS_SYNTH_H
#define TESSERAFS_SYNTH_H

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "core/view/view.h"

struct synth {
  struct view view;
  int errnum; /* not 0: every read fails so */
  atomic_llong reads, voxels;
};

static inline void synth_set(enum dtype dtype, int64_t index, void *out)
{
  if (dtype_table[dtype].kind == 'i' || dtype_table[dtype].kind == 'u')
    memcpy(out, &index, (size_t)dtype_size(dtype));
  else
    dtype_convert(DT_I64, &index, 8, dtype, out, dtype_size(dtype), 1);
}

/* Fills a region voxel by voxel; each is told its linear index in the whole view. */
static inline void synth_region(const struct view *view, const int64_t *off,
                                const int64_t *shape, void *out, const int64_t *ostride,
                                void (*set)(const struct view *view, int64_t index,
                                            void *voxel))
{
  int64_t at[ND_MAX] = {0};
  do {
    int64_t index = 0;
    char *to = out;
    for (int d = 0; d < view->nd; d++) {
      index = index * view->shape[d] + off[d] + at[d];
      to += at[d] * ostride[d];
    }
    set(view, index, to);
  } while (nd_next(view->nd, shape, at));
}

static inline void synth_voxel(const struct view *view, int64_t index, void *voxel)
{
  synth_set(view->dtype, index, voxel);
}

static int synth_read(const struct view *view, const int64_t *off, const int64_t *shape,
                      void *out, const int64_t *ostride, struct err *err)
{
  union {
    const struct view *view;
    struct synth *synth;
  } self = {view}; /* the counters are not part of what is const */
  atomic_fetch_add(&self.synth->reads, 1);
  atomic_fetch_add(&self.synth->voxels, nd_count(view->nd, shape));
  if (self.synth->errnum)
    return err_set(err, self.synth->errnum, "synth: told to fail");
  synth_region(view, off, shape, out, ostride, synth_voxel);
  return 0;
}

static inline struct synth synth_new(enum dtype dtype, int nd, const int64_t *shape)
{
  static const struct view_ops ops = {.name = "synth", .read_region = synth_read};
  struct synth synth = {.view = {.ops = &ops, .dtype = dtype, .nd = nd}};
  for (int d = 0; d < nd; d++)
    synth.view.shape[d] = shape[d];
  return synth;
}

#endif
