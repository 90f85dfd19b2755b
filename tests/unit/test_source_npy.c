/* npy files and headerless ones against numpy. */
#include <errno.h>

#include "tests/support/source_check.h"

static const char every_dtype[] =
    "rng = np.random.default_rng(1)\n"
    "names = '? i1 u1 i2 u2 i4 u4 i8 u8 f2 f4 f8 c8 c16'.split()\n"
    "for name in names:\n"
    "  for order in '<>':\n"
    "    for layout in 'CF':\n"
    "      a = rng.integers(0, 100, (5, 7, "
    "11)).astype(np.dtype(name).newbyteorder(order))\n"
    "      if a.dtype.kind == 'c': a = (a * (1 + 2j)).astype(a.dtype)\n"
    "      path = f'd-{name}-{\"lb\"[order == \">\"]}-{layout}.npy'\n"
    "      np.save(path, np.asarray(a, order=layout)); expect(path, a)\n";

static const char every_shape[] =
    "for shape in [(), (1,), (9,), (0,), (3, 0, 2), (3, 2), (1, 1), (2,) * 10]:\n"
    "  for layout in 'CF':\n"
    "    a = np.arange(np.prod(shape, dtype=int), dtype='>i4').reshape(shape)\n"
    "    path = 's-' + 'x'.join(map(str, shape)) + layout + '.npy'\n"
    "    np.save(path, np.asarray(a, order=layout)); expect(path, a)\n";

/* rows longer than every limit of source_view.c, and columns through many rows */
static const char large[] =
    "a = np.arange(300 * 70 * 90, dtype='u4').reshape(300, 70, 90)\n"
    "np.save('large.npy', a); expect('large.npy', a)\n"
    "np.save('larger.npy', np.asfortranarray(a.astype('>f8')))\n"
    "expect('larger.npy', a.astype('f8'))\n"
    "b = np.arange(3 << 20, dtype='u2').reshape(3, 1 << 20)\n"
    "np.save('long.npy', b); expect('long.npy', b)\n";

static const char versions[] =
    "a = np.arange(6, dtype='i2').reshape(2, 3)\n"
    "for v in [(1, 0), (2, 0), (3, 0)]:\n"
    "  with open(f'v{v[0]}.npy', 'wb') as f: np.lib.format.write_array(f, a, v)\n"
    "  expect(f'v{v[0]}.npy', a)\n"
    "def handmade(path, header, data=a.tobytes()):\n"
    "  header = header.encode()\n"
    "  open(path, 'wb').write(b'\\x93NUMPY\\x01\\x00' + struct.pack('<H', len(header)) "
    "+\n"
    "                         header + data)\n"
    "good = [\"{'shape':(2L, 3L,),'fortran_order':False , \\\"descr\\\":'<i2'}\",\n"
    "        \" { 'descr' : 'int16', 'shape' : ( 2 , 3 ) , 'fortran_order' : False "
    "}\\n\"]\n"
    "for i, header in enumerate(good):\n"
    "  handmade(f'good{i}.npy', header); expect(f'good{i}.npy', a)\n"
    "odd = np.frombuffer(bytes([0, 1, 2, 255]), bool)\n"
    "handmade('odd.npy', \"{'descr':'|b1','fortran_order':False,'shape':(4,)}\",\n"
    "         odd.tobytes())\n"
    "expect('odd.npy', odd.view('u1') != 0)\n"
    "d = \"'descr':'<i2','fortran_order':False\"\n"
    "bad = ['', '{}', '{%s}' % d, \"{%s,'shape':(2,3)\" % d, \"{%s,'shape':(3)}\" % d,\n"
    "       \"{%s,'shape':(-1,)}\" % d, \"{%s,'shape':(99999999999999999999,)}\" % d,\n"
    "       \"{%s,'shape':(2 3)}\" % d, \"{%s,'shape':(2,3),}x\" % d,\n"
    "       \"{%s,'shape':(2,3),'shape':(2,3)}\" % d, \"{%s,'shape':(2,3),'more':1}\" % "
    "d,\n"
    "       \"{%s,'shape':(2,3,\" % d, '{', \"{'descr\", \"{'descr':[('a\",\n"
    "       \"{%s,'shape':(4611686018427387904,4)}\" % d,\n"
    "       \"{%s,'shape':(0,4611686018427387904,4)}\" % d,\n"
    "       \"{%s,'shape':(2,4)}\" % d]\n"
    "for i, header in enumerate(bad): handmade(f'bad{i:02}.npy', header)\n"
    "np.save('struct.npy', np.zeros(3, [('a', 'i2'), ('b', 'f4', (2,))]))\n"
    "np.save('object.npy', np.array([None, 'x'], object), allow_pickle=True)\n"
    "np.save('text.npy', np.array(['abc']))\n"
    "np.save('eleven.npy', np.zeros((1,) * 11))\n"
    "open('magic.npy', 'wb').write(b'\\x93NUMPY')\n"
    "open('version.npy', 'wb').write(b'\\x93NUMPY\\x04\\x00' + bytes(200))\n"
    "open('empty.npy', 'wb')\n"
    "open('other.bin', 'wb').write(b'hello')\n"
    "a.astype('>i2').tofile('raw.bin')\n";

