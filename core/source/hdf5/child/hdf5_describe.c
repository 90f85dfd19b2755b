/* How one dataset is stored, and who reads its voxels: pread of the file (contiguous),
 * our own filters chunk by chunk, or libhdf5.
 *
 * Data outside the file (external storage, virtual datasets) is read by libhdf5, which
 * shows the fill value where data is missing; so this file first checks that all of it is
 * there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/checked.h"
#include "core/base/cleanup.h"
#include "core/source/hdf5/child/hdf5_lib.h"
#include "core/source/hdf5/hdf5_chunk.h"
#include "core/source/hdf5/hdf5_link.h"

/* --- further files ----------------------------------------------------------------- */

int hdf5_walk_note(struct hdf5_walk *walk, const char *path, struct err *why)
{
  for (int i = 0; i < walk->nfiles; i++)
    if (!strcmp(walk->paths[i], path))
      return i + 1;
  if (walk->nfiles == HDF5_FILES_MAX)
    return err_set(why, EIO, "refers to more than %d files", HDF5_FILES_MAX);
  snprintf(walk->paths[walk->nfiles], PATH_MAX, "%s", path);
  hdf5_put_string(&walk->files, path);
  return ++walk->nfiles;
}

/* --- shape ------------------------------------------------------------------------- */

static int describe_shape(hid_t id, const struct hdf5_type *map, struct hdf5_desc *out,
                          struct err *why)
{
  const hid_t space = H5Dget_space(id);
  const H5S_class_t class = H5Sget_simple_extent_type(space);
  hsize_t shape[H5S_MAX_RANK];
  out->nd = H5Sget_simple_extent_dims(space, shape, NULL);
  if (class == H5S_NO_CLASS || out->nd < 0)
    return err_set(why, EIO, "%s", hdf5_lib_why());
  H5Sclose(space);
  if (class == H5S_NULL)
    return err_set(why, EINVAL, "an empty (null) dataspace");
  if (out->nd + map->nd > ND_MAX)
    return err_set(why, EINVAL, "%d axes, more than %d", out->nd + map->nd, ND_MAX);
  int64_t bytes;
  for (int d = 0; d < out->nd; d++)
    out->shape[d] = shape[d] > INT64_MAX ? -1 : (int64_t)shape[d];
  for (int d = 0; d < map->nd; d++)
    out->shape[out->nd++] = map->shape[d];
  if (!checked_array_bytes(out->nd, out->shape, dtype_size(out->dtype), &bytes))
    return err_set(why, EINVAL, "a shape of more than 2^63 bytes");
  return 0;
}

/* Chooses blocks of about HDF5_SLAB bytes: whole trailing axes, at least those of an
 * array type, a part of one axis, one index of the others. */
static void slab_blocks(const struct hdf5_type *map, struct hdf5_desc *out)
{
  int64_t room = HDF5_SLAB / dtype_size(out->dtype);
  for (int d = out->nd - 1; d >= 0; d--) {
    const int64_t side = out->shape[d] > 0 ? out->shape[d] : 1;
    out->block[d] = side < room || d >= out->nd - map->nd ? side : room;
    room /= out->block[d];
    if (room < 1)
      room = 1;
    if (out->block[d] < side)
      room = 1;
  }
}

static void by_library(const struct hdf5_type *map, struct hdf5_desc *out)
{
  out->how = HDF5_LIBRARY;
  out->swapped = false;
  slab_blocks(map, out);
}

/* --- fill value -------------------------------------------------------------------- */

/* Gives one element of fill as stored.  Where libhdf5 would leave memory as it is (no
 * fill value, or one that is never written) it is zero, as h5py shows it.  Returns false
 * when the elements of an array type are filled differently. */
static bool describe_fill(hid_t plist, hid_t type, struct hdf5_desc *out)
{
  H5D_fill_value_t status = H5D_FILL_VALUE_UNDEFINED;
  H5D_fill_time_t when = H5D_FILL_TIME_NEVER;
  H5Pfill_value_defined(plist, &status);
  H5Pget_fill_time(plist, &when);
  memset(out->fill, 0, sizeof out->fill);
  if (status == H5D_FILL_VALUE_UNDEFINED || when == H5D_FILL_TIME_NEVER)
    return true;
  const size_t size = H5Tget_size(type), element = (size_t)dtype_size(out->dtype);
  unsigned char *fill CLEANUP_FREE = calloc(1, size);
  if (!fill || H5Pget_fill_value(plist, type, fill) < 0)
    return false;
  memcpy(out->fill, fill, element);
  return !memcmp(fill, fill + element, size - element);
}

