/* One walk through a gzip file of a source (RFC 1952: any number of members, padded with
 * zeros), in steps, from its start or from a place where an earlier walk was.  Members
 * that the walk begins are checked (CRC-32 and length, by zlib); a member that the walk
 * was put into is not.  A stream belongs to one thread at a time; after EINTR and after a
 * failed read it is as it was before and may go on. */
#ifndef TESSERAFS_GZIP_STREAM_H
#define TESSERAFS_GZIP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "core/source/source_format.h"

enum {
  GZIP_WINDOW = 32 * 1024, /* deflate refers back so far */
  GZIP_STEP = 64 * 1024    /* bytes read, or inflated, between looks at the reader */
};

struct gzip_stream {
  struct source *source;
  int file;
  int64_t pos;    /* in the file, of the next byte to read */
  int64_t out;    /* inflated bytes before the next one */
  int64_t member; /* `out` where this member began; while inside and not put into it */
  bool inside;    /* a member was begun and is not at its end */
  bool any;       /* a member was begun */
  bool corrupt;   /* the last error came from the content, not from memory or the
                   * reader */
  bool broken;    /* zlib ran out of memory: this stream cannot go on */
  int trailer;    /* bytes of an unchecked member's trailer that are still to be passed
                   * over */
  z_stream z;
  unsigned char in[GZIP_STEP];
  unsigned char scratch[GZIP_STEP]; /* the caller's; gzip_stream_read() to nowhere
                                     * overwrites it */
};

/* At the start of the file; NULL: ENOMEM. */
struct gzip_stream *gzip_stream_new(struct source *source, int file, struct err *err);
void gzip_stream_free(struct gzip_stream *stream);
static inline void gzip_stream_cleanup(struct gzip_stream **stream)
{
  gzip_stream_free(*stream);
}

/* A place where a walk may begin. */
struct gzip_place {
  int64_t in;     /* in the file, of the next whole byte */
  int64_t out;    /* inflated bytes before this place */
  int bits;       /* 0 to 7: the upper bits of the byte before `in` are still to come */
  bool start;     /* between members: no bits, no window */
  size_t nwindow; /* the last inflated bytes of this member, at most GZIP_WINDOW */
  const void *window;
};
int gzip_stream_go(struct gzip_stream *stream, const struct gzip_place *place,
                   struct err *err);
/* Takes the stream's place, right after GZIP_AT_BLOCK or GZIP_MEMBER_END.  window: room
 * for GZIP_WINDOW bytes, which the place then points to. */
void gzip_stream_place(struct gzip_stream *stream, void *window,
                       struct gzip_place *place);

/* Inflates up to size > 0 bytes to out, perhaps none. */
enum gzip_event {
  GZIP_GOES_ON,
  GZIP_AT_BLOCK,   /* a deflate block ended: a place to begin */
  GZIP_MEMBER_END, /* the same, and the member's checksum was right */
  GZIP_FILE_END    /* after the last member, and the zeros behind it */
};
/* An event, or -1: EIO for damaged data and for a file that ends too early. */
int gzip_stream_step(struct gzip_stream *stream, void *out, size_t size, size_t *got,
                     struct err *err);
/* Inflates up to `size` bytes; *got is less only at the end of the file. */
int gzip_stream_pull(struct gzip_stream *stream, void *out, size_t size, size_t *got,
                     struct err *err);
/* Inflates `size` bytes to out (NULL: dropped), and looks at the reader in between; EIO
 * when there are fewer. */
int gzip_stream_read(struct gzip_stream *stream, char *out, int64_t size,
                     struct err *err);

#endif
