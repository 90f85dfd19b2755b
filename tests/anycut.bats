#!/usr/bin/env bats
# Any cut: whatever part of a virtual file is read, in whatever order, by however many
# threads, its bytes are those of one sequential read.  One test a source format; each goes
# through all dtypes and encodings (tests/python/check/anycut.py).

load helpers

any_cut() { # format
  local made
  made=$("$PYTHON" "$BATS_TEST_DIRNAME/python/check/anycut.py" make "$1" "$TMP/src")
  mount_tree "$TMP/src"
  local first=$MNT
  [ "$(find "$first/scans" -mindepth 1 -maxdepth 1 | wc -l)" -eq "$made" ]
  mount_tree "$TMP/src" -o cache=1M
  "$PYTHON" "$BATS_TEST_DIRNAME/python/check/anycut.py" check "$first" "$MNT" "${SEED:-1}"
}

@test "any cut of what comes from npy" {
  any_cut npy
}

@test "any cut of what comes from npy in Fortran order" {
  any_cut fortran
}

# bats test_tags=sanitize
@test "any cut of what comes from chunked, compressed HDF5" {
  any_cut h5
}

@test "any cut of what comes from contiguous HDF5" {
  any_cut contiguous
}

@test "any cut of what comes from HDF5 with a filter that only libhdf5 knows" {
  any_cut scaleoffset
}

@test "any cut of what comes from NIfTI" {
  any_cut nii
}

@test "any cut of what comes from compressed NIfTI" {
  any_cut nii.gz
}

@test "any cut of what comes from TIFF" {
  any_cut tif
}

@test "any cut of what comes from a stack of PNG" {
  any_cut png
}
