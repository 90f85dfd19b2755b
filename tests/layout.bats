#!/usr/bin/env bats
# What is found in a directory without a description: masks, splits, pairs, stacks, lists of files.

bats_require_minimum_version 1.5.0
load helpers

# Writes small arrays: "PATH" or "PATH=INTENT" of a NIfTI file, "PATH=SHAPE:DTYPE[:VALUE]" of an image or
# a volume by its suffix.  Each voxel is the value, else its index.
make_files() { # path...
  (cd "$SOURCE" && "$PYTHON" -B - "$@" <<'PY'
import os, sys
import numpy as np

for word in sys.argv[1:]:
    path, _, how = word.partition("=")
    parts = how.split(":")
    shape = tuple(map(int, parts[0].split("x"))) if parts[0][:1].isdigit() else (4, 5, 6)
    dtype = parts[1] if len(parts) > 1 else "int16"
    n = int(np.prod(shape))
    array = np.full(shape, int(parts[2])) if len(parts) > 2 else np.arange(n).reshape(shape) % 251
    array = array.astype(dtype)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    if ".nii" in path or path.endswith(".img"):
        import nibabel
        image = (nibabel.Nifti1Pair if path.endswith(".img") else nibabel.Nifti1Image)(array, np.diag([2, 2, 3, 1.0]))
        if parts[0] and not parts[0][0].isdigit():
            image.header.set_intent(parts[0])
        nibabel.save(image, path)
    elif path.endswith(".npy"):
        np.save(path, array)
    elif path.endswith(".tif"):
        import tifffile
        tifffile.imwrite(path, array)
    else:
        from PIL import Image
        Image.fromarray(array).save(path)
PY
  )
}

# The fields of all scans: a line "scan field type: reason" each, in order.
types_of() {
  "$TESSERAFS" --cat "$SOURCE" dataset.json | "$PYTHON" -c '
import json, sys
for scan in json.load(sys.stdin)["scans"]:
    for name, field in scan["fields"].items():
        print(scan["id"], name, field["type"] + ":", field["type_reason"])'
}

ignored() {
  "$TESSERAFS" --cat "$SOURCE" .tesserafs/ignored.txt
}

# The text stands on a line of its own in the output of the last `run`.
has_line() { # text...
  local line
  for line in "$@"; do
    grep -qxF -- "$line" <<<"$output" || fail "no line: $line
in:
$output"
  done
}


make_source() {
  SOURCE=$TMP/source
  mkdir -p "$SOURCE"
}

@test "a mask is known by whole words of the nearest name, and dataset.json says which" {
  make_source
  make_files vol.nii.gz a_lesion.nii.gz GT/a.nii manual_masks/b.nii x/lungMask.nii masked_image.nii \
    unlabeled/a.nii labels/img_1.nii masks/a.img few.nii=3x3x3:uint8:1 s/mask_1.png=3x4:uint8 \
    s/mask_2.png=3x4:uint8
  run types_of
  has_line "vol image img: neither a name nor a header says mask" \
    "a_lesion image mask: the word 'lesion' in the file's name" \
    "GT/a image mask: the word 'gt' in the directory's name" \
    "manual_masks/b image mask: the word 'masks' in the directory's name" \
    "x/lungMask image mask: the word 'mask' in the file's name" \
    "masked_image image img: the word 'image' in the file's name" \
    "unlabeled/a image img: neither a name nor a header says mask" \
    "labels/img_1 image img: the word 'img' in the file's name" \
    "masks/a image mask: the word 'masks' in the directory's name" \
    "few image img: neither a name nor a header says mask" \
    "s image mask: the word 'mask' in the file's name"
}

@test "NIfTI's intent label makes a mask, and is kept in whole arrays, patches and slices" {
  make_source
  make_files organ.nii.gz=label scan.nii=estimate
  run types_of
  has_line "organ image mask: the NIfTI header's intent is label (1002)" \
    "scan image img: neither a name nor a header says mask"
  mount_tree "$SOURCE"
  "$PYTHON" - "$MNT" <<'PY'
import sys, nibabel
for path, intent in [("scans/organ/image.nii", 1002), ("scans/organ/image.nii.gz", 1002),
                     ("scans/organ/image[1:3,:,::2].nii", 1002), ("scans/scan/image.nii", 0),
                     ("patches/size=2x2x2/organ/image/07.nii", 1002),
                     ("slices/axis=2/organ/image/3.nii.gz", 1002)]:
    found = int(nibabel.load(sys.argv[1] + "/" + path).header["intent_code"])
    if found != intent:
        sys.exit("%s: intent %d, expected %d" % (path, found, intent))
PY
}

