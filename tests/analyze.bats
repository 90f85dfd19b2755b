#!/usr/bin/env bats
# Analyze 7.5, NIfTI with vox_offset 0, and gzip around what is not NIfTI.

load helpers

@test "Analyze 7.5 and vox_offset 0: voxels, scaling and affine are nibabel's" {
  mkdir "$TMP/d"
  python "$ROOT/tests/python/make/make_analyze.py" "$TMP/d" "$DATA"
  mount_tree "$TMP/d"
  python - "$TMP/d" "$MNT" <<'E'
import glob, os, sys, nibabel, numpy
source, mnt = sys.argv[1:]
seen = 0
for path in sorted(glob.glob(source + "/*.hdr*") + glob.glob(source + "/zero*")):
    name = os.path.basename(path).split(".")[0]
    if name == "colours":
        continue
    image = nibabel.load(path)
    wanted = numpy.asarray(image.dataobj)
    found = numpy.load(f"{mnt}/scans/{name}/image.npy")
    assert found.shape == wanted.shape, (name, found.shape)
    assert found.dtype == wanted.dtype.newbyteorder("="), (name, found.dtype, wanted.dtype)
    assert numpy.array_equal(found, wanted), name
    made = nibabel.load(f"{mnt}/scans/{name}/image.nii")
    assert numpy.array_equal(made.affine.astype("f4"), image.affine.astype("f4")), (name, made.affine, image.affine)
    seen += 1
assert seen >= 21, seen
E
  # a matrix that is not understood leaves no place, rather than a wrong one
  echo "MATLAB 5.0 MAT-file" >"$TMP/d/u1.mat"
  "$TESSERAFS" --cat "$TMP/d" scans/u1/image.nii >"$TMP/u1.nii"
  python -c "
import sys, nibabel, numpy
assert numpy.array_equal(nibabel.load(sys.argv[1]).affine, numpy.eye(4))" "$TMP/u1.nii"
  grep -q "colours.hdr.*datatype 128" "$MNT/.tesserafs/ignored.txt"
  [ -z "$(find "$MNT/scans" -name 'colours*')" ]
}

@test "gzip around HDF5, npy, TIFF or PNG is named as such: ignored.txt, a description's error, SOURCE itself" {
  mkdir "$TMP/d"
  python - "$TMP/d" <<'E'
import gzip, io, sys, h5py, numpy, tifffile, PIL.Image
a = numpy.arange(4000, dtype=numpy.uint8).reshape(40, 100)
def pack(name, write):
    file = io.BytesIO(); write(file)
    open(f"{sys.argv[1]}/{name}.gz", "wb").write(gzip.compress(file.getvalue()))
def h5(file):
    with h5py.File(file, "w") as f:
        f["data"] = a
pack("a.h5", h5)
pack("b.npy", lambda file: numpy.save(file, a))
pack("c.tif", lambda file: tifffile.imwrite(file, a))
pack("d.png", lambda file: PIL.Image.fromarray(a).save(file, "png"))
pack("e.txt", lambda file: file.write(b"text"))
numpy.save(sys.argv[1] + "/ok.npy", a)
E
  mount_tree "$TMP/d"
  [ "$(ls "$MNT/scans")" = ok ]
  local line
  for line in a.h5.gz:HDF5 b.npy.gz:npy c.tif.gz:TIFF d.png.gz:PNG; do
    grep -q "${line%:*}.*gzip around ${line#*:}, .*gunzip" "$MNT/.tesserafs/ignored.txt"
  done
  grep -q "e.txt.gz.*not a known format" "$MNT/.tesserafs/ignored.txt"
  run "$TESSERAFS" --check "$TMP/d"
  [ "$status" -eq 0 ]
  refuses "$TMP/d/a.h5.gz" "gzip around HDF5, which is read unpacked only: unpack it with gunzip"
  echo '{"scans": [{"id": "x", "fields": {"image": "a.h5.gz:data"}}]}' >"$TMP/d/tesserafs.json"
  run "$TESSERAFS" --check "$TMP/d"
  [[ $status == 2 && $output == *"gzip around HDF5"* ]]
}
