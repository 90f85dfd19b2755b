/* The processes behind hdf5_worker.h: the server, and the child that serves one request.
 */
#ifndef TESSERAFS_HDF5_CHILD_H
#define TESSERAFS_HDF5_CHILD_H

#include "core/source/hdf5/hdf5_wire.h"

/* The server's life: serves requests from `sock` until its other end is closed. */
_Noreturn void hdf5_server_run(int sock);
/* The child's: reads a file with libhdf5, writes the reply to fd, exits. */
_Noreturn void hdf5_child_run(const struct hdf5_request *request, int fd);
/* Writes a reply; the reader may be gone. */
void hdf5_reply(int fd, int errnum, const void *payload, size_t size);

#endif
