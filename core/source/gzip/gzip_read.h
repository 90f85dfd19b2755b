/* Gzip files (RFC 1952) of any number of members, read whole and checked: every member's
 * CRC-32 and length, to the end of the file.  Not good for: seeking (gzindex.h). */
#ifndef TESSERAFS_GZIP_READ_H
#define TESSERAFS_GZIP_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/source/source_format.h"

bool gzip_magic(const void *bytes, size_t n);
/* Inflates the first bytes, as far as n compressed bytes reach, at most `room`; returns
 * how many. */
size_t gzip_head(const void *bytes, size_t n, void *out, size_t room);
/* Inflates the first bytes of a source's file, up to `room`; *n is less only when the
 * content is shorter. */
int gzip_read_head(struct source *source, int file, void *out, size_t room, size_t *n,
                   struct err *err);
/* Returns the most bytes that n compressed ones can expand to: deflate's best is 1032 for
 * one. */
static inline int64_t gzip_most(int64_t n)
{
  return n < INT64_MAX / 1032 ? n * 1032 : INT64_MAX;
}
/* The `size` bytes at `offset` of the inflated content of a source's file. */
struct gzip_span {
  struct source *source;
  int file;
  int64_t offset;
  size_t size, room; /* bytes of the result; bytes of its memory: with offset + size or
                      * more of them, no other memory is needed for the result */
};
/* Inflates the span to out, and checks the rest of the file.  EIO: a wrong checksum, a
 * truncated file, anything but zeros after the last member, too few bytes.  EINTR: the
 * reader is gone. */
int gzip_read(const struct gzip_span *span, void *out, struct err *err);

#endif
