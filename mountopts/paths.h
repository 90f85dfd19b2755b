/* Names of files as text: made absolute, compared, resolved without touching a dead
 * mount. */
#ifndef TESSERAFS_PATHS_H
#define TESSERAFS_PATHS_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/err.h"

/* Makes `path`, seen from the absolute directory `base`, absolute: "//", "." and ".." are
 * removed as text (no symlink is looked at).  NULL: ENOMEM. */
char *path_normal(struct arena *arena, const char *base, const char *path,
                  struct err *err);
/* Returns whether `path` is the directory `dir` or lies below it; both absolute and
 * normal. */
bool path_below(const char *dir, const char *path);
/* Returns whether a path has a ".." component. */
bool path_has_dotdot(const char *path);
/* Returns the directory part of a path; "." when it has none. */
char *path_directory(struct arena *arena, const char *path, struct err *err);
/* Does realpath().  NULL: the error names the path. */
char *path_real(struct arena *arena, const char *path, struct err *err);
/* Returns the real path of a name without looking at its last component unless that is a
 * symlink: a mountpoint may be dead, and asking it could hang. */
char *path_real_place(struct arena *arena, const char *path, struct err *err);
/* Returns the real path of the nearest ancestor that exists (or of the path itself). */
char *path_real_ancestor(struct arena *arena, const char *path, struct err *err);

#endif
