/* PNG files against Pillow, or against the samples they were made of where Pillow narrows
 * them (16 bits, other than grey). */
#include <errno.h>

#include "tests/support/png_check.h"

/* every depth, colour type and interlacing; odd sizes, so that passes are ragged */
static const char every_kind[] =
    "for colour, n, depths in [(0, 1, (1, 2, 4, 8, 16)), (2, 3, (8, 16)),\n"
    "                          (3, 1, (1, 2, 4, 8)), (4, 2, (8, 16)), (6, 4, (8, 16))]:\n"
    "  for bits in depths:\n"
    "    for interlace in 0, 1:\n"
    "      for h, w in (13, 21), (1, 1), (2, 9):\n"
    "        a = rng.integers(0, 1 << bits, (h, w, n))\n"
    "        path = f'k-{colour}-{bits}-{interlace}-{h}.png'\n"
    "        png(path, a, bits, colour, interlace)\n"
    "        if bits == 16: expect(path, a.astype('u2')[:, :, 0] if n == 1\n"
    "                                    else a.astype('u2'))\n"
    "        else: expect(path, pillow(path))\n";

/* transparency, gamma, odd profiles: none of them touches the samples */
static const char ancillary[] =
    "a = rng.integers(0, 256, (9, 8, 1))\n"
    "extras = dict(trns=chunk(b'tRNS', b'\\0\\7'), gamma=chunk(b'gAMA', "
    "b'\\0\\0\\1\\0'),\n"
    "              iccp=chunk(b'iCCP', b'x\\0\\0garbage'), srgb=chunk(b'sRGB', "
    "b'\\x63'),\n"
    "              phys=chunk(b'pHYs', b'1'), own=chunk(b'teSt', bytes(3000)))\n"
    "for name, extra in extras.items():\n"
    "  png(name + '.png', a, 8, 0, extra=extra)\n"
    "  expect(name + '.png', a[:, :, 0].astype('u1'))\n"
    "png('trnsp.png', a, 8, 3, extra=chunk(b'tRNS', b'\\0\\7'))\n"
    "expect('trnsp.png', pillow('trnsp.png'))\n"
    "open('tail.png', 'wb').write(open('gamma.png', 'rb').read() + b'more')\n"
    "expect('tail.png', a[:, :, 0].astype('u1'))\n";

static const char broken[] =
    "a = rng.integers(0, 256, (5, 6, 3))\n"
    "png('small.png', a, 8, 2, extra=chunk(b'pHYs', bytes(9)))\n"
    "png('small7.png', a, 8, 2, 1)\n"
    "z = zlib.compress(rows(a, 8))\n"
    "png('adler.png', a, 8, 2, idat=z[:-1] + bytes([z[-1] ^ 1]))\n"
    "png('noadler.png', a, 8, 2, idat=z[:-4])\n"
    "png('short.png', a, 8, 2, idat=zlib.compress(rows(a[:4], 8)))\n"
    "png('long.png', a, 8, 2, idat=zlib.compress(rows(a, 8) + bytes(19)))\n"
    "png('filter.png', a, 8, 2, idat=zlib.compress(b'\\x09' + rows(a, 8)[1:]))\n"
    "png('bomb.png', np.broadcast_to(np.uint8(0), (1 << 20, 1 << 20, 1)), 8, 0, "
    "idat=z)\n";

static size_t slurp(const char *path, unsigned char *out, size_t size)
{
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(out, 1, size, f) : 0;
  if (f)
    fclose(f);
  return n;
}

static void spill(const char *path, const unsigned char *bytes, size_t n)
{
  FILE *f = fopen(path, "wb");
  if (!f || fwrite(bytes, 1, n, f) != n || fclose(f))
    abort();
}

/* Every byte of a PNG is under a checksum or checked itself; every cut loses
 * something. */
