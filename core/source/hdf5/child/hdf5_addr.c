/* Finds where chunks lie, in O(log n) each.
 *
 * H5Dget_chunk_info_by_coord() of libhdf5 up to 1.14 walks the whole index for every
 * chunk (measured: 6 ms in a volume of 120,000 chunks).  H5Dread_chunk() looks up the one
 * chunk and then has its file driver read it; so the file is opened with a driver that,
 * while listening, notes what raw data it is asked for and reads nothing.  The address it
 * sees is the one in the file, a user block included. */
#include <errno.h>
#include <string.h>

#include "core/source/hdf5/child/hdf5_driver.h"
#include "core/source/hdf5/child/hdf5_lib.h"

/* Returns whether libhdf5 refused to read a chunk because it was never written.  libhdf5
 * says so only in words; when they are not the known words, H5Dget_chunk_info_by_coord()
 * decides, slowly. */
static bool is_missing(hid_t dataset, const hsize_t *at)
{
  const char *why = hdf5_lib_why();
  if (!strcmp(why, "chunk address isn't defined") ||
      !strcmp(why, "storage is not initialized"))
    return true;
  haddr_t addr;
  hsize_t size;
  unsigned mask;
  return H5Dget_chunk_info_by_coord(dataset, at, &mask, &addr, &size) >= 0 &&
         addr == HADDR_UNDEF;
}

static struct hdf5_chunk_at find_chunk(hid_t dataset, const hsize_t *at)
{
  const struct hdf5_chunk_at missing = {.addr = HDF5_CHUNK_MISSING},
                             lost = {.addr = HDF5_CHUNK_LOST};
  uint32_t mask = 0;
  char nothing[16]; /* the listener writes nothing to it */
  hdf5_heard.addr = HADDR_UNDEF;
  hdf5_heard.on = true;
  const herr_t rc = H5Dread_chunk(dataset, H5P_DEFAULT, at, &mask, nothing);
  hdf5_heard.on = false;
  if (rc < 0)
    return is_missing(dataset, at) ? missing : lost;
  if (hdf5_heard.addr >= HDF5_CHUNK_LOST || hdf5_heard.size > UINT32_MAX)
    return lost;
  return (struct hdf5_chunk_at){hdf5_heard.addr, (uint32_t)hdf5_heard.size, mask};
}

/* Finds chunk `index` of an array's grid. */
static struct hdf5_chunk_at chunk_at(hid_t dataset, int nd, const int64_t *shape,
                                     const int64_t *block, int64_t index)
{
  hsize_t at[ND_MAX];
  for (int d = nd - 1; d >= 0; d--) {
    const int64_t count = hdf5_grid(shape, block, d);
    at[d] = (hsize_t)(index % count * block[d]);
    index /= count;
  }
  return find_chunk(dataset, at);
}

int hdf5_addr(const struct hdf5_request *request, struct text *out, struct err *err)
{
  const hid_t file = hdf5_lib_listen(request->path, err);
  if (file < 0)
    return -1;
  const hid_t dataset = hdf5_lib_dataset(file, request->path, request->object, err);
  if (dataset < 0)
    return -1;
  struct hdf5_type map;
  hsize_t shape[H5S_MAX_RANK];
  const int nd = H5Sget_simple_extent_dims(H5Dget_space(dataset), shape, NULL);
  if (hdf5_type_map(H5Dget_type(dataset), &map, NULL) || nd + map.nd != request->nd)
    return err_set(err, EIO, "%s: %s: changed its shape", request->path, request->object);
  for (int64_t i = 0; i < request->count; i++) {
    const struct hdf5_chunk_at chunk = chunk_at(dataset, request->nd, request->shape,
                                                request->block, request->first + i);
    text_add_bytes(out, &chunk, sizeof chunk);
  }
  return 0;
}

void hdf5_addr_few(const struct hdf5_walk *walk, const char *path, struct text *out)
{
  struct hdf5_chunk_at known[HDF5_KNOWN_MAX];
  const struct hdf5_few *few = SIMPLEQ_FIRST(&walk->few);
  const hid_t file = few ? hdf5_lib_listen(path, NULL) : H5I_INVALID_HID;
  for (; few && file >= 0; few = SIMPLEQ_NEXT(few, next)) {
    const struct hdf5_desc *desc = &few->desc;
    const hid_t dataset = H5Dopen2(file, few->object, H5P_DEFAULT);
    for (uint32_t i = 0; dataset >= 0 && i < few->n; i++)
      known[i] = chunk_at(dataset, desc->nd, desc->shape, desc->block, i);
    if (dataset >= 0)
      hdf5_put_known(out, few->array, few->n, known);
  }
}