static bool fill_defined(hid_t plist)
{
  H5D_fill_value_t status = H5D_FILL_VALUE_UNDEFINED;
  return H5Pfill_value_defined(plist, &status) >= 0 && status != H5D_FILL_VALUE_UNDEFINED;
}

/* --- chunks ------------------------------------------------------------------------ */

/* Returns false for a filter that is left to libhdf5. */
static bool describe_filters(hid_t plist, struct hdf5_desc *out)
{
  const int n = H5Pget_nfilters(plist);
  if (n < 0 || n > HDF5_FILTERS_MAX)
    return false;
  out->nfilters = n;
  for (int i = 0; i < n; i++) {
    unsigned flags, args[1] = {0};
    size_t nargs = 1;
    const H5Z_filter_t id =
        H5Pget_filter2(plist, (unsigned)i, &flags, &nargs, args, 0, NULL, NULL);
    out->filters[i] = (struct hdf5_filter){(uint32_t)id, nargs ? args[0] : 0};
  }
  return hdf5_chunk_decodable(n, out->filters);
}

/* Returns what libhdf5 takes to decode a chunk of a dataset: the chunk, and beside it
 * what its last filter began with, which is at most all that is stored when there is no
 * other filter.  0: there are no chunks. */
static int64_t chunk_bytes(hid_t dataset, hid_t type, hid_t plist)
{
  hsize_t chunk[H5S_MAX_RANK];
  const int nd =
      H5Pget_layout(plist) == H5D_CHUNKED ? H5Pget_chunk(plist, H5S_MAX_RANK, chunk) : 0;
  int64_t bytes = nd > 0 ? (int64_t)H5Tget_size(type) : 0;
  for (int d = 0; d < nd; d++)
    if (chunk[d] > INT64_MAX || !checked_mul(bytes, (int64_t)chunk[d], &bytes) ||
        bytes > HDF5_BESIDE_MAX / 4)
      return HDF5_BESIDE_MAX / 2;
  const hsize_t stored = H5Dget_storage_size(dataset);
  const int64_t more = bytes + bytes / 16;
  return more +
         (H5Pget_nfilters(plist) < 2 && stored < (hsize_t)more ? (int64_t)stored : more);
}

/* Finds what libhdf5 takes beside a block that it reads: a chunk that is decoded, or the
 * block as it is stored; and its buffers for conversions. */
static void measure_beside(const struct hdf5_walk *walk, hid_t dataset, hid_t type,
                           hid_t plist, struct hdf5_desc *out)
{
  enum { CONVERSION = 3 << 20 };
  const int64_t own = chunk_bytes(dataset, type, plist);
  const int64_t chunk = own > walk->source_chunk ? own : walk->source_chunk;
  int64_t stored;
  if (!checked_array_bytes(out->nd, out->block, (int64_t)H5Tget_size(type), &stored) ||
      chunk >= HDF5_BESIDE_MAX / 2 || stored > HDF5_BESIDE_MAX / 4)
    out->beside = HDF5_BESIDE_MAX;
  else
    out->beside = CONVERSION + (chunk ? chunk : 2 * stored);
}

static int describe_chunks(hid_t plist, const struct hdf5_type *map, bool plain,
                           struct hdf5_desc *out, struct err *why)
{
  hsize_t chunk[H5S_MAX_RANK];
  const int nd = out->nd - map->nd;
  if (H5Pget_chunk(plist, H5S_MAX_RANK, chunk) != nd)
    return err_set(why, EIO, "chunks that do not have its %d axes", nd);
  for (int d = 0; d < out->nd; d++)
    out->block[d] = d < nd ? (int64_t)chunk[d] : out->shape[d];
  unsigned options = 0;
  H5Pget_chunk_opts(plist, &options);
  out->raw_edges = options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS;
  if (describe_filters(plist, out) && plain) {
    out->how = HDF5_CHUNKS;
  } else {
    out->how = HDF5_LIBRARY;
    out->swapped = false;
    out->nfilters = 0;
  }
  return 0;
}

