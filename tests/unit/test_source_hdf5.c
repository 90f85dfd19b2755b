/* HDF5 sources against h5py: files of other programs' test suites (where ../shared/data
 * is there), and generated ones for each way of storing an array. */
#include <errno.h>

#include "core/source/hdf5/hdf5_array.h"
#include "core/source/hdf5/hdf5_worker.h"
#include "tests/support/hdf5_check.h"

static void files_of_others(struct source_pool *pool)
{
  if (!check_have_data())
    return;
  hdf5_run(
      "import glob\n"
      "for d in ['h5_small/*', 'h5_image/*', 'deepreg/test/h5/**/*.h5']:\n"
      "    for p in sorted(glob.glob(os.environ['DATA'] + '/' + d, recursive=True)):\n"
      "        if not d.startswith('deepreg') or os.path.getsize(p) < 8e6:\n"
      "            all(p)\n");
  CHECK(check_expectations(pool) > 70);
  char path[6000];
  snprintf(path, sizeof path, "%s/h5_small/references.hdf5:ref_dataset", check_data);
  CHECK(check_unusable(pool, path, "a reference type"));
  snprintf(path, sizeof path, "%s/corrupt/filter_error.h5:dataset_with_filter",
           check_data);
  CHECK(check_fails(pool, path, true, EIO, "the HDF5 filter 305 (bogus)"));
  snprintf(path, sizeof path, "%s/corrupt/h5clear_status_noclose.h5", check_data);
  CHECK(check_fails(pool, path, false, EIO, "already open for write"));
  /* h5py shows nothing of the first as a whole; here the reason has a line */
  snprintf(path, sizeof path, "%s/corrupt/bad_compound.h5:dataset", check_data);
  CHECK(check_unusable(pool, path, "invalid number of members"));
  snprintf(path, sizeof path, "%s/corrupt/corrupt_stab_msg.h5", check_data);
  CHECK(check_fails(pool, path, false, EIO, "ring type mismatch"));
}

static void element_types(struct source_pool *pool)
{
  hdf5_run(
      "f = h5py.File('types.h5', 'w')\n"
      "for t in 'i1 u1 <i2 >i2 <u4 >u8 >i8 <f2 >f2 <f4 >f4 <f8 >f8 <c8 >c8 <c16 >c16'"
      ".split():\n"
      "    a = np.arange(-30, 30).astype(t).reshape(3, 20)\n"
      "    f['plain ' + t] = a\n"
      "    f.create_dataset('chunked ' + t, data=a, chunks=(2, 7), compression=4,\n"
      "                     shuffle=True, fletcher32=True)\n"
      "f['bool'] = np.arange(6) % 2 == 0\n"
      "f.create_dataset('boolz', data=np.arange(60) % 7 == 0, chunks=(9,),\n"
      "                 compression=1)\n"
      "f.create_dataset('enum', data=np.array([0, 2, 1], 'u2'),\n"
      "                 dtype=h5py.enum_dtype({'a': 0, 'b': 1, 'c': 2}, basetype='u2'))\n"
      "f['scalar'] = np.float32(3.25)\n"
      "f['empty'] = np.zeros((0, 3), 'i2')\n"
      "f.create_dataset('emptyz', (0, 3), 'i2', maxshape=(None, 3), chunks=(2, 2))\n"
      "s = h5s.create_simple((4,))\n"
      "def odd(name, t, values):\n"
      "    d = h5d.create(f.id, name, t, s)\n"
      "    d.write(h5s.ALL, h5s.ALL, values)\n"
      "t = h5t.STD_I16LE.copy(); t.set_precision(12); t.set_offset(2)\n"
      "odd(b'i12', t, np.array([-2048, 2047, -1, 5], 'i2'))\n"
      "t = h5t.STD_U32BE.copy(); t.set_precision(24)\n"
      "odd(b'u24', t, np.array([0, 1 << 23, 77, 5], 'u4'))\n"
      "t = h5t.IEEE_F32LE.copy(); t.set_fields(15, 7, 8, 0, 7); t.set_size(2)\n"
      "t.set_ebias(127)\n"
      "odd(b'bfloat16', t, np.array([1.5, -2, 0, 3e38], 'f4'))\n"
      "h5d.create(f.id, b'bits', h5t.STD_B16LE, s)\n"
      "f['text'] = 'abc'\n"
      "f['bytes'] = np.array([b'ab', b'c'])\n"
      "f['compound'] = np.zeros(2, [('x', 'f4'), ('y', 'f4')])\n"
      "f['array'] = np.zeros(2, np.dtype(('f4', (3,)))) if 0 else np.zeros(2, 'V5')\n"
      "f['null'] = h5py.Empty('f4')\n"
      "f['long'] = np.zeros(2, 'g')\n"
      "f['eleven'] = np.zeros((1,) * 11, 'u1')\n"
      "f.close()\n"
      "f = h5py.File('types.h5', 'r')\n"
      "for n in f:\n"
      "    if n not in ('text', 'bytes', 'compound', 'array', 'null', 'long', "
      "'eleven'):\n"
      "        array('types.h5', n)\n");
  CHECK(check_expectations(pool) == 44);
  hdf5_unusable(pool, "types.h5", {"text", "a string type"}, {"bytes", "a string type"},
                {"compound", "a compound type"}, {"array", "an opaque type"},
                {"null", "null"}, {"long", "a float type of"}, {"eleven", "11 axes"});
}

