/* The file driver by which libhdf5 opens what lies beneath a directory, and says where it
 * would read: see hdf5_driver.h. */
#include "core/source/hdf5/child/hdf5_driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/beneath.h"
#if H5_VERSION_GE(1, 13, 2)
#include <H5FDdevelop.h>
#endif

struct hdf5_heard hdf5_heard;

/* --- what may be opened ------------------------------------------------------------ */

/* Of this process, which serves one request. */
static const char *beneath_first, *beneath_others; /* NULL: anywhere */
static bool first;                                 /* the request's own file is opened */
static bool led_out; /* a file was not opened because it lies elsewhere */

void hdf5_driver_confine(const char *own, const char *others)
{
  beneath_first = *own ? own : NULL;
  beneath_others = *others ? others : NULL;
}

void hdf5_driver_opens_own(bool own)
{
  first = own;
  led_out = false;
}

int hdf5_driver_fd(const char *path)
{
  const int fd = beneath_open(first ? beneath_first : beneath_others, path,
                              O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  led_out |= fd < 0 && errno == EXDEV;
  return fd;
}

int hdf5_driver_led_out(const char *path, struct err *err)
{
  return led_out ? err_set(err, EIO, "%s: points outside %s, or to a file that does",
                           path, beneath_others ? beneath_others : beneath_first)
                 : 0;
}

/* --- the driver -------------------------------------------------------------------- */

struct listener {
  H5FD_t base; /* libhdf5's part; first */
  int fd;
  haddr_t eoa, eof;
  dev_t dev;
  ino_t ino;
};

static H5FD_t *listener_open(const char *path, unsigned flags, hid_t fapl, haddr_t most)
{
  struct stat st;
  struct listener *self = calloc(1, sizeof *self);
  if (!self || (self->fd = hdf5_driver_fd(path)) < 0 || fstat(self->fd, &st) ||
      !S_ISREG(st.st_mode))
    return NULL; /* not freed: the process ends soon */
  self->eof = (haddr_t)st.st_size;
  self->dev = st.st_dev;
  self->ino = st.st_ino;
  return &self->base;
}

static herr_t listener_close(H5FD_t *file)
{
  close(((struct listener *)file)->fd);
  free(file);
  return 0;
}

/* libhdf5 asks whether a file is open already: the sources of a virtual dataset may be
 * parts of one file. */
static int listener_cmp(const H5FD_t *one, const H5FD_t *other)
{
  const struct listener *a = (const struct listener *)one,
                        *b = (const struct listener *)other;
  if (a->dev != b->dev)
    return a->dev < b->dev ? -1 : 1;
  return (a->ino > b->ino) - (a->ino < b->ino);
}

static herr_t listener_query(const H5FD_t *file, unsigned long *flags)
{
  *flags = 0;
  return 0;
}

static haddr_t listener_get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
  return ((const struct listener *)file)->eoa;
}

static herr_t listener_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t addr)
{
  ((struct listener *)file)->eoa = addr;
  return 0;
}

static haddr_t listener_get_eof(const H5FD_t *file, H5FD_mem_t type)
{
  return ((const struct listener *)file)->eof;
}

static herr_t listener_read(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t addr,
                            size_t size, void *buf)
{
  if (hdf5_heard.on && type == H5FD_MEM_DRAW) {
    hdf5_heard.addr = addr;
    hdf5_heard.size = size;
    return 0;
  }
  const ssize_t n = pread(((struct listener *)file)->fd, buf, size, (off_t)addr);
  return n == (ssize_t)size ? 0 : -1;
}

static herr_t listener_write(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t addr,
                             size_t size, const void *buf)
{
  return -1;
}

static const H5FD_class_t listener_class = {
#ifdef H5FD_CLASS_VERSION
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)600, /* in the range of numbers for private drivers */
#endif
    .name = "listener",
    .maxaddr = HADDR_MAX >> 1,
    .fc_degree = H5F_CLOSE_WEAK,
    .open = listener_open,
    .close = listener_close,
    .cmp = listener_cmp,
    .query = listener_query,
    .get_eoa = listener_get_eoa,
    .set_eoa = listener_set_eoa,
    .get_eof = listener_get_eof,
    .read = listener_read,
    .write = listener_write,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

void hdf5_driver_set(hid_t fapl, bool listening)
{
  static hid_t id = H5I_INVALID_HID;
  if (!listening && !beneath_first && !beneath_others) {
    H5Pset_fapl_sec2(fapl);
    return;
  }
  if (id < 0)
    id = H5FDregister(&listener_class);
  H5Pset_driver(fapl, id, NULL);
}
