/* See view_missing.h. */
#include "core/view/view_missing.h"

#include <stddef.h>

static _Thread_local struct view_missing *innermost;

void view_missing_begin(struct view_missing *self, void (*announce)(void *ctx), void *ctx)
{
  *self = (struct view_missing){announce, ctx, innermost};
  innermost = self;
}

void view_missing_end(struct view_missing *self)
{
  innermost = self->outer;
}

void view_missing(void)
{
  for (struct view_missing *at = innermost; at; at = at->outer) {
    void (*const announce)(void *) = at->announce;
    at->announce = NULL;
    if (announce)
      announce(at->ctx);
  }
}
