/* A source's array as a view: box -> blocks -> cache, or box -> spans of the file.
 *
 * Everything is done in storage order: for an array whose first axis varies fastest
 * (NIfTI, Fortran-ordered npy) the axes are reversed once, at the entrance, so that below
 * it every array is C-ordered and the last axis is the one that lies contiguous.  What
 * the elements become on the way (byte order, scaling, bools) is one function,
 * source_emit(). */
#include <errno.h>
#include <string.h>

#include "core/source/source_job.h"

struct source_view {
  struct view view;
  struct source *source;
  const struct source_array *array;
  const struct source_array *as; /* `array`, or a copy with another presented dtype */
};

/* Makes the job of a box in storage order; a 0-d array counts as one axis of one
 * voxel. */
static struct job job_of(const struct source_view *self, const int64_t *off,
                         const int64_t *shape)
{
  const struct source_array *array = self->array;
  struct job job = {.source = self->source,
                    .array = array,
                    .as = self->as,
                    .nd = array->nd ? array->nd : 1,
                    .full = {1},
                    .shape = {1},
                    .ostride = {dtype_size(self->as->dtype)}};
  source_to_storage(array, array->shape, job.full);
  source_to_storage(array, off, job.off);
  source_to_storage(array, shape, job.shape);
  return job;
}

static int check_fresh(const struct source_view *self, struct err *err)
{
  if (!source_stale(self->source))
    return 0;
  source_verify_paths(self->source, err); /* says which file, and how */
  return err_set(err, EIO, "%s: changed on disk while mounted",
                 source_path(self->source));
}

static int read_region(const struct view *view, const int64_t *off, const int64_t *shape,
                       void *out, const int64_t *ostride, struct err *err)
{
  const struct source_view *self = (const struct source_view *)view;
  if (check_fresh(self, err))
    return -1;
  struct job job = job_of(self, off, shape);
  job.out = out;
  source_to_storage(self->array, ostride, job.ostride);
  return self->array->direct ? source_read_direct(&job, err)
                             : source_read_blocks(&job, err);
}

static int read_run(const void *ctx, int64_t offset, void *buf, size_t size,
                    struct err *err)
{
  const struct source_view *self = ctx;
  if (check_fresh(self, err))
    return -1;
  return source_read_run(self->source, self->array, offset, buf, (int64_t)size, err);
}

/* A direct array is not prefetched, because the kernel reads ahead of it. */
static void prefetch(const struct view *view, const int64_t *off, const int64_t *shape,
                     struct source_wish *wish)
{
  const struct source_view *self = (const struct source_view *)view;
  const struct job job = job_of(self, off, shape);
  if (!self->array->direct && !source_stale(self->source))
    source_prefetch_blocks(&job, wish);
}

static const struct view_ops source_view_ops = {
    .name = "source",
    .read_region = read_region,
    .prefetch = prefetch,
};

struct view *source_view(struct arena *arena, struct source *source, int array,
                         struct err *err)
{
  const struct source_array *facts = source_array_at(source, array);
  if (facts->unusable) {
    err_set(err, EINVAL, "%s: %s%s%s", source_path(source),
            facts->name ? facts->name : "", facts->name ? ": " : "", facts->unusable);
    return NULL;
  }
  struct source_view *self = arena_alloc(arena, sizeof *self, err);
  if (!self)
    return NULL;
  self->view.ops = &source_view_ops;
  self->view.dtype = facts->dtype;
  self->view.nd = facts->nd;
  self->view.fortran = facts->fortran;
  memcpy(self->view.shape, facts->shape, sizeof self->view.shape);
  self->source = source;
  self->array = self->as = facts;
  if (source_is_run(facts))
    self->view.run = (struct view_run){read_run, self, 0};
  return &self->view;
}

/* Returns whether float32 holds every value of the dtype; nibabel scales these in
 * float32. */
static bool is_small(enum dtype stored)
{
  return stored == DT_F32 ||
         (strchr("iu", dtype_table[stored].kind) && dtype_size(stored) <= 2);
}

const struct view *source_view_float32(struct arena *arena, const struct view *view,
                                       struct err *err)
{
  const struct source_view *from = (const struct source_view *)view;
  if (view->ops != &source_view_ops || !from->array->scaled ||
      !is_small(from->array->stored))
    return view;
  struct source_view *self = arena_alloc(arena, sizeof *self, err);
  struct source_array *as = arena_alloc(arena, sizeof *as, err);
  if (!self || !as)
    return NULL;
  *self = *from;
  *as = *from->array;
  as->dtype = self->view.dtype = DT_F32;
  self->as = as;
  return &self->view;
}
