/* The quick PNG decoder: which files it takes, against Pillow, the samples that the files
 * were made of, and libpng; what it must leave to libpng; rows against the filters'
 * definitions.  Files are named for what is expected of them: fast-*, odd-* (good, by
 * libpng), bad-*. */
#include <errno.h>

#include "tests/support/png_check.h"
#include "tests/support/png_paths.h"

/* --- files ------------------------------------------------------------------------- */

static const char every_filter[] =
    "for colour, n, depths in [(0, 1, (1, 2, 4, 8, 16)), (2, 3, (8, 16)),\n"
    "                          (3, 1, (1, 2, 4, 8)), (4, 2, (8, 16)), (6, 4, (8, 16))]:\n"
    "  for bits in depths:\n"
    "    for filters in (0,), (1,), (2,), (3,), (4,), (4, 2, 0, 3, 1):\n"
    "      for h, w in (11, 67), (1, 1), (2, 9):\n"
    "        a = rng.integers(0, 1 << bits, (h, w, n))\n"
    "        if h > 2: a[5:8] >>= min(bits - 1, 5) # ties\n"
    "        path = f'fast-{colour}-{bits}-{h}-{\"\".join(map(str, filters))}.png'\n"
    "        png(path, a, bits, colour, filters=filters)\n"
    "        if bits == 16: expect(path, a.astype('u2')[:, :, 0] if n == 1\n"
    "                                    else a.astype('u2'))\n"
    "        else: expect(path, pillow(path))\n"
    "        if bits == 8: assert (pillow(path) == "
    "a.reshape(pillow(path).shape)).all()\n";

static const char every_cut[] =
    "a = rng.integers(0, 256, (7, 9, 3)); flat = np.zeros((700, 90, 1), int)\n"
    "size = len(zlib.compress(rows(a, 8)))\n"
    "text = chunk(b'tEXt', bytes(5000)); own = chunk(b'teSt', b'')\n"
    "cases = dict(one=dict(idats=[]), bytes=dict(idats=[1] * size),\n"
    "  first=dict(idats=[0, 0, 5]), middle=dict(idats=[9, 0, 0, 3]),\n"
    "  last=dict(idats=[size, 0, 0]), before=dict(extra=text + own),\n"
    "  after=dict(after=own + text), none=dict(after=b''),\n"
    "  tail=dict(end=chunk(b'IEND', b'') + bytes(77)),\n"
    "  stored=dict(idat=zlib.compress(rows(a, 8), 0), idats=[20]),\n"
    "  fixed=dict(idat=(lambda z: z.compress(rows(a, 8)) + z.flush())(\n"
    "             zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_FIXED))),\n"
    "  window=dict(idat=(lambda z: z.compress(rows(a, 8)) + z.flush())(\n"
    "              zlib.compressobj(9, zlib.DEFLATED, 9))))\n"
    "for name, how in cases.items():\n"
    "  png(f'fast-{name}.png', a, 8, 2, **how)\n"
    "  expect(f'fast-{name}.png', a.astype('u1'))\n"
    "png('fast-flat.png', flat, 8, 0)\n"
    "expect('fast-flat.png', flat[:, :, 0].astype('u1'))\n"
    "png('fast-colours.png', a[:, :, :1] % 5, 8, 3, colours=5)\n"
    "expect('fast-colours.png', (a[:, :, 0] % 5).astype('u1'))\n";

/* good files that the quick decoder has no business with */
static const char odd[] =
    "a = rng.integers(0, 256, (7, 9, 1)); wide = rng.integers(0, 256, (30, 40, 1))\n"
    "small = zlib.compressobj(9, zlib.DEFLATED, 9)\n"
    "cases = dict(interlaced=dict(interlace=1), trns=dict(extra=chunk(b'tRNS', "
    "b'\\0\\7')),\n"
    "             window=dict(a=wide, idat=small.compress(rows(wide, 8)) + "
    "small.flush()),\n"
    "             colours=dict(colour=3, colours=5))\n"
    "for name, how in cases.items():\n"
    "  how = dict(a=a, bits=8, colour=0) | how\n"
    "  png(f'odd-{name}.png', **how)\n"
    "  expect(f'odd-{name}.png', how['a'][:, :, 0].astype('u1'))\n"
    "for name, after in dict(late=chunk(b'PLTE', bytes(9)),\n"
    "                        again=chunk(b'teSt', b'') + chunk(b'IDAT', b'a')).items():\n"
    "  png(f'odd-{name}.png', a % 4, 8, 3, colours=4, after=after)\n"
    "  expect(f'odd-{name}.png', (a[:, :, 0] % 4).astype('u1'))\n"
    "png('odd-suggested.png', wide.reshape(10, 40, 3), 8, 2, "
    "extra=chunk(b'PLTE', bytes(9)))\n"
    "expect('odd-suggested.png', wide.reshape(10, 40, 3).astype('u1'))\n"
    "large = np.zeros((5800, 5800, 1), 'u1'); large[5799, 5799] = 9\n"
    "png('odd-large.png', large, 8, 0)\n";

