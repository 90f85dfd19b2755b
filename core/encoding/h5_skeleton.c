/* libhdf5 itself writes the file, into a sparse file that has already lost its name;
 * space is allocated early and never filled, and no times are stored.  Then the few bytes
 * before and after the voxels are read back.  So the result is what this libhdf5 would
 * have written, whatever the size: terabytes of voxels cost a few KiB. */
#include "core/encoding/h5_skeleton.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/checked.h"
#include "core/base/cleanup.h"

enum { METADATA_KEPT = 1 << 16, METADATA_MAX = 1 << 20 };

/* Held around all calls of libhdf5 here: it is one library with one state. */
static pthread_mutex_t hdf5_lock = PTHREAD_MUTEX_INITIALIZER;

static void close_id(const hid_t *id)
{
  if (*id >= 0)
    H5Idec_ref(*id);
}

#define CLEANUP_ID __attribute__((cleanup(close_id)))

static herr_t innermost(unsigned n, const H5E_error2_t *error, void *ctx)
{
  snprintf(ctx, 200, "%s", error->desc ? error->desc : "unknown reason");
  return 1; /* stop: the first message names the cause */
}

static int hdf5_error(struct err *err, const char *what)
{
  char reason[200] = "unknown reason";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, reason);
  return err_set(err, EIO, "h5: %s: %s", what, reason);
}

/* --- types, as h5py makes them ----------------------------------------------------- */

static hid_t type_bool(void)
{
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  int8_t value = 0;
  if (type >= 0 && H5Tenum_insert(type, "FALSE", &value) >= 0) {
    value = 1;
    if (H5Tenum_insert(type, "TRUE", &value) >= 0)
      return type;
  }
  return -1;
}

static hid_t type_half(void)
{
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  if (type < 0 || H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || H5Tset_size(type, 2) < 0 ||
      H5Tset_ebias(type, 15) < 0)
    return -1;
  return type;
}

static hid_t type_complex(hid_t part)
{
  const size_t size = H5Tget_size(part);
  const hid_t type = H5Tcreate(H5T_COMPOUND, 2 * size);
  if (type < 0 || H5Tinsert(type, "r", 0, part) < 0 ||
      H5Tinsert(type, "i", size, part) < 0)
    return -1;
  return type;
}

/* Returns a new id, or a negative one. */
static hid_t type_of(enum dtype dtype)
{
  switch (dtype) {
  case DT_BOOL:
    return type_bool();
  case DT_F16:
    return type_half();
  case DT_C64:
    return type_complex(H5T_IEEE_F32LE);
  case DT_C128:
    return type_complex(H5T_IEEE_F64LE);
  case DT_I8:
    return H5Tcopy(H5T_STD_I8LE);
  case DT_U8:
    return H5Tcopy(H5T_STD_U8LE);
  case DT_I16:
    return H5Tcopy(H5T_STD_I16LE);
  case DT_U16:
    return H5Tcopy(H5T_STD_U16LE);
  case DT_I32:
    return H5Tcopy(H5T_STD_I32LE);
  case DT_U32:
    return H5Tcopy(H5T_STD_U32LE);
  case DT_I64:
    return H5Tcopy(H5T_STD_I64LE);
  case DT_U64:
    return H5Tcopy(H5T_STD_U64LE);
  case DT_F32:
    return H5Tcopy(H5T_IEEE_F32LE);
  case DT_F64:
    return H5Tcopy(H5T_IEEE_F64LE);
  case DT_COUNT:
    break;
  }
  return -1;
}

static hid_t space_of(int nd, const int64_t *shape)
{
  hsize_t dims[ND_MAX];
  for (int d = 0; d < nd; d++)
    dims[d] = (hsize_t)shape[d];
  return nd == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(nd, dims, NULL);
}

/* --- the file ---------------------------------------------------------------------- */

/* Makes properties of a dataset: contiguous, allocated at once, never filled, no
 * times. */
static hid_t dataset_properties(void)
{
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  if (list < 0 || H5Pset_layout(list, H5D_CONTIGUOUS) < 0 ||
      H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY) < 0 ||
      H5Pset_fill_time(list, H5D_FILL_TIME_NEVER) < 0 ||
      H5Pset_obj_track_times(list, false) < 0)
    return -1;
  return list;
}

/* Makes properties of a link: groups on the way are created, names are marked as h5py
 * marks them. */
static hid_t link_properties(const char *field)
{
  const hid_t list = H5Pcreate(H5P_LINK_CREATE);
  bool ascii = true;
  for (const char *at = field; *at; at++)
    ascii = ascii && (unsigned char)*at < 128;
  if (list < 0 || H5Pset_create_intermediate_group(list, 1) < 0 ||
      H5Pset_char_encoding(list, ascii ? H5T_CSET_ASCII : H5T_CSET_UTF8) < 0)
    return -1;
  return list;
}

/* Creates a file at path, without a lock and with the driver of plain descriptors. */
static hid_t create_file(const char *path)
{
  CLEANUP_ID hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (access < 0 || H5Pset_fapl_sec2(access) < 0 ||
      H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0)
    return -1;
#if H5_VERSION_GE(1, 10, 7)
  if (H5Pset_file_locking(access, false, true) < 0)
    return -1;
#endif
  return H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
}

