#!/usr/bin/env bats
# DeepReg's layouts: found, declared, refused.

load helpers

layouts() { # what arguments...
  python "$BATS_TEST_DIRNAME/python/check/deepreg_layouts.py" "$@"
}

pairs_of() { # path within dataset.json's "pairs", as Python subscripts
  python -c 'import json, sys
print(json.dumps(eval("told" + sys.argv[1], {"told": json.load(sys.stdin)["pairs"]})))' "$1" \
    < <("$TESSERAFS" --cat "$SOURCE" dataset.json)
}

# A small NIfTI file per path; "shape:path" for another shape than 2,3,4.
nifti() { # path...
  python - "$@" <<'PY'
import os, sys, nibabel, numpy
for name in sys.argv[1:]:
    shape, _, path = name.rpartition(":")
    shape = [int(n) for n in (shape or "2,3,4").split(",")]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(numpy.zeros(shape, "u1"), numpy.eye(4)), path)
PY
}

declare_set() { # JSON of the section
  printf '{"deepreg": %s}\n' "$1" >"$TMP/set.json"
  SOURCE=$TMP/set.json
}

# bats test_tags=sanitize
@test "order of files, keys and groups as DeepReg's loaders list them" {
  layouts order "$TESSERAFS" "$TMP" "$GOLDEN/deepreg_file_order.json"
}

# bats test_tags=sanitize
@test "what DeepReg refuses is refused at the mount, naming the files" {
  layouts errors "$TESSERAFS" "$TMP" "$GOLDEN/deepreg_errors.json"
}

@test "DeepReg's own test data, six layouts: every scan reads as with nibabel and h5py" {
  need_data
  [ -d "$DATA/deepreg/test" ] || skip "no deepreg data"
  local layout
  for layout in "$DATA"/deepreg/test/{nifti,h5}/{paired,unpaired,grouped}; do
    mount_tree "$layout"
    layouts real "$MNT" "$layout"
    unmount "$MNT"
    SOURCE=$layout
    [ "$(pairs_of '["train"]["type"]')" = "\"${layout##*/}\"" ]
    [ "$(pairs_of '["test"]["labeled"]')" = true ]
  done
}

@test "paired stores in the root need no splits; other things beside them are told" {
  SOURCE=$TMP/s
  nifti "$SOURCE"/{moving,fixed}_images/{x,y/z}.nii
  touch "$SOURCE/notes.txt" "$SOURCE/moving_images/readme"
  [ "$("$TESSERAFS" --ls "$SOURCE" scans/y/z/fixed)" = image.npy ]
  [ "$("$TESSERAFS" --ls "$SOURCE" splits)" = all/ ]
  [ "$(pairs_of '["all"]["groups"]')" = \
    '[{"moving": ["x/moving", "y/z/moving"], "fixed": ["x/fixed", "y/z/fixed"]}]' ]
  [ "$(pairs_of '["all"]["labeled"]')" = false ]
  "$TESSERAFS" --cat "$SOURCE" .tesserafs/ignored.txt >"$TMP/ignored"
  grep -q '^notes.txt: not a store' "$TMP/ignored"
  grep -q '^moving_images/readme: no .nii' "$TMP/ignored"
}

@test "images in the root are not DeepReg's; in splits they are unpaired, or grouped where none lies in the store" {
  SOURCE=$TMP/s
  nifti "$SOURCE"/images/{a,b}.nii
  "$TESSERAFS" --cat "$SOURCE" dataset.json | grep -q '"layout": "folders"'
  nifti "$SOURCE"/{train,valid}/images/g/{a,b}.nii
  [ "$(pairs_of '["train"]["groups"]')" = '[{"name": "g", "images": ["train/g/a", "train/g/b"]}]' ]
  [ "$(pairs_of '["valid"]["type"]')" = '"grouped"' ]
  nifti "$SOURCE"/valid/images/c.nii
  [ "$(pairs_of '["valid"]["type"]')" = '"unpaired"' ]
  [ "$(pairs_of '["train"]["groups"]')" = '[{"images": ["train/g/a", "train/g/b"]}]' ]
}

@test "directories of images that are no NIfTI are left to other rules" {
  SOURCE=$TMP/s
  mkdir -p "$SOURCE/train/images"
  python -c 'import sys, numpy; numpy.save(sys.argv[1], numpy.zeros((2, 3, 4)))' "$SOURCE/train/images/a.npy"
  "$TESSERAFS" --cat "$SOURCE" dataset.json | grep -q '"layout": "folders"'
}

