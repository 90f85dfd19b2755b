/* NIfTI against nibabel: shapes, dtypes, scaled values, affines, and what is refused. */
#include <errno.h>

#include "tests/support/source_check.h"

static const char prelude[] =
    "import logging, nibabel as nib\n"
    "logging.disable()\n"
    "rng = np.random.default_rng(2)\n"
    "def show(path):\n"
    "  img = nib.load(path)\n"
    "  a = np.asanyarray(img.dataobj)\n"
    "  if a.dtype.names:\n"
    "    a = np.stack([a[n] for n in a.dtype.names], -1)\n"
    "  expect(path, a, img.affine)\n"
    "def save(path, a, klass=nib.Nifti1Image, affine=None, **fields):\n"
    "  img = klass(np.zeros((2, 2, 2), 'u1'), np.diag([2, 3, 4.5, 1]) if affine is None "
    "else affine)\n"
    "  h = klass.header_class(endianness=fields.pop('endian', '<'))\n"
    "  h.set_data_shape(a.shape); h.set_data_dtype(a.dtype.newbyteorder('='))\n"
    "  h.set_sform(img.affine, 1)\n"
    "  for name, value in fields.items(): h[name] = value\n"
    "  pair = 'Pair' in klass.__name__\n"
    "  h['magic'] = h.pair_magic if pair else h.single_magic\n"
    "  if 'vox_offset' not in fields: h['vox_offset'] = 0 if pair else "
    "h.single_vox_offset\n"
    "  data = a.astype(a.dtype.newbyteorder(h.endianness)).tobytes('F')\n"
    "  head = h.binaryblock + bytes(4)\n"
    "  zip = gzip.compress if path.endswith('.gz') else bytes\n"
    "  if pair:\n"
    "    open(path, 'wb').write(zip(head))\n"
    "    open(path.replace('.hdr', '.img'), 'wb').write(zip(data))\n"
    "  else:\n"
    "    open(path, 'wb').write(zip(head.ljust(int(h['vox_offset']), b'\\0') + data))\n"
    "def save_and_show(path, *args, **fields):\n"
    "  save(path, *args, **fields); show(path)\n"
    "some = rng.integers(0, 100, (5, 6, 7)).astype('i2')\n";

static const char kinds[] =
    "classes = {'1': nib.Nifti1Image, '2': nib.Nifti2Image,\n"
    "           'p1': nib.Nifti1Pair, 'p2': nib.Nifti2Pair}\n"
    "for name, klass in classes.items():\n"
    "  for endian in '<>':\n"
    "    for gz in ['', '.gz']:\n"
    "      for t in 'u1 i2 i4 f4 c8 f8 i1 u2 u4 i8 u8 c16 rgb rgba'.split():\n"
    "        a = rng.integers(0, 100, (4, 5, 3))\n"
    "        if t[0] == 'r':\n"
    "          d = np.dtype([(c, 'u1') for c in t.upper()])\n"
    "          a = rng.integers(0, 255, (4, 5, 3, len(t))).astype('u1').view(d)[..., 0]\n"
    "        else: a = a.astype(t)\n"
    "        e = {'<': 'le', '>': 'be'}[endian]\n"
    "        path = f'k{name}-{e}-{t}' + ('.hdr' if 'p' in name else '.nii') + gz\n"
    "        save_and_show(path, a, klass, endian=endian)\n";

static const char shapes[] =
    "for shape in [(4,), (4, 3), (4, 3, 1), (1, 1, 1, 5), (2, 3, 4, 1, 5), (2, 1, 3, 1, "
    "2,\n"
    "              1), (2, 3, 2, 3, 2, 3, 1), (3, 0, 2)]:\n"
    "  for gz in ['', '.gz']:\n"
    "    a = rng.integers(0, 100, shape).astype('i2')\n"
    "    path = 's' + 'x'.join(map(str, shape)) + '.nii' + gz\n"
    "    if 0 in shape and gz: continue\n"
    "    save(path, a)\n"
    "    expect(path, a, np.diag([2, 3, 4.5, 1]))\n"
    "a = np.arange(163842, dtype='f4').reshape(163842, 1, 1)\n"
    "save('ico7.nii', a, **{'dim': [3, 27307, 1, 6, 1, 1, 1, 1]}); show('ico7.nii')\n"
    "save('long.nii.gz', a, **{'dim': [3, -1, 1, 1, 1, 1, 1, 1], 'glmin': 163842})\n"
    "show('long.nii.gz')\n";

