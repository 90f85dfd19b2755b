/* Text that grows (for JSON, CSV, README), and orders of names. */
#ifndef TESSERAFS_TEXT_H
#define TESSERAFS_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* Starts as {0}.  Errors stick: after ENOMEM further calls do nothing and text_take()
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
/* A JSON string with its quotes: escapes ", \, control characters; bytes that are not
 * UTF-8 become U+FFFD. */
void text_add_json(struct text *text, const char *string);
/* "[1, 2, 3]": a shape, the corner of a box. */
void text_add_numbers(struct text *text, const int64_t *numbers, int n);
/* How many characters the number has in decimal. */
int text_digits(int64_t number);
/* A field of a CSV line: quoted where it must be; padded on the right with spaces (within
 * the quotes) to `width` bytes. */
void text_add_csv(struct text *text, const char *field, size_t width);
/* Hands the buffer to the caller (who frees it): 0, or -1 with ENOMEM and nothing
 * kept. */
int text_take(struct text *text, char **data, size_t *size, struct err *err);
void text_free(struct text *text);

/* The text, or, when it is longer than max bytes, "..." and its last max: into room, of
 * max + 4 bytes, where the text may lie.  Two paths then fit one message. */
const char *text_end(const char *text, size_t max, char *room);

/* Natural order: runs of digits compare as numbers ("2" before "10"), the rest by byte,
 * which for UTF-8 is by code point.  Names that tie so ("01", "1") go by code point: 0 is
 * returned for equal names only. */
int text_natural_cmp(const char *a, const char *b);

/* Shell-like match of a whole name: '*' any run (also of '/'), '?' one byte, [a-z]
 * sets. */
bool text_glob(const char *pattern, const char *name);

/* The candidate nearest to `name` by edit distance, NULL when none is near enough to
 * suggest (more than a third of the name would have to change). */
const char *text_nearest(const char *name, const char *const *candidates, size_t n);

/* A stable 64-bit hash (FNV-1a with a final mix): the same on every machine and release,
 * because inode numbers are made of it. */
unsigned long long text_hash(unsigned long long seed, const void *bytes, size_t size);

/* Is the name one of them? */
bool text_is_one_of(const char *const *names, size_t n, const char *name);

#endif