static void layouts(struct source_pool *pool)
{
  hdf5_run(
      "rng = np.random.default_rng(1)\n"
      "a = rng.integers(0, 9, (23, 31, 11)).astype('u2')\n"
      "for ub in (0, 512, 4096):\n"
      "  for ver in ('earliest', 'latest'):\n"
      "    p = 'layout-%d-%s.h5' % (ub, ver)\n"
      "    f = h5py.File(p, 'w', libver=ver, userblock_size=ub)\n"
      "    f['contiguous'] = a\n"
      "    def put(n, data=a, chunks=(7, 10, 4), **k):\n"
      "        f.create_dataset(n, data=data, chunks=chunks, **k)\n"
      "    put('chunks'); put('gzip', compression=6)\n"
      "    put('one', chunks=a.shape, compression=1)\n"
      "    put('shuffle', shuffle=True); put('fletcher', fletcher32=True)\n"
      "    put('most', shuffle=True, fletcher32=True, compression=9)\n"
      "    put('grow', maxshape=(None, 50, None), compression=1)\n"
      "    put('grow1', maxshape=(None, 31, 11))\n"
      "    put('scale', scaleoffset=4)\n"
      "    put('szip', compression='szip') if h5py.h5z.filter_avail(4) else 0\n"
      "    put('lzf', compression='lzf')\n"
      "    put('lzf sum', compression='lzf', fletcher32=True)\n"
      "    put('lzf most', compression='lzf', fletcher32=True, shuffle=True)\n"
      "    put('lzf grow', compression='lzf', maxshape=(None, 50, None))\n"
      "    put('lzf scale', compression='lzf', scaleoffset=4)\n"
      "    noise = rng.integers(0, 1 << 16, a.shape).astype('>u2')\n"
      "    put('noise', noise, compression='lzf', shuffle=True, fletcher32=True)\n"
      "    assert f['noise'].id.read_direct_chunk((0, 0, 0))[0] == 2\n"
      "    put('some noise', np.where(np.arange(31)[:, None] < 10, noise, 7),\n"
      "        compression='lzf')\n"
      "    virtual = h5py.VirtualLayout(a.shape, 'u2')\n"
      "    virtual[...] = h5py.VirtualSource(f['lzf most'])\n"
      "    f.create_virtual_dataset('virtual', virtual)\n"
      "    f.create_dataset('holes', (23, 31), 'f4', chunks=(5, 5), fillvalue=-1.5,\n"
      "                     compression=1)\n"
      "    f['holes'][3:9, 20:] = 2\n"
      "    f.create_dataset('swapped holes', (9, 9), '>i4', chunks=(2, 5), fillvalue=7)\n"
      "    f['swapped holes'][0] = 3\n"
      "    f.create_dataset('never', (40, 50), '<i4', fillvalue=258)\n"
      "    f.create_dataset('never0', (40, 50), '>f8')\n"
      "    d = f.create_dataset('masks', (4, 6), '<u2', chunks=(2, 2), compression=5,\n"
      "                         shuffle=True, fletcher32=True)\n"
      "    d[...] = np.arange(24).reshape(4, 6)\n"
      "    raw = np.array([[9, 8], [7, 6]], '<u2')\n"
      "    d.id.write_direct_chunk((0, 0), raw.tobytes(), 0b111)\n"
      "    import zlib\n"
      "    d.id.write_direct_chunk((2, 2), zlib.compress(raw.tobytes()), 0b101)\n"
      "    shuffled = raw.view('u1').reshape(4, 2).T.tobytes()\n"
      "    d.id.write_direct_chunk((2, 4), shuffled, 0b110)\n"
      "    d2 = f.create_dataset('wide', data=rng.random((37, 3)).astype('c16'),\n"
      "                          chunks=(35, 2), shuffle=True)\n"
      "    pl = h5p.create(h5p.DATASET_CREATE); pl.set_layout(h5d.COMPACT)\n"
      "    c = h5d.create(f.id, b'compact', h5t.STD_I16BE, h5s.create_simple((5, 3)), "
      "pl)\n"
      "    c.write(h5s.ALL, h5s.ALL, np.arange(15, dtype='i2').reshape(5, 3))\n"
      "    pl = h5p.create(h5p.DATASET_CREATE); pl.set_fill_time(h5d.FILL_TIME_NEVER)\n"
      "    pl.set_chunk((4,)); pl.set_fill_value(np.array(7, '<i4'))\n"
      "    h5d.create(f.id, b'unfilled', h5t.STD_I32LE, h5s.create_simple((9,)), pl)\n"
      "    f['unfilled'][2] = 5\n"
      "    f.close()\n"
      "    all(p)\n"
      "f = h5py.File('big.h5', 'w')\n"
      "f.create_dataset('scale', data=np.arange(3000000) % 1000, scaleoffset=0,\n"
      "                 chunks=(10000,))\n"
      "f['odd'] = np.zeros(0)\n"
      "t = h5t.STD_I32LE.copy(); t.set_precision(30)\n"
      "d = h5d.create(f.id, b'slabs', t, h5s.create_simple((3, 400, 500)))\n"
      "d.write(h5s.ALL, h5s.ALL, np.arange(600000, dtype='i4').reshape(3, 400, 500))\n"
      "t = h5t.STD_I16LE.copy(); t.set_precision(12)\n"
      "pl = h5p.create(h5p.DATASET_CREATE); pl.set_chunk((70, 90)); pl.set_fletcher32()\n"
      "pl.set_filter(32000, 1)\n"
      "d = h5d.create(f.id, b'lzf 12', t, h5s.create_simple((200, 300)), pl)\n"
      "d.write(h5s.ALL, h5s.ALL, (np.arange(60000) // 50).astype('i2').reshape(200, "
      "300))\n"
      "large = np.repeat(rng.integers(0, 99, 1 << 14), 1100).astype('u2')\n"
      "f.create_dataset('large', data=large, chunks=large.shape, compression='lzf',\n"
      "                 shuffle=True, fletcher32=True)\n"
      "f.close()\n"
      "all('big.h5')\n");
  CHECK(check_expectations(pool) >= 150);
}