static void test_broken(struct source_pool *pool)
{
  glob_t found;
  CHECK(!glob("bad*.npy", 0, NULL, &found));
  CHECK(found.gl_pathc == 18);
  for (size_t i = 0; i < found.gl_pathc; i++)
    CHECK(check_fails(pool, found.gl_pathv[i], false, EIO, "expected"));
  globfree(&found);
  CHECK(check_fails(pool, "struct.npy", false, EINVAL, "found a structure"));
  CHECK(check_fails(pool, "object.npy", false, EINVAL, "found |O"));
  CHECK(check_fails(pool, "text.npy", false, EINVAL, "found <U3"));
  CHECK(check_fails(pool, "eleven.npy", false, EINVAL, "found 11"));
  CHECK(check_fails(pool, "magic.npy", false, EIO, "version 1 to 3, found 0"));
  CHECK(check_fails(pool, "version.npy", false, EIO, "version 1 to 3, found 4"));
  CHECK(check_fails(pool, "empty.npy", false, EIO, "npy magic"));
  CHECK(check_fails(pool, "other.bin", false, EINVAL, "found none of them"));
  CHECK(check_fails(pool, "bad17.npy", false, EIO,
                    "expected 16 bytes of voxels (2x4 of int16) at offset 61, found 12"));
}

static void test_raw(struct source_pool *pool)
{
  const struct source_raw raw = {DT_I16, true, 1, {5}, 2};
  const int64_t zero = 0;
  int16_t voxels[5];
  struct err err = ERR_INIT;
  struct source *source;
  if (!CHECK(!source_open_raw(pool, "raw.bin", &raw, &source, &err)))
    return;
  struct arena arena;
  arena_init(&arena);
  const struct view *view = source_view(&arena, source, 0, &err);
  CHECK(!view_read_box(view, &zero, raw.shape, voxels, &err));
  for (int i = 0; i < 5; i++)
    CHECK(voxels[i] == i + 1);
  CHECK(!strcmp(source_format_name(source), "raw"));
  arena_free(&arena);
  source_unref(source);
}

static void test_raw_too_short(struct source_pool *pool)
{
  const struct source_raw raw = {DT_I16, true, 1, {6}, 2};
  struct err err = ERR_INIT;
  struct source *source;
  CHECK(source_open_raw(pool, "raw.bin", &raw, &source, &err) == -1);
  CHECK(err.errnum == EIO && strstr(err.msg, "expected 12 bytes"));
  CHECK(strstr(err.msg, "at offset 2, found 10"));
}

int main(void)
{
  check_dir_make();
  struct source_pool *pool = check_pool(.cache_bytes = 1 << 20);
  check_script(pool, every_dtype);
  check_script(pool, every_shape);
  check_script(pool, large);
  check_script(pool, versions);
  test_broken(pool);
  test_raw(pool);
  test_raw_too_short(pool);
  source_pool_free(pool);
  return check_report("source_npy");
}
