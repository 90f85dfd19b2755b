/* HDF5 files that refer to other files: external links, external storage and virtual
 * datasets, inside and outside the root; and what damage gives. */
#include <errno.h>
#include <sys/stat.h>

#include "core/source/hdf5/hdf5_worker.h"
#include "tests/support/hdf5_check.h"

static void links(struct source_pool *pool)
{
  hdf5_run(
      "os.makedirs('in/sub'); os.makedirs('out')\n"
      "a = np.arange(60).reshape(6, 10)\n"
      "for p in ('in/sub/t.h5', 'out/t.h5'):\n"
      "    with h5py.File(p, 'w') as f:\n"
      "        f.create_dataset('g/x', data=a, chunks=(4, 4), compression=1)\n"
      "        f['g/y'] = a\n"
      "        f.create_dataset('g/s', data=a, chunks=(4, 4), scaleoffset=0)\n"
      "        f['g/more'] = h5py.ExternalLink('t2.h5', '/x')\n"
      "os.symlink('../out/t.h5', 'in/sym.h5')\n"
      "with h5py.File('in/links.h5', 'w') as f:\n"
      "    for i, n in enumerate(['sub/t.h5', '../out/t.h5', 'sym.h5', 'gone.h5',\n"
      "                           os.path.abspath('out/t.h5'),\n"
      "                           os.path.abspath('in/sub/t.h5'), '/etc/passwd']):\n"
      "        for k in 'xys':\n"
      "            f['%s%d' % (k, i)] = h5py.ExternalLink(n, '/g/' + k)\n"
      "    f['group'] = h5py.ExternalLink('sub/t.h5', '/g')\n"
      "    f['self'] = h5py.ExternalLink('links.h5', '/own')\n"
      "    f['own'] = np.arange(3)\n"
      "    f['through'] = h5py.SoftLink('/x0')\n"
      "for n in ('x0', 'y0', 's0', 'x5', 'y5', 's5', 'group/x', 'group/y', 'group/s',\n"
      "          'own', 'self'):\n"
      "    array('in/links.h5', n)\n");
  CHECK(check_expectations(pool) == 11);
  hdf5_unusable(pool, "in/links.h5", {"x1", "outside"}, {"y2", "outside"},
                {"x3", "gone.h5, which does not exist"}, {"s4", "outside"},
                {"x6", "/etc/passwd, outside"}, {"group/more", "behind an external link"},
                {"through", "a soft link to what is not in"});
}

static void links_anywhere_without_a_root(struct source_pool *pool)
{
  hdf5_run("array('in/links.h5', 'x1')\n"
           "array('in/links.h5', 'y4')\n");
  CHECK(check_expectations(pool) == 2);
}

static void changes_of_a_target_are_seen(struct source_pool *pool)
{
  struct err err = ERR_INIT;
  struct check_array array;
  check_open(pool, "in/links.h5:x0", &array, &err);
  CHECK(array.facts && !source_stale(array.source));
  hdf5_run("os.utime('in/sub/t.h5')\n");
  usleep((SOURCE_CHECK_MS + 50) * 1000);
  CHECK(array.facts && source_stale(array.source));
  check_close(&array);
}

