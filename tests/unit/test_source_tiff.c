/* TIFF files against tifffile, or against the array they were written from where tifffile
 * lacks a decoder (it is here without imagecodecs), or against Pillow for its own
 * files. */
#include <errno.h>

#include "tests/support/source_check.h"

static const char prelude[] =
    "import tifffile, glob, logging, zlib\n"
    "from PIL import Image\n"
    "logging.disable(logging.CRITICAL)\n"
    "rng = np.random.default_rng(1)\n"
    "def draw(shape, dtype):\n"
    "  dt = np.dtype(dtype)\n"
    "  if dt.kind == 'b': return rng.integers(0, 2, shape).astype(bool)\n"
    "  if dt.kind in 'fc': a = rng.normal(size=shape); return (a + 1j * a).astype(dt) "
    "\\\n"
    "    if dt.kind == 'c' else a.astype(dt)\n"
    "  i = np.iinfo(dt)\n"
    "  return rng.integers(max(i.min, -2**62), min(i.max, 2**62), shape).astype(dt)\n"
    "def write(path, a, **how):\n"
    "  tifffile.imwrite(path, a, **how); expect(path, tifffile.imread(path))\n"
    "def pillow(path):\n"
    "  a = np.asarray(Image.open(path)); return a != 0 if a.dtype == bool else a\n";

static const char every_dtype[] =
    "for name in 'u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8 c8 c16 ?'.split():\n"
    "  for order in '<>':\n"
    "    hows = dict(plain={}, tile=dict(tile=(32, 16)), strips=dict(rowsperstrip=5),\n"
    "      zip=dict(compression='zlib', rowsperstrip=7), big=dict(bigtiff=True),\n"
    "      ziptile=dict(compression='zlib', tile=(16, 32)), bare=dict(metadata=None),\n"
    "      bigzip=dict(bigtiff=True, compression='zlib', rowsperstrip=7))\n"
    "    for how, args in hows.items():\n"
    "      if name == '?' and 'zip' in how: continue\n"
    "      write(f'd-{name}-{\"lb\"[order == \">\"]}-{how}.tif'.replace('?', 'b'),\n"
    "            draw((37, 45), name), byteorder=order, photometric='minisblack', "
    "**args)\n";

static const char every_layout[] =
    "hows = dict(plain={}, tile=dict(tile=(32, 16)), bare=dict(metadata=None),\n"
    "  zip=dict(compression='zlib', rowsperstrip=7),\n"
    "  barezip=dict(metadata=None, compression='zlib'))\n"
    "shapes = dict(rgb=((37, 45, 3), 'rgb', {}), rgba=((37, 45, 4), 'rgb', {}),\n"
    "  planes=((3, 37, 45), 'rgb', dict(planarconfig='separate')),\n"
    "  rgbs=((5, 37, 45, 3), 'rgb', {}), stack=((6, 37, 45), 'minisblack', {}),\n"
    "  planess=((5, 3, 37, 45), 'rgb', dict(planarconfig='separate')),\n"
    "  stacks=((2, 3, 37, 45), 'minisblack', {}),\n"
    "  ones=((1, 3, 1, 37, 45, 1), 'minisblack', {}))\n"
    "for name, (shape, photometric, args) in shapes.items():\n"
    "  for how, more in hows.items():\n"
    "    for dtype in 'u1', 'f4':\n"
    "      write(f'l-{name}-{how}-{dtype}.tif', draw(shape, dtype),\n"
    "            photometric=photometric, **args, **more)\n"
    "for n in (40, 1), (1, 40), (1, 1), (40,):\n"
    "  write('n-' + 'x'.join(map(str, n)) + '.tif', draw(n, 'u2'))\n"
    "write('volume.tif', draw((8, 16, 16), 'u1'), volumetric=True,\n"
    "      photometric='minisblack')\n"
    "write('palette.tif', draw((20, 30), 'u1'), photometric='palette',\n"
    "      colormap=np.zeros((3, 256), 'u2'))\n"
    "write('white.tif', draw((20, 30), bool), photometric='miniswhite')\n"
    "write('five.tif', draw((20, 30, 5), 'u2'), photometric='minisblack',\n"
    "      planarconfig='contig', compression='zlib')\n";

