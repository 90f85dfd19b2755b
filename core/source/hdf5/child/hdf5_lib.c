/* Opens files and datasets with libhdf5, adds the filter that it lacks, and gives its
 * error text. */
#include "core/source/hdf5/child/hdf5_lib.h"

#include <errno.h>
#include <string.h>

#include "core/source/hdf5/child/hdf5_driver.h"
#include "core/source/hdf5/hdf5_codec.h"

static hid_t refuse_link(const char *name, hid_t group, const void *data, size_t size,
                         hid_t lapl, hid_t dxpl)
{
  return -1;
}

static ssize_t copy_link(const char *name, const void *data, size_t size, void *buf,
                         size_t room)
{
  if (buf)
    memcpy(buf, data, size < room ? size : room);
  return (ssize_t)size;
}

/* Replaces libhdf5's own external links: their value can be read, but they are not
 * followed. */
static const H5L_class_t closed_links = {
    .version = H5L_LINK_CLASS_T_VERS,
    .id = H5L_TYPE_EXTERNAL,
    .comment = "external, never followed",
    .trav_func = refuse_link,
    .query_func = copy_link,
};

/* LZF for the datasets whose chunks libhdf5 decodes: of unusual types, and parts of
 * virtual datasets.  The size of a decoded chunk is the third of h5py's parameters;
 * filters before it may have added checksums. */
static size_t undo_lzf(unsigned flags, size_t nvalues, const unsigned values[],
                       size_t size, size_t *room, void **buf)
{
  enum { MORE = 512 };
  if (!(flags & H5Z_FLAG_REVERSE))
    return 0;
  struct hdf5_flow flow = {.in = *buf, .left = size, .last = true};
  unsigned char *out = NULL;
  size_t done = 0, most = MORE + (nvalues > 2 ? values[2] : size);
  for (; !flow.ended; most *= 2) {
    out = H5resize_memory(out, most);
    if (!out)
      return 0;
    flow.past = out;
    flow.out = out + done;
    flow.end = out + most;
    if (hdf5_lzf_step(&flow, NULL))
      return 0; /* the process ends soon: nothing is freed */
    done = (size_t)(flow.out - out);
    *room = most;
  }
  H5free_memory(*buf);
  *buf = out;
  return done;
}

static const H5Z_class2_t lzf_filter = {
    .version = H5Z_CLASS_T_VERS,
    .id = HDF5_LZF,
    .encoder_present = 0,
    .decoder_present = 1,
    .name = "lzf",
    .filter = undo_lzf,
};

void hdf5_lib_prepare(void)
{
  H5dont_atexit();
  H5open();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5Lregister(&closed_links);
  H5Zregister(&lzf_filter);
}

static herr_t innermost(unsigned n, const H5E_error2_t *error, void *text)
{
  if (n == 0 && error->desc)
    *(const char **)text = error->desc;
  return 0;
}

const char *hdf5_lib_why(void)
{
  const char *text = "libhdf5 gives no reason";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, &text);
  return text;
}

static hid_t open_as(const char *path, bool own, bool listening, struct err *err)
{
  const hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
  hdf5_driver_set(fapl, listening);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(fapl, false, true);
#endif
  hdf5_driver_opens_own(own);
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, fapl);
  if (file < 0 && !hdf5_driver_led_out(path, err))
    err_set(err, EIO, "%s: %s", path, hdf5_lib_why());
  hdf5_driver_opens_own(false);
  return file;
}

hid_t hdf5_lib_open(const char *path, struct err *err)
{
  return open_as(path, false, false, err);
}

hid_t hdf5_lib_open_own(const char *path, struct err *err)
{
  return open_as(path, true, false, err);
}

hid_t hdf5_lib_listen(const char *path, struct err *err)
{
  return open_as(path, true, true, err);
}

hid_t hdf5_lib_dataset(hid_t file, const char *path, const char *object, struct err *err)
{
  const hid_t dapl = H5Pcreate(H5P_DATASET_ACCESS);
  H5Pset_efile_prefix(dapl, "${ORIGIN}"); /* external storage lies beside the file */
  const hid_t dataset = H5Dopen2(file, object, dapl);
  if (dataset < 0)
    err_set(err, EIO, "%s: %s: %s", path, object, hdf5_lib_why());
  return dataset;
}
