/* The kernel's epoch count (since 6.16): when it is raised, the kernel looks up all names
 * that it knows of this mount again before it uses them. */
#ifndef TESSERAFS_KERNEL_EPOCH_H
#define TESSERAFS_KERNEL_EPOCH_H

#include <stdbool.h>

/* device: the session's descriptor, after INIT was answered.  Takes no lock of the
 * kernel.  Returns false when this kernel has no epochs. */
bool kernel_epoch_raise(int device);

#endif