/* An array type's axes are the array's last. */
static void array_types(struct source_pool *pool)
{
  hdf5_run(
      "f = h5py.File('arrays.h5', 'w')\n"
      "rng = np.random.default_rng(2)\n"
      "def put(name, t, shape=(7, 9), fill=None, **k):\n"
      "    t = np.dtype(t)\n"
      "    d = f.create_dataset(name, shape, t, **k)\n"
      "    a = rng.integers(0, 2, shape + t.shape).astype(t.base)\n"
      "    if fill is None: d[...] = a\n"
      "    else: d[2:4] = a[2:4]\n"
      "put('plain', ('f4', (3,)))\n"
      "put('big', ('>i2', (2, 3)))\n"
      "put('one', ('u1', (1,)), ())\n"
      "put('bool', ('?', (5,)))\n"
      "put('complex', ('c8', (2,)))\n"
      "put('wide', ('u1', (300, 7000)), (2, 3))\n"
      "put('chunks', ('f4', (3,)), chunks=(2, 4))\n"
      "put('gzip', ('>f8', (3,)), chunks=(2, 4), compression=3, shuffle=True,\n"
      "    fletcher32=True)\n"
      "put('lzf', ('u2', (2, 2)), chunks=(3, 9), compression='lzf', shuffle=True)\n"
      "put('many', ('u1', (2,)), (90, 70), chunks=(1, 1))\n"
      "put('holes', ('i2', (4,)), chunks=(1, 3), fill=0)\n"
      "put('never', ('i2', (4,)), (5, 6), chunks=(1, 3), fill=0)\n"
      "f.create_dataset('unwritten', (4, 5), np.dtype(('f4', (3,))))\n"
      "def low(name, t, values, chunk=None, fill=None):\n"
      "    p = h5p.create(h5p.DATASET_CREATE)\n"
      "    p.set_chunk(chunk) if chunk else p.set_layout(h5d.COMPACT)\n"
      "    if fill is not None: p.set_fill_value(fill)\n"
      "    d = h5d.create(f.id, name, t, h5s.create_simple((6, 5)), p)\n"
      "    if values is not None: d.write(h5s.ALL, h5s.ALL, values, mtype=t)\n"
      "three = h5t.array_create(h5t.STD_I16BE, (3,))\n"
      "low(b'compact', three, np.arange(90, dtype='>i2').reshape(6, 5, 3))\n"
      "low(b'nested', h5t.array_create(h5t.array_create(h5t.STD_I16LE, (3,)), (2,)),\n"
      "    np.arange(180, dtype='i2').reshape(6, 5, 2, 3), (4, 3))\n"
      "odd = h5t.STD_I16LE.copy(); odd.set_precision(12)\n"
      "low(b'odd', h5t.array_create(odd, (3,)),\n"
      "    np.arange(90, dtype='i2').reshape(6, 5, 3), (4, 3))\n"
      "names = ['plain', 'big', 'one', 'bool', 'complex', 'wide', 'chunks',\n"
      "         'gzip', 'lzf', 'many', 'holes', 'never', 'unwritten', 'compact', 'odd',\n"
      "         'nested']\n"
      "f['text'] = np.zeros(3, np.dtype(('S4', (2,))))\n"
      "f['axes'] = np.zeros((1,) * 5, np.dtype(('u1', (1,) * 6)))\n"
      "f.close()\n"
      "for n in names: array('arrays.h5', n)\n");
  CHECK(check_expectations(pool) == 16);
  hdf5_unusable(pool, "arrays.h5", {"text", "a string type"}, {"axes", "11 axes"});
}

