/* One request that may take long and may be interrupted.
 *
 * The kernel waits for the reply to a request that was handed out even when the reader
 * gets a signal, so the interrupt itself must reply.  Between request_begin() and
 * request_end() either the interrupt replies EINTR and tells the work to stop
 * (core/base/cancel.h), or nobody replies:
 *
 *     struct request request;
 *     if (!request_begin(&request, req, REQUEST_READS))
 *       return;
 *     rc = ... the work ...
 *     if (!request_end(&request))
 *       ... undo: the kernel has not got it ...
 *     else
 *       ... reply, once
 * ... */
#ifndef TESSERAFS_REQUEST_H
#define TESSERAFS_REQUEST_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "fs/fs.h"

struct request {
  fuse_req_t req; /* valid until someone has answered */
  atomic_bool cancelled;
  pthread_mutex_t lock;
  bool working;  /* protected by lock: an interrupt may answer */
  bool answered; /* protected by lock */
  struct places *places;
  struct place_taken place;
};

/* Waits until few enough requests are at work.  Returns false when the request was
 * interrupted before it began; EINTR has been replied. */
bool request_begin(struct request *request, fuse_req_t req, enum request_class class);
/* Returns true when the caller has to reply now; false: EINTR has been replied and req is
 * gone. */
bool request_end(struct request *request);

#endif
