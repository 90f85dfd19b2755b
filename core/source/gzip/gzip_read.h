/* Gzip files (RFC 1952) of any number of members, read whole and checked: every member's
 * CRC-32 and length, to the end of the file.  Not good for: seeking (gzindex.h). */
#ifndef TESSERAFS_GZIP_READ_H
#define TESSERAFS_GZIP_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/source/source_format.h"

bool gzip_magic(const void *bytes, size_t n);
/* The first bytes inside, as far as n compressed bytes tell: at most room of them; how
 * many. */
size_t gzip_head(const void *bytes, size_t n, void *out, size_t room);
/* The first bytes inside a file of a source: up to room of them, *n less only when there
 * are no more. */
int gzip_read_head(struct source *source, int file, void *out, size_t room, size_t *n,
                   struct err *err);
/* More than this many bytes cannot come out of n: deflate's best is 1032 for one. */
static inline int64_t gzip_most(int64_t n)
{
  return n < INT64_MAX / 1032 ? n * 1032 : INT64_MAX;
}
/* The size bytes at offset of what is inside a file of a source. */
struct gzip_span {
  struct source *source;
  int file;
  int64_t offset;
  size_t size, room; /* bytes of the result; what its memory has room for: where that is
                        offset + size or more, no other is needed for the result */
};
/* The span to out, and the rest of the file checked: EIO for a wrong checksum, for a file
 * that is cut, for anything but zeros after the last member, and for fewer bytes.  EINTR
 * when the reader is gone. */
int gzip_read(const struct gzip_span *span, void *out, struct err *err);

#endif
