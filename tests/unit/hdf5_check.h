/* HDF5 sources against h5py: a script writes expectations of "file:array", and may say
 * that an array is unusable, by a part of the reason. */
#ifndef TESSERAFS_HDF5_CHECK_H
#define TESSERAFS_HDF5_CHECK_H

#include "tests/unit/source_check.h"

/* What every script may use: all(path) expects every array that visititems() shows. */
#define HDF5_PRELUDE                                                                     \
  "import h5py\n"                                                                        \
  "from h5py import h5p, h5d, h5s, h5t\n"                                                \
  "def array(path, name):\n"                                                             \
  "    with h5py.File(path, 'r') as f:\n"                                                \
  "        expect(path + ':' + name, f[name][()])\n"                                     \
  "def all(path):\n"                                                                     \
  "    def show(name, o):\n"                                                             \
  "        if isinstance(o, h5py.Dataset) and o.shape is not None:\n"                    \
  "            if o.dtype.kind in 'biufc' and o.dtype.itemsize <= 16:\n"                 \
  "                array(path, name)\n"                                                  \
  "    with h5py.File(path, 'r') as f:\n"                                                \
  "        f.visititems(show)\n"

/* The array of "file:name", -1 when it is not listed. */
static inline int hdf5_open_array(struct source_pool *pool, const char *where,
                                  struct source **source, struct err *err)
{
  char path[4096];
  snprintf(path, sizeof(path), "%s", where);
  char *name = strrchr(path, ':');
  *name++ = 0;
  if (source_open(pool, path, source, err))
    return -1;
  const int array = source_array_find(*source, name);
  if (array < 0)
    err_set(err, ENOENT, "not listed");
  return array;
}

static inline bool hdf5_expectation(struct source_pool *pool, const char *file)
{
  struct expectation expect = {0};
  struct err err = ERR_INIT;
  struct source *source = NULL;
  struct arena arena;
  arena_init(&arena);
  int array = -1;
  if (expectation_read(file, &expect))
    array = hdf5_open_array(pool, expect.path, &source, &err);
  const struct view *view = array >= 0 ? source_view(&arena, source, array, &err) : NULL;
  const bool good = view && check_facts(source_array_at(source, array), &expect) &&
                    check_voxels(view, &expect, &err);
  if (!good)
    fprintf(stderr, "%s: differs (%s)\n", expect.path, err.msg);
  source_unref(source);
  arena_free(&arena);
  free(expect.voxels);
  return good;
}

/* All that the scripts so far expect; how many. */
static inline size_t hdf5_expectations(struct source_pool *pool)
{
  glob_t found;
  if (!CHECK(!glob("*.expect", 0, NULL, &found)))
    return 0;
  for (size_t i = 0; i < found.gl_pathc; i++) {
    CHECK(hdf5_expectation(pool, found.gl_pathv[i]));
    unlink(found.gl_pathv[i]);
  }
  const size_t n = found.gl_pathc;
  globfree(&found);
  return n;
}

/* "file:name" is listed, with a reason that holds `text`. */
static inline bool hdf5_unusable(struct source_pool *pool, const char *where,
                                 const char *text)
{
  struct err err = ERR_INIT;
  struct source *source = NULL;
  const int array = hdf5_open_array(pool, where, &source, &err);
  const char *why = array < 0 ? err.msg : source_array_at(source, array)->unusable;
  const bool good = array >= 0 && why && strstr(why, text);
  if (!good)
    fprintf(stderr, "%s: %s\n", where, why ? why : "usable");
  source_unref(source);
  return good;
}

/* "file:name" is listed; reading its first voxel fails with EIO and `text`. */
static inline bool hdf5_read_fails(struct source_pool *pool, const char *where,
                                   const char *text)
{
  struct err err = ERR_INIT;
  struct source *source = NULL;
  struct arena arena;
  arena_init(&arena);
  const int array = hdf5_open_array(pool, where, &source, &err);
  const struct view *view = array < 0 ? NULL : source_view(&arena, source, array, &err);
  const int64_t zero[ND_MAX] = {0}, one[ND_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  char voxel[16];
  const int rc = view ? view_read_box(view, zero, one, voxel, &err) : 0;
  source_unref(source);
  arena_free(&arena);
  const bool good = rc == -1 && err.errnum == EIO && strstr(err.msg, text);
  if (!good)
    fprintf(stderr, "%s: rc %d, errno %d, %s\n", where, rc, err.errnum, err.msg);
  return good;
}

#endif