@test "a description's type overrides names and intent; the words of its files count where it says none" {
  make_source
  make_files a/t1.nii a/tumour.nii=label a/seg.nii
  cat >"$SOURCE/tesserafs.json" <<'JSON'
{"scans": [{"id": "{s}", "fields": {"t1": "{s}/t1.nii", "core": "{s}/tumour.nii", "whole": "{s}/seg.nii",
  "soft": {"path": "{s}/tumour.nii", "type": "img"}, "hard": {"path": "{s}/t1.nii", "type": "mask"}}}]}
JSON
  run types_of
  has_line "a t1 img: neither a name nor a header says mask" \
    "a core mask: the NIfTI header's intent is label (1002)" \
    "a whole mask: the word 'seg' in the file's name" \
    "a soft img: the description says so" "a hard mask: the description says so"
  "$TESSERAFS" --cat "$SOURCE" scans/a/soft.nii >"$TMP/soft.nii"
  [ "$("$PYTHON" -c 'import sys, nibabel; print(int(nibabel.load(sys.argv[1]).header["intent_code"]))' "$TMP/soft.nii")" = 0 ]
}

@test "directories named like splits are splits: of volumes, of images and labels above and below, in any case" {
  make_source
  make_files Train/a.nii site/test/b.nii VALID/images/c.png=3x4:uint8 VALID/masks/c_mask.png=3x4:uint8
  "$TESSERAFS" --cat "$SOURCE" dataset.json | "$PYTHON" -c '
import json, sys
found = json.load(sys.stdin)["splits"]
if found != {"Train": ["Train/a"], "test": ["site/test/b"], "VALID": ["VALID/c"]}: sys.exit(str(found))'
  mount_tree "$SOURCE"
  [ "$(ls "$MNT/splits")" = $'Train\nVALID\ntest' ]
  [ "$(ls "$MNT/scans/VALID/c")" = $'image.npy\nmask.npy' ]
}

@test "labels named a_seg below train/ are masks of a, not images to register; with equal names they are to register" {
  make_source
  make_files train/images/{a,b}.nii.gz train/labels/{a,b}_seg.nii.gz val/images/c.nii.gz val/labels/c_seg.nii.gz
  run types_of
  has_line "train/a label mask: the word 'label' in the field's name" \
    "val/c image img: the word 'image' in the field's name"
  for name in a b; do mv "$SOURCE/train/labels/${name}_seg.nii.gz" "$SOURCE/train/labels/$name.nii.gz"; done
  mv "$SOURCE/val/labels/c_seg.nii.gz" "$SOURCE/val/labels/c.nii.gz"
  make_files test/d.nii.gz
  "$TESSERAFS" --cat "$SOURCE" dataset.json | "$PYTHON" -c '
import json, sys
found = json.load(sys.stdin)
if found["layout"] != "deepreg" or set(found["splits"]) != {"train", "val", "test"}: sys.exit(str(found))
if list(found["pairs"]) != ["train", "val"]: sys.exit(str(found["pairs"]))'
}

@test "a scan in two splits and one in none are said in ignored.txt and by --check" {
  make_source
  make_files a.npy b.npy c.npy
  echo '{"splits": {"train": ["a", "b"], "test": ["b"]}}' >"$SOURCE/tesserafs.json"
  run ignored
  has_line "scans/b: is in two splits, 'train' and 'test'" \
    "scans/c: is in no split, so no view that draws from splits shows it"
  run "$TESSERAFS" --check "$SOURCE"
  [ "$status" -eq 2 ]
  has_line "scans/b: is in two splits, 'train' and 'test'" \
    "scans/c: is in no split, so no view that draws from splits shows it"
}

