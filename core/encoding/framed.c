/* The position of every byte is arithmetic, so a range of framed bytes reads exactly
 * those bytes of the inner stream that lie in it: in one piece, because a row or a block
 * may be tiny, and in a buffer that keeps the alignment of the inner stream, so that
 * voxels are stored without a second copy. */
#include "core/encoding/framed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/cleanup.h"

enum { PIECE_BYTES = 1 << 20, ALIGN = 16 };

struct framed {
  struct framing framing;
  struct stream inner;
};

int framed_size(const struct framing *framing, int64_t inner, int64_t *size,
                struct err *err)
{
  const int64_t blocks = inner / framing->block + (inner % framing->block != 0);
  int64_t heads;
  if (!checked_mul(blocks, framing->head, &heads))
    return err_set(err, EOVERFLOW, "a file of more than 2^63 bytes");
  return layout_add_size(inner, heads, size, err);
}

/* Returns how many bytes of the inner stream lie before a framed position. */
static int64_t inner_before(const struct framed *framed, int64_t at)
{
  const int64_t period = framed->framing.block + framed->framing.head;
  const int64_t within = at % period - framed->framing.head;
  return at / period * framed->framing.block + (within > 0 ? within : 0);
}

static size_t min_size(size_t a, int64_t b)
{
  return (int64_t)a < b ? a : (size_t)b;
}

/* Interleaves heads with inner bytes, which start at `in`. */
static void weave(const struct framed *framed, char *out, size_t size, int64_t at,
                  const char *in)
{
  const struct framing *framing = &framed->framing;
  const int64_t period = framing->block + framing->head;
  while (size > 0) {
    const int64_t first = at / period * framing->block, within = at % period;
    const int64_t left = framed->inner.size - first;
    const int64_t block = left < framing->block ? left : framing->block;
    size_t n;
    if (within < framing->head) {
      unsigned char head[FRAMED_HEAD_MAX];
      framing->put_head(head, block, left == block);
      n = min_size(size, framing->head - within);
      memcpy(out, head + within, n);
    } else {
      n = min_size(size, framing->head + block - within);
      memcpy(out, in, n);
      in += n;
    }
    out += n;
    at += (int64_t)n;
    size -= n;
  }
}

static int pread_piece(const struct framed *framed, char *out, size_t size, int64_t at,
                       struct err *err)
{
  const int64_t start = inner_before(framed, at);
  const size_t n = (size_t)(inner_before(framed, at + (int64_t)size) - start);
  const size_t shift = (size_t)(start % ALIGN);
  CLEANUP_FREE char *inner = malloc(shift + n + 1);
  if (!inner)
    return err_set(err, ENOMEM, "out of memory");
  if (n > 0 && framed->inner.pread(framed->inner.ctx, inner + shift, n, start, err) < 0)
    return -1;
  weave(framed, out, size, at, inner + shift);
  return 0;
}

static int framed_pread(void *ctx, void *buf, size_t size, int64_t offset,
                        struct err *err)
{
  char *out = buf;
  while (size > 0) {
    const size_t n = min_size(size, PIECE_BYTES);
    if (pread_piece(ctx, out, n, offset, err) < 0)
      return -1;
    out += n;
    offset += (int64_t)n;
    size -= n;
  }
  return 0;
}

int framed_stream(const struct framing *framing, struct stream inner, struct arena *arena,
                  struct stream *out, struct err *err)
{
  struct framed *framed = arena_alloc(arena, sizeof *framed, err);
  if (!framed)
    return -1;
  *framed = (struct framed){.framing = *framing, .inner = inner};
  *out = (struct stream){.pread = framed_pread, .ctx = framed};
  return framed_size(framing, inner.size, &out->size, err);
}