/* --- contiguous -------------------------------------------------------------------- */

/* Checks that every piece of external storage exists, is whole and lies inside the
 * root. */
static int check_external(struct hdf5_walk *walk, hid_t plist, int n, const char *path,
                          int64_t bytes, struct err *why)
{
  for (int i = 0; i < n; i++) {
    char name[PATH_MAX] = "", file[PATH_MAX];
    off_t offset;
    hsize_t size;
    struct stat st;
    if (H5Pget_external(plist, (unsigned)i, sizeof name, name, &offset, &size) < 0 ||
        memchr(name, 0, sizeof name) == NULL)
      return err_set(why, EIO, "external storage: %s", hdf5_lib_why());
    if (hdf5_link_resolve(path, name, walk->root, file, why))
      return err_prefix(why, "external storage");
    const int64_t want = size < (hsize_t)bytes ? (int64_t)size : bytes;
    if (stat(file, &st) || offset < 0 || offset > st.st_size ||
        want > st.st_size - offset)
      return err_set(
          why, EIO, "external storage: expected %lld bytes at %lld of %s, which has %lld",
          (long long)want, (long long)offset, file, (long long)st.st_size);
    bytes -= want;
    if (hdf5_walk_note(walk, file, why) < 0)
      return -1;
  }
  return 0;
}

static int describe_contiguous(struct hdf5_walk *walk, hid_t id, hid_t plist,
                               const char *path, const struct hdf5_type *map, bool plain,
                               struct hdf5_desc *out, struct err *why)
{
  int64_t bytes = 0;
  checked_array_bytes(out->nd, out->shape, dtype_size(out->dtype), &bytes);
  const int external = H5Pget_external_count(plist);
  if (external > 0) {
    const hid_t type = H5Dget_type(id);
    const size_t itemsize = H5Tget_size(type);
    H5Tclose(type);
    if (!checked_array_bytes(out->nd - map->nd, out->shape, (int64_t)itemsize, &bytes))
      return err_set(why, EINVAL, "a shape of more than 2^63 bytes");
    by_library(map, out);
    return check_external(walk, plist, external, path, bytes, why);
  }
  const haddr_t offset = H5Dget_offset(id);
  H5D_space_status_t status = H5D_SPACE_STATUS_ERROR;
  H5Dget_space_status(id, &status);
  if (status == H5D_SPACE_STATUS_NOT_ALLOCATED && plain && fill_defined(plist)) {
    out->how = HDF5_FILLED;
    slab_blocks(map, out);
  } else if (plain && offset < INT64_MAX && H5Dget_storage_size(id) == (hsize_t)bytes) {
    out->how = HDF5_DIRECT;
    out->offset = (int64_t)offset;
  } else {
    by_library(map, out);
  }
  return 0;
}

/* --- virtual ----------------------------------------------------------------------- */

/* Checks that a source is an ordinary dataset of a file that may be read.  -1: it is not;
 * errnum ENOENT: there is none. */
static int check_source(struct hdf5_walk *walk, hid_t id, const char *path,
                        const char *name, const char *object, struct err *why)
{
  char file[PATH_MAX];
  hid_t opened = H5Iget_file_id(id);
  if (strcmp(name, ".")) {
    struct err local = ERR_INIT;
    if (hdf5_link_resolve(path, name, walk->root, file, why))
      return err_prefix(why, "a virtual dataset");
    if (hdf5_walk_note(walk, file, why) < 0)
      return -1;
    opened = hdf5_lib_open(file, &local);
    if (opened < 0)
      return err_set(why, EIO, "a virtual dataset: %s", local.msg);
  }
  const bool exists = H5Lexists(opened, object, H5P_DEFAULT) > 0;
  const hid_t source = H5Dopen2(opened, object, H5P_DEFAULT);
  if (source < 0)
    err_set(why, exists ? EIO : ENOENT, "a virtual dataset: %s:%s: %s", name, object,
            hdf5_lib_why());
  const hid_t create = source < 0 ? H5I_INVALID_HID : H5Dget_create_plist(source);
  if (create >= 0 &&
      (H5Pget_layout(create) == H5D_VIRTUAL || H5Pget_external_count(create) > 0))
    err_set(why, EINVAL,
            "a virtual dataset of %s:%s, which is itself virtual or external", name,
            object);
  const hid_t type = source < 0 ? H5I_INVALID_HID : H5Dget_type(source);
  const int64_t chunk = create < 0 ? 0 : chunk_bytes(source, type, create);
  if (chunk > walk->source_chunk)
    walk->source_chunk = chunk;
  H5Tclose(type);
  H5Pclose(create);
  H5Dclose(source);
  H5Fclose(opened);
  return why->errnum ? -1 : 0;
}