/* More chunks than a page of addresses holds, found from both ends. */
static void many_chunks(struct source_pool *pool)
{
  hdf5_run("for ver in ('earliest', 'latest'):\n"
           "    f = h5py.File('many.h5', 'w', libver=ver)\n"
           "    d = f.create_dataset('d', (100, 130), 'u1', chunks=(1, 1), fillvalue=9,\n"
           "                         maxshape=(None, None))\n"
           "    d[::3] = np.arange(34 * 130).reshape(34, 130) % 251\n"
           "    f.close()\n"
           "    os.rename('many.h5', ver + '.h5')\n"
           "    all(ver + '.h5')\n");
  CHECK(check_expectations(pool) == 2);
}

/* Where the chunks of "file:d" lie came with its walk. */
static bool knows_chunks(struct source_pool *pool, const char *where)
{
  struct err err = ERR_INIT;
  struct check_array opened;
  check_open(pool, where, &opened, &err);
  const struct hdf5_array *array = CHECK(opened.facts) ? opened.facts->priv : NULL;
  const bool known = array && array->known;
  check_close(&opened);
  return known;
}

/* Files of one array each: as read by way of the walk's addresses, and by the page. */
static void few_chunks(struct source_pool *pool)
{
  hdf5_run(
      "a = np.arange(23 * 31).reshape(23, 31).astype('u2')\n"
      "def put(p, data=a, chunks=(7, 10), ub=0, **k):\n"
      "    with h5py.File(p, 'w', userblock_size=ub, libver=ver) as f:\n"
      "        return f.create_dataset('d', data=data, chunks=chunks, **k).shape\n"
      "for ver in ('earliest', 'latest'):\n"
      "    put(ver + '-gzip.h5', compression=3, shuffle=True)\n"
      "    put(ver + '-one.h5', chunks=a.shape, compression=1)\n"
      "    put(ver + '-plain.h5')\n"
      "    put(ver + '-grow.h5', maxshape=(None, 31), fletcher32=True)\n"
      "    put(ver + '-grows.h5', maxshape=(None, None), compression=1)\n"
      "    put(ver + '-user.h5', ub=1024, compression=3)\n"
      "    put(ver + '-64.h5', a[:8, :8], (1, 1))\n"
      "    put(ver + '-65.h5', a[:5, :13], (1, 1))\n"
      "    put(ver + '-empty.h5', a[:0], (2, 2), maxshape=(None, 31))\n"
      "    with h5py.File(ver + '-holes.h5', 'w', libver=ver) as f:\n"
      "        d = f.create_dataset('d', (23, 31), '>f4', chunks=(5, 5), "
      "fillvalue=-1.5,\n"
      "                             compression=1)\n"
      "        d[3:9, 20:] = 2\n"
      "    with h5py.File(ver + '-masks.h5', 'w', libver=ver) as f:\n"
      "        d = f.create_dataset('d', data=a[:4, :4], chunks=(2, 2), compression=5)\n"
      "        d.id.write_direct_chunk((0, 2), a[5:7, 5:7].tobytes(), 1)\n"
      "    for p in 'gzip one plain grow grows user 64 65 empty holes masks'.split():\n"
      "        all('%s-%s.h5' % (ver, p))\n");
  CHECK(check_expectations(pool) == 22);
  CHECK(knows_chunks(pool, "earliest-gzip.h5:d"));
  CHECK(knows_chunks(pool, "latest-holes.h5:d"));
  CHECK(knows_chunks(pool, "latest-64.h5:d"));
  CHECK(!knows_chunks(pool, "latest-65.h5:d"));
  CHECK(knows_chunks(pool, "earliest-user.h5:d"));
}

