/* libhdf5 behind a process border.
 *
 * A crafted file can crash libhdf5, make it loop or make it allocate without end; the
 * mount must live on.  So the daemon never calls it on a user's file.  Early, while it
 * has one thread, it forks a small server; the server forks a child for each request,
 * which calls libhdf5 under limits, writes its reply into the request's own pipe and
 * exits.  Requests of several threads run side by side, and the one lock inside libhdf5
 * is in each child alone. The server ends when its socket does, however the daemon
 * ends. */
#ifndef TESSERAFS_HDF5_WORKER_H
#define TESSERAFS_HDF5_WORKER_H

#include <stddef.h>

#include "core/base/err.h"
#include "core/source/hdf5/hdf5_wire.h"

/* Seconds of wall-clock and of processor time that one request may take. */
enum { HDF5_WORKER_SECONDS = 10 };
/* Seconds that a walk waits for the second reply, which it can do without. */
enum { HDF5_KNOWN_SECONDS = 1 };

/* Starts the server unless it runs.  To be called before the program starts threads;
 * without that, the first request does it.  A server that was killed is started again by
 * the next request: as a fork while the program has one thread, else as a new process of
 * a program that has called hdf5_worker_main().  -1: EIO, or what fork said.  Thread
 * safe. */
int hdf5_worker_start(struct err *err);
/* To be called first of all in main(): runs the server, and does not return, in a process
 * that was started to be one. */
void hdf5_worker_main(char **argv);

/* Runs a request whose reply is exactly `size` bytes, into out.  -1: EIO (the child's
 * message; "libhdf5 crashed ..."), EINTR when this thread's reader is gone (cancel.h),
 * ...  Called by any number of threads. */
int hdf5_worker_read(const struct hdf5_request *request, void *out, size_t size,
                     struct err *err);
/* The two payloads of a walk (hdf5_wire.h); the caller frees both. */
struct hdf5_walk_reply {
  void *arrays, *known; /* known: NULL when it did not come in time */
  size_t size, known_size;
};
/* Runs HDF5_WALK; errors as of hdf5_worker_read(). */
int hdf5_worker_walk(const struct hdf5_request *request, struct hdf5_walk_reply *out,
                     struct err *err);

#endif
