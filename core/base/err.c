/* Errors as values: see err.h.  All three setters share one formatter, so that the rules
 * "the first wins" and "one line" are written once. */
#include "core/base/err.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void err_one_line(char *text)
{
  for (unsigned char *p = (unsigned char *)text; *p; p++)
    if (*p < 0x20 || *p == 0x7f)
      *p = '?';
}

static void set(struct err *err, int errnum, const char *fmt, va_list args)
{
  assert(errnum > 0);
  vsnprintf(err->msg, sizeof err->msg, fmt, args);
  err_one_line(err->msg);
  err->errnum = errnum;
}

int err_set(struct err *err, int errnum, const char *fmt, ...)
{
  if (!err || err->errnum)
    return -1;
  va_list args;
  va_start(args, fmt);
  set(err, errnum, fmt, args);
  va_end(args);
  return -1;
}

int err_set_errno(struct err *err, int errnum, const char *fmt, ...)
{
  if (!err || err->errnum)
    return -1;
  va_list args;
  va_start(args, fmt);
  set(err, errnum, fmt, args);
  va_end(args);
  char why[128];
  size_t used = strlen(err->msg);
  snprintf(err->msg + used, sizeof err->msg - used, ": %s",
           strerror_r(errnum, why, sizeof why));
  return -1;
}

int err_prefix(struct err *err, const char *fmt, ...)
{
  if (!err || !err->errnum)
    return -1;
  struct err old = *err;
  va_list args;
  va_start(args, fmt);
  set(err, old.errnum, fmt, args);
  va_end(args);
  size_t used = strlen(err->msg);
  snprintf(err->msg + used, sizeof err->msg - used, ": %s", old.msg);
  return -1;
}

bool err_is_passing(const struct err *err)
{
  return err->errnum == ENOMEM || err->errnum == EINTR || err->errnum == EMFILE ||
         err->errnum == ENFILE;
}
