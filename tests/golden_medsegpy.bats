#!/usr/bin/env bats
# MedSegPy's own patches, recorded from its code (golden/medsegpy_patches.json), come out of
# patches/preset=medsegpy,size=...,pad=...,stride=.../<scan>/.

load helpers

VECTORS=$GOLDEN/medsegpy_patches.json

mount_golden() {
  mkdir "$TMP/source"
  python "$BATS_TEST_DIRNAME/python/check/golden_medsegpy.py" make "$VECTORS" "$TMP/source"
  mount_tree "$TMP/source"
}

check() { # boxes | errors | voxels
  python "$BATS_TEST_DIRNAME/python/check/golden_medsegpy.py" "$1" "$VECTORS" "$MNT"
}

# bats test_tags=sanitize
@test "items.csv: MedSegPy's boxes, in its order, for every recorded case" {
  mount_golden
  check boxes
}

# bats test_tags=sanitize
@test "what MedSegPy refuses is refused" {
  mount_golden 2>/dev/null
  check errors
  [ "$(grep -c 'preset=medsegpy' "$MNT/.tesserafs/errors.log")" -ge 3 ]
}

@test "the voxels of each patch are numpy.pad of the clipped patch, in every pad mode" {
  mount_golden
  check voxels
}

@test "one more number in size than the scan has axes: the image gets a last axis of 1" {
  mount_golden
  python - "$MNT/patches/preset=medsegpy,size=5x10x15x1,stride=5x10x15/img10x20x30/image/0.npy" <<'PY'
import sys, numpy
assert numpy.load(sys.argv[1]).shape == (5, 10, 15, 1)
PY
}

@test "fewer numbers in size than the scan has axes: slices along the others" {
  mount_golden
  local view=$MNT/patches/preset=medsegpy,size=10x20,stride=1
  [ "$(wc -l <"$view/img10x20x30/items.csv")" -eq 31 ]
  python - "$view/img10x20x30/image/07.npy" <<'PY'
import sys, numpy
want = numpy.arange(6000, dtype="int32").reshape(10, 20, 30)[:, :, 7:8]
assert numpy.array_equal(numpy.load(sys.argv[1]), want)
PY
}

@test "the default stride is 1, remainders are dropped" {
  mount_golden
  [ "$(wc -l <"$MNT/patches/preset=medsegpy,size=3/img7/items.csv")" -eq 6 ]
  [ "$(wc -l <"$MNT/patches/preset=medsegpy,size=3,stride=5/img7/items.csv")" -eq 2 ]
}