@test "a split that lacks a store is told, with all other problems, when its siblings are paired" {
  SOURCE=$TMP/s
  nifti "$SOURCE"/train/{moving,fixed}_images/a.nii "$SOURCE"/test/moving_images/a.nii
  nifti "$SOURCE"/train/moving_images/b.nii "2,2:$SOURCE/train/moving_images/c.nii" \
    "2,2:$SOURCE/train/fixed_images/c.nii"
  refuses "$SOURCE" "s/train/moving_images/b.nii: expected one of the same name in fixed_images" \
    "s/train/moving_images/c.nii: expected an image of three axes, found 2x2" \
    "s/train/fixed_images/c.nii: expected an image of three axes" \
    "s/test/fixed_images: expected a directory of NIfTI files"
}

@test "images and labels that do not agree are refused; a description can say what they are" {
  SOURCE=$TMP/s
  nifti "$SOURCE"/train/images/{a,b}.nii "$SOURCE"/train/labels/a.nii "4,5:$SOURCE/test/images/c.nii"
  refuses "$SOURCE" "s/train/images/b.nii: expected one of the same name in labels, found none" \
    "s/test/images/c.nii: expected an image of three axes, found 4x5" 'a tesserafs.json with "scans"'
  echo '{"scans": [{"id": "{s}", "fields": {"image": "train/images/{s}.nii"}}]}' >"$SOURCE/tesserafs.json"
  [ "$("$TESSERAFS" --ls "$SOURCE" scans)" = $'a/\nb/' ]
}

@test "several directories: their names tell the cases apart; the same directory twice is refused" {
  nifti "$TMP"/{one,two}/data/images/g/{a,b}.nii
  declare_set '{"type": "grouped", "train": {"dir": ["two/data", "one/data"], "format": "nifti", "labeled": false}}'
  [ "$(pairs_of '["train"]["groups"]')" = "[{\"name\": \"one/data/g\", \"images\": [\"train/one/data/g/a\", \
\"train/one/data/g/b\"]}, {\"name\": \"two/data/g\", \"images\": [\"train/two/data/g/a\", \"train/two/data/g/b\"]}]" ]
  declare_set '{"type": "grouped", "train": {"dir": ["one/data", "./one/../one/data"], "format": "nifti", "labeled": false}}'
  refuses "$SOURCE" "one/data: the split train lists it twice"
}

@test "the keys of its first releases, null and empty splits, and ~" {
  nifti "$TMP"/a/images/{a,b}.nii
  declare_set '{"type": "unpaired", "format": "nifti", "labeled": false, "dir": {"train": "~/a", "valid": null, "test": ""}}'
  HOME=$TMP "$TESSERAFS" --ls "$SOURCE" splits >"$TMP/out"
  [ "$(cat "$TMP/out")" = train/ ]
  declare_set '{"type": "unpaired", "train": null, "test": {"dir": ""}}'
  refuses "$SOURCE" "deepreg: expected at least one of train, valid and test with a \"dir\""
  declare_set '{"type": "unpaired", "trian": null, "train": {"dir": [], "format": "h5"}, "test": {"dir": ["a", 1]}}'
  refuses "$SOURCE" "unknown key 'trian'; did you mean 'train'?" "deepreg.train.dir: expected a directory" \
    "deepreg.train.labeled: expected true or false, found nothing" "deepreg.test.dir[1]: expected" \
    "deepreg.test.format: expected one of nifti|h5, found nothing"
}

@test "a description inside SOURCE may not name what lies outside" {
  nifti "$TMP"/out/images/{a,b}.nii "$TMP"/in/set/images/{a,b}.nii
  SOURCE=$TMP/in
  printf '{"deepreg": {"type": "unpaired", "train": {"dir": "%s", "format": "nifti", "labeled": false}}}' ../out \
    >"$SOURCE/tesserafs.json"
  refuses "$SOURCE" "deepreg.train.dir: '../out' points outside"
  sed -i 's:\.\./out:set:' "$SOURCE/tesserafs.json"
  [ "$("$TESSERAFS" --ls "$SOURCE" scans)" = train/ ]
}