/* Creates the dataset; *at: its address, HADDR_UNDEF when it has no voxels. */
static int create_dataset(hid_t file, const char *field, enum dtype dtype, int nd,
                          const int64_t *shape, haddr_t *at, struct err *err)
{
  CLEANUP_ID hid_t type = type_of(dtype);
  CLEANUP_ID hid_t space = space_of(nd, shape);
  CLEANUP_ID hid_t link = link_properties(field);
  CLEANUP_ID hid_t create = dataset_properties();
  if (type < 0 || space < 0 || link < 0 || create < 0)
    return hdf5_error(err, "describing the dataset");
  CLEANUP_ID hid_t data = H5Dcreate2(file, field, type, space, link, create, H5P_DEFAULT);
  if (data < 0)
    return hdf5_error(err, "creating the dataset");
  *at = H5Dget_offset(data);
  return 0;
}

/* Writes the file at path, and removes the name before it returns. */
static int write_file(const char *path, const char *field, enum dtype dtype, int nd,
                      const int64_t *shape, haddr_t *at, struct err *err)
{
  LOCK_FOR_SCOPE(&hdf5_lock);
  H5dont_atexit(); /* after a close that failed, its clean-up at exit would crash */
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* this thread: nothing on stderr */
  const hid_t file = create_file(path);
  unlink(path);
  if (file < 0)
    return hdf5_error(err, "creating a temporary file");
  const int status = create_dataset(file, field, dtype, nd, shape, at, err);
  if (H5Fclose(file) < 0 && status == 0)
    return hdf5_error(err, "writing a temporary file");
  return status;
}

/* --- the bytes that are kept ------------------------------------------------------- */

static int read_exactly(int fd, unsigned char *buf, int64_t size, int64_t offset,
                        struct err *err)
{
  while (size > 0) {
    const ssize_t n = pread(fd, buf, (size_t)size, offset);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return err_set(err, EIO, "h5: reading a temporary file: %s", strerror(errno));
    if (n == 0)
      return err_set(err, EIO, "h5: a temporary file is shorter than libhdf5 said");
    buf += n;
    offset += n;
    size -= n;
  }
  return 0;
}

static int keep_metadata(int fd, haddr_t at, struct h5_skeleton *out, struct err *err)
{
  struct stat st;
  int64_t end;
  if (fstat(fd, &st) < 0)
    return err_set(err, EIO, "h5: a temporary file: %s", strerror(errno));
  out->size = st.st_size;
  out->data_at = out->data_size > 0 ? (int64_t)at : out->size;
  if (out->data_at < 0 || !checked_add(out->data_at, out->data_size, &end) ||
      end > out->size || out->size - out->data_size > METADATA_MAX)
    return err_set(
        err, EIO, "h5: libhdf5 placed %lld bytes of voxels at %lld of a file of %lld",
        (long long)out->data_size, (long long)out->data_at, (long long)out->size);
  unsigned char *bytes = malloc((size_t)(out->size - out->data_size));
  if (!bytes)
    return err_set(err, ENOMEM, "out of memory");
  if (read_exactly(fd, bytes, out->data_at, 0, err) < 0 ||
      read_exactly(fd, bytes + out->data_at, out->size - end, end, err) < 0) {
    free(bytes);
    return -1;
  }
  out->bytes = bytes;
  return 0;
}

/* Checks for room before libhdf5 starts, because a file that libhdf5 fails to close stays
 * open inside it for ever. */
static int check_room(int fd, int64_t data_size, const char *directory, struct err *err)
{
  int64_t size;
  if (!checked_add(data_size, METADATA_MAX, &size))
    return err_set(err, EOVERFLOW, "h5: a file of more than 2^63 bytes");
  if (ftruncate(fd, size) < 0)
    return err_set(err, EIO, "h5: %s: a sparse temporary file of %lld bytes: %s",
                   directory, (long long)size, strerror(errno));
  const int errnum = posix_fallocate(fd, 0, METADATA_KEPT);
  if (errnum)
    return err_set(err, EIO, "h5: %s: room for %d bytes: %s", directory, METADATA_KEPT,
                   strerror(errnum));
  return 0;
}

static int build_in(const char *directory, const char *field, enum dtype dtype, int nd,
                    const int64_t *shape, struct h5_skeleton *out, struct err *err)
{
  char path[PATH_MAX];
  haddr_t at = HADDR_UNDEF;
  if (snprintf(path, sizeof path, "%s/tesserafs-XXXXXX", directory) >= (int)sizeof path)
    return err_set(err, EIO, "h5: %s: name too long", directory);
  CLEANUP_CLOSE int fd = mkostemp(path, O_CLOEXEC);
  if (fd < 0)
    return err_set(err, EIO, "h5: a temporary file in %s: %s", directory,
                   strerror(errno));
  if (check_room(fd, out->data_size, directory, err) < 0) {
    unlink(path);
    return -1;
  }
  if (write_file(path, field, dtype, nd, shape, &at, err) < 0)
    return err_prefix(err, "in %s", directory);
  return keep_metadata(fd, at, out, err);
}

int h5_skeleton_build(const char *field, enum dtype dtype, int nd, const int64_t *shape,
                      int64_t data_size, struct h5_skeleton *out, struct err *err)
{
  const char *const directories[] = {"/dev/shm", getenv("TMPDIR"), "/tmp"};
  struct err first = ERR_INIT;
  for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
    struct err failed = ERR_INIT;
    if (!directories[i])
      continue;
    *out = (struct h5_skeleton){.data_size = data_size};
    if (build_in(directories[i], field, dtype, nd, shape, out, &failed) == 0)
      return 0;
    err_set(&first, failed.errnum, "%s", failed.msg);
  }
  return err_set(err, first.errnum, "%s", first.msg);
}