static void virtual_datasets(struct source_pool *pool)
{
  hdf5_run(
      "def vds(path, name, sources):\n"
      "    layout = h5py.VirtualLayout((len(sources), 50), 'f4')\n"
      "    for i, s in enumerate(sources):\n"
      "        layout[i] = h5py.VirtualSource(s[0], s[1], (50,))\n"
      "    with h5py.File(path, 'a') as f:\n"
      "        f.create_virtual_dataset(name, layout, fillvalue=-1)\n"
      "for i, p in enumerate(['in/v0.h5', 'in/sub/v1.h5', 'out/v2.h5']):\n"
      "    with h5py.File(p, 'w') as f:\n"
      "        f['d'] = np.arange(50, dtype='f4') + i\n"
      "        f['link'] = h5py.ExternalLink('/etc/x.h5', '/d')\n"
      "h5py.File('in/v.h5', 'w')['own'] = np.arange(50, dtype='f4')\n"
      "vds('in/v.h5', 'good', [('v0.h5', 'd'), ('sub/v1.h5', 'd'), ('.', 'own')])\n"
      "vds('in/v.h5', 'outside', [('v0.h5', 'd'), ('../out/v2.h5', 'd')])\n"
      "vds('in/v.h5', 'gone', [('v0.h5', 'd'), ('gone.h5', 'd')])\n"
      "vds('in/v.h5', 'nodata', [('v0.h5', 'nothing')])\n"
      "vds('in/v.h5', 'linked', [('v0.h5', 'link')])\n"
      "vds('in/v.h5', 'nested', [('.', 'good')])\n"
      "pl = h5p.create(h5p.DATASET_CREATE); any = h5s.UNLIMITED\n"
      "s = h5s.create_simple((1, 50), (any, 50))\n"
      "s.select_hyperslab((0, 0), (any, 1), (1, 50), (1, 50))\n"
      "pl.set_virtual(s, b'v%b.h5', b'd', h5s.create_simple((50,)))\n"
      "with h5py.File('in/v.h5', 'a') as f:\n"
      "    h5d.create(f.id, b'pattern', h5t.NATIVE_FLOAT,\n"
      "               h5s.create_simple((1, 50), (any, 50)), pl)\n"
      "array('in/v.h5', 'good')\n"
      "array('in/v.h5', 'pattern')\n"
      /* numbered files, numbered datasets, both; each ends with the first missing */
      "def numbered(name, file, data, count):\n"
      "    s = h5s.create_simple((1, 50), (any, 50))\n"
      "    s.select_hyperslab((0, 0), (any, 1), (1, 50), (1, 50))\n"
      "    pl = h5p.create(h5p.DATASET_CREATE)\n"
      "    pl.set_virtual(s, file, data, h5s.create_simple((50,)))\n"
      "    with h5py.File('in/n.h5', 'a', libver='latest') as f:\n"
      "        h5d.create(f.id, name, h5t.IEEE_F32LE,\n"
      "                   h5s.create_simple((1, 50), (any, 50)), pl)\n"
      "    if count:\n"
      "        with h5py.File('in/n.h5') as f:\n"
      "            assert f[name].shape == (count, 50), f[name].shape\n"
      "        array('in/n.h5', name.decode())\n"
      "for i in (0, 1, 2, 4):\n"
      "    with h5py.File('in/sub/p%d%%.h5' % i, 'w') as f:\n"
      "        for k in range(i + 1):\n"
      "            f.create_dataset('d%d' % k, data=np.arange(50, dtype='f4') + 10 * i "
      "+\n"
      "                             k, chunks=(7,), compression='lzf')\n"
      "numbered(b'files', b'sub/p%b%%.h5', b'd0', 3)\n"
      "numbered(b'datasets', b'sub/p4%%.h5', b'/d%b', 5)\n"
      "numbered(b'both', b'sub/p%b%%.h5', b'd%b', 3)\n"
      "for i in range(3):\n"
      "    os.link('in/sub/p%d%%.h5' % i, 'out/q%d.h5' % i)\n"
      "    os.link('in/sub/p%d%%.h5' % i, 'in/s%d.h5' % i)\n"
      "os.remove('in/s1.h5'); os.symlink('../out/q1.h5', 'in/s1.h5')\n"
      "open('in/t0.h5', 'w').write('text')\n"
      "numbered(b'beside', b'../out/q%b.h5', b'd0', 0)\n"
      "numbered(b'absolute', os.path.abspath('out').encode() + b'/q%b.h5', b'd0', 0)\n"
      "numbered(b'rooted', os.path.abspath('out').encode()[1:] + b'/q%b.h5', b'd0', 0)\n"
      "numbered(b'symlink', b's%b.h5', b'd0', 0)\n"
      "numbered(b'damaged', b't%b.h5', b'd0', 0)\n");
  CHECK(check_expectations(pool) == 5);
  hdf5_unusable(pool, "in/n.h5", {"beside", "outside"}, {"absolute", "outside"},
                {"rooted", "outside"}, {"symlink", "outside"}, {"damaged", "t0.h5"});
  hdf5_unusable(pool, "in/v.h5", {"outside", "outside"},
                {"gone", "gone.h5, which does not exist"}, {"nodata", "v0.h5:nothing"},
                {"linked", "v0.h5:link"}, {"nested", "itself virtual"});
}

