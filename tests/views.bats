#!/usr/bin/env bats
# slices/, patches/, cuts and transforms against models in numpy (tests/python/model/*_model.py),
# and what the tree says to names that mean nothing.
# shellcheck disable=SC2012 # ls: the names here are plain

load helpers

mount_scans() { # [tesserafs options...]
  mkdir "$TMP/source"
  python "$BATS_TEST_DIRNAME/python/make/volumes.py" "$TMP/source"
  mount_tree "$TMP/source" "$@" 2>/dev/null
}

model() { # script function
  python "$BATS_TEST_DIRNAME/python/model/$1_model.py" "$2" "$MNT"
}

# Every line of stdin is "<path> <pattern>": stat must fail with the message, and (with a
# pattern) errors.log must give a reason that matches.
all_fail_with() { # message of strerror
  local path pattern
  while read -r path pattern; do
    run env LC_ALL=C stat "$MNT/$path"
    [[ "$output" == *"$1" ]] || fail "$path: expected '$1', found '$output'"
    [ -z "$pattern" ] || grep -F "/$path: " "$MNT/.tesserafs/errors.log" | grep -q "$pattern" ||
      fail "$path: errors.log has no reason with '$pattern': $(tail -1 "$MNT/.tesserafs/errors.log")"
  done
}

# bats test_tags=sanitize
@test "slices: axes, windows, pad modes, masks keep the centre, 2-D scans" {
  mount_scans
  model views slices
}

# bats test_tags=sanitize
@test "patches: random size, stride, pad, pad_mode, remainder, ':' and at= against numpy" {
  mount_scans
  model views patches
}

# bats test_tags=sanitize
@test "chunks: random num, pad, range, overlap, only, rank and world against numpy" {
  mount_scans
  model views chunks
}

# bats test_tags=sanitize
@test "300 random cuts equal numpy's basic indexing, empty ones too" {
  mount_scans
  model cuts cuts
}

@test "patches, slices, cuts, flips and permutations lie where the scan lies" {
  mount_scans
  model cuts affines
}

@test "cuts and slices of 4-D and 5-D NIfTI keep places, voxel sizes and TR, for nibabel and by ITK's rules" {
  mkdir "$TMP/source"
  python "$BATS_TEST_DIRNAME/python/model/cuts_model.py" series_of "$TMP/source"
  mount_tree "$TMP/source"
  model cuts series
}

# bats test_tags=sanitize
@test "transforms in a view equal numpy; intensity transforms skip masks" {
  mount_scans
  model transforms transforms
}

@test "transforms of a description's field equal numpy, on the whole array" {
  mkdir "$TMP/source"
  python "$BATS_TEST_DIRNAME/python/model/transforms_model.py" describe "$TMP/source"
  mount_tree "$TMP/source"
  model transforms description
}

@test "the view default is the view with all defaults spelt out" {
  mount_scans
  local dir=patches/remainder=shift,pad=0,pad_mode=reflect,fill=0,small=pad
  diff -r "$MNT/patches/default/vol" "$MNT/$dir/vol"
  diff -r "$MNT/slices/default/vol" "$MNT/slices/axis=0,window=1,pad_mode=edge/vol"
}