/* pages with room between them: read row by row, in blocks smaller than their one
 * strip */
static const char every_stack[] =
    "for order in '<>':\n"
    "  for how, args in dict(plain={}, zip=dict(compression='zlib')).items():\n"
    "    tag = f'{how}-{\"lb\"[order == \">\"]}.tif'; args = dict(args, "
    "byteorder=order)\n"
    "    ij = dict(args, imagej=True)\n"
    "    write('ij3-' + tag, draw((6, 37, 45), 'u2'), **ij)\n"
    "    write('ij5-' + tag, draw((2, 3, 4, 37, 45), 'u1'),\n"
    "          metadata={'axes': 'TZCYX'}, **ij)\n"
    "    write('ijc-' + tag, draw((3, 37, 45, 3), 'u1'), **ij)\n"
    "    ome = dict(args, ome=True)\n"
    "    write('ome-' + tag, draw((3, 4, 9, 11), 'u2'), metadata={'axes': 'TZYX'}, "
    "**ome)\n"
    "    write('omec-' + tag, draw((3, 9, 11, 3), 'u1'), photometric='rgb',\n"
    "          metadata={'axes': 'ZYXS'}, **ome)\n"
    "    with tifffile.TiffWriter('apart-' + tag, byteorder=order) as t:\n"
    "      for i in range(3):\n"
    "        t.write(draw((700, 1100), 'u2'), metadata=None, contiguous=False,\n"
    "                description='x' * i, **{k: v for k, v in args.items()\n"
    "                                        if k != 'byteorder'})\n"
    "    expect('apart-' + tag, tifffile.imread('apart-' + tag))\n"
    "tifffile.imwrite('cut.tif', draw((5, 20, 30), 'u1'), truncate=True,\n"
    "                 photometric='minisblack')\n"
    "expect('cut.tif', tifffile.imread('cut.tif'))\n"
    "a = draw((256, 256), 'u1')\n"
    "with tifffile.TiffWriter('pyramid.tif') as t:\n"
    "  for i in range(3): t.write(np.ascontiguousarray(a[::2**i, ::2**i]), "
    "metadata=None,\n"
    "                             photometric='minisblack', tile=(64, 64))\n"
    "expect('pyramid.tif', a)\n"
    "with tifffile.TiffWriter('several.tif') as t:\n"
    "  for i in range(3):\n"
    "    t.write(draw((20, 30), 'u1'), photometric='minisblack', metadata=None)\n"
    "    t.write(draw((9, 11), 'u2'), photometric='minisblack', metadata=None)\n"
    "expect('several.tif', tifffile.imread('several.tif'))\n";

/* what libtiff decodes and tifffile cannot, written by libtiff through Pillow */
static const char every_codec[] =
    "for mode, a in dict(L=draw((37, 45), 'u1'), RGB=draw((37, 45, 3), 'u1'),\n"
    "                    RGBA=draw((37, 45, 4), 'u1'), F=draw((37, 45), 'f4')).items():\n"
    "  for codec in 'tiff_lzw', 'tiff_adobe_deflate', 'packbits', 'zstd', 'lzma':\n"
    "    path = f'c-{mode}-{codec}.tif'\n"
    "    try: Image.fromarray(a).save(path, compression=codec)\n"
    "    except OSError: continue\n"
    "    expect(path, a)\n"
    "  for codec, info in ('tiff_lzw', {317: 2}), ('tiff_adobe_deflate', {317: 2}):\n"
    "    if mode == 'F': info = {317: 3}\n"
    "    path = f'p-{mode}-{codec}.tif'\n"
    "    Image.fromarray(a).save(path, compression=codec, tiffinfo=info)\n"
    "    expect(path, a)\n"
    "a = draw((37, 45), bool)\n"
    "for codec in 'group3', 'group4', 'tiff_ccitt', 'tiff_lzw', 'packbits', None:\n"
    "  path = f'b-{codec}.tif'; Image.fromarray(a).save(path, compression=codec)\n"
    "  expect(path, a)\n"
    "smooth = np.add.outer(np.arange(40), np.arange(50)).astype('u1')\n"
    "for a in smooth, np.stack([smooth] * 3, 2):\n"
    "  path = f'jpeg-{a.ndim}.tif'; Image.fromarray(a).save(path, compression='jpeg')\n"
    "  expect(path, pillow(path))\n";