static const char bad[] =
    "a = rng.integers(0, 256, (5, 6, 3)); raw = rows(a, 8); z = zlib.compress(raw)\n"
    "g = rng.integers(0, 4, (5, 6, 1))\n"
    "own = chunk(b'teSt', b'x'); wrong = own[:-1] + bytes([own[-1] ^ 1])\n"
    "cases = dict(adler=dict(idat=z[:-1] + bytes([z[-1] ^ 1])), "
    "noadler=dict(idat=z[:-4]),\n"
    "  short=dict(idat=zlib.compress(raw[:-1])), long=dict(idat=zlib.compress(raw + "
    "b'a')),\n"
    "  more=dict(idat=z + b'a'), header=dict(idat=b'\\x78\\x02' + z[2:]),\n"
    "  big=dict(idat=b'\\x88' + bytes([31 - 0x8800 % 31]) + z[2:]),\n"
    "  empty=dict(idat=b'', idats=[]), filter=dict(idat=zlib.compress(b'\\5' + "
    "raw[1:])),\n"
    "  crc=dict(extra=wrong), crcafter=dict(after=wrong), between=dict(between=own),\n"
    "  critical=dict(extra=chunk(b'TeSt', b'')), name=dict(extra=chunk(b'te5t', b'')),\n"
    "  ihdr=dict(extra=chunk(b'IHDR', bytes(13))), end=dict(end=b''), "
    "trns=dict(extra=chunk(b'tRNS', b'a') * 2))\n"
    "for name, how in cases.items(): png(f'bad-{name}.png', a, 8, 2, **how)\n"
    "png('bad-palette.png', g, 8, 3, extra=chunk(b'PLTE', bytes(9)))\n"
    "png('bad-index.png', g, 2, 3, colours=1)\n"
    "png('whole.png', a, 8, 2, extra=own, idats=[7, 0], filters=(4, 1, 2, 3, 0))\n"
    "png('whole4.png', g, 4, 3, idats=[3])\n";

/* --- what is expected of them ------------------------------------------------------ */

static void compare_file(struct source_pool *pool, const char *path, bool fast, bool lib)
{
  struct err err = ERR_INIT;
  struct source *source = NULL;
  if (!CHECK(!source_open(pool, path, &source, &err))) {
    fprintf(stderr, "%s\n", err.msg);
    return;
  }
  for (int i = 0; i < source_array_count(source); i++) {
    const struct png_paths paths = png_compare(source, i);
    const bool judged = i == 0 || lib; /* libpng shows an index without colour as black */
    if (!CHECK(paths.agree) || !CHECK(paths.fast == fast) ||
        !CHECK(paths.lib == lib || !judged))
      fprintf(stderr, "%s: array %d: fast %d, libpng %d\n", path, i, paths.fast,
              paths.lib);
  }
  source_unref(source);
}

static void compare_all(struct source_pool *pool, const char *pattern, bool fast,
                        bool lib)
{
  glob_t found;
  if (!CHECK(!glob(pattern, 0, NULL, &found)))
    return;
  for (size_t i = 0; i < found.gl_pathc; i++)
    compare_file(pool, found.gl_pathv[i], fast, lib);
  globfree(&found);
}

/* Bytes of a file, changed or cut short: still opened, or not, but never decoded. */
static bool is_refused(struct source_pool *pool, const unsigned char *bytes, size_t n)
{
  struct err err = ERR_INIT;
  struct source *source = NULL;
  FILE *file = fopen("damaged.png", "wb");
  if (!file || fwrite(bytes, 1, n, file) != n || fclose(file))
    abort();
  if (source_open(pool, "damaged.png", &source, &err))
    return true;
  const struct png_paths paths = png_compare(source, 0);
  source_unref(source);
  return !paths.fast && !paths.lib;
}

