#!/usr/bin/env bats
# HDF5 as h5py writes it: compressions that libhdf5 itself lacks, and names.

load helpers

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
