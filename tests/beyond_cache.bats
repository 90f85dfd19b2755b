#!/usr/bin/env bats
# Blocks and arrays larger than cache=: read all the same, in memory that keeps to the
# contract, and decoded a few times rather than once for each read.

load helpers

# The daemon's largest resident size so far, in MiB.
peak_of_daemon() {
  sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(daemon_of "$MNT" | head -n 1)/status" |
    awk '{print int($1 / 1024)}'
}

@test "an RGB PNG of 6000 x 6000 is read with cache=64M, within cache and 128 MiB" {
  mkdir "$TMP/d"
  python - "$TMP/d/big.png" <<'E'
import sys, numpy, PIL.Image
x = numpy.arange(6000 * 6000 * 3, dtype=numpy.uint32).reshape(6000, 6000, 3)
PIL.Image.fromarray((x // 7).astype(numpy.uint8)).save(sys.argv[1], compress_level=1)
E
  mount_tree "$TMP/d" -o cache=64M
  python - "$TMP/d/big.png" "$MNT/scans/big/image.npy" <<'E'
import sys, numpy, PIL.Image
PIL.Image.MAX_IMAGE_PIXELS = None
assert numpy.array_equal(numpy.load(sys.argv[2]), numpy.asarray(PIL.Image.open(sys.argv[1])))
E
  [ "$(peak_of_daemon)" -le 192 ]
  [ "$(stat_of chunks_decoded)" -eq 1 ]
}

@test "a block of more than 128 MiB says which cache= would do" {
  python - "$TMP/large.png" <<'E'
import sys, numpy, PIL.Image
PIL.Image.fromarray(numpy.zeros((7000, 7000, 3), numpy.uint8)).save(sys.argv[1], compress_level=1)
E
  run "$TESSERAFS" -o cache=64M --cat "$TMP/large.png" scans/large/image.npy
  [ "$status" -eq 2 ]
  [[ $output == *"a block of 147000000 bytes does not fit"*"mount with cache=142M or more"* ]]
  "$TESSERAFS" -o cache=142M --cat "$TMP/large.png" scans/large/image.npy >/dev/null
}

@test "a .nii.gz larger than the cache is decoded a few times when it is read across its grain" {
  mkdir "$TMP/d"
  python - "$TMP/d/a.nii.gz" <<'E'
import sys, numpy, nibabel
a = numpy.random.default_rng(1).integers(0, 60, (180, 230, 256)).astype(numpy.int16)
nibabel.save(nibabel.Nifti1Image(a, numpy.eye(4)), sys.argv[1])
E
  mount_tree "$TMP/d" -o cache=16M
  python - "$TMP/d/a.nii.gz" "$MNT/scans/a" <<'E'
import sys, numpy, nibabel
a = numpy.asarray(nibabel.load(sys.argv[1]).dataobj)
assert numpy.array_equal(numpy.load(sys.argv[2] + "/image.npy"), a)
assert numpy.array_equal(nibabel.load(sys.argv[2] + "/image.nii").dataobj, a)
assert numpy.array_equal(numpy.load(sys.argv[2] + "/image[90:20:-7,:,::3].npy"), a[90:20:-7, :, ::3])
E
  # six slabs, which is as many passes, three of the cut, and little more
  [ "$(stat_of bytes_decoded)" -le $((16 * 180 * 230 * 256 * 2)) ]
  [ "$(peak_of_daemon)" -le 144 ]
}

@test "cuts across the grain of HDF5 chunks and of a .nii.gz are those of the array" {
  mkdir "$TMP/d"
  python - "$TMP/d" <<'E'
import sys, numpy, nibabel, h5py
a = numpy.random.default_rng(2).integers(0, 60, (130, 170, 150)).astype(">i2")
nibabel.save(nibabel.Nifti1Image(a.astype("<i2"), numpy.eye(4)), sys.argv[1] + "/n.nii.gz")
with h5py.File(sys.argv[1] + "/h.h5", "w") as f:
    f.create_dataset("data", data=a, chunks=(40, 30, 50), compression="gzip", compression_opts=1)
numpy.save(sys.argv[1] + "/../a.npy", a)
E
  mount_tree "$TMP/d" -o cache=1M
  python - "$TMP/a.npy" "$MNT/scans/n/image" "$MNT/scans/h/data" <<'E'
import sys, numpy, nibabel
a = numpy.load(sys.argv[1])
rng = numpy.random.default_rng(3)
for at in sys.argv[2:]:
    assert numpy.array_equal(numpy.load(at + ".npy"), a)
    assert numpy.array_equal(nibabel.load(at + ".nii").dataobj, a)
    for _ in range(25):
        cut = []
        for n in a.shape:
            i, j = sorted(rng.integers(0, n + 1, 2))
            cut.append((i, j, int(rng.integers(1, 4))) if rng.random() < 0.7 else (int(rng.integers(n)),))
        text = ",".join(":".join(map(str, c)) for c in cut)
        index = tuple(slice(*c) if len(c) > 1 else c[0] for c in cut)
        assert numpy.array_equal(numpy.load(f"{at}[{text}].npy"), a[index]), text
E
}

@test "statistics of an array that a transform blew up are refused, of one that is stored are not" {
  mkdir "$TMP/d"
  truncate -s 8G "$TMP/d/zeros.raw"
  python - "$TMP/d" <<'E'
import sys, numpy
numpy.save(sys.argv[1] + "/a.npy", numpy.zeros((24, 20, 16), numpy.int16))
E
  cat >"$TMP/d/tesserafs.json" <<'E'
{"scans": [{"id": "a", "fields": {"image": "a.npy"}},
           {"id": "f", "fields": {"image": {"path": "a.npy", "transforms": ["zoom:1000"]}}},
           {"id": "z", "fields": {"image": {"raw": "zeros.raw", "shape": [2048, 2048, 2048], "dtype": "u1"}}}]}
E
  local t
  for t in resize:100000:100000:16+zscore zoom:1000+minmax pad:10000+minmax_eps \
    zoom:1000+ZeroMeanNormalization resize:1000:100000:100000+ZeroMeanNormalization:2:3 zoom:1000+normalize_range; do
    run "$TESSERAFS" --cat "$TMP/d" "patches/size=24x20x16,transforms=$t/a/image/0.npy"
    echo "$t: $output"
    [ "$status" -eq 2 ]
    [[ $output == *"expected an array of at most 1073741824 voxels, or 64 times the 7680 that are stored"* ]]
  done
  # the box is padded to that size; the field itself is blown up
  for t in patches/size=10000,transforms=minmax/a/image/0.npy \
    patches/size=8,transforms=minmax:scan/f/image/at=0x0x0.npy; do
    run "$TESSERAFS" --cat "$TMP/d" "$t"
    [[ $status == 2 && $output == *"64 times the 7680 that are stored"* ]]
  done
  "$TESSERAFS" --cat "$TMP/d" patches/size=24x20x16,transforms=zoom:4+zscore/a/image/0.npy |
    python -c 'import sys, io, numpy; assert numpy.load(io.BytesIO(sys.stdin.buffer.read())).shape == (96, 80, 64)'
  mount_tree "$TMP/d"
  [ "$(stat -c %s "$MNT/patches/size=:,transforms=minmax/z/image/0.npy")" -eq $((4 * 2048 * 2048 * 2048 + 128)) ]
  run stat "$MNT/patches/size=24x20x16,transforms=resize:100000:100000:16+zscore/a/image/0.npy"
  [[ $output == *"Invalid argument"* ]]
}

@test "a description or list of more than 16 MiB is refused before it is read" {
  mkdir "$TMP/d"
  cp "$DATA/png16/"*.png "$TMP/d/" 2>/dev/null || true
  truncate -s 17M "$TMP/d/tesserafs.json"
  refuses "$TMP/d" "tesserafs.json: expected a text of at most 16 MiB, found 17825792 bytes"
  mv "$TMP/d/tesserafs.json" "$TMP/d/tiles.json"
  echo '{"scans": [{"id": "a", "fields": {"image": {"tiles": "tiles.json"}}},
                   {"id": "b", "fields": {"image": {"list": "tiles.json"}}}]}' >"$TMP/d/tesserafs.json"
  refuses "$TMP/d" "fields.image.tiles: " "fields.image.list: " "tiles.json: expected a text of at most 16 MiB"
}
