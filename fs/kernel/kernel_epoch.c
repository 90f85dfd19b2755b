/* libfuse 3.14 has no function for this. */
#include "fs/kernel/kernel_epoch.h"

#include <linux/fuse.h>
#include <unistd.h>

enum { NOTIFY_INC_EPOCH = 8 }; /* newer than some kernel headers */

bool kernel_epoch_raise(int device)
{
  const struct fuse_out_header notice = {.len = sizeof notice, .error = NOTIFY_INC_EPOCH};
  return write(device, &notice, sizeof notice) == sizeof notice;
}