static const char scalings[] =
    "values = [(0, 5), (1, 0), (2, 0), (1, 3), (0.1, -7.3), (-3, 1e-3), (np.nan, 1),\n"
    "          (np.inf, 2), (1e30, 0), (0, np.nan)]\n"
    "for i, (slope, inter) in enumerate(values):\n"
    "  for t in 'u1 i2 i8 u8 f4 f8 c8'.split():\n"
    "    for klass in [nib.Nifti1Image, nib.Nifti2Image]:\n"
    "      a = rng.integers(0, 100, (3, 5, 700)).astype(t)\n"
    "      if t[0] == 'f': a[0, 0, :3] = [np.inf, -np.inf, -0.0]\n"
    "      path = f'v{i}-{t}-{klass.__name__[5]}.nii' + ('.gz' if i % 2 else '')\n"
    "      save_and_show(path, a, klass, scl_slope=slope, scl_inter=inter,\n"
    "                    endian='<>'[i % 2])\n"
    "save('inter.nii', some, scl_slope=1, scl_inter=np.nan)\n";

static const char affines[] =
    "def quat(q, **more):\n"
    "  d = dict(zip(['quatern_b', 'quatern_c', 'quatern_d'], q))\n"
    "  return {**d, 'qoffset_x': 1.1, 'qoffset_y': -2.2, 'qoffset_z': 3.3, **more}\n"
    "qs = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (.5, .5, .5), (.1, -.2, .3), (0, .6, .8),\n"
    "      (.6, 0, .80000001), tuple(np.array([1, 2, 3]) / 14 ** .5)]\n"
    "for i, q in enumerate(qs):\n"
    "  for qfac in [1, -1, 0, 7]:\n"
    "    for klass in [nib.Nifti1Image, nib.Nifti2Image]:\n"
    "      if klass is nib.Nifti2Image and i == 6: continue\n"
    "      path = f'q{i}-{qfac}-{klass.__name__[5]}.nii'\n"
    "      save_and_show(path, some, klass, sform_code=0, qform_code=1,\n"
    "                    pixdim=[qfac, 1.1, 2.3, 0.7, 0, 0, 0, 0], **quat(q))\n"
    "for i, pixdim in enumerate([[1, 2, 3, 4], [-1, 0, 1.7, 2], [0, -1, 0, 3.3]]):\n"
    "  for shape in [(5, 6, 7), (30, 7), (9,), (4, 4, 4, 3)]:\n"
    "    a = np.zeros(shape, 'u1')\n"
    "    path = f'b{i}-{len(shape)}.nii'\n"
    "    save_and_show(path, a, sform_code=0, qform_code=0,\n"
    "                  pixdim=pixdim + [5, 0, 0, 0])\n"
    "save_and_show('code.nii', some, sform_code=9, qform_code=2, **quat((0, .6, .8)))\n"
    "save_and_show('both.nii', some, affine=rng.normal(size=(4, 4)), qform_code=2)\n";

static const char names[] =
    "import shutil\n"
    "save('plain.nii', some); save('zipped.nii.gz', some)\n"
    "os.rename('plain.nii', 'plain.nii.gz'); expect('plain.nii.gz', some,\n"
    "                                                np.diag([2, 3, 4.5, 1]))\n"
    "os.rename('zipped.nii.gz', 'zipped.nii'); expect('zipped.nii', some,\n"
    "                                                  np.diag([2, 3, 4.5, 1]))\n"
    "shutil.copy('zipped.nii', 'no-suffix'); expect('no-suffix', some,\n"
    "                                               np.diag([2, 3, 4.5, 1]))\n"
    "save('pair.hdr', some, nib.Nifti1Pair, vox_offset=0); show('pair.hdr')\n"
    "shutil.copy('pair.hdr', 'UP.HDR'); shutil.copy('pair.img', 'UP.IMG')\n"
    "expect('pair.img', some, np.diag([2, 3, 4.5, 1]))\n"
    "expect('UP.HDR', some, np.diag([2, 3, 4.5, 1]))\n"
    "expect('UP.IMG', some, np.diag([2, 3, 4.5, 1]))\n"
    "save('mixed.hdr', some, nib.Nifti2Pair)\n"
    "open('mixed.img.gz', 'wb').write(gzip.compress(open('mixed.img', 'rb').read()))\n"
    "os.remove('mixed.img'); expect('mixed.hdr', some, np.diag([2, 3, 4.5, 1]))\n"
    "save('zero.nii', some); b = bytearray(open('zero.nii', 'rb').read())\n"
    "b[108:112] = bytes(4); open('zero.nii', 'wb').write(b)\n"
    "show('zero.nii')\n"
    "save('more.nii', some); open('more.nii', 'ab').write(b'x' * 99); show('more.nii')\n"
    "save_and_show('far.nii', some, vox_offset=4096)\n";

