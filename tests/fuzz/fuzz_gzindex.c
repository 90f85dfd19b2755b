/* Restart points over any bytes, and the reader of kept indexes.
 *
 * Input: byte 0 chooses; a kept index follows (its checksums are put right first, else
 * hardly anything would get past them), or four bytes of pieces and a gzip file, whose
 * pieces are read twice and must come out alike. */
#include <libdeflate.h>
#include <stddef.h>

#include "core/source/gzip/gzindex.h"
#include "core/source/gzip/gzindex_file.h"
#include "tests/fuzz/fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 88, FACTS_AT = 8, BODY_CRC = 80, HEAD_CRC = 84 }; /* of a kept index */

static void put_crc(unsigned char *at, const void *bytes, size_t size)
{
  const uint32_t crc = libdeflate_crc32(0, bytes, size);
  memcpy(at, &crc, sizeof crc);
}

static void parse(const uint8_t *data, size_t size)
{
  struct gzindex_facts facts = {0};
  struct gzindex_content content;
  unsigned char *bytes = malloc(size + 1), window[GZIP_WINDOW];
  if (!bytes || size < HEAD) {
    free(bytes);
    return;
  }
  memcpy(bytes, data, size);
  memcpy(&facts, bytes + FACTS_AT, sizeof facts);
  put_crc(bytes + BODY_CRC, bytes + HEAD, size - HEAD);
  put_crc(bytes + HEAD_CRC, bytes, HEAD_CRC);
  if (gzindex_parse(&facts, bytes, size, &content)) {
    for (int64_t i = 0; i < content.points.n; i++) {
      struct gzip_place place;
      struct err err = ERR_INIT;
      gzpoint_place(&content.points.at[i], window, &place, &err);
    }
    gzpoints_free(&content.points);
    free(content.crcs);
  }
  free(bytes);
}

/* Every piece from the last to the first, then from the first to the last. */
static void read_pieces(struct gzindex *index, const struct gzindex_pieces *pieces)
{
  const int64_t n = gzindex_piece_count(pieces);
  char *out = calloc(1, (size_t)pieces->piece);
  uint32_t *crcs = calloc((size_t)n, sizeof *crcs);
  for (int64_t i = -n; out && crcs && i < n; i++) {
    const int64_t piece = i < 0 ? -i - 1 : i;
    struct err err = ERR_INIT;
    memset(out, 0, (size_t)pieces->piece);
    const int rc = gzindex_read(index, piece, out, &err);
    if ((rc != 0) != (err.errnum != 0))
      abort();
    const uint32_t crc = rc ? 0 : libdeflate_crc32(0, out, (size_t)pieces->piece);
    if (i >= 0 && crc != crcs[piece])
      abort();
    crcs[piece] = crc;
  }
  free(out);
  free(crcs);
}

static void read_gzip(const uint8_t *data, size_t size)
{
  const struct source_raw raw = {.dtype = DT_U8, .nd = 1, .shape = {1}};
  if (size < 5)
    return;
  const struct gzindex_pieces pieces = {data[0], 1 + data[1] % 3, 1 + data[2] * 64,
                                        1 + data[3] * 16};
  struct source_pool *pool = check_pool(.cache_bytes = FUZZ_CACHE, .max_fds = 4);
  struct source *source = NULL;
  struct err err = ERR_INIT;
  char path[64] = "/dev/shm/tesserafs-fuzz-XXXXXX";
  const int fd = mkostemp(path, O_CLOEXEC);
  if (fd < 0 || write(fd, data + 4, size - 4) != (ssize_t)size - 4)
    abort();
  if (!source_open_raw(pool, path, &raw, &source, &err)) {
    struct gzindex *index = gzindex_new(source, 0, &pieces, &err);
    if (index)
      read_pieces(index, &pieces);
    gzindex_free(index);
  }
  source_unref(source);
  source_pool_free(pool);
  unlink(path);
  close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  if (data[0] & 1)
    parse(data + 1, size - 1);
  else
    read_gzip(data + 1, size - 1);
  return 0;
}
