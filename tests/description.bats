#!/usr/bin/env bats
# tesserafs.json: templates, splits, declared views, transforms, raw files, affines; what is said
# about a wrong one; and which files make up a dataset where there is none.

load helpers

# An npy file of the given numpy expression.
make_npy() { # path expression
  mkdir -p "$(dirname "$TMP/source/$1")"
  python -c "import numpy; numpy.save('$TMP/source/$1', $2)"
}

describe() { # stdin: the description
  mkdir -p "$TMP/source"
  cat >"$TMP/source/tesserafs.json"
}

# numpy must agree: "got" is a file of the mount.
expect() { # file expression
  python -c "
import numpy
got = numpy.load('$MNT/$1')
assert $2, (got.dtype, got.shape, got)"
}

# Three cases with an image and a label each.
make_cases() {
  mkdir -p "$TMP/source/raw" "$TMP/source/gt"
  python - "$TMP/source" <<'PY'
import sys, numpy, h5py
for n, name in enumerate(("ant", "bee", "cat_2")):
    numpy.save("%s/raw/%s.npy" % (sys.argv[1], name), numpy.full((6, 5, 4), n, "int16"))
    with h5py.File("%s/gt/%s.h5" % (sys.argv[1], name), "w") as file:
        file["masks/seg"] = numpy.full((6, 5, 4), n + 10, "uint8")
        file["other"] = numpy.zeros(3)
PY
}

CASES='"scans": [{"id": "{case}", "fields": {"image": "raw/{case}.npy", "label": "gt/{case}.h5:masks/seg"}}]'

# bats test_tags=sanitize
@test "a template gathers the files of each scan, in their formats" {
  make_cases
  describe <<<"{$CASES}"
  mount_tree "$TMP/source"
  [ "$(echo "$MNT"/scans/*)" = "$MNT/scans/ant $MNT/scans/bee $MNT/scans/cat_2" ]
  [ "$(echo "$MNT"/scans/bee/*)" = "$MNT/scans/bee/image.npy $MNT/scans/bee/label.npy" ]
  expect scans/bee/image.npy "(got == 1).all() and got.dtype == 'int16'"
  expect scans/cat_2/label.npy "(got == 12).all() and got.dtype == 'uint8'"
  [ "$(readlink -f "$MNT/splits/all/ant")" = "$MNT/scans/ant" ]
}

@test "a field is a mask by its name, or as its type says" {
  make_cases
  describe <<'END'
{"scans": [{"id": "{case}", "fields": {"image": "raw/{case}.npy",
            "label": {"path": "gt/{case}.h5:masks/seg", "type": "img"},
            "other": {"path": "raw/{case}.npy", "type": "mask"}}}]}
END
  mount_tree "$TMP/source"
  local view=slices/axis=0,window=3/bee
  expect "$view/label/0.npy" "got.shape == (5, 4, 3)"
  expect "$view/other/0.npy" "got.shape == (5, 4)"
}

@test "the leftmost name of a template takes the most; ids may nest" {
  make_npy "a_b_003.npy" "numpy.ones((2, 2, 2))"
  make_npy "sub/c_d_004.npy" "numpy.ones((2, 2, 2))"
  describe <<'END'
{"scans": [{"id": "{scan}/{slice}", "fields": {"image": "{scan}_{slice}.npy"}},
           {"id": "deep/{scan}", "fields": {"image": "sub/{scan}_004.npy"}}]}
END
  mount_tree "$TMP/source"
  [ -e "$MNT/scans/a_b/003/image.npy" ]
  [ -e "$MNT/scans/deep/c_d/image.npy" ]
}

