/* The process behind hdf5_worker.h. */
#ifndef TESSERAFS_HDF5_CHILD_H
#define TESSERAFS_HDF5_CHILD_H

/* Runs the server: it serves requests from `sock` until the other end is closed. */
_Noreturn void hdf5_server_run(int sock);

#endif
