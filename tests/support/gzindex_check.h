/* What the tests of gzindex share: gzip files of every kind made by Python's zlib, each
 * with the bytes that it was made from, and reads compared with those. */
#ifndef TESSERAFS_GZINDEX_CHECK_H
#define TESSERAFS_GZINDEX_CHECK_H

#include <errno.h>
#include <sys/stat.h>

#include "core/source/gzip/gzindex.h"
#include "tests/support/source_check.h"

/* put(name, data, level, ...) writes name.gz and name.raw. */
static const char gz_prelude[] =
    "import zlib\n"
    "rng = np.random.default_rng(3)\n"
    "def pack(data, level=6, strategy=0, flush=None, step=100000, bits=31):\n"
    "  c = zlib.compressobj(level, zlib.DEFLATED, bits, 9, strategy)\n"
    "  if flush is None: return c.compress(data) + c.flush()\n"
    "  parts = []\n"
    "  for i in range(0, len(data), step):\n"
    "    parts += [c.compress(data[i:i + step]), c.flush(flush)]\n"
    "  return b''.join(parts) + c.flush()\n"
    "def write(name, packed, data):\n"
    "  open(name + '.gz', 'wb').write(packed); open(name + '.raw', 'wb').write(data)\n"
    "def put(name, data, **how): write(name, pack(data, **how), data)\n"
    "def members(data, step, **how):\n"
    "  return [pack(data[i:i + step], **how) for i in range(0, len(data), step)]\n"
    "noise = (rng.normal(0, 20, 3000000).astype('i2')).tobytes()\n"
    "labels = np.repeat(rng.integers(0, 9, 6000), 1000).astype('u1').tobytes()\n"
    "words = b''.join(b'%d, ' % i for i in rng.integers(0, 99999, 900000))\n";

static const char gz_kinds[] =
    "for level in [0, 1, 6, 9]:\n"
    "  put(f'noise{level}', noise, level=level)\n"
    "  put(f'labels{level}', labels, level=level)\n"
    "put('words', words)\n"
    "put('random', rng.bytes(5000000))\n"
    "put('zeros', bytes(6000000))\n"
    "for i, s in enumerate([zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED]):\n"
    "  put(f'strategy{i}', noise, strategy=s)\n"
    "put('sync', noise, flush=zlib.Z_SYNC_FLUSH)\n"
    "put('full', words, flush=zlib.Z_FULL_FLUSH, step=7777)\n"
    "put('block', words, flush=zlib.Z_BLOCK, step=3333)\n"
    "write('many', b''.join(members(noise, 65280)), noise)\n"
    "write('uneven', b''.join(members(words, 2500001, level=1)), words)\n"
    "write('padded', bytes(100).join(members(words, 700000)) + bytes(70000), words)\n"
    "write('tiny', b''.join(members(words[:200000], 37)), words[:200000])\n"
    "e = pack(b'')\n"
    "write('empty', e + e.join(members(labels, 500000)) + e * 3, labels)\n"
    "def head(data, name):\n"
    "  extra = b'BC\\2\\0ab'\n"
    "  h = b'\\x1f\\x8b\\x08\\x1e' + bytes(6) + struct.pack('<H', len(extra)) + extra\n"
    "  h += name + b'\\0a comment\\0'\n"
    "  h += struct.pack('<H', zlib.crc32(h) & 0xffff)\n"
    "  return h + pack(data, bits=-15) + struct.pack('<II', zlib.crc32(data), "
    "len(data))\n"
    "write('fields', head(noise, b'n' * 3000) + head(words, b''), noise + words)\n";

static inline char *gz_file(const char *name, const char *suffix, size_t *size)
{
  char path[100];
  snprintf(path, sizeof path, "%s%s", name, suffix);
  FILE *file = fopen(path, "rb");
  struct stat st;
  if (!file || fstat(fileno(file), &st))
    abort();
  char *bytes = malloc((size_t)st.st_size + 1);
  *size = fread(bytes, 1, (size_t)st.st_size, file);
  fclose(file);
  return bytes;
}

static inline void gz_write(const char *path, const void *bytes, size_t size)
{
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
    abort();
}

/* A file as a source, with an index over what is inside it. */
struct gz_opened {
  struct source *source;
  struct gzindex *index;
  struct gzindex_pieces pieces;
  char *out; /* room for a piece */
};

static inline bool gz_open(struct source_pool *pool, const char *path,
                           const struct gzindex_pieces *pieces, struct gz_opened *out)
{
  const struct source_raw raw = {.dtype = DT_U8, .nd = 1, .shape = {1}};
  struct err err = ERR_INIT;
  *out = (struct gz_opened){.pieces = *pieces, .out = malloc((size_t)pieces->piece)};
  if (!out->out || source_open_raw(pool, path, &raw, &out->source, &err))
    return false;
  out->index = gzindex_new(out->source, 0, pieces, &err);
  return out->index != NULL;
}

static inline void gz_close(struct gz_opened *opened)
{
  gzindex_free(opened->index);
  source_unref(opened->source);
  free(opened->out);
}

/* One piece equals the bytes it was made from (`raw`: all of them); else -1 and *err, or
 * -2 for wrong bytes. */
static inline int gz_piece(const struct gz_opened *opened, int64_t piece, const char *raw,
                           char *out, struct err *err)
{
  const struct gzindex_pieces *p = &opened->pieces;
  const int64_t in_group = (p->group + p->piece - 1) / p->piece;
  const int64_t inside = piece % in_group * p->piece;
  const int64_t start = p->offset + piece / in_group * p->group + inside;
  const int64_t size = p->group - inside < p->piece ? p->group - inside : p->piece;
  if (gzindex_read(opened->index, piece, out, err))
    return -1;
  return memcmp(out, raw + start, (size_t)size) ? -2 : 0;
}

#endif
