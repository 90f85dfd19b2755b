#!/usr/bin/env bats
# MedSegPy's directories and its lists of dataset dicts, mounted as they are.
# shellcheck disable=SC2012 # ls: the names here are plain

load helpers

make() { # directory layout
  mkdir -p "$1"
  python "$BATS_TEST_DIRNAME/python/make/make_medsegpy.py" "$1" "$2"
}

check() { # [scan=number...]
  python "$BATS_TEST_DIRNAME/python/check/medsegpy_check.py" "$MNT" "$@"
}

# Runs --ls on a list of dicts written by Python: `dicts` starts as those of the slices in $TMP/s
# (or, with kind volumes, of the volumes), the code on stdin changes it.
list_of() { # kind [tesserafs options...]
  local kind=$1
  shift
  python - "$TMP/list.json" "$TMP/$kind" "$kind" 3<&0 <<'PY'
import json, os, sys
out, root, kind = sys.argv[1:]
dicts = []
for scan in ("0000001_V00", "0000002_V00"):
    if kind == "s":
        dicts += [{"file_name": "s/%s-Aug00_%03d.im" % (scan, k), "sem_seg_file": "s/%s-Aug00_%03d.seg" % (scan, k),
                   "scan_id": scan, "slice_id": k, "scan_num_slices": 7, "subject_id": scan[:7], "time_point": 0,
                   "scan_spacing": [0.5, 0.25, 2]} for k in range(1, 8)]
    elif kind == "v":
        dicts.append({"file_name": "v/%s.h5" % scan, "sem_seg_file": "v/%s.h5" % scan, "scan_id": scan,
                      "image_size": [6, 5, 7]})
    elif kind == "sep":
        dicts.append({"file_name": "sep/%s.im" % scan, "sem_seg_file": "sep/%s.seg" % scan, "scan_id": scan})
    else:
        dicts.append({"file_name": None, "singlefile_path": "one/all.h5", "scan_id": scan, "image_size": [6, 5, 7]})
exec(os.fdopen(3).read())
json.dump(dicts, open(out, "w"))
PY
}

# bats test_tags=sanitize
@test "2-D files are gathered along the third axis, HxWx1 and HxW" {
  local layout
  for layout in slices flat; do
    make "$TMP/$layout" "$layout"
    mount_tree "$TMP/$layout"
    check
    [ "$(ls "$MNT/scans/0000001_V00")" = $'image.npy\nlabel.npy' ]
  done
}

@test "3-D files: volume and seg of one file, two files, one file for all scans" {
  local layout
  for layout in volumes separate single; do
    make "$TMP/$layout" "$layout"
    mount_tree "$TMP/$layout"
    check
  done
  mount_tree "$TMP/single/all.h5"
  check
}

@test "HDF5 files that hold more than volume and seg keep the names of their arrays" {
  mkdir "$TMP/s"
  python - "$TMP/s" <<'PY'
import sys, h5py, numpy
with h5py.File(sys.argv[1] + "/qdess.h5", "w") as file:
    for key in ("echo1", "echo2", "rms"):
        file[key] = numpy.zeros((4, 5, 6), "f4")
    file["seg"] = numpy.zeros((4, 5, 6, 2), "u1")
    file["volume"] = numpy.zeros((4, 5, 6), "f4")
PY
  mount_tree "$TMP/s"
  [ "$(ls "$MNT/scans/qdess" | tr '\n' ' ')" = "echo1.npy echo2.npy rms.npy seg.npy volume.npy " ]
}

@test "a missing slice is an error that names it and moves no neighbour" {
  make "$TMP/s" slices
  rm "$TMP/s/0000001_V00-Aug00_003.im"
  mount_tree "$TMP/s"
  run cat "$MNT/scans/0000001_V00/image.npy"
  [ "$status" -ne 0 ]
  grep -q 003 "$MNT/.tesserafs/errors.log"
  grep -q '1 of the 7 slices' "$MNT/.tesserafs/ignored.txt"
  check 0000002_V00=1
  python - "$MNT/slices/axis=2/0000001_V00/image" <<'PY'
import sys, make_medsegpy, numpy
want = make_medsegpy.volume(0)
for k in (0, 1, 3, 6):
    assert numpy.array_equal(numpy.load("%s/%d.npy" % (sys.argv[1], k)), want[:, :, k]), k
PY
}

