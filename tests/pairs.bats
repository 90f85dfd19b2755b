#!/usr/bin/env bats
# pairs/: DeepReg's loaders as directories.  Its own recorded samples and orders; what holds for
# every epoch of training; parameters that do not fit.
# shellcheck disable=SC2012 # ls: the names here are plain

load helpers

golden() { # what arguments...
  python "$BATS_TEST_DIRNAME/python/check/golden_pairs.py" "$@"
}

need_deepreg() {
  need_data
  [ -d "$DATA/deepreg/test" ] || skip "no deepreg data"
}

@test "DeepReg's real data: indices, shapes and every voxel before and after the resize" {
  need_deepreg
  local vectors=$GOLDEN/deepreg_real_samples.json i
  for i in 0 1 2 3 4 5 6; do
    golden describe "$vectors" $i "$DATA/deepreg" >"$TMP/$i.json"
    mount_tree "$TMP/$i.json"
    golden samples "$vectors" $i "$MNT"
    unmount "$MNT"
  done
}

# bats test_tags=sanitize
@test "validation and test in DeepReg's recorded orders, every epoch; training on demand" {
  golden order "$TESSERAFS" "$TMP" "$GOLDEN/deepreg_paired_unpaired_order.json" \
    "$GOLDEN/deepreg_grouped_order.json"
}

model() { # what arguments...
  python "$BATS_TEST_DIRNAME/python/model/pairs_model.py" "$@"
}

mount_model() {
  mkdir "$TMP/source"
  model make "$TMP/source"
  mount_tree "$TMP/source"
}

# bats test_tags=sanitize
@test "values: NIfTI's scaling in float32, 0..1, the resize and channels as numpy has them, bit for bit" {
  mount_model
  model values "$MNT" "$TMP/source"
}

@test "training: each pair once, another order and other labels in each epoch, any epoch" {
  mount_model
  model epochs "$MNT"
}

@test "an epoch is a paired NIfTI dataset: walked as DeepReg does, and mounted again" {
  mount_model
  mkdir "$TMP/out"
  model walk "$MNT" "$TMP/out"
  mount_tree "$TMP/out"
  [ "$(ls "$MNT/pairs/default/train/epoch-0/fixed_labels" | wc -l)" -eq 9 ]
}

# bats test_tags=sanitize
@test "augmentation: affine and ddf are what theta and ddf say; training only" {
  mount_model
  model augmented "$MNT"
}

@test "the same bytes after a remount, and without one" {
  mount_model
  local at=pairs/preset=deepreg/train/epoch-3
  (cd "$MNT/$at" && find . -type f -print0 | sort -z | xargs -0 md5sum) >"$TMP/sums"
  unmount "$MNT"
  mount_tree "$TMP/source"
  (cd "$MNT/$at" && md5sum --quiet -c "$TMP/sums")
  cmp "$MNT/$at/fixed_images/4.nii.gz" <("$TESSERAFS" --cat "$TMP/source" "$at/fixed_images/4.nii.gz")
}

# An unpaired dataset of tiny volumes, test/images/*.nii (and labels), of Python's making.
make_tiny() { # statements over i, a number of the image, that set image and label
  python - "$TMP/source/test" "$1" <<'PY'
import os, sys, nibabel, numpy
for i in range(4):
    image = numpy.arange(24, dtype="f4").reshape(2, 3, 4)
    label = numpy.ones((2, 3, 4), "f4")
    exec(sys.argv[2])
    for store, array in (("images", image), ("labels", label)):
        os.makedirs(sys.argv[1] + "/" + store, exist_ok=True)
        nibabel.save(nibabel.Nifti1Image(array, numpy.eye(4)), "%s/%s/%d.nii" % (sys.argv[1], store, i))
PY
}

# Reading fails with EIO for this reason; the rest can be read.
fails() { # path reason
  run cat "$MNT/pairs/default/test/epoch-0/$1"
  [ "$status" -ne 0 ]
  [[ "$output" == *"Input/output error"* ]]
  grep -qF "$2" "$MNT/.tesserafs/errors.log" || fail "$(cat "$MNT/.tesserafs/errors.log")"
}

