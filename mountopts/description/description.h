/* tesserafs.json: its text in, scans and views out. */
#ifndef TESSERAFS_DESCRIPTION_H
#define TESSERAFS_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/problems.h"
#include "core/tree/spec.h"

struct description {
  /* Set by the caller. */
  const char *file;   /* as messages call it */
  const char *root;   /* absolute: relative paths start here */
  bool root_said;     /* by the user: also where paths of files that it names start */
  const char *inside; /* real path; what is named must lie in it; NULL: anywhere */
  const char *avoid;  /* MOUNTPOINT, never entered; NULL: none */
  struct source_pool *pool;
  struct arena *arena;
  struct problems *problems;

  struct description_checks *checks; /* its own; starts as NULL */

  /* The result; lives in the arena. */
  struct dataset_spec dataset; /* its mtime is the caller's to set */
  int nviews;
  const struct view_spec *views; /* by kind, then name, natural order */
  bool has_seed;
  int64_t seed;
  unsigned formats; /* 0: not said */
};

/* Reads the JSON text and lists the files that its templates name.  A description without
 * "scans" is completed by what discover() finds below root.  -1: every problem is in
 * *problems, each with the file and the key. */
int description_read(struct description *desc, const char *text, size_t size);

#endif