static const char gzips[] =
    "save('g.nii', some); raw = open('g.nii', 'rb').read(); z = gzip.compress(raw)\n"
    "eye = np.diag([2, 3, 4.5, 1])\n"
    "def put(path, data, good=False):\n"
    "  open(path, 'wb').write(data)\n"
    "  if good: expect(path, some, eye)\n"
    "put('g-members.nii.gz', b''.join(gzip.compress(raw[i:i + 50]) for i in range(0,\n"
    "    len(raw), 50)), True)\n"
    "put('g-zeros.nii.gz', z + bytes(5000), True)\n"
    "put('g-zeros-between.nii.gz', gzip.compress(raw[:400]) + bytes(70) +\n"
    "    gzip.compress(raw[400:]), True)\n"
    "put('g-more.nii.gz', gzip.compress(raw + b'x' * 1000000), True)\n"
    "put('g-empty-member.nii.gz', gzip.compress(b'') + z + gzip.compress(b''), True)\n"
    "put('bad-crc.nii.gz', z[:-8] + b'abcd' + z[-4:])\n"
    "put('bad-length.nii.gz', z[:-4] + b'abcd')\n"
    "put('bad-cut.nii.gz', z[:-100])\n"
    "put('bad-trailer.nii.gz', z[:-3])\n"
    "put('bad-garbage.nii.gz', z + b'garbage')\n"
    "put('bad-late-crc.nii.gz', z + gzip.compress(b'x')[:-8] + bytes(8))\n"
    "put('bad-short.nii.gz', gzip.compress(raw[:-1]))\n"
    "put('bad-flip.nii.gz', z[:-99] + bytes([z[-99] ^ 64]) + z[-98:])\n"
    "big = rng.integers(0, 1 << 16, (300, 200, 160)).astype('u2')\n"
    "save_and_show('g-big.nii.gz', big)\n";

static const char broken[] =
    "def patch(path, at, data, base='ok.nii'):\n"
    "  b = bytearray(open(base, 'rb').read()); b[at:at + len(data)] = data\n"
    "  open(path, 'wb').write(b)\n"
    "save('ok.nii', some); save('ok2.nii', some, nib.Nifti2Image)\n"
    "patch('dim0.nii', 40, struct.pack('<h', 0))\n"
    "patch('dims.nii', 40, struct.pack('<h', 8))\n"
    "patch('negative.nii', 44, struct.pack('<h', -2))\n"
    "patch('offset.nii', 108, struct.pack('<f', 100))\n"
    "patch('nan-offset.nii', 108, struct.pack('<f', np.nan))\n"
    "patch('type.nii', 70, struct.pack('<h', 1536))\n"
    "patch('bits.nii', 70, struct.pack('<h', 1))\n"
    "patch('large.nii', 42, struct.pack('<3h', 32767, 32767, 32767))\n"
    "patch('overflow.nii', 16, struct.pack('<4q', 3, 1 << 40, 1 << 40, 1 << 40), "
    "'ok2.nii')\n"
    "patch('eol.nii', 8, b'\\n\\n\\n\\n', 'ok2.nii')\n"
    "patch('pair-magic.nii', 344, b'ni1\\0')\n"
    "patch('analyze.hdr', 344, bytes(4))\n"
    "open('alone.hdr', 'wb').write(open('pair-magic.nii', 'rb').read(348))\n"
    "open('alone.img', 'wb').write(bytes(420)); os.rename('alone.img', 'other.img')\n"
    "open('short.nii', 'wb').write(open('ok.nii', 'rb').read()[:-1])\n"
    "open('tiny.nii', 'wb').write(b'abc'); open('none.nii', 'wb')\n"
    "open('large.nii.gz', 'wb').write(gzip.compress(open('large.nii', 'rb').read()))\n"
    "open('cut-head.nii.gz', 'wb').write(gzip.compress(open('ok.nii', "
    "'rb').read())[:60])\n";

/* Files of other programs, the one CIFTI among them as the NIfTI-2 that it is. */
static const char real[] =
    "import glob\n"
    "for path in sorted(glob.glob(os.environ['DATA'] + '/nifti_*/*')):\n"
    "  if path.endswith('dconn.nii'):\n"
    "    img = nib.Nifti2Image.from_filename(path)\n"
    "    expect(path, np.asanyarray(img.dataobj), img.affine)\n"
    "  elif path.endswith(('.nii', '.nii.gz', '.img')): show(path)\n";

