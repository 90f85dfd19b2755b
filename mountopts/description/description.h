/* Reads tesserafs.json: its text becomes scans and views. */
#ifndef TESSERAFS_DESCRIPTION_H
#define TESSERAFS_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/problems.h"
#include "core/tree/spec.h"

struct description {
  /* Set by the caller. */
  const char *file;   /* the file's name in messages */
  const char *root;   /* absolute: relative paths start here */
  bool root_said;     /* the user gave root: it is also where paths of files that the
                       * description names start */
  const char *inside; /* real path that named files must lie in; NULL: anywhere */
  const char *also;   /* absolute: where paths of lists are tried after their own place;
                       * NULL: nowhere */
  bool singly;        /* each file of a list is a scan */
  const char *avoid;  /* MOUNTPOINT, never entered; NULL: none */
  struct source_pool *pool;
  struct arena *arena;
  struct problems *problems;

  struct description_checks *checks; /* of the reader; starts as NULL */

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

/* Returns whether a text file is a list of files: its first line that is not blank names
 * one, or a pattern of some, from the places that its lines are tried from. */
bool description_is_list(const struct description *desc, const char *path);
/* Does the same as description_read() for such a list: one scan, called as the list. */
int description_read_list(struct description *desc, const char *path);

#endif
