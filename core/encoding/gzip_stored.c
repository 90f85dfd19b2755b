/* One gzip member, because browsers accept no second one; no time and no name, because
 * the same file must have the same bytes each time. */
#include "core/encoding/gzip_stored.h"

#include "core/encoding/put.h"

enum { BLOCK = 65535, BLOCK_HEAD = 5, GZIP_HEAD = 10, GZIP_TAIL = 8 };

static void put_block_head(unsigned char *at, int64_t size, bool last)
{
  at[0] = last; /* BFINAL, BTYPE 00 */
  put_le(at + 1, (uint64_t)size, 2);
  put_le(at + 3, ~(uint64_t)size, 2);
}

const struct framing gzip_stored_framing = {
    .block = BLOCK,
    .head = BLOCK_HEAD,
    .put_head = put_block_head,
};

/* magic, deflate, no flags, no time, no extra flags, unknown system */
static const unsigned char gzip_head[GZIP_HEAD] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};

int gzip_stored_size(int64_t inner, int64_t *size, struct err *err)
{
  if (framed_size(&gzip_stored_framing, inner, size, err) < 0)
    return -1;
  return layout_add_size(*size, GZIP_HEAD + GZIP_TAIL, size, err);
}

/* Writes the CRC-32, then the size modulo 2^32. */
static int tail_pread(void *ctx, void *buf, size_t size, int64_t offset, struct err *err)
{
  struct summed *summed = ctx;
  unsigned char tail[GZIP_TAIL];
  uint32_t sum;
  if (summed_total(summed, &sum, err) < 0)
    return -1;
  put_le(tail, sum, 4);
  put_le(tail + 4, (uint64_t)summed->of.size, 4);
  layout_copy_part(buf, size, tail, offset);
  return 0;
}

int gzip_stored_layout(struct layout *inner, struct arena *arena, struct layout *out,
                       struct err *err)
{
  struct stream blocks;
  struct summed *summed =
      summed_new(layout_as_stream(inner), &checksum_crc32, arena, err);
  if (!summed ||
      framed_stream(&gzip_stored_framing, summed_as_stream(summed), arena, &blocks, err) <
          0 ||
      layout_init(out, 3, arena, err) < 0)
    return -1;
  layout_bytes(out, gzip_head, sizeof gzip_head);
  layout_stream(out, blocks);
  layout_stream(out, (struct stream){tail_pread, summed, GZIP_TAIL});
  return 0;
}