/* samples that are not whole bytes: no writer at hand, so the file is made by hand */
static const char packed[] =
    "def by_hand(path, a, bits, order='<', **tags):\n"
    "  b = (a.reshape(a.shape[0], -1)[:, :, None] >> np.arange(bits)[::-1]) & 1\n"
    "  data = np.packbits(b.reshape(a.shape[0], -1), axis=1).tobytes()\n"
    "  t = {256: a.shape[1], 257: a.shape[0], 258: bits, 259: 1, 262: 1, 273: 8,\n"
    "       277: 1, 278: a.shape[0], 279: len(data)}\n"
    "  t.update({int(k[1:]): v for k, v in tags.items()})\n"
    "  ifd = struct.pack(order + 'H', len(t)) + b''.join(\n"
    "    struct.pack(order + 'HHII', k, 4, 1, v) for k, v in sorted(t.items()))\n"
    "  head = (b'II*\\0' if order == '<' else b'MM\\0*')\n"
    "  open(path, 'wb').write(head + struct.pack(order + 'I', 8 + len(data)) + data +\n"
    "                         ifd + bytes(4))\n"
    "for bits in 2, 3, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 31:\n"
    "  for order in '<>':\n"
    "    a = rng.integers(0, 1 << bits, (7, 9)); path = f'h-{bits}-{ord(order)}.tif'\n"
    "    by_hand(path, a, bits, order)\n"
    "    expect(path, a.astype('u1' if bits < 9 else 'u2' if bits < 17 else 'u4'))\n"
    "a = rng.integers(0, 256, (7, 9))\n"
    "by_hand('past.tif', a, 8, t273=9999)\n"
    "by_hand('wide.tif', a, 8, t256=1 << 28, t257=1 << 28)\n"
    "by_hand('jp2.tif', a, 8, t259=34712)\n"
    "by_hand('stk.tif', a, 8, t33628=1)\n"
    "by_hand('short.tif', rng.integers(0, 16, (7, 9)), 4, t279=20)\n"
    "by_hand('nodata.tif', rng.integers(0, 16, (7, 9)), 4, t279=0)\n"
    "by_hand('loop.tif', a, 8)\n"
    "d = open('loop.tif', 'rb').read()\n"
    "open('loop.tif', 'wb').write(d[:-4] + d[4:8])\n"
    "open('chain.tif', 'wb').write(d[:-4] + struct.pack('<I', 99999))\n"
    "tifffile.imwrite('adler.tif', draw((20, 30), 'u1'), compression='zlib')\n"
    "with tifffile.TiffFile('adler.tif') as t:\n"
    "  end = t.pages[0].dataoffsets[0] + t.pages[0].databytecounts[0] - 1\n"
    "d = bytearray(open('adler.tif', 'rb').read()); d[end] ^= 1\n"
    "open('adler.tif', 'wb').write(d)\n"
    "Image.fromarray(draw((9, 9), 'u1')).save('lzw.tif', compression='tiff_lzw')\n";

