/* Patterns of files in lists: "*.png", or "**" before it for any depth.  As in Python's
 * glob, a name that begins with '.' is matched only by a pattern that does, and "**" is
 * any number of directories; of symlinks it takes none, so that it ends. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/dir_list.h"
#include "core/base/grow.h"
#include "core/base/text.h"
#include "mountopts/description/description_entry.h"

enum { DEPTH_MAX = 64 };

struct globbing {
  const struct description *desc;
  struct arena *arena;
  const char **paths;
  size_t n, room;
};

static int expand(struct globbing *g, const char *dir, const char *rest, int depth,
                  struct err *err);

static int take(struct globbing *g, const char *path, struct err *err)
{
  if (g->n == GATHER_CELLS_MAX)
    return err_set(err, EINVAL, "the pattern matches more than %d files",
                   GATHER_CELLS_MAX);
  if (grow(&g->paths, &g->room, g->n, sizeof *g->paths, "files", err))
    return -1;
  g->paths[g->n++] = path;
  return 0;
}

static const char *below(const struct globbing *g, const char *dir, const char *name,
                         size_t n, struct err *err)
{
  return arena_printf(g->arena, err, "%s/%.*s", strcmp(dir, "/") ? dir : "", (int)n,
                      name);
}

/* A pattern passes over what is no directory, and what may not be entered; a directory
 * that cannot be read could hold files that it means. */
static bool passed_over(int errnum)
{
  return errnum == ENOENT || errnum == ENOTDIR || errnum == EACCES || errnum == EXDEV;
}

/* Follows one entry of a directory.  any: the pattern's part is "**"; `after` is what
 * follows it. */
static int follow(struct globbing *g, const char *dir, const struct dir_entry *entry,
                  const char *part, bool any, const char *after, int depth,
                  struct err *err)
{
  const char *path = below(g, dir, entry->name, strlen(entry->name), err);
  if (!path)
    return -1;
  if (entry->type == DIR_BROKEN && !passed_over(entry->errnum))
    return err_set(err, entry->errnum, "%s: %s", path, strerror(entry->errnum));
  if (entry->type != DIR_DIR)
    return *after || entry->type == DIR_OTHER ? 0 : take(g, path, err);
  if (any)
    return entry->link ? 0 : expand(g, path, part, depth + 1, err);
  return *after ? expand(g, path, after, depth + 1, err) : 0;
}

static int expand_list(struct globbing *g, const char *dir, const char *part,
                       const char *name, const char *after, int depth, struct err *err)
{
  const struct description *desc = g->desc;
  const bool any = !strcmp(name, "**");
  struct dir_list list;
  struct err unsaid = ERR_INIT;
  int rc = 0;
  if (any && *after && expand(g, dir, after, depth + 1, err))
    return -1;
  if (dir_list_beneath(desc->inside, dir, desc->avoid, &list, &unsaid))
    return passed_over(unsaid.errnum) ? 0 : err_set(err, unsaid.errnum, "%s", unsaid.msg);
  for (size_t i = 0; i < list.n && !rc; i++) {
    const struct dir_entry *entry = &list.entries[i];
    const bool hidden = *entry->name == '.' && *name != '.';
    if (!hidden && (any || text_glob(name, entry->name)))
      rc = follow(g, dir, entry, part, any, after, depth, err);
  }
  dir_list_free(&list);
  return rc;
}

/* Matches `rest` below a directory; without a wildcard a part is not looked for, but may
 * lead through a directory that cannot be listed. */
static int expand(struct globbing *g, const char *dir, const char *rest, int depth,
                  struct err *err)
{
  const size_t n = strcspn(rest, "/");
  const char *after = rest + n + strspn(rest + n, "/");
  if (depth > DEPTH_MAX)
    return 0;
  const char *name = arena_printf(g->arena, err, "%.*s", (int)n, rest);
  if (!name)
    return -1;
  if (strpbrk(name, "*?["))
    return expand_list(g, dir, rest, name, after, depth, err);
  const char *path = below(g, dir, rest, n, err);
  if (!path)
    return -1;
  return *after ? expand(g, path, after, depth + 1, err) : take(g, path, err);
}

static int by_natural_order(const void *a, const void *b)
{
  return text_natural_cmp(*(const char *const *)a, *(const char *const *)b);
}

int description_glob(const struct description *desc, const char *base,
                     const char *pattern, const char ***paths, size_t *n, struct err *err)
{
  struct globbing g = {.desc = desc, .arena = desc->arena};
  const char *from = *pattern == '/' ? "/" : base;
  const int rc = expand(&g, from, pattern + strspn(pattern, "/"), 0, err);
  if (!rc && g.n)
    qsort(g.paths, g.n, sizeof *g.paths, by_natural_order);
  *n = 0;
  for (size_t i = 0; i < g.n && !rc; i++) /* two "**" find a file by several ways */
    if (!i || strcmp(g.paths[i], g.paths[*n - 1]) != 0)
      g.paths[(*n)++] = g.paths[i];
  *paths = g.paths;
  if (rc) {
    free(g.paths);
    *paths = NULL;
  }
  return rc;
}
