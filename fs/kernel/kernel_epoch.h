/* The kernel's count of epochs (since 6.16): raised, all names that it knows of this
 * mount are looked up again before they are used. */
#ifndef TESSERAFS_KERNEL_EPOCH_H
#define TESSERAFS_KERNEL_EPOCH_H

#include <stdbool.h>

/* device: the session's descriptor, INIT answered.  Takes no lock of the kernel's. false:
 * this kernel has none. */
bool kernel_epoch_raise(int device);

#endif