static void test_damage(struct source_pool *pool, const char *path)
{
  unsigned char bytes[1000];
  FILE *file = fopen(path, "rb");
  const size_t n = file ? fread(bytes, 1, sizeof bytes, file) : 0;
  CHECK(n > 100 && n < sizeof bytes);
  for (size_t i = 0; i < n; i++) {
    CHECK(is_refused(pool, bytes, i));
    bytes[i] ^= 0x04;
    CHECK(is_refused(pool, bytes, n));
    bytes[i] ^= 0x04;
  }
  if (file)
    fclose(file);
}

/* --- filters ----------------------------------------------------------------------- */

/* The definitions in the PNG specification. */
static int predict(int filter, int a, int b, int c)
{
  const int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
  switch (filter) {
  case 1:
    return a;
  case 2:
    return b;
  case 3:
    return (a + b) / 2;
  case 4:
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
  default:
    return 0;
  }
}

static bool row_is_right(int filter, const unsigned char *in, const unsigned char *up,
                         size_t n, size_t pixel, bool in_place)
{
  unsigned char *out = malloc(n);
  if (!out)
    abort();
  memcpy(out, in, n);
  bool right = png_unfilter(filter, out, in_place ? out : in, up, n, (int)pixel);
  for (size_t i = 0; i < n; i++) {
    const int a = i < pixel ? 0 : out[i - pixel], c = i < pixel ? 0 : up[i - pixel];
    right &= out[i] == ((in[i] + predict(filter, a, up[i], c)) & 255);
  }
  free(out);
  return right;
}

static void test_rows(void)
{
  static const size_t pixels[] = {1, 2, 3, 4, 6, 8};
  unsigned char in[600], up[600];
  uint64_t state = 7;
  for (int round = 0; round < 400; round++) {
    const size_t pixel = pixels[round % 6];
    const size_t n = pixel * (size_t)(1 + check_draw(&state, 60));
    const int shift = (int)check_draw(&state, 8); /* small values: many ties */
    for (size_t i = 0; i < n; i++) {
      in[i] = (unsigned char)(check_draw(&state, 256) >> shift);
      up[i] = (unsigned char)(check_draw(&state, 256) >> shift);
    }
    for (int filter = 0; filter < 5; filter++)
      CHECK(row_is_right(filter, in, up, n, pixel, round % 2));
  }
  CHECK(!png_unfilter(5, in, in, up, 8, 1) && !png_unfilter(255, in, in, up, 8, 1));
}

/* Every left, above and corner: a second pixel whose predecessor is made to be `left`;
 * `above` differs in the lanes. */
static bool paeth_is_right(int left, int above, int corner, size_t pixel)
{
  unsigned char in[16] = {0}, up[16] = {0}, out[16];
  for (size_t i = 0; i < pixel; i++) {
    in[i] = (unsigned char)(left - predict(4, 0, corner, 0));
    up[i] = (unsigned char)corner;
    up[pixel + i] = (unsigned char)(above + (int)i);
  }
  bool right = png_unfilter(4, out, in, up, 2 * pixel, (int)pixel);
  for (size_t i = 0; i < pixel; i++)
    right &= out[pixel + i] == predict(4, left, up[pixel + i], corner);
  return right;
}

static void test_every_paeth(void)
{
  bool right = true;
  for (int left = 0; left < 256; left++)
    for (int corner = 0; corner < 256; corner++) {
      for (int above = 0; above < 256; above++)
        right &= paeth_is_right(left, above, corner, 1);
      for (int above = 0; above < 256; above += 8)
        right &= paeth_is_right(left, above, corner, 8);
    }
  CHECK(right);
}

int main(void)
{
  check_dir_make();
  struct source_pool *pool = check_pool(.cache_bytes = 64 << 20);
  check_script(pool, png_encoder, every_filter);
  check_script(pool, png_encoder, every_cut);
  check_script(pool, png_encoder, odd);
  check_script(pool, png_encoder, bad);
  compare_all(pool, "fast-*.png", true, true);
  compare_all(pool, "odd-*.png", false, true);
  compare_all(pool, "bad-*.png", false, false);
  test_damage(pool, "whole.png");
  test_damage(pool, "whole4.png");
  test_rows();
  test_every_paeth();
  source_pool_free(pool);
  return check_report("png_fast");
}
