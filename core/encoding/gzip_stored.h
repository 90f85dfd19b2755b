/* Deflate streams of known size: they consist of stored blocks, so that any byte of a
 * compressed format can be computed alone.  Only the checksum behind them needs all
 * bytes. */
#ifndef TESSERAFS_GZIP_STORED_H
#define TESSERAFS_GZIP_STORED_H

#include "core/encoding/checksum.h"
#include "core/encoding/framed.h"
#include "core/encoding/layout.h"

/* Blocks of 65535 bytes, the last one marked as final.  Not for empty streams. */
extern const struct framing gzip_stored_framing;

/* Gives the size of a .gz of `inner` bytes: 10 + 5 * ceil(inner / 65535) + inner + 8. */
int gzip_stored_size(int64_t inner, int64_t *size, struct err *err);
/* Makes the layout of a .gz around `inner`, which lives in the same arena. */
int gzip_stored_layout(struct layout *inner, struct arena *arena, struct layout *out,
                       struct err *err);

#endif
