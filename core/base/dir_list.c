/* Listing a directory: see dir_list.h.
 *
 * The mountpoint is known by its path alone.  A directory entry is compared by name
 * before anything looks at it, and a symlink is resolved here step by step with
 * readlink(), which asks the directory above a mount and not the mount itself; realpath()
 * would go through it. */
#include "core/base/dir_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/beneath.h"
#include "core/base/cleanup.h"
#include "core/base/text.h"

enum { LINKS_MAX = 40 }; /* as the kernel's */

/* --- symlinks and what must be avoided --------------------------------------------- */

/* The part of a path that is resolved, and the part that is not yet. */
struct resolving {
  char done[PATH_MAX]; /* no symlinks; "" is the root */
  char rest[PATH_MAX];
  int links;
};

/* Cuts the first component off rest; returns false at the end. */
static bool next_component(struct resolving *r, char component[NAME_MAX + 1])
{
  const char *start = r->rest + strspn(r->rest, "/");
  size_t length = strcspn(start, "/");
  if (!length || length > NAME_MAX)
    return false;
  memcpy(component, start, length);
  component[length] = '\0';
  memmove(r->rest, start + length, strlen(start + length) + 1);
  return true;
}

/* Puts a link's target in place of the component it stood for. */
static bool follow(struct resolving *r, const char *target)
{
  char rest[PATH_MAX];
  int n = snprintf(rest, sizeof rest, "%s/%s", target, r->rest);
  if (n < 0 || n >= (int)sizeof rest || ++r->links > LINKS_MAX)
    return false;
  memcpy(r->rest, rest, (size_t)n + 1);
  if (*target == '/')
    r->done[0] = '\0';
  return true;
}

/* Appends a component, or goes up for "..". */
static bool step(struct resolving *r, const char *component)
{
  size_t length = strlen(r->done);
  if (!strcmp(component, "."))
    return true;
  if (!strcmp(component, "..")) {
    char *slash = strrchr(r->done, '/');
    if (slash)
      *slash = '\0';
    return true;
  }
  int n = snprintf(r->done + length, sizeof r->done - length, "/%s", component);
  return n > 0 && (size_t)n < sizeof r->done - length;
}

bool dir_avoided(const char *path, const char *avoid)
{
  struct resolving *r CLEANUP_FREE = malloc(sizeof *r);
  if (!r || strlen(path) >= sizeof r->rest)
    return true;
  *r->done = '\0';
  r->links = 0;
  strcpy(r->rest, path);
  char component[NAME_MAX + 1], target[PATH_MAX];
  while (next_component(r, component)) {
    size_t before = strlen(r->done);
    if (!step(r, component))
      return false;
    if (!strcmp(r->done, avoid))
      return true;
    ssize_t n = readlink(r->done, target, sizeof target - 1);
    if (n < 0)
      continue;
    target[n] = '\0';
    r->done[before] = '\0';
    if (!follow(r, target))
      return false;
  }
  return false;
}

/* --- entries ----------------------------------------------------------------------- */

static enum dir_entry_type type_of_mode(mode_t mode)
{
  return S_ISDIR(mode) ? DIR_DIR : S_ISREG(mode) ? DIR_FILE : DIR_OTHER;
}

/* Finds the type of an entry whose d_type is unknown, without following a link. */
static unsigned char type_by_stat(int fd, const char *name)
{
  struct stat st;
  if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW))
    return DT_UNKNOWN;
  return (unsigned char)IFTODT(st.st_mode);
}

static void look_through(int fd, struct dir_entry *entry)
{
  struct stat st;
  entry->link = true;
  if (!fstatat(fd, entry->name, &st, 0)) {
    entry->type = type_of_mode(st.st_mode);
    return;
  }
  entry->type = DIR_BROKEN;
  entry->errnum = errno;
}

/* What is needed while a directory is listed. */
struct listing {
  int fd;
  const char *path, *avoid;
  size_t length;            /* of path, without a '/' at its end */
  const char *avoided_name; /* the entry that is `avoid`; NULL: it lies elsewhere */
};

static struct listing listing_of(int fd, const char *path, const char *avoid)
{
  struct listing l = {.fd = fd, .path = path, .avoid = avoid, .length = strlen(path)};
  while (l.length && path[l.length - 1] == '/')
    l.length--;
  const bool above = avoid && !strncmp(avoid, path, l.length) && avoid[l.length] == '/';
  if (above && !strchr(avoid + l.length + 1, '/'))
    l.avoided_name = avoid + l.length + 1;
  return l;
}

