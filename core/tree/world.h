/* One state of what is mounted: the dataset at work, its scans as directories, the views
 * that are declared.  Immutable and counted: a place holds the world that it was found
 * in, so that another one can be put beside it. */
#ifndef TESSERAFS_WORLD_H
#define TESSERAFS_WORLD_H

#include <stdatomic.h>

#include "core/kind/kind.h"
#include "core/tree/scan_dir.h"
#include "core/tree/spec.h"
#include "core/tree/view_stats.h"

/* The parameters behind a <view>: declared ones live as long as their world, those
 * written in a path as long as something refers to them. */
struct view_use {
  atomic_int refs;
  bool permanent;
  const struct kind *kind;
  char *name;
  struct view_params params;
  struct view_stats *stats; /* of a declared one: the world's; else the tree's */
  struct arena *arena;      /* what params point to, where they do and it is not
                               permanent */
};

struct world {
  atomic_int refs;
  const struct dataset_spec *spec;
  struct dataset *dataset;
  struct arena arena;
  struct scan_dir scans;
  struct scan_dir *splits; /* spec->nsplits */
  int nuses;
  struct view_use *uses; /* "default" of each kind, then the declared views, in listing
                            order */
  struct timespec mtime; /* of what belongs to no scan: SOURCE's or the description's */
  /* dataset.json as it was made last: its size and mtime in ns; 0: it was not. */
  atomic_int_fast64_t described, described_mtime;
  atomic_int_fast64_t unasked_until; /* ms: until then its stat shows that */
};

/* Referenced once; the spec and the pool must outlive it.  NULL: *err says why. */
struct world *world_new(const struct mount_spec *spec, struct source_pool *pool,
                        struct err *err);
struct world *world_ref(struct world *world);
void world_unref(struct world *world); /* NULL is fine */

void view_use_ref(struct view_use *use); /* NULL is fine */
void view_use_unref(struct view_use *use);
/* A view that is written as its parameters, referenced once, counted in `stats`.  NULL:
 * EINVAL, ENOMEM. */
struct view_use *view_use_from_path(const struct kind *kind, const char *name,
                                    struct view_stats *stats, struct err *err);

#endif
