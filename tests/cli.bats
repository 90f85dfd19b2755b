#!/usr/bin/env bats
# The command line without a mount: --ls, --cat, --check, messages and exit statuses.
# bats file_tags=sanitize

load helpers

make_scan() { # path
  "$PYTHON" -c "import numpy, sys; numpy.save(sys.argv[1], numpy.arange(24, dtype='uint8').reshape(2, 3, 4))" "$1"
}

@test "--version prints one line" {
  run "$TESSERAFS" --version
  [ "$status" -eq 0 ]
  [[ "$output" =~ ^tesserafs\ [0-9]+\.[0-9]+ ]]
}

@test "no arguments: usage, exit status 1" {
  run "$TESSERAFS"
  [ "$status" -eq 1 ]
  [[ "$output" == *tesserafs:* ]]
}

@test "a source that does not exist: its name and exit status 2" {
  run "$TESSERAFS" --ls "$TMP/nothing"
  [ "$status" -eq 2 ]
  [[ "$output" == *"$TMP/nothing"*"No such file"* ]]
}

@test "all wrong options are reported at once, the unknown one with the nearest known" {
  run "$TESSERAFS" -o chache=1G,threads=no --ls "$TMP"
  [ "$status" -eq 1 ]
  [[ "$output" == *"chache"*"cache"* ]]
  [[ "$output" == *"threads"*"'no'"* ]]
}