/* Returns whether the symlink leads to what is avoided. */
static bool link_avoided(const struct listing *l, const char *name)
{
  char full[PATH_MAX];
  snprintf(full, sizeof full, "%.*s/%s", (int)l->length, l->path, name);
  return l->avoid && dir_avoided(full, l->avoid);
}

/* Returns false when the entry is avoided. */
static bool classify(const struct listing *l, unsigned char type, struct dir_entry *entry)
{
  if (l->avoided_name && !strcmp(entry->name, l->avoided_name))
    return false;
  if (l->length + 1 + strlen(entry->name) >= PATH_MAX) {
    entry->type = DIR_BROKEN;
    entry->errnum = ENAMETOOLONG;
    return true;
  }
  if (type == DT_UNKNOWN)
    type = type_by_stat(l->fd, entry->name);
  if (type == DT_LNK) {
    if (link_avoided(l, entry->name))
      return false;
    look_through(l->fd, entry);
  } else {
    entry->type = type == DT_DIR ? DIR_DIR : type == DT_REG ? DIR_FILE : DIR_OTHER;
  }
  return true;
}

/* --- the list ---------------------------------------------------------------------- */

/* Reads all names, each with its d_type before it: "<type><name>\0". */
static int read_names(DIR *dir, struct text *names, size_t *n)
{
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir(dir);
    if (!entry)
      return errno ? -1 : 0;
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
      continue;
    text_add_bytes(names, &entry->d_type, 1);
    text_add_bytes(names, entry->d_name, strlen(entry->d_name) + 1);
    ++*n;
  }
}

static int by_name(const void *a, const void *b)
{
  const struct dir_entry *x = a, *y = b;
  return text_natural_cmp(x->name, y->name);
}

static int list_open_dir(DIR *dir, const char *path, const char *avoid,
                         struct dir_list *out, struct err *err)
{
  struct text names = {0};
  struct stat st;
  size_t n = 0;
  if (fstat(dirfd(dir), &st) || read_names(dir, &names, &n)) {
    text_free(&names);
    return err_set_errno(err, errno, "%s", path);
  }
  if (text_take(&names, &out->names, NULL, err))
    return -1;
  out->dev = st.st_dev;
  out->ino = st.st_ino;
  out->entries = calloc(n + 1, sizeof *out->entries);
  if (!out->entries)
    return err_set(err, ENOMEM, "out of memory for %zu directory entries", n);
  const char *at = out->names;
  const struct listing listing = listing_of(dirfd(dir), path, avoid);
  for (size_t i = 0; i < n; i++) {
    unsigned char type = (unsigned char)*at++;
    struct dir_entry *entry = &out->entries[out->n];
    *entry = (struct dir_entry){.name = at};
    out->n += classify(&listing, type, entry);
    at += strlen(at) + 1;
  }
  qsort(out->entries, out->n, sizeof *out->entries, by_name);
  return 0;
}

int dir_list_beneath(const char *root, const char *path, const char *avoid,
                     struct dir_list *out, struct err *err)
{
  *out = (struct dir_list){0};
  const int fd = beneath_open(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 && errno == EXDEV)
    return err_set(err, EXDEV, "%s: points outside %s", path, root);
  DIR *dir = fd < 0 ? NULL : fdopendir(fd);
  if (!dir) {
    err_set_errno(err, errno, "%s", path);
    if (fd >= 0)
      close(fd);
    return -1;
  }
  int rc = list_open_dir(dir, path, avoid, out, err);
  closedir(dir);
  if (rc)
    dir_list_free(out);
  return rc;
}

int dir_list(const char *path, const char *avoid, struct dir_list *out, struct err *err)
{
  return dir_list_beneath(NULL, path, avoid, out, err);
}

ptrdiff_t dir_list_find(const struct dir_list *list, const char *name)
{
  const struct dir_entry key = {.name = name};
  const struct dir_entry *found =
      list->n ? bsearch(&key, list->entries, list->n, sizeof key, by_name) : NULL;
  return found ? found - list->entries : -1;
}

void dir_list_free(struct dir_list *list)
{
  free(list->entries);
  free(list->names);
  *list = (struct dir_list){0};
}
