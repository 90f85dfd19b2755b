/* Names of files as text: see paths.h. */
#include "mountopts/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"

/* Removes "//", "." and ".." from an absolute path, in place. */
static void normalise(char *path)
{
  char *out = path;
  for (const char *in = path; *in;) {
    in += strspn(in, "/");
    size_t len = strcspn(in, "/");
    if (len == 2 && !memcmp(in, "..", 2)) {
      while (out > path && *--out != '/')
        ;
    } else if (len && !(len == 1 && *in == '.')) {
      *out++ = '/';
      memmove(out, in, len);
      out += len;
    }
    in += len;
  }
  if (out == path)
    *out++ = '/';
  *out = '\0';
}

char *path_normal(struct arena *arena, const char *base, const char *path,
                  struct err *err)
{
  char *whole = *path == '/' ? arena_strdup(arena, path, err)
                             : arena_printf(arena, err, "%s/%s", base, path);
  if (whole)
    normalise(whole);
  return whole;
}

bool path_below(const char *dir, const char *path)
{
  size_t len = strlen(dir);
  if (len && dir[len - 1] == '/')
    len--;
  return !strncmp(dir, path, len) && (!path[len] || path[len] == '/');
}

bool path_has_dotdot(const char *path)
{
  while (*path) {
    size_t len = strcspn(path, "/");
    if (len == 2 && !memcmp(path, "..", 2))
      return true;
    path += len + (path[len] == '/');
  }
  return false;
}

char *path_directory(struct arena *arena, const char *path, struct err *err)
{
  const char *slash = strrchr(path, '/');
  if (!slash)
    return arena_strdup(arena, ".", err);
  size_t len = slash == path ? 1 : (size_t)(slash - path);
  return arena_printf(arena, err, "%.*s", (int)len, path);
}

char *path_real(struct arena *arena, const char *path, struct err *err)
{
  CLEANUP_FREE char *real = realpath(path, NULL);
  if (!real) {
    err_set_errno(err, errno, "%s", path);
    return NULL;
  }
  return arena_strdup(arena, real, err);
}

char *path_real_place(struct arena *arena, const char *path, struct err *err)
{
  char target[PATH_MAX];
  char *copy = arena_strdup(arena, path, err);
  if (!copy)
    return NULL;
  for (size_t len = strlen(copy); len > 1 && copy[len - 1] == '/';)
    copy[--len] = '\0';
  const char *slash = strrchr(copy, '/'), *const last = slash ? slash + 1 : copy;
  bool dots = !*last || !strcmp(last, ".") || !strcmp(last, "..");
  if (dots || readlink(copy, target, sizeof target) >= 0)
    return path_real(arena, copy, err);
  const char *dir = path_directory(arena, copy, err);
  const char *real = dir ? path_real(arena, dir, err) : NULL;
  return real ? path_normal(arena, real, last, err) : NULL;
}

char *path_real_ancestor(struct arena *arena, const char *path, struct err *err)
{
  CLEANUP_FREE char *cwd = realpath(".", NULL);
  char *whole = path_normal(arena, cwd ? cwd : "/", path, err);
  if (!whole)
    return NULL;
  for (;;) {
    CLEANUP_FREE char *real = realpath(whole, NULL);
    if (real)
      return arena_strdup(arena, real, err);
    char *slash = strrchr(whole, '/');
    slash[slash == whole] = '\0';
    if (slash == whole)
      return whole;
  }
}