/* The index of one array's chunks is damaged: its nodes are children of themselves, which
 * crashes libhdf5.  The file's other array is as it was. */
static void damaged_index(struct source_pool *pool)
{
  hdf5_run(
      "import struct\n"
      "with h5py.File('index.h5', 'w', libver='earliest') as f:\n"
      "    f.create_dataset('bad', data=np.arange(512).reshape(64, 8), chunks=(1, 8),\n"
      "                     compression=1)\n"
      "b = bytearray(open('index.h5', 'rb').read())\n"
      "trees = [i for i in range(len(b) - 4) if b[i:i + 5] == b'TREE\\1']\n"
      "assert len(trees) == 1\n"
      "n, = struct.unpack_from('<H', b, trees[0] + 6)\n"
      "assert n == 64\n"
      "with h5py.File('index.h5', 'r+') as f:\n"
      "    f['good'] = np.arange(7)\n"
      "b = bytearray(open('index.h5', 'rb').read())\n"
      "b[trees[0] + 5] = 1\n"
      "for k in range(n):\n"
      "    struct.pack_into('<Q', b, trees[0] + 24 + k * 40 + 32, trees[0])\n"
      "open('index.h5', 'wb').write(b)\n"
      "array('index.h5', 'good')\n");
  CHECK(check_expectations(pool) == 1);
  CHECK(!knows_chunks(pool, "index.h5:bad"));
  CHECK(check_fails(pool, "index.h5:bad", true, EIO, "looking for the chunks of /bad"));
}

static void names(struct source_pool *pool)
{
  hdf5_run("f = h5py.File('names.h5', 'w')\n"
           "f['b/x'] = np.arange(3)\n"
           "f['a/deep/er'] = np.arange(4)\n"
           "f['b/again'] = f['b/x']\n"
           "f['a/loop'] = f['/']\n"
           "f['soft'] = h5py.SoftLink('/b/x')\n"
           "f['softgroup'] = h5py.SoftLink('/b')\n"
           "f['dangling'] = h5py.SoftLink('/nothing')\n"
           "f['..'] = np.arange(2)\n"
           "f.close()\n"
           "array('names.h5', 'soft')\n"
           "array('names.h5', 'a/deep/er')\n"
           "for n in ('b/again', 'b/x', 'softgroup/x', 'softgroup/again'):\n"
           "    array('names.h5', n)\n");
  CHECK(check_expectations(pool) == 6);
  hdf5_unusable(pool, "names.h5", {"dangling", "a soft link to what is not in"},
                {"..", "cannot be a path"});
  /* as h5py's visititems() orders them, and no object twice */
  static const char *const order[] = {"..", "a/deep/er", "b/again", "dangling"};
  static const char *const second[] = {"b/x", "soft", "softgroup/again", "softgroup/x"};
  struct source *source = NULL;
  struct err err = ERR_INIT;
  if (!CHECK(!source_open(pool, "names.h5", &source, &err)))
    return;
  CHECK(source_array_count(source) == 4);
  for (int i = 0; i < 4 && i < source_array_count(source); i++)
    CHECK(!strcmp(source_array_at(source, i)->name, order[i]));
  int at = 0;
  for (int i = 0; i < 4; i++) {
    const char *name = source_array_alias(source, 2, &at);
    CHECK(name && !strcmp(name, second[i]));
  }
  CHECK(!source_array_alias(source, 2, &at));
  source_unref(source);
}

