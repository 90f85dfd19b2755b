#!/usr/bin/env bats
# Damaged files: always an error with its reason, never a wrong voxel, and everything beside them
# still works.

load helpers

EXTENSIONS=(npy raw h5 nii nii.gz tif png)

# The name of a data file without its suffix.
stem() { # path
  local name=${1##*/}
  name=${name%.gz}
  echo "${name%.*}"
}

# Every encoding of a scan's fields gives EIO when it is read, and the log says why.
all_encodings_fail() { # scan
  local field ext file tried=0
  for field in "$MNT/scans/$1"/*.npy; do
    for ext in "${EXTENSIONS[@]}"; do
      file=${field%.npy}.$ext
      [ -e "$file" ] || continue
      run cat "$file"
      [ "$status" -ne 0 ] || fail "$file can be read"
      [[ "$output" == *"Input/output error" ]] || fail "$file: $output"
      grep -q "/scans/$1/${file##*/}: ./*[^ ]*: .*[a-z]" "$MNT/.tesserafs/errors.log" ||
        fail "errors.log has no reason for $file"
      tried=$((tried + 1))
    done
  done
  [ "$tried" -ge 6 ] || fail "$1: only $tried encodings"
}

# A file's fate is to be ignored, with a reason, or to be a scan that cannot be read.
ends_in_clear_error() { # file
  if ! grep -qE "^${1##*/}(:[^ ]+)?: .*[a-z]{3}" "$MNT/.tesserafs/ignored.txt"; then
    all_encodings_fail "$(stem "$1")"
  fi
}

# --check has a line for every file but the good ones, and says so by its status.
check_reports_all() { # directory [good names...]
  local file source=$1 bad=0
  shift
  run "$TESSERAFS" --check "$source"
  [ "$status" -eq 2 ]
  for file in "$source"/*; do
    [[ " $* " == *" ${file##*/} "* ]] && continue
    bad=$((bad + 1))
    [ "$(grep -cE "(^|[ /])${file##*/}(:[^ ]+)?: " <<<"$output")" -eq 1 ] ||
      fail "--check: not one line about ${file##*/}: $output"
  done
  [[ "$output" == *" $bad problems"* ]]
}

make_damaged() {
  mkdir "$TMP/source"
  python "$BATS_TEST_DIRNAME/python/make/make_damaged.py" "$TMP/source"
}

@test "every file of ../shared/data/corrupt ends in a clear error, in every encoding" {
  need_data
  local file
  mount_tree "$DATA/corrupt" 2>/dev/null
  for file in "$DATA/corrupt"/*; do
    ends_in_clear_error "$file"
  done
}

@test "--check has one line about each file of ../shared/data/corrupt, exit status 2" {
  need_data
  check_reports_all "$DATA/corrupt"
}

@test "good files among corrupt ones read back equal, and cp -r copies them" {
  need_data
  local good=(h5_image/3d.h5 nifti_odd/anatomical.nii png_misc/horse.png tiff/hopper_lzw.tif) path
  mkdir "$TMP/source"
  cp "$DATA"/corrupt/* "$TMP/source"
  cp "${good[@]/#/$DATA/}" "$TMP/source"
  mount_tree "$TMP/source" 2>/dev/null
  run cp -r "$MNT/scans" "$TMP/copy"
  [ "$status" -ne 0 ] # the corrupt ones
  for path in "${good[@]}"; do
    cp -r "$MNT/scans/$(stem "$path")" "$TMP"
    diff -r "$TMP/$(stem "$path")" "$TMP/copy/$(stem "$path")"
  done
  mkdir "$TMP/good"
  cp "${good[@]/#/$DATA/}" "$TMP/good"
  mount_tree "$TMP/good"
  diff -r "$TMP/copy/horse" "$MNT/scans/horse"
  diff -r "$TMP/copy/3d" "$MNT/scans/3d"
}

# bats test_tags=sanitize
@test "generated damage of every format ends in a clear error, in every encoding" {
  local file
  make_damaged
  mount_tree "$TMP/source" 2>/dev/null
  for file in "$TMP/source"/*; do
    [ "${file##*/}" = good.npy ] || ends_in_clear_error "$file"
  done
  cmp "$TMP/source/good.npy" "$MNT/scans/good/image.npy"
}

@test "--check has one line about each damaged file and none about the good one" {
  make_damaged
  check_reports_all "$TMP/source" good.npy
}

@test "--check says nothing about files that are of no known format" {
  mkdir "$TMP/source"
  echo hello >"$TMP/source/README"
  python -c "import numpy; numpy.save('$TMP/source/a.npy', numpy.zeros((2, 3)))"
  run "$TESSERAFS" --check "$TMP/source"
  [ "$status" -eq 0 ]
  [[ "$output" != *README* ]]
}

@test "a part of a damaged file is an error or right, never wrong voxels" {
  make_damaged
  mount_tree "$TMP/source" 2>/dev/null
  python "$BATS_TEST_DIRNAME/python/check/never_wrong.py" "$MNT"
}

# bats test_tags=sanitize
@test "--cat of a damaged file: exit status 2 and the reason" {
  make_damaged
  run "$TESSERAFS" --cat "$TMP/source" scans/crc_png/image.npy
  [ "$status" -eq 2 ]
  [[ "$output" == *crc_png.png*check* ]]
}

@test "a damaged slice of a stack is an error where it is needed, and moves no other" {
  python - "$TMP" <<'PY'
import os, sys, numpy, PIL.Image
os.mkdir(sys.argv[1] + "/source")
for i in range(12):
    path = "%s/source/%d.png" % (sys.argv[1], i)
    PIL.Image.fromarray(numpy.full((5, 4), i, "uint8")).save(path)
    if i in (3, 7):
        data = bytearray(open(path, "rb").read())
        data[-20 if i == 3 else 20] ^= 1  # the checksum of the pixels; the header
        open(path, "wb").write(data)
PY
  mount_tree "$TMP/source" 2>/dev/null
  local i
  for i in 0 1 2 4 5 6 8 9 10 11; do
    [ "$(od -An -tu1 -N1 "$MNT/scans/source/image[$i].raw" | tr -d ' ')" -eq "$i" ]
  done
  run cat "$MNT/scans/source/image[3].raw"
  [ "$status" -ne 0 ]
  run cat "$MNT/scans/source/image[7].raw"
  [ "$status" -ne 0 ]
  grep -q '/3.png: ' "$MNT/.tesserafs/errors.log"
}

@test "a file that is repaired while mounted can be read again" {
  make_damaged
  python -c "
import numpy, PIL.Image
PIL.Image.fromarray(numpy.arange(600, dtype='uint16').astype('uint8').reshape(30, 20)).save('$TMP/good.png')"
  mount_tree "$TMP/source" 2>/dev/null
  run cat "$MNT/scans/crc_png/image.npy"
  [ "$status" -ne 0 ]
  cp "$TMP/good.png" "$TMP/source/crc_png.png"
  sleep 1.1 # a change is seen within a second
  python -c "
import numpy
assert (numpy.load('$MNT/scans/crc_png/image.npy').ravel() == numpy.arange(600) % 256).all()"
}
