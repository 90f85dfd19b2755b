/* Finds the file that an HDF5 file names, and checks that it lies inside the root. */
#include "core/source/hdf5/hdf5_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool lies_below(const char *path, const char *root)
{
  size_t n = strlen(root);
  while (n && root[n - 1] == '/')
    n--;
  return !strncmp(path, root, n) && (path[n] == '/' || n == 0);
}

int hdf5_link_allowed(const char *path, const char *root, struct err *err)
{
  struct stat st;
  if (root && *root && !lies_below(path, root))
    return err_set(err, EACCES, "refers to %s, outside %s", path, root);
  if (stat(path, &st))
    return err_set_errno(err, errno, "refers to %s", path);
  if (!S_ISREG(st.st_mode))
    return err_set(err, EACCES, "refers to %s, which is not a regular file", path);
  return 0;
}

/* Gives the real path of `name` in the directory of `file`. */
static bool beside(const char *file, const char *name, char out[PATH_MAX])
{
  char path[PATH_MAX];
  const char *slash = strrchr(file, '/');
  const int n =
      snprintf(path, sizeof path, "%.*s/%s", (int)(slash ? slash - file : 0), file, name);
  return n > 0 && n < PATH_MAX && realpath(path, out);
}

static bool in_root(const char *name, char out[PATH_MAX])
{
  char path[PATH_MAX];
  const int n = snprintf(path, sizeof path, "/%s", name);
  return n > 0 && n < PATH_MAX && realpath(path, out);
}

static bool find(const char *of, const char *name, char out[PATH_MAX])
{
  char real[PATH_MAX];
  if (*name == '/') {
    if (realpath(name, out))
      return true;
    name = strrchr(name, '/') + 1;
  }
  return beside(of, name, out) || in_root(name, out) ||
         (realpath(of, real) && beside(real, name, out));
}

bool hdf5_link_block(const char *pattern, uint64_t block, char *out, size_t size)
{
  bool numbered = false;
  size_t n = 0;
  for (const char *p = pattern; *p && n < size; p++) {
    if (p[0] == '%' && p[1] == 'b') {
      n += (size_t)snprintf(out + n, size - n, "%llu", (unsigned long long)block);
      numbered = true;
      p++;
    } else {
      if (p[0] == '%' && p[1] == '%')
        p++;
      out[n++] = *p;
    }
  }
  out[n < size ? n : size - 1] = 0;
  return numbered;
}

int hdf5_link_resolve(const char *of, const char *name, const char *root,
                      char out[PATH_MAX], struct err *err)
{
  if (!find(of, name, out))
    return err_set(err, ENOENT, "refers to %s, which does not exist", name);
  return hdf5_link_allowed(out, root, err);
}
