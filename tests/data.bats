#!/usr/bin/env bats
# The real files of ../shared/data, in every encoding, against the readers that people use.
# tests/python/model/dataset_model.py works out from the contract which scans and fields there must be;
# tests/formats.bats has generated files of the same kinds.

load helpers

# Compares a directory with its mount; no file of it may go uncounted.
compare_all() { # directory [subdirectory to leave out]
  local source=$1 skip=${2:-} files refused total
  mount_tree "$source"
  run python "$BATS_TEST_DIRNAME/python/check/data_oracle.py" "$source" "$MNT" ${skip:+"$skip"}
  echo "$output"
  [ "$status" -eq 0 ]
  files=$(sed -n 's/^files=\([0-9]*\) .*/\1/p' <<<"$output")
  refused=$(sed -n 's/.* refused=\([0-9]*\) .*/\1/p' <<<"$output")
  total=$(find "$source" -type f -not -path "$source/${skip:-none}/*" | wc -l)
  [ "$((files + refused))" -eq "$total" ]
}

@test "every file of ../shared/data reads back equal, in every encoding that can hold it" {
  need_data
  compare_all "$DATA" corrupt
}

# bats test_tags=sanitize
@test "a directory of HDF5 files by itself" {
  need_data
  compare_all "$DATA/h5_small"
}

# bats test_tags=sanitize
@test "a directory of TIFF files by itself" {
  need_data
  compare_all "$DATA/tiff"
}

# bats test_tags=sanitize
@test "a directory of 16-bit PNG slices is one scan, named after the directory" {
  need_data
  compare_all "$DATA/png16"
  [ -e "$MNT/scans/png16/image.npy" ]
}

@test "image/ and label/ at the root are one scan with two fields, slice by slice" {
  need_data
  mount_tree "$DATA/em_isbi2012"
  python - "$DATA/em_isbi2012" "$MNT/scans/em_isbi2012" <<'PY'
import sys, numpy, PIL.Image
source, scan = sys.argv[1:]
for field in "image", "label":
    got = numpy.load("%s/%s.npy" % (scan, field))
    want = numpy.stack([numpy.array(PIL.Image.open("%s/%s/%d.png" % (source, field, i)))
                        for i in range(30)])
    assert got.dtype == want.dtype and numpy.array_equal(got, want), field
PY
}

# bats test_tags=sanitize
@test "one data file as SOURCE is one scan" {
  need_data
  mount_tree "$DATA/nifti_odd/functional.nii"
  [ "$(ls "$MNT/scans")" = functional ]
  python - "$DATA/nifti_odd/functional.nii" "$MNT/scans/functional/image.nii.gz" <<'PY'
import sys, numpy, nibabel
want, got = map(nibabel.load, sys.argv[1:])
assert numpy.array_equal(want.dataobj, got.dataobj)
assert numpy.allclose(want.affine, got.affine, rtol=1e-6)
assert got.header.get_xyzt_units() == want.header.get_xyzt_units()
assert got.header.get_zooms() == want.header.get_zooms()
PY
}
