/* From a path that a user writes to a node. */
#include "core/tree/prefetch/path_walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/tree/dir.h"

enum { LINKS_MAX = 8 };

/* What of an absolute path stands below the mountpoint. */
static const char *below_mountpoint(const struct tree *tree, const char *path)
{
  const char *mountpoint = tree->spec->mountpoint;
  const size_t n = mountpoint ? strlen(mountpoint) : 0;
  if (n && !strncmp(path, mountpoint, n) && (path[n] == '/' || !path[n]))
    return path + n;
  return path;
}

/* `path` after the directory `out`, of which it takes "." and ".." as text. */
static int join(char out[PATH_MAX], const char *path, struct err *err)
{
  size_t end = strlen(out);
  for (const char *p = path + strspn(path, "/"); *p; p += strspn(p, "/")) {
    const size_t n = strcspn(p, "/");
    if (n == 2 && !strncmp(p, "..", 2)) {
      while (end && out[--end] != '/')
        continue;
    } else if (n != 1 || *p != '.') {
      if (end + n + 2 > PATH_MAX)
        return err_set(err, ENAMETOOLONG, "its path is too long");
      out[end++] = '/';
      memcpy(out + end, p, n);
      end += n;
    }
    out[end] = '\0';
    p += n;
  }
  return 0;
}

/* From the node *id to its child, which is held in its place. */
static int step(struct tree *tree, const char *name, uint64_t *id, enum tree_type *type,
                struct err *err)
{
  struct tree_attr attr;
  if (tree_lookup(tree, *id, name, &attr, err))
    return -1;
  tree_forget(tree, *id, 1);
  *id = attr.id;
  *type = attr.type;
  return 0;
}

/* Walks `path` ("/a/b") as far as the first link: *rest is what comes after that. */
static int to_link(struct tree *tree, const char *path, uint64_t *id,
                   enum tree_type *type, const char **rest, struct err *err)
{
  char name[TREE_NAME_MAX + 1];
  const char *p = path;
  *id = TREE_ROOT;
  *type = TREE_DIR;
  while (*p && *type != TREE_LINK) {
    const size_t n = strcspn(++p, "/");
    if (n > TREE_NAME_MAX)
      return err_set(err, ENAMETOOLONG, "names have at most %d bytes", TREE_NAME_MAX);
    snprintf(name, sizeof name, "%.*s", (int)n, p);
    if (step(tree, name, id, type, err))
      return -1;
    p += n;
  }
  *rest = p;
  return 0;
}

/* The path with the link, which stands before `rest`, replaced by what it says. */
static int follow(struct tree *tree, uint64_t link, const char *rest, char path[PATH_MAX],
                  struct err *err)
{
  char target[PATH_MAX], after[PATH_MAX];
  snprintf(after, sizeof after, "%s", rest);
  if (tree_readlink(tree, link, target, sizeof target, err))
    return -1;
  path[rest - path] = '\0';
  char *slash = strrchr(path, '/');
  if (slash)
    *slash = '\0';
  return join(path, target, err) || join(path, after, err) ? -1 : 0;
}

int path_walk(struct tree *tree, const char *written, char path[PATH_MAX], uint64_t *id,
              struct err *err)
{
  *path = '\0';
  if (join(path, below_mountpoint(tree, written), err))
    return -1;
  for (int links = 0; links < LINKS_MAX; links++) {
    enum tree_type type;
    const char *rest = path;
    int rc = to_link(tree, path, id, &type, &rest, err);
    if (!rc && type != TREE_LINK)
      return 0;
    if (!rc)
      rc = follow(tree, *id, rest, path, err);
    tree_forget(tree, *id, 1);
    if (rc)
      return -1;
  }
  return err_set(err, ELOOP, "too many links");
}