static void test_broken(struct source_pool *pool)
{
  CHECK(check_damaged(pool, "past.tif", ""));
  CHECK(check_damaged(pool, "wide.tif", "can hold"));
  CHECK(check_damaged(pool, "jp2.tif", "compression 34712 (JPEG 2000)"));
  CHECK(check_damaged(pool, "stk.tif", "STK"));
  CHECK(check_damaged(pool, "short.tif", "20 bytes of samples, expected 35"));
  CHECK(check_damaged(pool, "nodata.tif", ""));
  CHECK(check_damaged(pool, "loop.tif", "circle"));
  CHECK(check_damaged(pool, "chain.tif", "past the end"));
  CHECK(check_damaged(pool, "adler.tif", "strip 0"));
}

/* Cut anywhere, a compressed file never reads as if it were whole. */
static void test_cut(struct source_pool *pool)
{
  char bytes[2000];
  FILE *f = fopen("lzw.tif", "rb");
  size_t n = f ? fread(bytes, 1, sizeof bytes, f) : 0;
  if (f)
    fclose(f);
  CHECK(n > 100);
  for (size_t cut = 4; cut < n; cut++) {
    f = fopen("part.tif", "wb");
    if (!f || fwrite(bytes, 1, cut, f) != cut || fclose(f))
      abort();
    CHECK(check_damaged(pool, "part.tif", ""));
  }
}

static void test_series(struct source_pool *pool)
{
  struct err err = ERR_INIT;
  struct source *source = NULL;
  if (!CHECK(!source_open(pool, "several.tif", &source, &err)))
    return;
  CHECK(source_array_count(source) == 2 && source_array_find(source, "1") == 1);
  const struct source_array *array = source_array_at(source, 1);
  CHECK(array->nd == 3 && array->shape[0] == 3 && array->shape[1] == 9);
  CHECK(array->dtype == DT_U16 && !array->image);
  source_unref(source);
}

static void test_facts(struct source_pool *pool, const char *path, bool image,
                       int spatial, int channel, int levels)
{
  struct err err = ERR_INIT;
  struct source *source = NULL;
  if (!CHECK(!source_open(pool, path, &source, &err)))
    return;
  const struct source_array *array = source_array_at(source, 0);
  CHECK(source_array_count(source) == 1 + levels && !array->name && !array->level);
  for (int i = 1; i <= levels; i++)
    CHECK(source_array_at(source, i)->level &&
          source_array_at(source, i)->name[5] == '0' + i);
  CHECK(array->image == image && array->spatial == spatial);
  CHECK(array->channel_axis == channel);
  source_unref(source);
}

static void test_shared(struct source_pool *pool)
{
  const char *names[] = {"crash-74d2a78403a5a59db1fb0a2b8735ac068a75f6e3.tif",
                         "sample-get-lzw-stuck.tiff"};
  if (!check_have_data())
    return;
  check_script(pool, prelude,
               "for path in glob.glob(os.environ['DATA'] + '/tiff/*'):\n"
               "  try: expect(path, tifffile.imread(path))\n"
               "  except ValueError: expect(path, pillow(path))\n");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[PATH_MAX + 100];
    snprintf(path, sizeof path, "%s/corrupt/%s", check_data, names[i]);
    CHECK(check_damaged(pool, path, "tiff page 0"));
  }
}

int main(void)
{
  check_dir_make();
  struct source_pool *pool = check_pool(.cache_bytes = 64 << 20);
  check_script(pool, prelude, every_dtype);
  check_script(pool, prelude, every_layout);
  check_script(pool, prelude, every_stack);
  check_script(pool, prelude, every_codec);
  check_script(pool, prelude, packed);
  test_broken(pool);
  test_cut(pool);
  test_series(pool);
  test_facts(pool, "l-rgb-plain-u1.tif", true, 2, 2, 0);
  test_facts(pool, "l-planes-zip-u1.tif", true, 2, 0, 0);
  test_facts(pool, "l-stack-zip-u1.tif", false, 0, -1, 0);
  test_facts(pool, "pyramid.tif", true, 0, -1, 2);
  test_shared(pool);
  source_pool_free(pool);
  return check_report("source_tiff");
}