@test "the default size is 64, less where the scan is smaller" {
  mkdir "$TMP/source"
  python -c "import numpy; numpy.save('$TMP/source/a.npy', numpy.zeros((100, 64, 30), 'u1'))"
  mount_tree "$TMP/source"
  [ "$(tail -n +2 "$MNT/patches/default/a/items.csv")" = "0,a,all, 0,0,0, 64,64,30
1,a,all,36,0,0,100,64,30" ]
}

@test "items are listed by zero-padded numbers, in the formats that are asked for" {
  mount_scans
  local view=$MNT/slices/formats=npy+png,axis=0
  [ "$(ls "$view/vol/label" | head -n 3)" = "00.npy
00.png
01.npy" ]
  [ "$(ls "$view/vol/label" | wc -l)" -eq 26 ]
  [ "$(ls "$view/vol/image" | wc -l)" -eq 13 ] # int16 is no PNG
  [ "$(ls "$view/vol")" = "feat
image
items.csv
label" ]
}

@test "fields= chooses the fields of a view" {
  mount_scans
  [ "$(ls "$MNT/patches/size=4,fields=label/vol")" = "items.csv
label" ]
  run stat "$MNT/patches/size=4,fields=label/vol/image"
  [ "$status" -ne 0 ]
}

@test "formats= of the mount are listed, the others can be opened" {
  mount_scans -o formats=nii.gz+h5
  [ "$(ls "$MNT/scans/head")" = "image.h5
image.nii.gz" ]
  [ -s "$MNT/scans/head/image.npy" ]
}

@test "an item without an exact number of digits does not exist" {
  mount_scans
  [ -e "$MNT/slices/axis=0/vol/image/07.npy" ]
  all_fail_with "No such file or directory" <<'END'
slices/axis=0/vol/image/7.npy
slices/axis=0/vol/image/007.npy
slices/axis=0/vol/image/13.npy
slices/axis=0/vol/image/+7.npy
slices/axis=0/vol/13.json
END
}

# bats test_tags=sanitize
@test "names that do not exist: ENOENT, and nothing in errors.log" {
  mount_scans
  all_fail_with "No such file or directory" <<'END'
none
scans/none
scans/vol/none.npy
scans/vol/image
scans/vol/image.jpg
scans/vol/image[1
scans/head/image.png
scans/vol/feat[0].png
scans/line/image.png
slices/none
patches/none
patches/size=4/none
patches/size=4/vol/none
patches/size=4/vol/image/a.npy
patches/size=4/vol/image/00.jpg
splits/none
splits/all/none
.tesserafs/none
END
  [ ! -s "$MNT/.tesserafs/errors.log" ]
}

# bats test_tags=sanitize
@test "cuts that numpy refuses: EINVAL and the reason" {
  mount_scans
  all_fail_with "Invalid argument" <<'END'
scans/vol/image[::0].npy step of 0
scans/vol/image[13].npy index 13 is out of range for axis 0
scans/vol/image[0,-12].npy index -12 is out of range for axis 1
scans/vol/image[1,2,3,4].npy 4 indices for an array of 3 axes
scans/vol/image[...,...].npy more than one
scans/vol/image[a].npy numpy's indexing
scans/vol/image[].npy numpy's indexing
scans/vol/image[1:2:3:4].npy numpy's indexing
scans/vol/image[1.5].npy numpy's indexing
END
}

# bats test_tags=sanitize
@test "parameters that do not parse: EINVAL, the key, what was expected and found" {
  mount_scans
  all_fail_with "Invalid argument" <<'END'
slices/window=2 window: expected an odd number, found 2
slices/window=0 window: expected .* found '0'
slices/axis=x axis: expected an integer .* found 'x'
slices/size=3 unknown key 'size'
patches/sise=3 unknown key 'sise'; did you mean 'size'
patches/size=0 size: expected a positive integer, found '0'
patches/size=-3 size: expected a positive integer, found '-3'
patches/size= size: expected a positive integer
patches/size=4x size: expected 2 positive integers, found '4x'
patches/size=99999999999999999999 size: expected a positive integer
patches/size=4,size=5 size is given twice
patches/stride=0 stride: expected a positive integer
patches/pad=-1 pad: expected an integer of 0 or more
patches/pad_mode=wrap pad_mode: expected one of reflect|edge|symmetric|constant, found 'wrap'
patches/fill=x fill: expected a number, found 'x'
patches/remainder=keep remainder: expected one of shift|drop|pad
patches/small=skip small: expected one of pad|error
patches/preset=nnunet preset: expected one of
chunks/preset=deepreg preset: expected one of none|pytc, found 'deepreg', which changes nothing
chunks/preset=medsegpy preset: expected one of none|pytc, found 'medsegpy'
slices/preset=deepreg preset: expected one of none|medsegpy|pytc, found 'deepreg'
patches/preset=mednet,size=3 preset: expected one of none|medsegpy|pytc, found 'mednet'
patches/formats=jpg formats: expected .* found 'jpg'
patches/transforms=blur transforms: unknown transform 'blur'
patches/transforms=window:5 transforms: window:LOW:HIGH: expected 2 numbers
patches/transforms=window:5:1 transforms: window:LOW:HIGH: expected LOW < HIGH
patches/transforms=cast:int7 transforms: cast:DTYPE: expected a dtype
patches/size=3, expected key=value
END
}

@test "parameters that do not fit the scan: EINVAL and the reason" {
  mount_scans
  all_fail_with "Invalid argument" <<'END'
slices/axis=3/vol/items.csv axis: expected less than 3, found 3
slices/axis=2/flat/items.csv axis: expected less than 2, found 2
slices/axis=0/line/items.csv at least 2 axes, found 1
slices/axis=0/vol/image/at=13.npy expected a slice from 0 to 12, found 13
slices/axis=0/vol/image/at=-1.npy expected a slice from 0 to 12, found -1
patches/size=2x2/vol/items.csv size: expected 1 or 3 numbers, found 2
patches/size=4,stride=1x1/vol/items.csv stride: expected 1 or 3 numbers, found 2
patches/size=4,pad=4/vol/items.csv pad: expected less than the size
patches/size=99,small=error/vol/items.csv size: the box is 99 voxels, axis 0 has 13
patches/size=4/vol/image/at=1x2.npy at=: expected 3 whole numbers
patches/size=4/vol/image/at=1x2xthree.npy at=: expected 3 whole numbers
patches/size=64,transforms=flip:3/vol/image/0.npy axis 3 does not exist
patches/size=64,transforms=permute:7/vol/image/0.npy axis 7 does not exist
END
}

@test "NaN to an integer is an error, never a number" {
  mkdir "$TMP/source"
  python -c "
import numpy
a = numpy.zeros((4, 4), 'float32')
a[3, 3] = numpy.nan
numpy.save('$TMP/source/a.npy', a)"
  mount_tree "$TMP/source" 2>/dev/null
  local view=$MNT/patches/size=2,transforms=cast:uint8/a/image
  cat "$view/0.npy" >"$TMP/0.npy"
  run cat "$view/3.npy"
  [ "$status" -ne 0 ]
  grep -q 'NaN cannot be cast to uint8' "$MNT/.tesserafs/errors.log"
}

@test "writing anywhere: EROFS" {
  mount_scans
  local path
  for path in new scans/new scans/vol/image.npy patches/size=4/vol/image/00.npy; do
    run env LC_ALL=C bash -c "echo x >'$MNT/$path'"
    [ "$status" -ne 0 ]
    [[ "$output" == *"Read-only file system" ]] || fail "$path: $output"
  done
  run env LC_ALL=C rm "$MNT/README.txt"
  [[ "$output" == *"Read-only file system" ]]
  run env LC_ALL=C mkdir "$MNT/scans/dir"
  [[ "$output" == *"Read-only file system" ]]
}
