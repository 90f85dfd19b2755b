#!/usr/bin/env bats
# HDF5 as h5py writes it: compressions that libhdf5 itself lacks, and names.

load helpers

PLUGINS=/usr/lib/$(uname -m)-linux-gnu/hdf5/serial/plugins

# Writes files to $TMP/source with h5py; `values` is an array of three axes.
write() { # script
  mkdir -p "$TMP/source"
  (cd "$TMP/source" && python -c "
import h5py, numpy
rng = numpy.random.default_rng(5)
values = (numpy.arange(9 * 20 * 31) // 40).astype('<u2').reshape(9, 20, 31)
$1")
}

# Every array of three or more axes in every file is what h5py reads.
compare() {
  python -c "
import glob, h5py, numpy, os
n = 0
def same(name, o):
    global n
    if isinstance(o, h5py.Dataset) and o.ndim > 2:
        path = '$MNT/scans/' + os.path.basename(o.file.filename)[:-3] + '/' + name + '.npy'
        assert numpy.array_equal(numpy.load(path), o[()]), path
        n += 1
for path in glob.glob('$TMP/source/*.h5'):
    with h5py.File(path) as f:
        f.visititems(same)
assert n == $1, n"
}

reads() { # scan/field
  cat "$MNT/scans/$1.npy" >/dev/null
}

refuses() { # scan/field
  run reads "$1"
  [ "$status" -ne 0 ] || fail "$1: was read"
}

@test "lzf, with shuffle and fletcher32, of noise, of growing arrays: what h5py reads" {
  write "
options = {'plain': {}, 'shuffle': {'shuffle': True}, 'sum': {'fletcher32': True},
           'all': {'shuffle': True, 'fletcher32': True}, 'scaled': {'scaleoffset': 0}}
with h5py.File('a.h5', 'w') as f:
    for name, option in options.items():
        for kind, data in {'steps': values, 'noise': rng.bytes(values.nbytes),
                           'some': rng.bytes(values.nbytes // 3).ljust(values.nbytes)}.items():
            data = numpy.frombuffer(data, '>u2').reshape(values.shape) if isinstance(data, bytes) else data
            f.create_dataset(name + kind, data=data, chunks=(4, 20, 7), compression='lzf', **option)
    f.create_dataset('automatic', data=values.astype('f4'), compression='lzf')
    noise = f['allnoise'].id
    assert noise.read_direct_chunk((0, 0, 0))[0] == 2  # h5py left lzf out
    grows = f.create_dataset('grows', (2, 20, 31), 'i8', maxshape=(None, 20, None), compression='lzf')
    grows.resize(9, 0)
    grows[3:] = values[3:]"
  mkdir "$TMP/empty"
  export HDF5_PLUGIN_PATH=$TMP/empty
  mount_tree "$TMP/source"
  compare 17
  "$TESSERAFS" --check "$TMP/source"
}

@test "lzf: a damaged chunk is an error, never zeros" {
  write "
with h5py.File('a.h5', 'w') as f:
    d = f.create_dataset('image', data=values, chunks=(3, 20, 31), compression='lzf')
    at, size = d.id.get_chunk_info(1).byte_offset, d.id.get_chunk_info(1).size
with open('a.h5', 'r+b') as f:
    f.seek(at)
    f.write(b'\xe0\xff\x7f')"
  mount_tree "$TMP/source" 2>/dev/null
  refuses 'a/image'
  reads 'a/image[:3]'
  refuses 'a/image[3:6]'
  reads 'a/image[6:]'
  grep -q 'a.h5: image: chunk 1,0,0: expected .*lzf' "$MNT/.tesserafs/errors.log"
}

# Files that h5py writes with the plugins, one a filter: 9x20x31 in chunks.
write_plugins() {
  for plugin in libh5bz2 libH5Zblosc libh5lz4 libh5bshuf; do
    [ -e "$PLUGINS/$plugin.so" ] || skip "no $plugin.so in $PLUGINS"
  done
  write "
filters = {'bzip2': (307, (9,)), 'blosc': (32001, (0, 0, 0, 0, 5, 1, 0)), 'lz4': (32004, (0,)),
           'bitshuffle': (32008, (0, 2))}
for name, (number, options) in filters.items():
    with h5py.File(name + '.h5', 'w') as f:
        f.create_dataset('image', data=values, chunks=(4, 20, 7), compression=number, compression_opts=options)
        f.create_dataset('summed', data=values.astype('>f4'), chunks=(9, 7, 7), compression=number,
                         compression_opts=options, fletcher32=True)"
}

@test "blosc, lz4, bitshuffle and bzip2 are read through Debian's plugins" {
  write_plugins
  mount_tree "$TMP/source"
  compare 8
  "$TESSERAFS" --check "$TMP/source"
}

@test "a filter without its plugin: its number, its name and the package to install" {
  write_plugins
  write "
for name, number in {'zstd': 32015, 'blosc2': 32026, 'other': 333}.items():
    with h5py.File(name + '.h5', 'w') as f:
        d = f.create_dataset('image', (9, 20, 31), 'u2', chunks=(9, 20, 31), compression=number,
                             allow_unknown_filter=True)
        d.id.write_direct_chunk((0, 0, 0), values.tobytes())
        d = f.create_dataset('left_out', (9, 20, 31), 'u2', chunks=(9, 20, 31), compression=number,
                             allow_unknown_filter=True)
        d.id.write_direct_chunk((0, 0, 0), values.tobytes(), 1)
layout = h5py.VirtualLayout(values.shape, '<u2')
layout[...] = h5py.VirtualSource('lz4.h5', 'image', values.shape)
with h5py.File('virtual.h5', 'w') as f:
    f.create_virtual_dataset('image', layout)
with h5py.File('named.h5', 'w') as f:
    f.create_dataset('image', data=values, compression='lzf')
with open('named.h5', 'r+b') as f:
    data = f.read()
    stored = bytes([0, 125, 8, 0, 1, 0, 3, 0]) + b'lzf'.ljust(8, b'\0')
    assert data.count(stored) == 1
    f.seek(data.index(stored))
    f.write(bytes([77, 1, 8, 0, 1, 0, 3, 0]) + b'a\x1b[\n\xc2\x9bz\0')"
  mkdir "$TMP/empty"
  HDF5_PLUGIN_PATH=$TMP/empty mount_tree "$TMP/source" 2>/dev/null
  local name
  for name in bzip2 blosc lz4 bitshuffle zstd blosc2 other named virtual; do
    refuses "$name/image"
  done
  needs() { # file, filter
    grep -qF "$1.h5: /image: needs the HDF5 filter $2" "$MNT/.tesserafs/errors.log" || fail "$1: $2"
  }
  needs bzip2 "307 (bzip2), which is not installed: install Debian's package hdf5-filter-plugin"
  needs blosc "32001 (blosc), which is not installed: install Debian's package hdf5-filter-plugin-blosc-serial"
  needs lz4 "32004 (lz4), which is not installed: install Debian's package hdf5-filter-plugin"
  needs bitshuffle "32008 (bitshuffle), which is not installed: install Debian's package bitshuffle"
  needs zstd "32015 (zstd), for which Debian 12 has no plugin"
  needs blosc2 "32026 (blosc2), for which Debian 12 has no plugin"
  needs other "333 (unnamed), which is not installed"
  needs named "333 (a?[???z), which is not installed"
  needs virtual "32004 (lz4), which is not installed: install Debian's package hdf5-filter-plugin"
  # chunks that the filter was not applied to need no plugin
  for name in zstd blosc2 other; do
    reads "$name/left_out"
  done
}

@test "a plugin that lies in SOURCE is never loaded, whatever HDF5_PLUGIN_PATH says" {
  write_plugins
  cp "$PLUGINS"/libh5lz4.so "$TMP/source/"
  cd "$TMP/source"
  local path
  for path in . : :/nowhere ./ ../source; do
    run env HDF5_PLUGIN_PATH=$path "$TESSERAFS" --cat . scans/lz4/image.npy
    [ "$status" -eq 2 ]
    [[ "$output" == *"filter 32004 (lz4), which is not installed"* ]]
  done
}

@test "an array with several names is listed once, with its aliases, and any may be named" {
  write "
with h5py.File('a.h5', 'w') as f:
    f['raw/volume'] = values
    f['again'] = f['raw/volume']
    f['soft'] = h5py.SoftLink('/raw/volume')
    f['linked'] = h5py.SoftLink('/raw')
    f['raw/circle'] = h5py.SoftLink('/')
    f['scale'] = numpy.arange(9.)
    f['raw/z'] = f['scale']
    f['scale'].make_scale('micrometres')
    f['raw/volume'].dims[0].attach_scale(f['scale'])
import json
names = ['again', 'raw/volume', 'soft', 'linked/volume', 'raw/z', 'scale', 'linked/z']
json.dump({'scans': [{'id': n.replace('/', '_'), 'fields': {'image': 'a.h5:' + n}} for n in names]
                    + [{'id': 'found_{x}', 'fields': {'image': 'a.h5:linked/{x}'}}]},
          open('../named.json', 'w'))"
  mount_tree "$TMP/source"
  python -c "
import json
scans = json.load(open('$MNT/dataset.json'))['scans']
found = {field['key']: field.get('aliases') for scan in scans for field in scan['fields'].values()}
assert found == {'again': ['linked/volume', 'raw/volume', 'soft'], 'raw/z': ['linked/z', 'scale']}, found"
  mount_tree "$TMP/source" -o config="$TMP/named.json,root=$TMP/source"
  python -c "
import glob, h5py, json, numpy
f = h5py.File('$TMP/source/a.h5')
scans = json.load(open('$MNT/dataset.json'))['scans']
assert len(scans) == 9, len(scans)
for scan in scans:
    field = scan['fields']['image']
    data = numpy.load('$MNT/scans/' + scan['id'] + '/image.npy')
    assert numpy.array_equal(data, f[field['key']][()]) and field['key'] not in field['aliases'], field"
}

@test "a path without a key: the usual name, else the names there are" {
  write "
with h5py.File('usual.h5', 'w') as f:
    f['labels'], f['raw'] = values % 2, values
with h5py.File('many.h5', 'w') as f:
    f['a'], f['b'] = values, values
with h5py.File('both.h5', 'w') as f:
    f['data'], f['image'] = values, values
import json
json.dump({'scans': [{'id': n, 'fields': {'image': n + '.h5'}} for n in ('usual', 'many', 'both')]},
          open('tesserafs.json', 'w'))"
  mount_tree "$TMP/source" 2>/dev/null
  python -c "
import h5py, numpy
assert numpy.array_equal(numpy.load('$MNT/scans/usual/image.npy'), h5py.File('$TMP/source/usual.h5')['raw'])"
  refuses many/image
  refuses both/image
  grep -q 'many.h5: expected the name of an array .*2 arrays: a, b' "$MNT/.tesserafs/errors.log"
  grep -q 'both.h5: expected the name of an array .*2 arrays: data, image' "$MNT/.tesserafs/errors.log"
  run "$TESSERAFS" --check "$TMP/source"
  [ "$status" -eq 2 ]
  [[ "$output" == *"2 arrays: a, b"* ]]
}

@test "array datatypes and virtual datasets of numbered files are what h5py reads" {
  write "
with h5py.File('vectors.h5', 'w') as f:
    d = f.create_dataset('field', values.shape, numpy.dtype(('f4', (3,))), chunks=(4, 20, 7), compression='lzf',
                         shuffle=True)
    d[...] = numpy.stack([values, values * 2, values * 3], -1)
    assert d[()].shape == (9, 20, 31, 3)
from h5py import h5s, h5p, h5d, h5t
for i in range(3):
    with h5py.File('part%d.h5' % i, 'w') as f:
        f.create_dataset('whole', data=values[3 * i:3 * i + 3], compression='gzip')
any = h5s.UNLIMITED
space = h5s.create_simple((0, 20, 31), (any, 20, 31))
space.select_hyperslab((0, 0, 0), (any, 1, 1), (3, 1, 1), (3, 20, 31))
plist = h5p.create(h5p.DATASET_CREATE)
plist.set_virtual(space, b'part%b.h5', b'whole', h5s.create_simple((3, 20, 31)))
with h5py.File('virtual.h5', 'w', libver='latest') as f:
    h5d.create(f.id, b'image', h5t.STD_U16LE, h5s.create_simple((0, 20, 31), (any, 20, 31)), plist)"
  mount_tree "$TMP/source"
  compare 5
  python -c "
import numpy
assert numpy.load('$MNT/scans/vectors/field.npy').shape == (9, 20, 31, 3)
assert numpy.load('$MNT/scans/virtual/image.npy').shape == (9, 20, 31)"
}
