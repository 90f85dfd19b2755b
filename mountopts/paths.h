/* Names of files as text: made absolute, compared, resolved without touching a dead
 * mount. */
#ifndef TESSERAFS_PATHS_H
#define TESSERAFS_PATHS_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/err.h"

/* `path` from the absolute directory `base`, with "//", "." and ".." taken out as text
 * (no symlink is looked at).  NULL: ENOMEM. */
char *path_normal(struct arena *arena, const char *base, const char *path,
                  struct err *err);
/* Is `path` the directory `dir` or below it?  Both absolute and normal. */
bool path_below(const char *dir, const char *path);
/* Has a path a ".." component? */
bool path_has_dotdot(const char *path);
/* The directory part of a path: "." when it has none. */
char *path_directory(struct arena *arena, const char *path, struct err *err);
/* realpath().  NULL: the error names the path. */
char *path_real(struct arena *arena, const char *path, struct err *err);
/* The real path of a name whose last component is not looked at unless it is a symlink: a
 * mountpoint may be dead, and asking it could hang. */
char *path_real_place(struct arena *arena, const char *path, struct err *err);
/* The real path of the nearest ancestor that exists (or of the path itself). */
char *path_real_ancestor(struct arena *arena, const char *path, struct err *err);

#endif