# The item and side in which an image is shown.
where_is() { # id
  python - "$MNT/pairs/default/test/epoch-0/items.csv" "$1" <<'PY'
import csv, sys
for row in csv.DictReader(open(sys.argv[1])):
    for side in ("moving", "fixed"):
        if row[side].strip() == sys.argv[2]:
            print(row["item"], side)
PY
}

@test "a label out of 0..1, an image with NaN: an error of what shows it, and only of that" {
  make_tiny 'label[0, 0, 0] = 7 * (i == 2); image[0, 0, 0] = numpy.nan if i == 1 else 0'
  mount_tree "$TMP/source"
  read -r item side <<<"$(where_is test/2)"
  fails "${side}_labels/$item.nii.gz" "label of test/2: expected values from 0 to 1, found 1 to 7"
  cat "$MNT/pairs/default/test/epoch-0/${side}_images/$item.nii.gz" >/dev/null
  read -r item side <<<"$(where_is test/1)"
  fails "${side}_images/$item.nii.gz" "values that are not numbers"
  cat "$MNT/pairs/default/test/epoch-0/${side}_labels/$item.nii.gz" >/dev/null
}

@test "a pair whose images have different numbers of labels: an error that names both" {
  make_tiny 'label = numpy.ones((2, 3, 4, 2), "f4") if i == 3 else label'
  mount_tree "$TMP/source"
  ls "$MNT/pairs/default/test/epoch-0/moving_labels" >/dev/null
  run "$TESSERAFS" --cat "$TMP/source" pairs/default/test/epoch-0/items.csv
  [ "$status" -eq 2 ]
  [[ "$output" == *"expected as many labels in a pair, found "*" of test/"*" and "*" of test/"* ]]
}

@test "what a stat says of an item it has when it is opened, of every role and with every step" {
  mkdir "$TMP/source"
  model make "$TMP/source"
  mount_tree "$TMP/source" -o xattr=on,formats=npy+nii+h5
  python - "$MNT" <<'PY'
import glob, json, os, sys
import nibabel, numpy
checked = 0
for view in ("default", "augment=affine+ddf,spacing=2", "augment=ddf+ddf,image_shape=7x8x9",
             "augment=affine+affine,transforms=squeeze+zscore,sample_label=all"):
    for split in ("train", "test"):
        epoch = "%s/pairs/%s/%s/epoch-0" % (sys.argv[1], view, split)
        for path in sorted(glob.glob(epoch + "/*/*.npy"))[:40]:
            role, item = path.split("/")[-2:]
            size = os.stat(path).st_size
            array = numpy.load(path)
            attr = lambda name: os.getxattr(path, "user.tesserafs." + name).decode()
            assert os.path.getsize(path) == size == len(open(path, "rb").read()), path
            assert json.loads(attr("shape")) == list(array.shape), (path, attr("shape"))
            assert attr("dtype") == array.dtype.name, path
            nii = nibabel.load(path[:-3] + "nii") if array.ndim else None
            if array.ndim >= 3 or "theta" in role:
                assert numpy.allclose(json.loads(attr("affine")), nii.affine, atol=1e-4), path
            with open("%s/%s.json" % (epoch, item[:-4])) as file:
                told = json.load(file)["fields"][role]
            assert told["shape"] == list(array.shape) and told["dtype"] == array.dtype.name, path
            checked += 1
assert checked > 100, checked
PY
  run stat "$MNT/pairs/augment=ddf:low_res_size=400x4x4/train/epoch-0/moving_images/0.npy"
  [ "$status" -ne 0 ]
  [[ "$output" == *"Invalid argument"* ]]
}