@test "splits: ids, patterns, and the split of an entry; links lead into scans/" {
  make_cases
  describe <<END
{$CASES, "splits": {"train": ["ant", "c*"], "test": ["bee"], "monitor-x": ["*"]}}
END
  mount_tree "$TMP/source"
  [ "$(echo "$MNT"/splits/*)" = "$MNT/splits/monitor-x $MNT/splits/test $MNT/splits/train" ]
  [ "$(echo "$MNT"/splits/train/*)" = "$MNT/splits/train/ant $MNT/splits/train/cat_2" ]
  [ "$(echo "$MNT"/splits/monitor-x/* | wc -w)" -eq 3 ]
  cmp "$MNT/splits/test/bee/image.npy" "$MNT/scans/bee/image.npy"
  [[ "$(readlink "$MNT/splits/test/bee")" != /* ]]
}

@test "a split named by its entry" {
  make_cases
  describe <<'END'
{"scans": [{"id": "ant", "split": "train", "fields": {"image": "raw/ant.npy"}},
           {"id": "bee", "split": "test", "fields": {"image": "raw/bee.npy"}}]}
END
  mount_tree "$TMP/source"
  [ -e "$MNT/splits/train/ant/image.npy" ]
  [ -e "$MNT/splits/test/bee/image.npy" ]
  [ ! -e "$MNT/splits/all" ]
}

# bats test_tags=sanitize
@test "declared views are listed and equal the same parameters in a path" {
  make_cases
  describe <<END
{$CASES, "views": {"patches": {"p3": {"size": [3, 3, 3], "stride": [2, 1, 1], "pad": 1,
                                      "pad_mode": "edge", "transforms": [{"window": [0, 4]}]}},
                   "slices": {"sagittal": {"axis": 2, "window": 3, "formats": ["npy", "tif"]}}}}
END
  mount_tree "$TMP/source"
  [ "$(echo "$MNT"/patches/*)" = "$MNT/patches/default $MNT/patches/p3" ]
  [ "$(echo "$MNT"/slices/*)" = "$MNT/slices/default $MNT/slices/sagittal" ]
  diff -r "$MNT/patches/p3/bee" \
    "$MNT/patches/size=3,stride=2x1x1,pad=1,pad_mode=edge,transforms=window:0:4/bee"
  diff -r "$MNT/slices/sagittal/bee" "$MNT/slices/axis=2,window=3,formats=npy+tif/bee"
  [ -e "$MNT/slices/sagittal/bee/image/3.tif" ]
}

@test "a preset in a declared view sets the defaults that other keys change" {
  make_cases
  describe <<END
{$CASES, "views": {"patches": {"m": {"size": [3, 3, 3], "stride": [1, 1, 2], "preset": "medsegpy"}}}}
END
  mount_tree "$TMP/source"
  diff -r "$MNT/patches/m/bee" "$MNT/patches/preset=medsegpy,stride=1x1x2,size=3x3x3/bee"
  [ "$(wc -l <"$MNT/patches/m/bee/items.csv")" -eq 13 ] # 4 * 3 * 1 boxes
}

@test "a preset that changes nothing of a declared view's kind is refused, and those that do are named" {
  make_cases
  describe <<END
{$CASES, "views": {"chunks": {"c": {"preset": "deepreg"}}, "patches": {"p": {"size": 3, "preset": "mednet"}}}}
END
  refuses "$TMP/source" "views.chunks.c: preset: expected one of none|pytc, found 'deepreg'" \
    "views.patches.p: preset: expected one of none|medsegpy|pytc, found 'mednet'"
}

# bats test_tags=sanitize
@test "a raw file: shape, dtype, byte order and offset are said" {
  mkdir "$TMP/source"
  python -c "
import numpy
open('$TMP/source/v.bin', 'wb').write(b'header' + numpy.arange(24).astype('>u2').tobytes())"
  describe <<'END'
{"scans": [{"id": "v", "fields": {"image": {"raw": "v.bin", "shape": [2, 3, 4], "dtype": ">u2", "offset": 6}}}]}
END
  mount_tree "$TMP/source"
  expect scans/v/image.npy "(got == numpy.arange(24).reshape(2, 3, 4)).all() and got.dtype == '<u2'"
}

@test "a raw file that is too short is an error when it is read, not zeros" {
  mkdir "$TMP/source"
  head -c 47 /dev/zero >"$TMP/source/v.bin"
  describe <<'END'
{"scans": [{"id": "v", "fields": {"image": {"raw": "v.bin", "shape": [24], "dtype": "<u2"}}}]}
END
  run "$TESSERAFS" --cat "$TMP/source" scans/v/image.npy
  [ "$status" -eq 2 ]
  [[ "$output" == *v.bin*48*47* ]]
}

@test "affine and spacing of a field are in its NIfTI, and follow its patches" {
  make_cases
  describe <<'END'
{"scans": [{"id": "a", "fields": {"image": {"path": "raw/ant.npy", "spacing": [2, 3, 4]},
    "turned": {"path": "raw/ant.npy", "affine": [[0, 2, 0, 5], [1, 0, 0, 6], [0, 0, -3, 7]]}}}]}
END
  mount_tree "$TMP/source"
  python - "$MNT" <<'PY'
import sys, numpy, nibabel
affine = lambda path: nibabel.load(sys.argv[1] + "/" + path).affine
same = lambda a, b: numpy.allclose(a, b, atol=1e-5)
assert same(affine("scans/a/image.nii"), numpy.diag([2, 3, 4, 1]))
assert same(affine("scans/a/turned.nii.gz"), [[0, 2, 0, 5], [1, 0, 0, 6], [0, 0, -3, 7], [0, 0, 0, 1]])
assert same(affine("patches/size=2/a/turned/at=1x2x3.nii")[:3, 3], [9, 7, -2])
assert same(affine("scans/a/image[::-1,1:,::2].nii"),
            [[-2, 0, 0, 10], [0, 3, 0, 3], [0, 0, 8, 0], [0, 0, 0, 1]])
PY
}

@test "a number as a field is a scalar" {
  make_cases
  describe <<'END'
{"scans": [{"id": "a", "fields": {"image": "raw/ant.npy", "target": 1}}]}
END
  mount_tree "$TMP/source"
  expect scans/a/target.npy "got.shape == () and got == 1"
}

@test "channels first: space begins at the second axis" {
  make_npy a.npy "numpy.arange(2 * 6 * 5 * 4).reshape(2, 6, 5, 4)"
  describe <<'END'
{"scans": [{"id": "a", "channels": "first", "spatial": 3, "fields": {"image": "a.npy"}}]}
END
  mount_tree "$TMP/source"
  [ "$(head -1 "$MNT/patches/size=3/a/items.csv")" = item,scan,split,start_0,start_1,start_2,stop_0,stop_1,stop_2 ]
  expect "patches/size=3/a/image/at=1x2x1.npy" \
    "(got == numpy.arange(240).reshape(2, 6, 5, 4)[:, 1:4, 2:5, 1:4]).all()"
}

@test "seed and formats of a description; a description as SOURCE; config= and root=" {
  make_cases
  mkdir "$TMP/elsewhere"
  echo "{$CASES, \"seed\": 7, \"formats\": [\"nii.gz\"]}" >"$TMP/elsewhere/d.json"
  mount_tree "$TMP/elsewhere/d.json" -o "root=$TMP/source"
  [ "$(echo "$MNT"/scans/ant/*)" = "$MNT/scans/ant/image.nii.gz $MNT/scans/ant/label.nii.gz" ]
  grep -q '"seed": 7' "$MNT/.tesserafs/config.json"
  local first=$MNT
  mount_tree "$TMP/source" -o "config=$TMP/elsewhere/d.json,root=$TMP/source"
  diff -r "$first/scans" "$MNT/scans"
}

# --- what is said about a wrong one ------------------------------------------------------------

# bats test_tags=sanitize
@test "all problems are reported, each with its exact place, what was expected and found" {
  make_cases
  describe <<'END'
{"scans": [{"id": "{c}", "fields": {"image": "raw/{c}.npy", "label": {"path": "gt/{c}.h5:masks/seg",
             "type": "msk", "transfoms": ["minmax"]}}}],
 "views": {"patches": {"p64": {"size": [64, 0, 64]}, "q": {"sise": 3}, "w": {"pad_mode": "wrap"}},
           "slices": {"s": {"window": 4}}}, "sed": 7}
END
  mkdir "$TMP/mnt"
  run "$TESSERAFS" "$TMP/source" "$TMP/mnt"
  [ "$status" -eq 2 ]
  local expected
  while read -r expected; do
    grep -qF "tesserafs.json: $expected" <<<"$output" || fail "no '$expected' in: $output"
  done <<'END'
views.patches.p64.size: expected
views.patches.q: unknown key 'sise'; did you mean 'size'?
views.patches.w.pad_mode: expected one of reflect|edge|symmetric|constant, found "wrap"
views.slices.s: window: expected an odd number, found 4
scans[0].fields.label.type: expected one of img|mask, found "msk"
scans[0].fields.label: unknown key 'transfoms'; did you mean 'transforms'?
unknown key 'sed'; did you mean 'seed'?
END
  grep -q 'p64.size: .*positive integers.*found \[64, 0, 64\]' <<<"$output"
  [ "$(wc -l <<<"$output")" -eq 7 ]
}

@test "what is no JSON is reported by line and column" {
  describe <<<'{"scans": [
  {"id" "a"}]}'
  run "$TESSERAFS" --ls "$TMP/source"
  [ "$status" -eq 2 ]
  [[ "$output" == *"tesserafs.json: line 2, column "* ]]
}

@test "a template that matches nothing, a scan that lacks a field, a split of nobody" {
  make_cases
  rm "$TMP/source/gt/bee.h5"
  describe <<'END'
{"scans": [{"id": "{c}", "fields": {"image": "raw/{c}.npy", "label": "gt/{c}.h5:masks/seg"}},
           {"id": "x{d}", "fields": {"image": "none/{d}.npy"}}]}
END
  run "$TESSERAFS" --ls "$TMP/source"
  [ "$status" -eq 2 ]
  [[ "$output" == *"scans[0].fields.label: scan 'bee' has no file that matches 'gt/{c}.h5"* ]]
  [[ "$output" == *"scans[1].fields.image: no file matches 'none/{d}.npy'"* ]]
  describe <<<'{"scans": [{"id": "ant", "fields": {"image": "raw/ant.npy"}}], "splits": {"train": ["amt"]}}'
  run "$TESSERAFS" --ls "$TMP/source"
  [[ "$output" == *"splits.train[0]: no scan matches 'amt'; did you mean 'ant'?"* ]]
}

@test "two scans of one id are an error" {
  make_cases
  describe <<'END'
{"scans": [{"id": "a", "fields": {"image": "raw/ant.npy"}}, {"id": "a", "fields": {"image": "raw/bee.npy"}}]}
END
  run "$TESSERAFS" --ls "$TMP/source"
  [ "$status" -eq 2 ]
  [[ "$output" == *"tesserafs.json: "*"'a'"* || "$output" == *"tesserafs: "*"'a'"* ]]
}

@test "a description found in SOURCE may not lead out of it; one that is named may" {
  make_cases
  python -c "import numpy; numpy.save('$TMP/secret.npy', numpy.zeros((2, 2)))"
  describe <<<'{"scans": [{"id": "a", "fields": {"image": "../secret.npy"}}]}'
  run "$TESSERAFS" --ls "$TMP/source"
  [ "$status" -eq 2 ]
  [[ "$output" == *"scans[0].fields.image: '../secret.npy' points outside"* ]]
  run "$TESSERAFS" --ls "$TMP/source" scans -o "config=$TMP/source/tesserafs.json"
  [ "$output" = a/ ]
}

# --- directories without a description ---------------------------------------------------------

# bats test_tags=sanitize
@test "images/ and labels/ of equal names are scans with the fields image and label" {
  make_npy images/x.npy "numpy.zeros((3, 4, 5), 'int16')"
  make_npy images/sub/y.npy "numpy.ones((3, 4, 5), 'int16')"
  make_npy labels/x.npy "numpy.full((3, 4, 5), 7, 'u1')"
  make_npy labels/sub/y.npy "numpy.full((3, 4, 5), 8, 'u1')"
  make_npy labels/z.npy "numpy.zeros((3, 4, 5), 'u1')"
  mount_tree "$TMP/source"
  [ "$(echo "$MNT"/scans/x/*)" = "$MNT/scans/x/image.npy $MNT/scans/x/label.npy" ]
  expect scans/sub/y/label.npy "(got == 8).all()"
  [ ! -e "$MNT/scans/z" ]
  grep -q '^labels/z.npy: no image' "$MNT/.tesserafs/ignored.txt"
}

@test "images/ and labels/ of 2-D files: one scan each, or one stack when named by numbers" {
  local n
  mkdir -p "$TMP/source/images" "$TMP/source/labels"
  for n in 1 2 10; do
    make_npy "images/$n.npy" "numpy.full((4, 5), $n, 'u1')"
    make_npy "labels/$n.npy" "numpy.full((4, 5), $n + 100, 'u1')"
  done
  mount_tree "$TMP/source"
  expect scans/source/image.npy "got.shape == (3, 4, 5) and list(got[:, 0, 0]) == [1, 2, 10]"
  expect scans/source/label.npy "list(got[:, 0, 0]) == [101, 102, 110]"
  for n in 1 2 10; do
    mv "$TMP/source/images/$n.npy" "$TMP/source/images/s$n.npy"
    mv "$TMP/source/labels/$n.npy" "$TMP/source/labels/s$n.npy"
  done
  mount_tree "$TMP/source"
  expect scans/s10/label.npy "got.shape == (4, 5) and (got == 110).all()"
}

@test "nnU-Net: channels are fields, Tr and Ts are splits" {
  local n
  for n in 0 1; do
    make_npy "imagesTr/case_7_000$n.npy" "numpy.full((3, 4, 5), $n, 'i2')"
  done
  make_npy imagesTr/one_0000.npy "numpy.ones((3, 4, 5), 'i2')"
  make_npy labelsTr/case_7.npy "numpy.full((3, 4, 5), 9, 'u1')"
  make_npy labelsTr/one.npy "numpy.full((3, 4, 5), 9, 'u1')"
  make_npy imagesTs/new_0000.npy "numpy.ones((3, 4, 5), 'i2')"
  mount_tree "$TMP/source"
  [ "$(cd "$MNT/scans/case_7" && echo *)" = "image_0000.npy image_0001.npy label.npy" ]
  [ "$(cd "$MNT/scans/one" && echo *)" = "image.npy label.npy" ]
  expect scans/case_7/image_0001.npy "(got == 1).all()"
  [ "$(cd "$MNT/splits" && echo */*)" = "test/new train/case_7 train/one" ]
}

@test "a clash of names: the later keeps its suffix, and ignored.txt says so" {
  make_npy a.npy "numpy.zeros((2, 3, 4))"
  python -c "
import numpy, PIL.Image
PIL.Image.fromarray(numpy.zeros((4, 4), 'uint8')).save('$TMP/source/a.png')"
  mount_tree "$TMP/source"
  expect scans/a/image.npy "got.shape == (2, 3, 4)"
  expect scans/a.png/image.npy "got.shape == (4, 4)"
  grep -q '^a.png: .*a.png' "$MNT/.tesserafs/ignored.txt"
}

@test "a scan a/b beside a field b of the scan a keeps its suffix; no name is listed twice" {
  mkdir "$TMP/source"
  python - "$TMP/source" <<'PY'
import os, sys, h5py, numpy
os.chdir(sys.argv[1])
with h5py.File("a.h5", "w") as file:
    file["b"], file["c"] = numpy.zeros((3, 4, 5)), numpy.zeros((3, 4, 5))
os.mkdir("a")
numpy.save("a/b.npy", numpy.ones((2, 2, 2)))
PY
  mount_tree "$TMP/source"
  grep -q "^a/b.npy: .*'a/b' clashes" "$MNT/.tesserafs/ignored.txt"
  expect scans/a/b.npy/image.npy "got.shape == (2, 2, 2)"
  [ "$(cd "$MNT/scans/a" && echo *)" = "b.npy c.npy" ]
  expect "scans/a/b[:].npy" "got.shape == (3, 4, 5)"
  expect patches/default/a/b/0.npy "got.shape == (3, 4, 5)"
  cp -r "$MNT/scans" "$TMP/copy"
}

# bats test_tags=sanitize
@test "symlinks are followed, loops are cut" {
  make_npy dir/a.npy "numpy.zeros((2, 3, 4))"
  ln -s .. "$TMP/source/dir/up"
  ln -s loop "$TMP/source/loop"
  mkdir "$TMP/other"
  cp "$TMP/source/dir/a.npy" "$TMP/other/b.npy"
  ln -s "$TMP/other" "$TMP/source/linked"
  ln -s dir/a.npy "$TMP/source/c.npy"
  mount_tree "$TMP/source"
  [ "$(cd "$MNT/scans" && find . -name 'image.npy' | LC_ALL=C sort | xargs)" = \
    "./c/image.npy ./dir/a/image.npy ./linked/b/image.npy" ]
  grep -q '^dir/up: .*symlink' "$MNT/.tesserafs/ignored.txt"
  grep -q '^loop: ' "$MNT/.tesserafs/ignored.txt"
}

@test "tesserafs . mnt, with relative paths, does not enter itself" {
  need_fuse
  make_npy a.npy "numpy.zeros((2, 3, 4))"
  mkdir "$TMP/source/mnt"
  MNT=$TMP/source/mnt
  MOUNTS+=("$MNT")
  (cd "$TMP/source" && "$TESSERAFS" . mnt 3>&-)
  [ "$(cd "$MNT/scans" && echo *)" = a ]
  [ "$(find "$MNT" -name image.npy | wc -l)" -eq 1 ]
}