@test "augmented copies are scans of their own; alone they keep the plain id" {
  mkdir "$TMP/s" "$TMP/t"
  python - "$TMP/s" "$TMP/t" <<'PY'
import sys, make_medsegpy
make_medsegpy.slices(sys.argv[1])
make_medsegpy.slices(sys.argv[1], aug=2)
make_medsegpy.slices(sys.argv[2], aug=4)
PY
  mount_tree "$TMP/s"
  [ "$(ls "$MNT/scans" | tr '\n' ' ')" = \
    "0000001_V00 0000001_V00-Aug02 0000002_V00 0000002_V00-Aug02 " ]
  check
  python - "$MNT/scans/0000001_V00"{,-Aug02}/image.npy <<'PY'
import sys, numpy
plain, augmented = map(numpy.load, sys.argv[1:])
assert numpy.array_equal(plain + 2, augmented)
PY
  mount_tree "$TMP/t"
  [ "$(ls "$MNT/scans" | tr '\n' ' ')" = "0000001_V00 0000002_V00 " ]
}

@test "the recorded file names: what MedSegPy cannot parse is ignored with the reason" {
  mkdir "$TMP/s"
  python - "$TMP/s" "$GOLDEN/medsegpy_legacy.json" >"$TMP/want" <<'PY'
import json, os, sys, h5py, numpy
root, vectors = sys.argv[1:]
for case in json.load(open(vectors))["parse"]:
    name = os.path.basename(case["name"])
    stem, suffix = os.path.splitext(name)
    with h5py.File("%s/%s%s" % (root, stem, suffix or ".im"), "w") as file:
        file["data"] = numpy.zeros((4, 3, 1), "f4")
    if suffix == ".seg":  # a mask needs its image
        os.link("%s/%s.seg" % (root, stem), "%s/%s.im" % (root, stem))
    if "error" in case:
        print("ignored", stem)
    else:
        print("scan %07d_V%02d" % (case["info"]["pid"], case["info"]["timepoint"]))
PY
  mount_tree "$TMP/s"
  local kind name
  while read -r kind name; do
    if [ "$kind" = scan ]; then
      [ -d "$MNT/scans/$name" ] || fail "no scan $name"
    else
      grep -q "^$name.*expected a name like" "$MNT/.tesserafs/ignored.txt" || fail "$name"
    fi
  done <"$TMP/want"
}

@test "the recorded groups of slices are patches of that depth" {
  mkdir "$TMP/s"
  python - "$TMP/s" <<'PY'
import sys, h5py, numpy
for k in range(1, 13):
    with h5py.File("%s/0000001_V00-Aug00_%03d.im" % (sys.argv[1], k), "w") as file:
        file["data"] = numpy.full((4, 4, 1), k, "u1")
PY
  mount_tree "$TMP/s"
  python - "$MNT/patches/preset=medsegpy,size=4x4x4,stride=4x4x4/0000001_V00/image" "$GOLDEN/medsegpy_legacy.json" <<'PY'
import json, sys, numpy
vectors = json.load(open(sys.argv[2]))
for slice_number, names in vectors["slice_groups"].items():
    if not slice_number.isdigit():
        continue
    number = (int(slice_number) - 1) // vectors["slice_group_size"]
    found = numpy.load("%s/%d.npy" % (sys.argv[1], number))[0, 0]
    assert found.tolist() == [int(n[-3:]) for n in names], (slice_number, found)
PY
}

