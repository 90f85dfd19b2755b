/* One directory's entries in natural order, and where symlinks lead; never touches what
 * must be avoided (the mountpoint: it may be a mount that hangs). */
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
  int errnum;               /* DIR_BROKEN: why it cannot be looked at */
};

struct dir_list {
  struct dir_entry *entries; /* natural order; without "." and ".." */
  size_t n;
  dev_t dev; /* of the directory itself */
  ino_t ino;
  char *names;
};

/* path: absolute.  avoid: absolute and without symlinks, NULL: none; an entry that is it,
 * or is a symlink that leads to or below it, is left out.  -1: the errno of opendir, or
 * ENOMEM. */
int dir_list(const char *path, const char *avoid, struct dir_list *out, struct err *err);
void dir_list_free(struct dir_list *list);
/* The index of the entry of this name, -1 when there is none. */
ptrdiff_t dir_list_find(const struct dir_list *list, const char *name);

/* Does `path` (absolute) lead to `avoid` or below it once its symlinks are followed?
 * Looks at each component in turn and stops before it would enter avoid. */
bool dir_avoided(const char *path, const char *avoid);

#endif
