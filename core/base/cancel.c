/* The token of this thread's reader.  Thread local rather than passed along: the wish to
 * stop crosses every layer, and no layer between may have an opinion on it. */
#include "core/base/cancel.h"

#include <errno.h>
#include <stddef.h>

static _Thread_local const atomic_bool *token_of_thread;

void cancel_set(const atomic_bool *token)
{
  token_of_thread = token;
}

bool cancel_requested(void)
{
  return token_of_thread && atomic_load_explicit(token_of_thread, memory_order_relaxed);
}

int cancel_check(struct err *err)
{
  if (cancel_requested())
    return err_set(err, EINTR, "the reader went away");
  return 0;
}
