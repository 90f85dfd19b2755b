/* How libhdf5 opens files: the request's own file beneath one directory, those that it
 * refers to beneath another, whatever symbolic links say at that moment.
 *
 * libhdf5 opens the sources of virtual datasets itself, with the driver of the dataset's
 * file, and shows the fill value for one that it cannot open; so hdf5_driver_led_out()
 * has to be asked after a read. */
#ifndef TESSERAFS_HDF5_DRIVER_H
#define TESSERAFS_HDF5_DRIVER_H

#include <stdbool.h>

#define H5_USE_110_API
#include <hdf5.h>

#include "core/base/err.h"

/* Real paths, "": anywhere. */
void hdf5_driver_confine(const char *own, const char *others);
/* Says whether the files opened from now on are the request's own. */
void hdf5_driver_opens_own(bool own);
/* Opens a file as the driver does: a descriptor, -1 with errno. */
int hdf5_driver_fd(const char *path);
/* -1 (EIO) when a file was refused since hdf5_driver_opens_own(). */
int hdf5_driver_led_out(const char *path, struct err *err);

/* Sets the driver of an access list.  Nothing but libhdf5's own is needed where files may
 * lie anywhere, unless the file is listened to. */
void hdf5_driver_set(hid_t fapl, bool listening);

/* While `on`, raw data is not read, but noted. */
struct hdf5_heard {
  bool on;
  haddr_t addr;
  size_t size;
};
extern struct hdf5_heard hdf5_heard;

#endif
