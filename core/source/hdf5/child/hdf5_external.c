/* Arrays whose bytes lie in other files, as a list of pieces.  libhdf5 would open these
 * by name, past every driver; here they are opened as all other files are (see
 * hdf5_driver_confine()), and libhdf5 converts the elements. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/checked.h"
#include "core/base/cleanup.h"
#include "core/source/hdf5/child/hdf5_driver.h"
#include "core/source/hdf5/child/hdf5_lib.h"
#include "core/source/hdf5/hdf5_link.h"

/* The elements of the block that lie inside the array, which follow one another: hdf5_
 * describe.c cuts such arrays into whole rows, or a part of one. */
struct run {
  int64_t first, n; /* elements of the dataspace */
};

static bool find_run(const struct hdf5_request *request, int nd, struct run *out)
{
  bool rows = false; /* an axis before this one has more than one index */
  *out = (struct run){0, 1};
  for (int d = 0; d < nd; d++) {
    const int64_t left = request->shape[d] - request->off[d];
    const int64_t n = left < request->block[d] ? left : request->block[d];
    if (n < 0 || (rows && n != request->shape[d]))
      return false;
    rows |= n > 1;
    out->first = out->first * request->shape[d] + request->off[d];
    out->n *= n;
  }
  return true;
}

static int read_piece(const struct hdf5_request *request, const char *name,
                      int64_t offset, char *out, int64_t size, struct err *err)
{
  char path[PATH_MAX];
  if (hdf5_link_resolve(request->path, name, request->root, path, err))
    return err_prefix(err, "%s: %s: external storage", request->path, request->object);
  int fd CLEANUP_CLOSE = hdf5_driver_fd(path);
  if (fd < 0)
    return hdf5_driver_led_out(path, err) || err_set_errno(err, errno, "%s", path);
  for (int64_t done = 0; done < size;) {
    const ssize_t n = pread(fd, out + done, (size_t)(size - done), offset + done);
    if (n <= 0)
      return err_set(err, EIO,
                     "%s: %s: external storage: expected %lld bytes at %lld of %s, found "
                     "%lld",
                     request->path, request->object, (long long)size, (long long)offset,
                     path, (long long)done);
    done += n;
  }
  return 0;
}

/* Reads `size` bytes from the array's byte `from` on. */
static int read_bytes(const struct hdf5_request *request, hid_t plist, int64_t from,
                      char *out, int64_t size, struct err *err)
{
  const int pieces = H5Pget_external_count(plist);
  int64_t at = 0; /* where the piece begins */
  for (int i = 0; i < pieces && size; i++) {
    char name[PATH_MAX] = "";
    off_t offset;
    hsize_t length;
    if (H5Pget_external(plist, (unsigned)i, sizeof name, name, &offset, &length) < 0 ||
        !memchr(name, 0, sizeof name))
      break;
    const int64_t end =
        length > (hsize_t)(INT64_MAX - at) ? INT64_MAX : at + (int64_t)length;
    if (from < end) {
      const int64_t n = size < end - from ? size : end - from;
      if (offset < 0 || offset > INT64_MAX - (from - at) - n)
        break;
      if (read_piece(request, name, offset + (from - at), out, n, err))
        return -1;
      out += n;
      from += n;
      size -= n;
    }
    at = end;
  }
  return size ? err_set(err, EIO, "%s: %s: its external storage lacks %lld bytes",
                        request->path, request->object, (long long)size)
              : 0;
}

int hdf5_external_read(const struct hdf5_request *request, hid_t dataset, int nd,
                       void *out, size_t size, struct err *err)
{
  const hid_t type = H5Dget_type(dataset),
              memory = hdf5_type_memory(type, request->dtype);
  const int64_t stored = (int64_t)H5Tget_size(type), shown = (int64_t)H5Tget_size(memory);
  const int64_t larger = stored > shown ? stored : shown;
  struct run run;
  int64_t from, bytes, room, wanted;
  if (!find_run(request, nd, &run) || !checked_mul(run.first, stored, &from) ||
      !checked_mul(run.n, stored, &bytes) || !checked_mul(run.n, larger, &room) ||
      !checked_mul(run.n, shown, &wanted) || wanted > (int64_t)size)
    return err_set(err, EIO, "%s: %s: expected a run of elements", request->path,
                   request->object);
  char *buf CLEANUP_FREE = malloc((size_t)room + 1);
  if (!buf)
    return err_set(err, ENOMEM, "%s: %s: out of memory", request->path, request->object);
  if (read_bytes(request, H5Dget_create_plist(dataset), from, buf, bytes, err))
    return -1;
  if (H5Tconvert(type, memory, (size_t)run.n, buf, NULL, H5P_DEFAULT) < 0)
    return err_set(err, EIO, "%s: %s: %s", request->path, request->object,
                   hdf5_lib_why());
  memcpy(out, buf, (size_t)wanted);
  return 0;
}