@test "stores of images to register without train/ come with the description that declares them" {
  make_source
  make_files images/g/{a,b}.nii labels/g/{a,b}.nii
  run --separate-stderr ignored
  local line=${output#*tesserafs.json: }
  [[ $output == images:* ]]
  printf '%s' "$line" >"$SOURCE/tesserafs.json"
  [ "$("$TESSERAFS" --cat "$SOURCE" dataset.json | grep -c '"type": "grouped"')" = 1 ]
}

@test "an image and a mask side by side come with the description that joins them" {
  make_source
  make_files p/image.npy p/label.npy q/image.npy q/label.npy
  run --separate-stderr ignored
  local line=${lines[0]#*say }
  [[ ${lines[0]} == p/label.npy:* ]]
  printf '%s' "$line" >"$SOURCE/tesserafs.json"
  run types_of
  has_line "p image img: the word 'image' in the field's name" "q label mask: the word 'label' in the field's name"
}

@test "1-bit and 8-bit slices are one stack of uint8, as Pillow converts them; 1-bit ones alone are bool" {
  make_source
  make_files first/1.png=3x4:bool first/2.png=3x4:uint8 last/1.png=3x4:uint8 last/2.png=3x4:bool \
    bits/1.png=3x4:bool bits/2.png=3x4:bool
  cp -r "$SOURCE/first" "$SOURCE/bits" "$TMP"
  echo '{"scans": [{"id": "{s}", "fields": {"image": "{s}/{z}.png"}, "gather": {"z": {"axis": 0}}}]}' \
    >"$TMP/described.json"
  run "$TESSERAFS" --check "$SOURCE"
  [ "$status" -eq 0 ]
  local from
  for from in "$SOURCE" "$TMP/described.json -o root=$SOURCE"; do
    # shellcheck disable=SC2086 # an option of its own
    mount_tree $from
    "$PYTHON" - "$SOURCE" "$MNT" <<'PY'
import sys
import numpy as np
from PIL import Image
source, mount = sys.argv[1:]
for name in "first", "last", "bits":
    pages = [Image.open("%s/%s/%d.png" % (source, name, i)) for i in (1, 2)]
    expected = np.stack([np.asarray(p if name == "bits" else p.convert("L")) for p in pages])
    found = np.load("%s/scans/%s/image.npy" % (mount, name))
    if found.dtype != expected.dtype or not np.array_equal(found, expected):
        sys.exit("%s: %s\n%s" % (name, found, expected))
PY
  done
}

@test "a dtype alone converts what fits, of one file and of many, and names the file that does not" {
  make_source
  make_files s/1.png=3x4:uint8 s/2.png=3x4:uint16 s/3.png=3x4:bool one.npy=3x4:int16 t.npy=3x4:bool
  cat >"$SOURCE/tesserafs.json" <<'JSON'
{"scans": [{"id": "s", "fields": {"image": {"path": "s/{z}.png", "dtype": "uint16"}}, "gather": {"z": {"axis": 0}}},
           {"id": "one", "fields": {"a": {"path": "one.npy", "dtype": "float32"}, "b": {"path": "t.npy", "dtype": "u1"},
                                    "c": {"path": "one.npy", "dtype": "u1"}}}]}
JSON
  mount_tree "$SOURCE"
  "$PYTHON" - "$SOURCE" "$MNT" <<'PY'
import sys
import numpy as np
from PIL import Image
source, mount = sys.argv[1:]
pages = [np.asarray(Image.open("%s/s/%d.png" % (source, i))) for i in (1, 2)]
pages.append(np.asarray(Image.open(source + "/s/3.png").convert("L")))
expected = {"s/image": np.stack(pages).astype("uint16"), "one/a": np.load(source + "/one.npy").astype("float32"),
            "one/b": np.load(source + "/t.npy").astype("uint8")}
for name, array in expected.items():
    found = np.load("%s/scans/%s.npy" % (mount, name))
    if found.dtype != array.dtype or not np.array_equal(found, array):
        sys.exit("%s: %s\n%s" % (name, found, array))
PY
  run cat "$MNT/scans/one/c.npy"
  [ "$status" -ne 0 ]
  grep -q 'one.npy: expected values that fit the dtype uint8, found int16' "$MNT/.tesserafs/errors.log"
  sed -i 's/"uint16"/"uint8"/' "$SOURCE/tesserafs.json"
  run "$TESSERAFS" --check "$SOURCE"
  [ "$status" -eq 2 ]
  grep -q 's/2.png: expected values that fit the dtype uint8, found uint16' <<<"$output"
}

@test "a directory that is no stack comes with the description that stacks it" {
  make_source
  make_files two/{0,1}{,_predict}.png=3x4:uint8
  run --separate-stderr ignored
  [[ ${lines[0]} == "two: no stack, since"* ]]
  printf '%s' "${lines[0]#*say }" >"$SOURCE/tesserafs.json"
  "$TESSERAFS" --cat "$SOURCE" dataset.json | "$PYTHON" -c '
import json, sys
found = json.load(sys.stdin)["scans"]
if [(s["id"], {n: f["shape"] for n, f in s["fields"].items()}) for s in found] != [
    ("two", {"image": [2, 3, 4], "predict": [2, 3, 4]})]: sys.exit(str(found))'
}

# Lines with CR and a mark of UTF-8 come from other systems' editors.
@test "a text file of paths and patterns is a dataset: one stack in its order, or with -o singly a scan a file" {
  make_source
  make_files a/1.png=3x4:uint8:1 a/2.png=3x4:uint8:2 a/10.png=3x4:uint8:10 masks/x/1.png=3x4:uint8:3 masks/7.png=3x4:uint8:7
  printf '\xef\xbb\xbf\r\na/10.png\r\na/1.png\r\na/10.png\r\nmasks/**/*.png\r\na/*.png\r\n' >"$SOURCE/all.txt"
  "$TESSERAFS" --cat "$SOURCE/all.txt" scans/all/image.npy >"$TMP/all.npy"
  "$PYTHON" -c 'import sys, numpy
found = numpy.load(sys.argv[1])
if found.shape != (8, 3, 4) or found[:, 0, 0].tolist() != [10, 1, 10, 7, 3, 1, 2, 10]: sys.exit(str(found[:, 0, 0]))' "$TMP/all.npy"
  [ "$("$TESSERAFS" -o singly --ls "$SOURCE/all.txt" scans | tr '\n' ' ')" = "a/ masks/ " ]
  printf 'masks/*.png\n' >"$SOURCE/m.txt"
  SOURCE=$SOURCE/m.txt run types_of
  has_line "m image mask: the word 'masks' in the directory's name"
  [ "$("$TESSERAFS" -o singly --ls "$SOURCE/m.txt" scans)" = 7/ ]
}

@test "lines of a list start at root=, beside it, or in the working directory; what names nothing is told by line" {
  make_source
  make_files a/1.png=3x4:uint8:1 b/1.png=3x4:uint8:2 b/2.png=3x4:uint8:3
  mkdir "$TMP/lists"
  printf '1.png\n' >"$TMP/lists/one.txt"
  (cd "$SOURCE/a" && "$TESSERAFS" --cat "$TMP/lists/one.txt" scans/one/image.npy | tail -c 1 | od -An -tu1 | grep -q ' 1$')
  (cd "$SOURCE/a" && "$TESSERAFS" -o root="$SOURCE/b" --cat "$TMP/lists/one.txt" scans/one/image.npy | tail -c 1 |
    od -An -tu1 | grep -q ' 2$')
  printf '%s\n\nno.png\nx/*.png\n' "$SOURCE/a/1.png" >"$TMP/lists/bad.txt"
  refuses "$TMP/lists/bad.txt" "bad.txt: line 3: expected a file that exists, found 'no.png'" \
    "bad.txt: line 4: expected a pattern that matches a file, found 'x/*.png'"
  printf 'just a text\n' >"$TMP/lists/text.txt"
  refuses "$TMP/lists/text.txt" "text.txt: not a known format"
  run "$TESSERAFS" -o singly --ls "$SOURCE"
  [ "$status" -eq 2 ]
}

@test "patterns and \"singly\" of a description; one found in the dataset reaches nothing outside" {
  make_source
  make_files in/a/1.png=3x4:uint8 in/b/1.png=3x4:uint8 in/b/2.png=3x4:uint8 out/3.png=3x4:uint8
  ln -s ../out "$SOURCE/in/link"
  cat >"$SOURCE/in/tesserafs.json" <<'JSON'
{"scans": [{"id": "s", "fields": {"image": {"list": "**/*.png", "singly": true}}},
           {"id": "all", "fields": {"image": {"list": ["b/*.png", "a/*.png"]}}}]}
JSON
  [ "$("$TESSERAFS" --ls "$SOURCE/in" scans | tr '\n' ' ')" = "all/ s/ " ]
  [ "$("$TESSERAFS" --ls "$SOURCE/in" scans/s/b | tr '\n' ' ')" = "1/ 2/ " ]
  "$TESSERAFS" --cat "$SOURCE/in" dataset.json | grep -q '"id": "all".*"shape": \[3, 3, 4\]'
  echo '{"scans": [{"id": "s", "fields": {"image": {"list": "link/*.png"}}}]}' >"$SOURCE/in/tesserafs.json"
  refuses "$SOURCE/in" "expected a file inside the dataset, found 'link/*.png'"
}
