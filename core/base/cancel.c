/* The token of this thread's reader.  Thread local rather than passed along: the wish to
 * stop crosses every layer, and no layer between may have an opinion on it. */
#include "core/base/cancel.h"

#include <errno.h>
#include <stddef.h>

static _Thread_local const atomic_bool *token_of_thread;
static atomic_bool everything;

void cancel_set(const atomic_bool *token)
{
  token_of_thread = token;
}

void cancel_everything(void)
{
  atomic_store(&everything, true);
}

bool cancel_requested(void)
{
  return atomic_load_explicit(&everything, memory_order_relaxed) ||
         (token_of_thread && atomic_load_explicit(token_of_thread, memory_order_relaxed));
}

int cancel_check(struct err *err)
{
  if (cancel_requested())
    return err_set(err, EINTR, "the reader went away");
  return 0;
}
