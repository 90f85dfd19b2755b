/* HDF5 sources against h5py: a script writes expectations of "file:array". */
#ifndef TESSERAFS_HDF5_CHECK_H
#define TESSERAFS_HDF5_CHECK_H

#include "tests/support/source_check.h"

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

/* Runs a script after the prelude. */
static inline bool hdf5_run(const char *script)
{
  return CHECK(check_python(HDF5_PRELUDE, script));
}

/* Arrays of a file that are listed as unusable: {name, part of the reason}, ... */
#define hdf5_unusable(pool, file, ...)                                                   \
  hdf5_unusable_of(pool, file, (const char *const[][2]){__VA_ARGS__, {NULL, NULL}})

static inline void hdf5_unusable_of(struct source_pool *pool, const char *file,
                                    const char *const (*arrays)[2])
{
  char where[4096];
  for (; (*arrays)[0]; arrays++) {
    snprintf(where, sizeof where, "%s:%s", file, (*arrays)[0]);
    CHECK(check_unusable(pool, where, (*arrays)[1]));
  }
}

#endif
