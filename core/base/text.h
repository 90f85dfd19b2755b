/* Text that grows (for JSON, CSV, README), and orders and matches of names. */
#ifndef TESSERAFS_TEXT_H
#define TESSERAFS_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* Starts as {0}.  Errors are kept: after ENOMEM further calls do nothing and text_take()
 * reports it, so that a writer of fifty lines checks once. */
struct text {
  char *data;  /* NUL-terminated once anything was added; NULL before */
  size_t size; /* bytes without the NUL */
  size_t room;
  bool failed;
};

void text_add(struct text *text, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const void *bytes, size_t size);
/* Adds a JSON string with its quotes: ", \ and control characters are escaped; bytes that
 * are not UTF-8 become U+FFFD. */
void text_add_json(struct text *text, const char *string);
/* Adds "[1, 2, 3]": a shape, the corner of a box. */
void text_add_numbers(struct text *text, const int64_t *numbers, int n);
/* Returns how many characters the number has in decimal. */
int text_digits(int64_t number);
/* Adds a field of a CSV line: quoted where necessary, and padded on the right with spaces
 * (within the quotes) to `width` bytes. */
void text_add_csv(struct text *text, const char *field, size_t width);
/* Hands the buffer to the caller, who frees it: 0, or -1 with ENOMEM and nothing kept. */
int text_take(struct text *text, char **data, size_t *size, struct err *err);
void text_free(struct text *text);

/* Returns the text, or, when it is longer than max bytes, "..." and its last max bytes.
 * These are put into room, of max + 4 bytes, which may hold the text itself.  Two paths
 * then fit one message. */
const char *text_end(const char *text, size_t max, char *room);

/* Compares in natural order: runs of digits as numbers ("2" before "10"), the rest by
 * byte, which for UTF-8 is by code point.  Names that tie in this way ("01", "1") are
 * compared by code point, so that 0 means equal names. */
int text_natural_cmp(const char *a, const char *b);

/* Matches a whole name like a shell: '*' any run (also of '/'), '?' one byte, [a-z]
 * sets. */
bool text_glob(const char *pattern, const char *name);

/* Returns the candidate nearest to `name` by edit distance; NULL when none is near enough
 * to suggest (more than a third of the name would have to change). */
const char *text_nearest(const char *name, const char *const *candidates, size_t n);

/* Returns a stable 64-bit hash (FNV-1a with a final mix): the same on every machine and
 * release, because inode numbers are made of it. */
unsigned long long text_hash(unsigned long long seed, const void *bytes, size_t size);

/* Returns whether the name is one of them. */
bool text_is_one_of(const char *const *names, size_t n, const char *name);

#endif
