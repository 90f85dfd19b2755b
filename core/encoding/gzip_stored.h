/* Deflate streams of known size: stored blocks, so that compressed formats keep the
 * promise that any byte can be computed alone.  Only the checksum behind them needs all
 * bytes. */
#ifndef TESSERAFS_GZIP_STORED_H
#define TESSERAFS_GZIP_STORED_H

#include "core/encoding/checksum.h"
#include "core/encoding/framed.h"
#include "core/encoding/layout.h"

/* Blocks of 65535 bytes, the last one marked as final.  For one byte or more. */
extern const struct framing gzip_stored_framing;

/* A .gz of `inner` bytes: 10 + 5 * ceil(inner / 65535) + inner + 8. */
int gzip_stored_size(int64_t inner, int64_t *size, struct err *err);
/* The layout of a .gz around `inner`, which lives in the same arena. */
int gzip_stored_layout(struct layout *inner, struct arena *arena, struct layout *out,
                       struct err *err);

#endif