@test "a file that cannot be read keeps its number: EIO for it, everything else works" {
  SOURCE=$TMP/s
  nifti "$SOURCE"/train/{moving,fixed}_images/{a,b,c}.nii
  truncate -s 100 "$SOURCE/train/moving_images/b.nii"
  ln -s nowhere "$SOURCE/train/moving_images/d.nii"
  nifti "$SOURCE"/train/fixed_images/d.nii
  mount_tree "$SOURCE"
  [ "$(pairs_of '["train"]["groups"][0]["moving"][1]')" = '"train/b/moving"' ]
  [ "$(pairs_of '["train"]["groups"][0]["moving"][3]')" = '"train/d/moving"' ]
  cat "$MNT/scans/train/c/moving/image.npy" "$MNT/scans/train/b/fixed/image.npy" >/dev/null
  run cat "$MNT/scans/train/b/moving/image.npy"
  [ "$status" -ne 0 ]
  grep -q '^train/moving_images/b.nii: ' "$MNT/.tesserafs/ignored.txt"
  run "$TESSERAFS" --check "$SOURCE"
  [ "$status" -eq 2 ]
}

@test "a symlink to a directory above is not followed; one to another directory is" {
  SOURCE=$TMP/s
  nifti "$SOURCE"/train/images/g/{a,b}.nii "$TMP/else/c.nii"
  ln -s ../../images "$SOURCE/train/images/g/loop"
  ln -s "$TMP/else" "$SOURCE/train/images/h"
  [ "$(pairs_of '["train"]["groups"][1]["images"]')" = '["train/h/c"]' ]
  [ "$(pairs_of '["train"]["groups"].__len__()')" = 2 ]
}

@test "the mountpoint inside of SOURCE is not entered" {
  SOURCE=$TMP/s
  nifti "$SOURCE"/train/images/g/{a,b}.nii
  mkdir "$SOURCE/train/images/mnt"
  need_fuse
  MOUNTS+=("$SOURCE/train/images/mnt")
  "$TESSERAFS" "$SOURCE" "$SOURCE/train/images/mnt" 3>&-
  [ -f "$SOURCE/train/images/mnt/scans/train/g/a/image.npy" ]
  [ "$("$TESSERAFS" --ls "$SOURCE" scans/train | head -1)" = g/ ]
}

@test "the schema agrees" {
  nifti "$TMP"/a/images/g/{a,b}.nii
  local said
  "$TESSERAFS" --schema >"$TMP/schema"
  agrees() { # accepted|refused section
    declare_set "$2"
    said=refused
    ! "$TESSERAFS" --ls "$SOURCE" >/dev/null 2>&1 || said=accepted
    said+=" $(python -c 'import json, jsonschema, sys
schema, document = (json.load(open(name)) for name in sys.argv[1:])
print("accepted" if jsonschema.Draft7Validator(schema).is_valid(document) else "refused")' "$TMP/schema" "$SOURCE")"
    [ "$said" = "$1 $1" ] || fail "$2: $said"
  }
  agrees accepted '{"type": "grouped", "train": {"dir": "a", "format": "nifti", "labeled": false}, "test": null}'
  agrees accepted '{"type": "unpaired", "valid": {"dir": ["a"], "format": "nifti", "labeled": null}, "test": {"dir": ""}}'
  agrees accepted '{"type": "unpaired", "dir": {"train": "a", "test": null}, "format": "nifti", "labeled": false}'
  agrees refused '{"type": "pair", "train": {"dir": "a", "format": "nifti", "labeled": false}}'
  agrees refused '{"train": {"dir": "a", "format": "nifti", "labeled": false}}'
  agrees refused '{"type": "grouped", "train": {"dir": "a", "format": "Nifti", "labeled": false}}'
  agrees refused '{"type": "grouped", "train": {"dir": "a", "format": "nifti", "labeled": "no"}}'
  agrees refused '{"type": "grouped", "train": {"dir": ["a", "a"], "format": "nifti", "labeled": false}}'
  agrees refused '{"type": "grouped", "train": {"dir": ["a", ""], "format": "nifti", "labeled": false}}'
  agrees refused '{"type": "grouped", "train": {"dir": [], "format": "nifti", "labeled": false}}'
  agrees refused '{"type": "grouped", "val": null, "train": {"dir": "a", "format": "nifti", "labeled": false}}'
  agrees refused '{"type": "grouped", "train": {"dir": "a", "format": "nifti", "labeled": false, "shuffle": true}}'
}
