/* The process behind hdf5_worker.h. */
#ifndef TESSERAFS_HDF5_CHILD_H
#define TESSERAFS_HDF5_CHILD_H

/* The server's life: serves requests from `sock` until its other end is closed. */
_Noreturn void hdf5_server_run(int sock);

#endif
