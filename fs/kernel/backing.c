/* memfd_create, fill, seal, ioctl.  The kernel keeps the memory; no descriptor stays. */
#include "fs/kernel/backing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/cleanup.h"

enum { FILL_CHUNK = 1024 * 1024 };

/* linux/fuse.h; older headers lack them. */
struct backing_map {
  int32_t fd;
  uint32_t flags;
  uint64_t padding;
};
enum { OPEN_NOFLUSH = 1 << 5, OPEN_PASSTHROUGH = 1 << 7 };
#define BACKING_OPEN _IOW(229, 1, struct backing_map)
#define BACKING_CLOSE _IOW(229, 2, uint32_t)

static int write_all(int fd, const char *data, size_t size, struct err *err)
{
  while (size > 0) {
    const ssize_t n = write(fd, data, size);
    if (n <= 0)
      return err_set_errno(err, n < 0 ? errno : ENOSPC, "cannot fill a memfd");
    data += n;
    size -= (size_t)n;
  }
  return 0;
}

static int fill(int fd, struct tree_file *file, struct err *err)
{
  const int64_t size = tree_file_size(file);
  CLEANUP_FREE char *data = malloc(FILL_CHUNK);
  if (!data)
    return err_set(err, ENOMEM, "out of memory for filling a memfd");
  for (int64_t at = 0; at < size;) {
    size_t n;
    if (tree_pread(file, data, FILL_CHUNK, at, &n, err) || write_all(fd, data, n, err))
      return -1;
    at += (int64_t)n;
  }
  if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL))
    return err_set_errno(err, errno, "cannot seal a memfd");
  return 0;
}

int backing_open(int device, struct tree_file *file, struct err *err)
{
  int fd CLEANUP_CLOSE = memfd_create("tesserafs", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0)
    return err_set_errno(err, errno, "cannot make a memfd");
  if (fill(fd, file, err))
    return -1;
  const struct backing_map map = {.fd = fd};
  const int id = ioctl(device, BACKING_OPEN, &map);
  return id > 0 ? id : err_set(err, EPERM, "the kernel takes no backing files from us");
}

struct backing_reply backing_reply(uint64_t fh, int id)
{
  return (struct backing_reply){
      .fh = fh, .open_flags = OPEN_PASSTHROUGH | OPEN_NOFLUSH, .backing_id = id};
}

void backing_close(int device, int id)
{
  const uint32_t word = (uint32_t)id;
  ioctl(device, BACKING_CLOSE, &word);
}