static void test_bad_gzip(struct source_pool *pool)
{
  static const char *const names_and_words[][2] = {
      {"bad-crc.nii.gz", "incorrect data check"},
      {"bad-length.nii.gz", "incorrect length check"},
      {"bad-cut.nii.gz", "found the end of the file"},
      {"bad-trailer.nii.gz", "found the end of the file"},
      {"bad-garbage.nii.gz", "incorrect header check"},
      {"bad-late-crc.nii.gz", "incorrect data check"},
      {"bad-short.nii.gz", "expected 1 more bytes"},
      {"bad-flip.nii.gz", "bad-flip.nii.gz"},
  };
  for (size_t i = 0; i < sizeof names_and_words / sizeof names_and_words[0]; i++) {
    CHECK(check_fails(pool, names_and_words[i][0], true, EIO, names_and_words[i][1]));
    /* nothing of a failed decode is kept */
    CHECK(check_fails(pool, names_and_words[i][0], true, EIO, names_and_words[i][1]));
  }
}

static void test_broken(struct source_pool *pool)
{
  CHECK(check_fails(pool, "dim0.nii", false, EIO, "1 to 7 dimensions, found 0"));
  CHECK(check_fails(pool, "dims.nii", false, EIO, "1 to 7 dimensions, found 2048"));
  CHECK(check_fails(pool, "negative.nii", false, EIO, "dim[2] of 0 or more, found -2"));
  CHECK(check_fails(pool, "offset.nii", false, EIO, "vox_offset of 352 or more"));
  CHECK(check_fails(pool, "nan-offset.nii", false, EIO, "vox_offset of 352 or more"));
  CHECK(check_fails(pool, "type.nii", false, EINVAL, "found 1536 (float128)"));
  CHECK(check_fails(pool, "bits.nii", false, EINVAL, "found 1 (binary)"));
  CHECK(check_fails(pool, "large.nii", false, EIO, "found 420"));
  CHECK(check_fails(pool, "large.nii.gz", false, EIO, "cannot hold them"));
  CHECK(check_fails(pool, "overflow.nii", false, EIO, "less than 2^63 bytes"));
  CHECK(check_fails(pool, "eol.nii", false, EIO, "copied as text"));
  CHECK(check_fails(pool, "inter.nii", false, EIO, "finite scl_inter"));
  CHECK(check_fails(pool, "pair-magic.nii", false, EINVAL, "the suffix .hdr"));
  CHECK(check_fails(pool, "analyze.hdr", false, ENOENT, "analyze.img"));
  CHECK(check_fails(pool, "alone.hdr", false, ENOENT, "alone.img"));
  CHECK(check_fails(pool, "other.img", false, ENOENT, "other.hdr"));
  CHECK(check_fails(pool, "short.nii", false, EIO,
                    "expected 420 bytes of voxels (5x6x7 of int16) at offset 352, found "
                    "419"));
  CHECK(check_fails(pool, "tiny.nii", false, EIO, "348 bytes, found 3"));
  CHECK(check_fails(pool, "none.nii", false, EIO, "348 bytes, found 0"));
  CHECK(check_fails(pool, "cut-head.nii.gz", false, EIO, "found the end of the file"));
}

/* codes, units and TR of a header made by hand */
static void test_geometry(struct source_pool *pool)
{
  CHECK(check_python("import nibabel as nib\n"
                     "img = nib.Nifti1Image(np.zeros((2, 3, 4, 5), 'u1'), np.eye(4))\n"
                     "img.header.set_xyzt_units('mm', 'sec')\n"
                     "img.header['pixdim'][4] = 2.5\n"
                     "img.set_sform(np.eye(4), 4); img.set_qform(np.eye(4), 1)\n"
                     "nib.save(img, 'codes.nii')\n"));
  struct err err = ERR_INIT;
  struct source *source;
  if (!CHECK(!source_open(pool, "codes.nii", &source, &err)))
    return;
  const struct source_array *array = source_array_at(source, 0);
  CHECK(array->geo.sform_code == 4);
  CHECK(array->geo.qform_code == 1);
  CHECK(array->geo.xyzt_units == 2 + 8);
  CHECK(array->geo.step[3] == 2.5);
  CHECK(array->spatial == 3);
  CHECK(array->channel_axis == -1);
  source_unref(source);
}

int main(void)
{
  check_dir_make();
  struct source_pool *pool = check_pool(.cache_bytes = 64 << 20);
  check_script(pool, prelude, kinds);
  check_script(pool, prelude, shapes);
  check_script(pool, prelude, scalings);
  check_script(pool, prelude, affines);
  check_script(pool, prelude, names);
  check_script(pool, prelude, gzips);
  test_bad_gzip(pool);
  check_script(pool, prelude, broken);
  test_broken(pool);
  test_geometry(pool);
  if (check_have_data())
    check_script(pool, prelude, real);
  source_pool_free(pool);
  return check_report("source_nifti");
}
