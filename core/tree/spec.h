/* All that a mount is made from: what mountopts produces and the tree is built on.
 * Immutable; lives in the mount's arena. */
#ifndef TESSERAFS_SPEC_H
#define TESSERAFS_SPEC_H

#include "core/kind/kind.h"

/* A declared view. */
struct view_spec {
  const char *name; /* no '=', ',' or '/' */
  const struct kind *kind;
  struct view_params params;
};

struct mount_spec {
  const char *source;     /* real path of SOURCE */
  const char *mountpoint; /* real and absolute; NULL: there is none */
  struct dataset_spec dataset;
  int nviews;
  const struct view_spec *views; /* by kind, then name, natural order */
  int64_t seed;
  uint64_t cache_bytes;
  bool prefetch;
  int64_t threads;
  unsigned formats;   /* listed by default: bit per encodings[] */
  bool formats_given; /* by the user: no kind has its own then */
  int64_t epochs;
  const char *state; /* directory that outlives the mount: indexes of large .gz files */
  bool xattr;
};

#endif
