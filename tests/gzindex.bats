#!/usr/bin/env bats
# A .nii.gz much larger than the cache: read by restart points, with little memory, and without a
# second walk on the next mount.

load helpers

# 600 MB of voxels that deflate to a third or so, as int16, and the array itself as npy.
make_large() { # directory
  mkdir -p "$1/src"
  python - "$1" <<'PY'
import sys, zlib
import nibabel, numpy
base, shape = sys.argv[1], (400, 500, 1500)
rng = numpy.random.default_rng(1)
volume = numpy.lib.format.open_memmap(base + "/volume.npy", "w+", "<i2", shape, True)
header = nibabel.Nifti1Header()
header.set_data_shape(shape)
header.set_data_dtype("<i2")
header["magic"], header["vox_offset"] = b"n+1", 352
deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
with open(base + "/src/volume.nii.gz", "wb") as out:
    out.write(deflate.compress(header.binaryblock + bytes(4)))
    for k in range(shape[2]):
        plane = rng.integers(0, 16, shape[:2], dtype="i2") + k
        plane[(k * 7) % 300:, :] = k
        volume[:, :, k] = plane
        out.write(deflate.compress(plane.tobytes("F")))
    out.write(deflate.flush())
PY
}

compare_cuts() { # array of numpy, mounted field without suffix, seed
  python - "$@" <<'PY'
import sys
import numpy
whole, field, seed = numpy.load(sys.argv[1], mmap_mode="r"), sys.argv[2], int(sys.argv[3])
rng = numpy.random.default_rng(seed)
for _ in range(12):
    start = [int(rng.integers(0, n - 30)) for n in whole.shape]
    stop = [a + int(rng.integers(1, 30)) for a in start]
    cut = ",".join(f"{a}:{b}" for a, b in zip(start, stop))
    found = numpy.load(f"{field}[{cut}].npy")
    wanted = whole[tuple(slice(a, b) for a, b in zip(start, stop))]
    assert found.dtype == wanted.dtype and numpy.array_equal(found, wanted), cut
for k in (0, 749, whole.shape[2] - 1):
    assert numpy.array_equal(numpy.load(f"{field}[:,:,{k}].npy"), whole[:, :, k]), k
PY
}

peak_of() { # mountpoint: kB
  local pid peak most=0
  for pid in $(daemon_of "$1"); do
    peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")
    [ "$peak" -le "$most" ] || most=$peak
  done
  echo "$most"
}

@test "a .nii.gz of 600 MB with a cache of 16 MiB: any cut, little memory, a kept index" {
  make_large "$TMP"
  local options=(-o "cache=16M,state=$TMP/state") all=$((400 * 500 * 1500 * 2))
  mount_tree "$TMP/src" "${options[@]}"
  compare_cuts "$TMP/volume.npy" "$MNT/scans/volume/image" 1
  [ "$(stat_of bytes_decoded)" -ge "$all" ]
  [ "$(peak_of "$MNT")" -le $(((16 + 128) * 1024)) ]
  unmount "$MNT"

  local packed kept
  packed=$(stat -c %s "$TMP/src/volume.nii.gz")
  kept=$(cat "$TMP"/state/gzindex/* | wc -c)
  [ "$kept" -gt 0 ]
  [ "$kept" -le $((packed / 20)) ]

  # no walk any more: a plane costs a few blocks
  mount_tree "$TMP/src" "${options[@]}"
  python -c "open('$MNT/scans/volume/image[:,:,1400].npy', 'rb').read()"
  [ "$(stat_of bytes_decoded)" -le $((all / 20)) ]
  compare_cuts "$TMP/volume.npy" "$MNT/scans/volume/image" 2
  unmount "$MNT"

  # read from start to end: each byte once or little more
  mount_tree "$TMP/src" "${options[@]}"
  python - "$MNT/scans/volume/image.nii" "$TMP/volume.npy" <<'PY'
import sys
import numpy
whole = numpy.load(sys.argv[2], mmap_mode="r")
with open(sys.argv[1], "rb") as mounted:
    mounted.read(352)
    for k in range(whole.shape[2]):
        assert mounted.read(400 * 500 * 2) == whole[:, :, k].tobytes("F"), k
PY
  [ "$(stat_of bytes_decoded)" -le $((all * 2)) ]
  [ "$(peak_of "$MNT")" -le $(((16 + 128) * 1024)) ]
}

@test "a checksum that is wrong at the end of a large .nii.gz: no voxel of it is served" {
  mkdir "$TMP/src"
  python - "$TMP/src" <<'PY'
import sys
import nibabel, numpy
volume = numpy.arange(200 * 200 * 100, dtype="i4").reshape(200, 200, 100)
nibabel.save(nibabel.Nifti1Image(volume, numpy.eye(4)), sys.argv[1] + "/good.nii.gz")
packed = bytearray(open(sys.argv[1] + "/good.nii.gz", "rb").read())
packed[-6] ^= 1
open(sys.argv[1] + "/bad.nii.gz", "wb").write(packed)
PY
  mount_tree "$TMP/src" -o "cache=8M,state=$TMP/state"
  cat "$MNT/scans/good/image[0:5,0:5,0].npy" >/dev/null
  run cat "$MNT/scans/bad/image[0:5,0:5,0].npy"
  [ "$status" -ne 0 ]
  [[ "$output" == *"Input/output error"* ]]
  grep -q "bad.nii.gz: .*incorrect data check" "$MNT/.tesserafs/errors.log"
}
