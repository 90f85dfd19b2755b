/* A stream cut into blocks of `block` bytes (the last may be shorter), each behind `head`
 * bytes of framing: the filter byte before a row of a PNG, the header before a stored
 * deflate block. */
#ifndef TESSERAFS_FRAMED_H
#define TESSERAFS_FRAMED_H

#include <stdbool.h>

#include "core/encoding/layout.h"

enum { FRAMED_HEAD_MAX = 8 };

struct framing {
  int64_t block; /* bytes, 1 or more */
  int head;      /* bytes, 1..FRAMED_HEAD_MAX */
  /* Writes the head of a block of `size` bytes. */
  void (*put_head)(unsigned char *at, int64_t size, bool last);
};

/* Gives the size of a framed stream of `inner` bytes: 0, or -1 with EOVERFLOW. */
int framed_size(const struct framing *framing, int64_t inner, int64_t *size,
                struct err *err);
/* Makes the framed stream in the arena. */
int framed_stream(const struct framing *framing, struct stream inner, struct arena *arena,
                  struct stream *out, struct err *err);

#endif