@test "many that ask for one epoch at once: it is played once, and fits as for one" {
  mkdir -p "$TMP/g/train/images/group"
  python - "$TMP/g/train/images/group" <<'PY'
import sys, nibabel, numpy
for i in range(1500):
    nibabel.save(nibabel.Nifti1Image(numpy.zeros((2, 2, 2), "u1"), numpy.eye(4)), "%s/%04d.nii" % (sys.argv[1], i))
PY
  printf '{"deepreg": {"type": "grouped", "format": "nifti", "labeled": false, "train": {"dir": "train"},
  "intra_group_prob": 1, "intra_group_option": "unconstrained", "sample_image_in_group": false}}' >"$TMP/g/set.json"
  mount_tree "$TMP/g/set.json" -o cache=32M
  local epoch
  for epoch in 1 2 3; do
    python - "$MNT/pairs/order=deepreg,seed=3,sample_image_in_group=off/train/epoch-$epoch/moving_images" <<'PY'
import os, sys, threading
names = sorted({"%07d.npy" % (i * 1117) for i in range(8)})
wrong = []
def ask(name):
    try:
        os.stat(os.path.join(sys.argv[1], name))
    except OSError as error:
        wrong.append((name, error))
threads = [threading.Thread(target=ask, args=(name,)) for name in names]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not wrong, wrong
PY
  done
}

@test "no labels: no roles of them, index -1; missing_label=zeros shows zeros" {
  make_tiny ''
  rm -r "$TMP/source/test/labels"
  mount_tree "$TMP/source"
  local at=$MNT/pairs/default/test/epoch-0
  [ "$(ls "$at" | tr '\n' ' ')" = "fixed_images indices items.csv moving_images " ]
  [ "$(awk -F, 'END {print $(NF - 1) + 0, $NF + 0}' "$at/items.csv")" = "-1 -1" ]
  at=$MNT/pairs/missing_label=zeros,image_shape=4x4x4/test/epoch-0
  python -c "
import nibabel, numpy
x = numpy.asarray(nibabel.load('$at/moving_labels/0.nii.gz').dataobj)
assert x.shape == (4, 4, 4) and x.dtype == 'f4' and not x.any()"
  [ "$(awk -F, 'END {print $NF + 0}' "$at/items.csv")" = 0 ]
}

@test "every option's bad value: EINVAL, with its name, the found and the expected" {
  make_tiny ''
  mount_tree "$TMP/source"
  local bad key
  for bad in type=paired type=x labeled=1 image_shape=16x16 image_shape=0 moving_image_shape=1x2 \
    fixed_image_shape=ax2x3 intra_group_prob=2 intra_group_option=fwd sample_image_in_group=yes \
    sample_label=one seed=-1 order=random normalize=max spacing=-1 augment=affin \
    augment=affine:scale=2 augment=ddf:low_res_size=0 border=x missing_label=none fields=images \
    formats=foo transforms=foo size=3; do
    run stat "$MNT/pairs/$bad/test"
    [[ "$output" == *"Invalid argument"* ]] || fail "$bad: $output"
    key=${bad%%=*}
    grep -qE "pairs/$bad.*($key: |unknown key '$key')" "$MNT/.tesserafs/errors.log" ||
      fail "$bad: $(tail -n 1 "$MNT/.tesserafs/errors.log")"
  done
}

@test "declared views: all that does not fit a split is said at mount" {
  make_tiny ''
  cat >"$TMP/source/tesserafs.json" <<'END'
{"deepreg": {"type": "unpaired", "image_shape": [4, 4, 4], "valid": null,
             "test": {"dir": "test", "format": "nifti", "labeled": true}},
 "views": {"pairs": {"good": {"augment": [{"name": "affine", "scale": 0.2}, {"ddf": {"low_res_size": [2, 2, 2]}}]},
                     "a": {"type": "grouped"}, "b": {"image_shape": [1, 2]}, "c": {"fields": ["image"]}}}}
END
  run "$TESSERAFS" --ls "$TMP/source"
  [ "$status" -eq 2 ]
  [[ "$output" == *"views.pairs.a: split test: type: expected unpaired, as split test is, found grouped"* ]]
  [[ "$output" == *"views.pairs.b: image_shape: expected 1 or 3 positive integers, found 1x2"* ]]
  [[ "$output" == *"views.pairs.c.fields: unknown field 'image'"* ]]
  sed -i 's/"a": .*}}}}$/"z": {}}}}/' "$TMP/source/tesserafs.json"
  [ "$("$TESSERAFS" --ls "$TMP/source" pairs | tr '\n' ' ')" = "deepreg/ default/ good/ z/ " ]
}

