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
assert seen >= 19, seen
E
  grep -q "colours.hdr.*datatype 128" "$MNT/.tesserafs/ignored.txt"
  [ -z "$(find "$MNT/scans" -name 'colours*')" ]
}