/* Links in circles, and as many paths as links allow: the names end. */
static void many_names(struct source_pool *pool)
{
  hdf5_run("f = h5py.File('circle.h5', 'w')\n"
           "f['g/x'] = np.arange(5)\n"
           "f['g/up'] = h5py.SoftLink('/')\n"
           "f['g/self'] = f['g']\n"
           "f['h'] = h5py.SoftLink('/g')\n"
           "f['h2'] = f['g']\n"
           "f['l1'] = h5py.SoftLink('/l2'); f['l2'] = h5py.SoftLink('/l1')\n"
           "f.close()\n"
           "for n in ('g/x', 'h/x', 'h2/x'): array('circle.h5', n)\n"
           "f = h5py.File('paths.h5', 'w')\n"
           "f['0/x'] = np.arange(5)\n"
           "for i in range(40):\n"
           "    for k in 'ab': f['%d/%s' % (i + 1, k)] = f[str(i)]\n"
           "f.close()\n"
           "array('paths.h5', '0/x')\n"
           "f = h5py.File('scale.h5', 'w')\n"
           "f['d'] = np.zeros((4, 5)); f['x'] = np.arange(4.); f['other'] = f['x']\n"
           "f['x'].make_scale('metres'); f['d'].dims[0].attach_scale(f['x'])\n"
           "f.close()\n"
           "for n in ('d', 'x', 'other'): array('scale.h5', n)\n");
  CHECK(check_expectations(pool) == 7);
  hdf5_unusable(pool, "circle.h5", {"l1", "a soft link to what is not in"});
}

/* Where no array is named: the only one, or the only one with a usual name. */
static void no_name(struct source_pool *pool)
{
  hdf5_run("def put(path, *names):\n"
           "    with h5py.File(path, 'w') as f:\n"
           "        for i, n in enumerate(names): f[n] = np.arange(4) + i\n"
           "put('only.h5', 'z'); put('usual.h5', 'a', 'data', 'z')\n"
           "put('deep.h5', 'volumes/labels', 'volumes/raw')\n"
           "put('two.h5', 'data', 'g/image', 'k'); put('none.h5', 'a', 'b', 'database')\n"
           "put('text.h5', 'z')\n"
           "h5py.File('text.h5', 'a')['a'] = 'text'\n"
           "for p, n in (('only', 'z'), ('usual', 'data'), ('deep', 'volumes/raw'),\n"
           "             ('text', 'z')):\n"
           "    with h5py.File(p + '.h5') as f: expect(p + '.h5', f[n][()])\n");
  CHECK(check_expectations(pool) == 4);
  static const char *const bad[][2] = {
      {"two.h5", "found none and 3 arrays: data, g/image, k"},
      {"none.h5", "3 arrays: a, b, database"}};
  for (int i = 0; i < 2; i++) {
    struct source *source = NULL;
    struct err err = ERR_INIT;
    if (!CHECK(!source_open(pool, bad[i][0], &source, &err)))
      return;
    CHECK(source_array_find(source, NULL) == -1);
    CHECK(source_array_missing(source, NULL, &err) == -1 && strstr(err.msg, bad[i][1]));
    source_unref(source);
  }
}

int main(void)
{
  struct err err = ERR_INIT;
  CHECK(!hdf5_worker_start(&err));
  check_dir_make();
  struct source_pool *pool = check_pool(.cache_bytes = 64 << 20);
  files_of_others(pool);
  element_types(pool);
  layouts(pool);
  array_types(pool);
  few_chunks(pool);
  damaged_index(pool);
  many_chunks(pool);
  names(pool);
  many_names(pool);
  no_name(pool);
  source_pool_free(pool);
  return check_report("test_source_hdf5");
}