/* Checks the sources of one mapping.  Where they are numbered, libhdf5 takes them from 0
 * up to the first that is missing. */
static int check_mapping(struct hdf5_walk *walk, hid_t id, hid_t plist, size_t i,
                         const char *path, struct err *why)
{
  char names[PATH_MAX] = "", objects[HDF5_NAME_MAX] = "";
  char name[PATH_MAX], object[HDF5_NAME_MAX];
  if (H5Pget_virtual_filename(plist, i, names, sizeof names) < 0 ||
      H5Pget_virtual_dsetname(plist, i, objects, sizeof objects) < 0)
    return err_set(why, EIO, "a virtual dataset: %s", hdf5_lib_why());
  bool numbered = true;
  for (uint64_t block = 0; numbered; block++) {
    struct err here = ERR_INIT;
    numbered = hdf5_link_block(names, block, name, sizeof name);
    numbered |= hdf5_link_block(objects, block, object, sizeof object);
    if (check_source(walk, id, path, name, object, &here)) {
      if (numbered && here.errnum == ENOENT)
        break;
      return err_set(why, here.errnum == ENOENT ? EIO : here.errnum, "%s", here.msg);
    }
  }
  return 0;
}

/* Runs before the shape is asked for, since libhdf5 may open the sources to find the
 * shape. */
static int check_virtual(struct hdf5_walk *walk, hid_t id, hid_t plist, const char *path,
                         struct err *why)
{
  size_t n = 0;
  if (H5Pget_virtual_count(plist, &n) < 0)
    return err_set(why, EIO, "a virtual dataset: %s", hdf5_lib_why());
  for (size_t i = 0; i < n; i++)
    if (check_mapping(walk, id, plist, i, path, why))
      return -1;
  return 0;
}

/* --- all of it --------------------------------------------------------------------- */

static int describe(struct hdf5_walk *walk, hid_t id, hid_t type, hid_t plist,
                    const char *path, struct hdf5_desc *out, struct err *why)
{
  struct hdf5_type map;
  const H5D_layout_t layout = H5Pget_layout(plist);
  if (hdf5_type_map(type, &map, why) ||
      (layout == H5D_VIRTUAL && check_virtual(walk, id, plist, path, why)))
    return -1;
  out->dtype = map.dtype;
  out->swapped = map.plain && map.swapped;
  if (describe_shape(id, &map, out, why))
    return -1;
  const bool plain = map.plain && describe_fill(plist, type, out);
  switch (layout) {
  case H5D_CHUNKED:
    return describe_chunks(plist, &map, plain, out, why);
  case H5D_CONTIGUOUS:
    return describe_contiguous(walk, id, plist, path, &map, plain, out, why);
  case H5D_VIRTUAL:
  case H5D_COMPACT:
    by_library(&map, out);
    return 0;
  default:
    return err_set(why, EIO, "an unknown storage layout");
  }
}

int hdf5_describe(struct hdf5_walk *walk, hid_t id, const char *path,
                  struct hdf5_desc *out, struct err *why)
{
  *out = (struct hdf5_desc){0};
  const hid_t type = H5Dget_type(id), plist = H5Dget_create_plist(id);
  walk->source_chunk = 0;
  const int rc = type < 0 || plist < 0 ? err_set(why, EIO, "%s", hdf5_lib_why())
                                       : describe(walk, id, type, plist, path, out, why);
  if (!rc && out->how == HDF5_LIBRARY)
    measure_beside(walk, id, type, plist, out);
  H5Tclose(type);
  H5Pclose(plist);
  return rc;
}