static void external_storage(struct source_pool *pool)
{
  hdf5_run(
      "a = np.arange(100, dtype='i4').reshape(10, 10)\n"
      "a.tofile('in/raw.bin'); a.tofile('out/raw.bin')\n"
      "f = h5py.File('in/e.h5', 'w')\n"
      "def put(n, pieces):\n"
      "    f.create_dataset(n, (10, 10), 'i4', external=pieces)\n"
      "inside = os.path.abspath('in/raw.bin')\n"
      "put('whole', [(inside, 0, h5py.h5f.UNLIMITED)])\n"
      "put('relative', [('raw.bin', 0, 400)])\n"
      "put('two', [(inside, 200, 200), (inside, 0, 200)])\n"
      "put('short', [(inside, 8, 400)])\n"
      "put('outside', [(os.path.abspath('out/raw.bin'), 0, 400)])\n"
      "put('gone', [('gone.bin', 0, 400)])\n"
      "rng = np.random.default_rng(4)\n"
      "def large(n, shape, dtype):\n"
      "    v = rng.integers(0, 100, shape).astype(dtype)\n"
      "    v.tofile('in/' + n + '.bin')\n"
      "    size, third = v.nbytes, v.nbytes // 3 | 1\n"
      "    f.create_dataset(n, shape, dtype, external=[(n + '.bin', 0, third),\n"
      "        (n + '.bin', third, third), (n + '.bin', 2 * third, size - 2 * third)])\n"
      "    expect('in/e.h5:' + n, v.astype(v.dtype.newbyteorder('=')))\n"
      "large('rows', (703, 1501), '>i2')\n" /* each of several blocks */
      "large('deep', (3, 5, 400, 301), '<f4')\n"
      "large('line', (1500001,), '>u4')\n"
      "large('halves', (17, 33), '<f2')\n"
      "large('flags', (17, 33), '?')\n"
      "f.close()\n"
      "expect('in/e.h5:whole', a)\n"
      "expect('in/e.h5:relative', a)\n"
      "expect('in/e.h5:two', np.concatenate([a[5:], a[:5]]))\n");
  CHECK(check_expectations(pool) == 8);
  hdf5_unusable(pool, "in/e.h5", {"short", "expected 400 bytes at 8 of"},
                {"outside", "outside"}, {"gone", "gone.bin, which does not exist"});
}

/* Never zeros: a damaged chunk is an error that names it, the chunks beside it are
 * read. */
static void damage(struct source_pool *pool)
{
  hdf5_run("a = np.arange(64, dtype='u2').reshape(8, 8)\n"
           "f = h5py.File('bad.h5', 'w')\n"
           "f.create_dataset('gzip', data=a, chunks=(4, 8), compression=1)\n"
           "f.create_dataset('sum', data=a, chunks=(4, 8), fletcher32=True)\n"
           "d = f.create_dataset('size', data=a, chunks=(4, 8), compression=1)\n"
           "import zlib\n"
           "d.id.write_direct_chunk((0, 0), zlib.compress(b'x' * 63))\n"
           "d = f.create_dataset('long', data=a, chunks=(4, 8), compression=1)\n"
           "d.id.write_direct_chunk((0, 0), zlib.compress(b'x' * 65))\n"
           "d = f.create_dataset('raw', data=a, chunks=(4, 8), compression=1)\n"
           "d.id.write_direct_chunk((0, 0), b'x' * 60, 1)\n"
           "at = {n: f[n].id.get_chunk_info_by_coord((0, 0)).byte_offset\n"
           "      for n in ('gzip', 'sum')}\n"
           "f['tail'] = np.arange(5000)\n"
           "f.close()\n"
           "with open('bad.h5', 'r+b') as g:\n"
           "    for n in at:\n"
           "        g.seek(at[n] + 9); g.write(b'\\xff\\x13')\n"
           "with open('cut.h5', 'wb') as g:\n"
           "    g.write(open('bad.h5', 'rb').read()[:-20000])\n");
  CHECK(check_fails(pool, "bad.h5:gzip", true, EIO,
                    "bad.h5: gzip: chunk 0,0: expected a zlib"));
  CHECK(check_fails(pool, "bad.h5:sum", true, EIO,
                    "sum: chunk 0,0: expected the fletcher32"));
  CHECK(check_fails(pool, "bad.h5:size", true, EIO,
                    "expected 64 bytes after inflating, found le"));
  CHECK(check_fails(pool, "bad.h5:long", true, EIO,
                    "expected 64 bytes after inflating, found mo"));
  CHECK(check_fails(pool, "bad.h5:raw", true, EIO,
                    "expected 64 bytes in the file, found 60"));
  CHECK(check_fails(pool, "cut.h5", false, EIO, "truncated file"));
}

int main(void)
{
  struct err err = ERR_INIT;
  CHECK(!hdf5_worker_start(&err));
  check_dir_make();
  char root[100];
  snprintf(root, sizeof root, "%s/in", check_dir);
  struct source_pool *pool = check_pool(.cache_bytes = 32 << 20, .root = root),
                     *free_pool = check_pool(.cache_bytes = 32 << 20);
  links(pool);
  links_anywhere_without_a_root(free_pool);
  changes_of_a_target_are_seen(pool);
  virtual_datasets(pool);
  external_storage(pool);
  damage(free_pool);
  source_pool_free(pool);
  source_pool_free(free_pool);
  return check_report("test_source_hdf5_links");
}