@test "directories named after splits are splits; no mask, no label" {
  make "$TMP/s/train" slices
  make "$TMP/s/test" slices
  rm "$TMP"/s/test/*.seg
  mount_tree "$TMP/s"
  check train/0000001_V00=0 train/0000002_V00=1
  [ "$(ls "$MNT/splits/test/test")" = $'0000001_V00\n0000002_V00' ] || ls -R "$MNT/splits"
  [ "$(ls "$MNT/scans/test/0000001_V00")" = image.npy ]
}

@test "two files of one slice, a mask without image, another file: told, not used" {
  make "$TMP/s" slices
  cp "$TMP/s/0000001_V00-Aug00_001.im" "$TMP/s/1_V0-Aug0_1.im"
  cp "$TMP/s/0000001_V00-Aug00_001.seg" "$TMP/s/0000001_V00-Aug00_009.seg"
  cp "$TMP/s/0000001_V00-Aug00_001.seg" "$TMP/s/0000009_V00-Aug00_001.seg"
  echo text >"$TMP/s/notes.txt"
  mount_tree "$TMP/s"
  check
  grep -q '_V0.*another file is the same slice\|0000001_V00-Aug00_001.im.*another file is' "$MNT/.tesserafs/ignored.txt"
  grep -q '^0000001_V00-Aug00_009.seg: no image of this slice' "$MNT/.tesserafs/ignored.txt"
  grep -q '^0000009_V00-Aug00_001.seg: no image of this name' "$MNT/.tesserafs/ignored.txt"
  grep -q '^notes.txt' "$MNT/.tesserafs/ignored.txt"
}

# bats test_tags=sanitize
@test "a list of dicts: slices, volumes, two files, one file for all" {
  make "$TMP/s" slices
  make "$TMP/v" volumes
  make "$TMP/sep" separate
  make "$TMP/one" single
  local kind
  for kind in s v sep one; do
    list_of "$kind" <<<'dicts.reverse()'
    mount_tree "$TMP/list.json"
    check
  done
}

@test "a list in tesserafs.json; scan_spacing is the spacing" {
  make "$TMP/s" slices
  list_of s </dev/null
  mv "$TMP/list.json" "$TMP/tesserafs.json"
  mount_tree "$TMP" # MOUNTPOINT lies in SOURCE
  check
  python - "$MNT/scans/0000001_V00/image.nii" <<'PY'
import sys, nibabel, numpy
assert numpy.allclose(nibabel.load(sys.argv[1]).header.get_zooms(), (0.5, 0.25, 2))
PY
}

@test "a list without masks has no labels; slices that it leaves out are holes" {
  make "$TMP/s" slices
  list_of s <<'PY'
for d in dicts:
    del d["sem_seg_file"]
dicts = [d for d in dicts if d["slice_id"] != 4]
PY
  mount_tree "$TMP/list.json"
  [ "$(ls "$MNT/scans/0000001_V00")" = image.npy ]
  run cat "$MNT/scans/0000001_V00/image.npy"
  [ "$status" -ne 0 ]
  grep -q 004 "$MNT/.tesserafs/errors.log"
  cat "$MNT/slices/axis=2/0000001_V00/image/4.npy" >/dev/null
}

@test "image_size smaller than a volume cuts it, as MedSegPy does" {
  make "$TMP/v" volumes
  list_of v <<<'dicts[1]["image_size"] = [6, 5, 4]'
  mount_tree "$TMP/list.json"
  check 0000001_V00=0
  python - "$MNT/scans/0000002_V00" <<'PY'
import sys, make_medsegpy, numpy
for field, want in ("image", make_medsegpy.volume(1)), ("label", make_medsegpy.seg(1)):
    assert numpy.array_equal(numpy.load("%s/%s.npy" % (sys.argv[1], field)), want[:, :, :4]), field
PY
}

@test "contradictions in a list are refused, all of them at once" {
  make "$TMP/s" slices
  list_of s <<'PY'
dicts[1]["slice_id"] = 1
dicts[2]["file_name"] = "s/nothing.im"
dicts[3]["slice_id"] = 8
dicts[4]["slice_id"] = "5"
dicts[5]["scan_num_slices"] = 9
dicts[6]["sem_seg_file"] = 3
for d in dicts[7:]:
    d["image_size"] = [6, 5, 9]
del dicts[13]["scan_id"]
dicts += [7, {"file_name": "s", "scan_id": "x"}]
PY
  refuses "$TMP/list.json" '[1].slice_id: slice 1' "[2].file_name: $TMP/s/nothing.im" '[3].slice_id: expected at most 7' \
    '[4].slice_id: expected a whole number' '[5].scan_num_slices: expected 7' '[6].sem_seg_file: expected' \
    'image_size: expected at most 6x5x7' '[13].scan_id: expected a text' '[14]: expected a dataset dict' \
    '[15].file_name'
}

@test "volumes of a list: the wrong array, size or mask are refused" {
  make "$TMP/v" volumes
  make "$TMP/sep" separate
  list_of v <<'PY'
dicts[0]["image_size"] = [6, 5, 8]
dicts[1]["sem_seg_file"] = "sep/0000002_V00.seg"
dicts.append({"file_name": "v/0000001_V00.h5", "sem_seg_file": "v/0000001_V00.h5", "scan_id": "0000001_V00"})
dicts.append({"file_name": "sep/0000001_V00.im", "sem_seg_file": "sep/0000001_V00.im", "scan_id": "c"})
dicts.append({"file_name": "sep/0000001_V00.im", "sem_seg_file": "sep/small.seg", "scan_id": "d"})
import h5py, numpy
with h5py.File(root + "/../sep/small.seg", "w") as file:
    file["data"] = numpy.zeros((6, 5, 6, 2), "u1")
PY
  refuses "$TMP/list.json" "[1].file_name: $TMP/v/0000002_V00.h5: expected an array 'data'" "'0000001_V00' is the volume of entry 0" \
    "expected an array 'volume'" "[4].sem_seg_file: $TMP/sep/small.seg is 6x5x6x2"
  list_of v <<<'dicts[0]["image_size"] = [6, 5, 8]'
  refuses "$TMP/list.json" '[0].image_size: expected at most 6x5x7'
}

@test "damaged files of a list: the rest works; nothing that works is refused" {
  make "$TMP/s" slices
  local file
  for file in "$TMP"/s/0000001_V00*.im; do
    truncate -s 1000 "$file"
  done
  list_of s </dev/null
  mount_tree "$TMP/list.json"
  check 0000002_V00=1
  [ "$(ls "$MNT/scans")" = 0000002_V00 ]
  run "$TESSERAFS" --check "$TMP/list.json"
  [ "$status" -eq 2 ]
  for file in "$TMP"/s/0000002_V00*.im; do
    truncate -s 1000 "$file"
  done
  refuses "$TMP/list.json" 'no scan can be used'
}

@test "a list found inside SOURCE may not name files outside of it" {
  make "$TMP/s" slices
  mkdir "$TMP/inner"
  list_of s <<<'[d.update(file_name="../" + d["file_name"], sem_seg_file="../" + d["sem_seg_file"]) for d in dicts]'
  mv "$TMP/list.json" "$TMP/inner/tesserafs.json"
  run "$TESSERAFS" --ls "$TMP/inner"
  [ "$status" -eq 2 ]
  grep -q 'points outside' <<<"$output"
  mount_tree "$TMP/inner" -o config="$TMP/inner/tesserafs.json"
  check
}

# bats test_tags=sanitize
@test "every recorded element of MedSegPy's loaders is an item of slices/ or patches/" {
  make "$TMP/s" slices
  make "$TMP/v" volumes
  list_of v <<<'dicts[1]["image_size"] = [6, 5, 4]'
  local source mounts=()
  for source in "$TMP/s" "$TMP/v" "$TMP/list.json"; do
    mount_tree "$source"
    mounts+=("$MNT")
  done
  python "$BATS_TEST_DIRNAME/python/check/golden_medsegpy_loaders.py" "$GOLDEN/medsegpy_loaders.json" "${mounts[@]}"
}
