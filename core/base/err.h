/* An error is a value on the caller's stack: an errno for the kernel and one line for a
 * person.  It is set and returned in one expression:
 *
 *     return err_set(err, EIO, "%s: chunk %s: %s", path, where, why);
 *
 * The first error wins: a later err_set() on the same value changes
 * nothing. */
#ifndef TESSERAFS_ERR_H
#define TESSERAFS_ERR_H

#include <stdbool.h>

struct err {
  int errnum;    /* 0: no error.  ENOENT name, EINVAL option, EIO source, ENOMEM, ... */
  char msg[500]; /* one line, lower case, no newline; names the file and the key */
};

#define ERR_INIT                                                                         \
  {                                                                                      \
    0                                                                                    \
  }

/* Sets *err unless it is set already (or NULL) and returns -1.  Control characters in the
 * text (file names may hold them) become '?', so that one error is one line. */
int err_set(struct err *err, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Does the same, with the text of errnum (strerror) appended after ": ". */
int err_set_errno(struct err *err, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<text>: " before the message of a set error; returns -1. */
int err_prefix(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns whether the moment is to blame (no memory, no descriptor left, an interrupted
 * reader) and not the data.  Such an error must reach the caller whole: work that went on
 * without the failed part would give other bytes than at a better moment. */
bool err_is_passing(const struct err *err);

/* Turns control characters into '?', so that the text is one line. */
void err_one_line(char *text);

#endif
