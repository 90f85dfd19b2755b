/* Lists a directory's entries in natural order, and tells where symlinks lead.  It never
 * touches what must be avoided (the mountpoint: a mount there may hang). */
#ifndef TESSERAFS_DIR_LIST_H
#define TESSERAFS_DIR_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/base/err.h"

enum dir_entry_type { DIR_FILE, DIR_DIR, DIR_OTHER, DIR_BROKEN };

struct dir_entry {
  const char *name;
  enum dir_entry_type type; /* of what a symlink leads to */
  bool link;                /* a symlink */
  int errnum;               /* DIR_BROKEN: why its type cannot be found */
};

struct dir_list {
  struct dir_entry *entries; /* natural order; without "." and ".." */
  size_t n;
  dev_t dev; /* of the directory itself */
  ino_t ino;
  char *names;
};

/* path: absolute.  avoid: absolute and without symlinks, or NULL; an entry is left out
 * when it is `avoid`, or a symlink that leads to or below it.  -1: the errno of opendir,
 * or ENOMEM. */
int dir_list(const char *path, const char *avoid, struct dir_list *out, struct err *err);
/* Does the same of a directory that lies beneath `root` (NULL: anywhere); EXDEV when the
 * path leads out of it (beneath.h).  A symlink among its entries may still do so. */
int dir_list_beneath(const char *root, const char *path, const char *avoid,
                     struct dir_list *out, struct err *err);
void dir_list_free(struct dir_list *list);
/* Returns the index of the entry of this name, or -1. */
ptrdiff_t dir_list_find(const struct dir_list *list, const char *name);

/* Returns whether `path` (absolute) leads to `avoid` or below it once its symlinks are
 * followed.  Looks at each component in turn, and stops before it would enter `avoid`. */
bool dir_avoided(const char *path, const char *avoid);

#endif