@test "nothing to register: no pairs/" {
  mkdir "$TMP/source"
  python -c "import numpy; numpy.save('$TMP/source/a.npy', numpy.zeros((2, 3, 4)))"
  [ "$("$TESSERAFS" --ls "$TMP/source" | grep -c pairs)" -eq 0 ]
  run "$TESSERAFS" --ls "$TMP/source" pairs
  [ "$status" -eq 2 ]
}

@test "images that lack their label: refused, or with missing_label=zeros as many zeros as the partner's" {
  make_tiny 'label = numpy.ones((2, 3, 4, 2), "f4")'
  rm "$TMP/source/test/labels/2.nii"
  local section='"type": "unpaired", "test": {"dir": "test", "format": "nifti", "labeled": true}'
  echo "{\"deepreg\": {$section}}" >"$TMP/source/tesserafs.json"
  run "$TESSERAFS" --ls "$TMP/source"
  [ "$status" -eq 2 ]
  echo "{\"deepreg\": {$section, \"missing_label\": \"zeros\"}}" >"$TMP/source/tesserafs.json"
  mount_tree "$TMP/source"
  local at=$MNT/pairs/deepreg/test/epoch-0
  [ "$(ls "$at/moving_labels" | wc -l)" -eq 4 ]
  python - "$at" <<'PY'
import csv, sys, nibabel, numpy
seen = 0
for row in csv.DictReader(open(sys.argv[1] + "/items.csv")):
    for side in ("moving", "fixed"):
        label = nibabel.load("%s/%s_labels/%s.nii.gz" % (sys.argv[1], side, row["item"])).get_fdata()
        lacks = row[side].strip() == "test/2"
        assert label.shape == (2, 3, 4) and (label == (not lacks)).all(), (row, side)
        seen += lacks
assert seen == 2
PY
  # pairs/default says nothing of missing labels
  run cat "$MNT"/pairs/default/test/epoch-0/*_labels/*
  [[ "$output" == *"Input/output error"* ]]
  grep -q "test/2 has no label; missing_label=zeros makes one" "$MNT/.tesserafs/errors.log"
}

@test "an order that the cache has no room for: EIO that says what it takes; training needs none" {
  mkdir -p "$TMP/source/test/images/g" "$TMP/source/train/images"
  make_tiny ''
  local i
  for i in $(seq 2000); do cp "$TMP/source/test/images/0.nii" "$TMP/source/test/images/g/$i.nii"; done
  rm -r "$TMP/source"/test/images/?.nii "$TMP/source/test/labels"
  rmdir "$TMP/source/train/images"
  cp -r "$TMP/source/test/images" "$TMP/source/train/images"
  mount_tree "$TMP/source" -o cache=16M
  local view=$MNT/pairs/sample_image_in_group=off
  [ "$(ls -U "$view/train/epoch-4/fixed_images" | wc -l)" -eq 3998000 ]
  run ls "$view/test/epoch-0/fixed_images"
  [[ "$output" == *"Input/output error"* ]]
  grep -qE "[0-9]{8} bytes" "$MNT/.tesserafs/errors.log" || fail "$(cat "$MNT/.tesserafs/errors.log")"
  unmount "$MNT"
  mount_tree "$TMP/source" -o cache=64M
  [ "$(ls -U "$MNT/pairs/sample_image_in_group=off/test/epoch-0/fixed_images" | wc -l)" -eq 3998000 ]
}