@test "--ls lists one level as ls -1Ap does" {
  make_scan "$TMP/a.npy"
  run "$TESSERAFS" --ls "$TMP"
  [ "$status" -eq 0 ]
  [ "$(LC_ALL=C sort <<<"$output")" = ".tesserafs/
README.txt
chunks/
dataset.json
patches/
scans/
slices/
splits/" ]
  run "$TESSERAFS" --ls "$TMP" scans/a
  [ "$output" = image.npy ]
}

@test "--cat gives the file that numpy saved, a cut of it, and ENOENT with status 2" {
  make_scan "$TMP/a.npy"
  "$TESSERAFS" --cat "$TMP" scans/a/image.npy >"$TMP/out"
  cmp "$TMP/a.npy" "$TMP/out"
  "$TESSERAFS" --cat "$TMP" 'scans/a/image[1,::-1,2:].npy' >"$TMP/cut.npy"
  "$PYTHON" - "$TMP" <<'PY'
import numpy, sys
a, b = numpy.load(sys.argv[1] + "/a.npy"), numpy.load(sys.argv[1] + "/cut.npy")
assert numpy.array_equal(a[1, ::-1, 2:], b), b
PY
  run "$TESSERAFS" --cat "$TMP" scans/a/image.jpg
  [ "$status" -eq 2 ]
  [[ "$output" == *image.jpg* ]]
}

@test "--check: silent status 0 on good data; one line per problem and status 2 on bad" {
  make_scan "$TMP/a.npy"
  run "$TESSERAFS" --check "$TMP"
  [ "$status" -eq 0 ]
  printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\2\x08\0\0\0\0' >"$TMP/b.png"
  run "$TESSERAFS" --check "$TMP"
  [ "$status" -eq 2 ]
  [[ "$output" == *b.png* ]]
}

make_views() {
  mkdir "$TMP/d"
  make_scan "$TMP/d/a.npy"
  python - "$TMP/d" <<'E'
import sys, numpy
for scan in "ab":
    for field in ("image", "label"):
        numpy.save(f"{sys.argv[1]}/{scan}_{field}.npy", numpy.zeros((4, 5, 6), numpy.uint8))
numpy.save(f"{sys.argv[1]}/flat.npy", numpy.zeros((7, 8), numpy.uint8))
E
  cat >"$TMP/d/tesserafs.json" <<'E'
{"scans": [{"id": "{s}", "split": "train", "fields": {"image": "{s}_image.npy", "label": "{s}_label.npy"}},
           {"id": "flat", "split": "test", "fields": {"image": "flat.npy"}}],
 "views": {"patches": {"good": {"size": 3, "stride": 2}, "volumes": {"size": [2, 2, 2]}},
           "slices": {"ax": {"axis": 1}}}}
E
}

@test "--check makes the ends of every declared view; one that fits no scan is a problem, some are none" {
  make_views
  run "$TESSERAFS" --check "$TMP/d"
  echo "$output"
  [ "$status" -eq 0 ]
  sed -i 's/"ax": {"axis": 1}/"ax": {"axis": 3}, "far": {"transforms": ["flip:2"]}/; s/"size": \[2, 2, 2\]/"size": [2, 2, 2, 2]/' \
    "$TMP/d/tesserafs.json"
  run "$TESSERAFS" --check "$TMP/d"
  echo "$output"
  [ "$status" -eq 2 ]
  [[ $output == *"views.patches.volumes: fits no scan; a: size: expected 1 or 3 numbers, found 4"* ]]
  [[ $output == *"views.slices.ax: fits no scan; a: axis: expected less than 3, found 3"* ]]
  [[ $output == *"slices/far/a/image/"*": transforms: flip: axis 2 does not exist"* ]]
  [[ $output == *"3 problems"* ]]
}

@test "--check of a category or a key that the headers lack: a line each, exit status 2" {
  make_views
  python - "$TMP/d" <<'E'
import sys, numpy, h5py
numpy.save(sys.argv[1] + "/m.npy", numpy.zeros((4, 5, 6), numpy.uint8))
with h5py.File(sys.argv[1] + "/m.h5", "w") as f:
    f["data"] = numpy.zeros((4, 5, 6), numpy.uint8)
E
  cat >"$TMP/d/tesserafs.json" <<'E'
{"scans": [{"id": "a", "fields": {"label": {"path": "m.npy", "type": "mask", "categories": [0, 9]}}},
           {"id": "b", "fields": {"label": {"path": "m.h5:nokey", "type": "mask"}}}]}
E
  run "$TESSERAFS" --check "$TMP/d"
  [ "$status" -eq 2 ]
  [[ $output == *"channel 9 does not exist: the last axis has 6 of them"* ]]
  [[ $output == *"expected an array 'nokey'"* ]]
  [[ $output == *"2 problems"* ]]
}

@test "--check of a part reads a scan, a split, a view or a file, and no other; --limit=N" {
  make_views
  truncate -s 200 "$TMP/d/b_label.npy"
  local part
  for part in a scans/a scans/a/image.npy scans/b/image.npy patches/good/a patches/good/b/image slices/ax/flat; do
    run "$TESSERAFS" --check "$TMP/d" "$part"
    echo "$part: $output"
    [ "$status" -eq 0 ]
  done
  for part in b scans scans/b scans/b/label.npy train splits/train good patches/good/b patches/size=4/b; do
    run "$TESSERAFS" --check "$TMP/d" "$part"
    echo "$part: $output"
    [[ $status == 2 && $output == *b_label.npy* ]]
  done
  run "$TESSERAFS" --check "$TMP/d" scans/nobody
  [[ $status == 2 && $output == *"scans/nobody: expected a path, scan, split or view: "* ]]
  run "$TESSERAFS" --check "$TMP/d" patches/good/a --limit=2
  [[ $output == *" $((2 * 2 * 27)) voxels read"* ]]
  run "$TESSERAFS" --check "$TMP/d" patches/good/a
  [[ $output == *" $((2 * 2 * 2 * 3 * 27)) voxels read"* ]]
}

@test "--check makes the first and last pair of each split, also of the default view" {
  python - "$TMP" <<'E'
import os, sys, numpy, nibabel
for role in ("moving_images", "fixed_images", "moving_labels", "fixed_labels"):
    os.makedirs(f"{sys.argv[1]}/d/train/{role}")
    for n in range(3):
        voxels = numpy.full((4, 5, 6), 5 if role == "moving_labels" else 1, numpy.uint8)
        nibabel.save(nibabel.Nifti1Image(voxels, numpy.eye(4)),
                     f"{sys.argv[1]}/d/train/{role}/case{n}.nii.gz")
E
  run "$TESSERAFS" --check "$TMP/d"
  echo "$output"
  [ "$status" -eq 2 ]
  [[ $output == *"pairs/default/train/epoch-0/moving_labels/0: label of "*": expected values from 0 to 1, found 5"* ]]
  [[ $output == *" 2 problems"* ]]
}