static void test_damage(struct source_pool *pool, const char *path)
{
  unsigned char bytes[2000];
  size_t n = slurp(path, bytes, sizeof bytes);
  CHECK(n > 60);
  for (size_t i = 0; i < n; i++) {
    bytes[i] ^= 0x10;
    spill("damaged.png", bytes, n);
    if (!CHECK(check_damaged(pool, "damaged.png", "")))
      fprintf(stderr, "%s: byte %zu\n", path, i);
    bytes[i] ^= 0x10;
    spill("damaged.png", bytes, i);
    CHECK(check_damaged(pool, "damaged.png", ""));
  }
}

static void test_broken(struct source_pool *pool)
{
  CHECK(check_fails(pool, "bomb.png", false, EIO, "can hold"));
  CHECK(check_fails(pool, "adler.png", true, EIO, "adler.png: png: "));
  CHECK(check_damaged(pool, "noadler.png", ""));
  CHECK(check_damaged(pool, "short.png", ""));
  CHECK(check_damaged(pool, "long.png", ""));
  CHECK(check_damaged(pool, "filter.png", ""));
  test_damage(pool, "small.png");
  test_damage(pool, "small7.png");
}

static void test_facts(struct source_pool *pool)
{
  struct err err = ERR_INIT;
  struct source *source = NULL;
  if (!CHECK(!source_open(pool, "small.png", &source, &err)))
    return;
  const struct source_array *array = source_array_at(source, 0);
  CHECK(!strcmp(source_format_name(source), "png") && source_array_count(source) == 1);
  CHECK(!array->name && array->image && array->spatial == 2 && array->channel_axis == 2);
  CHECK(!array->direct && !memcmp(array->block, array->shape, 3 * sizeof(int64_t)));
  source_unref(source);
}

static const char shared_good[] =
    "import glob\n"
    "def paeth(a, b, c):\n"
    "  return min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, "
    "c))[2]\n"
    "def rgb16(path):\n"
    "  d = open(path, 'rb').read(); at = 8; z = b''\n"
    "  w, h = struct.unpack('>II', d[16:24])\n"
    "  while at < len(d):\n"
    "    n, kind = struct.unpack('>I4s', d[at:at + 8])\n"
    "    z += d[at + 8:at + 8 + n] if kind == b'IDAT' else b''; at += 12 + n\n"
    "  raw = zlib.decompress(z); n = w * 6; up = [0] * n; out = b''\n"
    "  for y in range(h):\n"
    "    kind, line = raw[y * (n + 1)], list(raw[y * (n + 1) + 1:(y + 1) * (n + 1)])\n"
    "    for i in range(n):\n"
    "      a, b, c = (line[i - 6] if i > 5 else 0), up[i], (up[i - 6] if i > 5 else 0)\n"
    "      line[i] += (0, a, b, (a + b) // 2, paeth(a, b, c))[kind]; line[i] &= 255\n"
    "    out += bytes(line); up = line\n"
    "  return np.frombuffer(out, '>u2').reshape(h, w, 3).astype('u2')\n"
    "for d in 'png_misc', 'png16', 'em_isbi2012/image', 'em_isbi2012/label':\n"
    "  for path in glob.glob(os.environ['DATA'] + '/' + d + '/*.png'):\n"
    "    if 'chessboard_RGB.' not in path: expect(path, pillow(path))\n"
    /* 16-bit RGB, which Pillow narrows */
    "    else: expect(path, rgb16(path))\n";

static void test_shared(struct source_pool *pool)
{
  const char *names[] = {"broken", "broken_data_stream", "truncated_image",
                         "x_interlaced_chck", "x_unexpected_eof"};
  if (!check_have_data())
    return;
  check_script(pool, png_encoder, shared_good);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[PATH_MAX + 100];
    snprintf(path, sizeof path, "%s/corrupt/%s.png", check_data, names[i]);
    CHECK(check_damaged(pool, path, ""));
  }
}

int main(void)
{
  check_dir_make();
  struct source_pool *pool = check_pool(.cache_bytes = 64 << 20);
  check_script(pool, png_encoder, every_kind);
  check_script(pool, png_encoder, ancillary);
  check_script(pool, png_encoder, broken);
  test_broken(pool);
  test_facts(pool);
  test_shared(pool);
  source_pool_free(pool);
  return check_report("source_png");
}
