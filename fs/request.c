/* Who replies to an interrupted request.
 *
 * The kernel sends INTERRUPT for any signal that its reader has, also for one that is
 * caught: a timer of a profiler, a child that ended.  No call on a file of a disk fails
 * for that, and stdio takes EINTR for the end of the file (numpy.fromfile, for data), so
 * it is answered only to who is to end (cancel_task_ends()); there is no second
 * INTERRUPT, but cancel_watch() sees who ends later.
 *
 * libfuse (3.14, lib/fuse_lowlevel.c) calls the interrupt function from one of two
 * places, always with the request's lock held:
 *
 * - find_interrupted(), in the thread that received the INTERRUPT.  It holds a reference,
 * so the function may reply, which drops the reference of the thread that works.  It has
 * read the function and its data before it calls: both must stay valid until it returns.
 * - fuse_req_interrupt_func(), in the thread that works, when the INTERRUPT came first.
 * There is no second reference: a reply would free the request whose lock is then
 * released. Hence `working`, which is false as yet: only the flag is set.
 *
 * request_end() settles under our own lock who answers.  If it is the worker, it takes
 * the function away before it replies: fuse_req_interrupt_func() waits for the request's
 * lock, that is for a callback that has started and holds a pointer to our struct, which
 * is on the worker's stack.  If it is the interrupt, the request must not be touched any
 * more, and our lock, held during that reply, says that the callback is through. */
#include "fs/request.h"

#include <errno.h>

#include "core/base/cancel.h"
#include "core/base/cleanup.h"

static void on_interrupt(fuse_req_t req, void *data)
{
  struct request *request = data;
  if (!cancel_task_ends(fuse_req_ctx(req)->pid))
    return;
  LOCK_FOR_SCOPE(&request->lock);
  atomic_store(&request->cancelled, true);
  if (request->working && !request->answered) {
    request->answered = true;
    fuse_reply_err(req, EINTR);
  }
}

/* Lets interrupts answer from now on; returns false when there was one already. */
static bool start_working(struct request *request)
{
  LOCK_FOR_SCOPE(&request->lock);
  request->working = !atomic_load(&request->cancelled);
  return request->working;
}

static bool claim_answer(struct request *request)
{
  LOCK_FOR_SCOPE(&request->lock);
  const bool mine = !request->answered;
  request->answered = true;
  return mine;
}

bool request_begin(struct request *request, fuse_req_t req, enum request_class class)
{
  request->req = req;
  atomic_init(&request->cancelled, false);
  request->working = request->answered = false;
  request->places = &fs_of(req)->places[class];
  request->place = (struct place_taken){0};
  pthread_mutex_init(&request->lock, NULL);
  fuse_req_interrupt_func(req, on_interrupt, request);
  cancel_set(&request->cancelled);
  /* the kernel sends no INTERRUPT at all for a read-ahead */
  cancel_watch(fuse_req_ctx(req)->pid);
  if (start_working(request) && places_take(request->places, &request->place))
    return true;
  if (request_end(request)) /* no interrupt has replied */
    fuse_reply_err(req, EINTR);
  return false;
}

bool request_end(struct request *request)
{
  cancel_set(NULL);
  places_leave(request->places, &request->place);
  const bool mine = claim_answer(request);
  if (mine)
    fuse_req_interrupt_func(request->req, NULL, NULL);
  pthread_mutex_destroy(&request->lock);
  return mine;
}
