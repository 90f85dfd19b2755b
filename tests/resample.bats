#!/usr/bin/env bats
# zoom, resize, squeeze, pad and crop against scipy and numpy (tests/python/model/resample_model.py),
# and against what DeepReg and PyTC recorded (tests/python/check/golden_resample.py).

load helpers

mount_model() {
  mkdir "$TMP/source"
  python "$BATS_TEST_DIRNAME/python/model/resample_model.py" make "$TMP/source"
  mount_tree "$TMP/source"
}

model() { # function
  python "$BATS_TEST_DIRNAME/python/model/resample_model.py" "$1" "$MNT"
}

golden() { # function
  python "$BATS_TEST_DIRNAME/python/check/golden_resample.py" "$1" "$GOLDEN" "$2"
}

mount_golden() {
  mkdir "$TMP/source"
  golden make "$TMP/source"
  mount_tree "$TMP/source"
}

# bats test_tags=sanitize
@test "resize is DeepReg's, bit for bit" {
  mount_golden
  golden resize "$MNT"
}

# bats test_tags=sanitize
@test "zoom is PyTC's rescaling, bit for bit in uint8" {
  mount_golden
  golden zoom "$MNT"
}

# bats test_tags=sanitize
@test "pad is PyTC's padding" {
  mount_golden
  golden pad "$MNT"
}

# bats test_tags=sanitize
@test "zoom of orders 0, 1 and 3 in six dtypes is scipy's" {
  mount_model
  model zoom
}

@test "random boxes of zoomed fields are boxes of scipy's whole" {
  mount_model
  model boxes
}

@test "a zoomed file has the same bytes wherever it is cut" {
  mount_model
  model cuts
}

@test "masks are zoomed and resized by nearest, unless mask_order says otherwise" {
  mount_model
  model masks
}

# bats test_tags=sanitize
@test "channels stay as they are" {
  mount_model
  model channels
}

@test "pad, crop, squeeze, and statistics behind them" {
  mount_model
  model shapes
}

@test "what was zoomed, resized, padded, cropped or squeezed overlays its source" {
  mount_model
  model geometry
}

@test "arguments that are wrong: EINVAL, what was expected and found" {
  mount_model 2>/dev/null
  local path pattern
  while read -r path pattern; do
    run env LC_ALL=C stat "$MNT/patches/$path"
    [[ "$output" == *"Invalid argument" ]] || fail "$path: $output"
    grep -q "$pattern" "$MNT/.tesserafs/errors.log" || fail "$path: no reason with '$pattern'"
  done <<'END'
transforms=zoom expected a factor
transforms=zoom:0 expected a factor greater than 0, found '0'
transforms=zoom:-2 expected a factor greater than 0, found '-2'
transforms=zoom:nan expected a factor greater than 0, found 'nan'
transforms=zoom:2:order=2 order=: expected 0, 1 or 3, found '2'
transforms=zoom:2:ordr=1 unknown argument 'ordr=1'
transforms=zoom:2:order=1:order=3 'order=' is given twice
size=:,transforms=zoom:2:2/int16/image/0.npy zoom: expected 1 or 3 factors, found 2
size=:,transforms=zoom:1e15/int16/image/0.npy zoom: axis 0 of 37 voxels cannot be zoomed by 1e15
transforms=resize expected extents like 64x64x16
transforms=resize:0 expected extents like 64x64x16, found '0'
transforms=resize:4x4x expected extents like 64x64x16, found '4x4x'
transforms=resize:4:order=3 order=: expected 0 or 1, found '3'
size=:,transforms=resize:4x4/int16/image/0.npy resize: expected 1 or 3 extents, found 2
transforms=spacing:0 expected a distance in mm greater than 0, found '0'
transforms=spacing:1:order=2 order=: expected 0 or 1, found '2'
size=:,transforms=spacing:1/int16/image/0.npy spacing: expected an array whose spacing is known, found none
size=:,transforms=spacing:1:2/head/image/0.npy spacing: expected 1 or 3 distances, found 2
transforms=pad:-1 expected a whole number of 0 or more, found '-1'
transforms=pad:1.5 expected a whole number of 0 or more, found '1.5'
transforms=pad:1:mode=wrap mode: expected reflect, edge, symmetric or constant, found 'wrap'
transforms=pad:1:fill=x fill: expected a number, found 'x'
size=:,transforms=pad:1:1/int16/image/0.npy pad: expected 1, 3 or 6 numbers, found 2
transforms=crop:1 expected a start and a stop per axis, found 1 argument
transforms=crop:1:x expected a whole number or nothing, found 'x'
size=:,transforms=crop:5:5/int16/image/0.npy 5:5 does not fit axis 0
size=:,transforms=crop:0:38/int16/image/0.npy 0:38 does not fit axis 0: expected 0 <= start < stop <= 37
transforms=squeeze:x expected an axis
size=:,transforms=squeeze:0/int16/image/0.npy axis 0: expected an extent of 1, found 37
END
}

# 4608^3 bytes, sparse: what is not under the box costs nothing, or this takes hours
@test "a patch of a zoomed volume of 98 GB is cheap, in time and memory" {
  mkdir "$TMP/source"
  python - "$TMP/source/big.npy" <<'PY'
import sys, numpy
numpy.lib.format.open_memmap(sys.argv[1], "w+", "uint8", (4608, 4608, 4608))[2000:2050, 3000, 1000] = 200
PY
  echo '{"scans": [{"id": "big", "fields": {"image": {"path": "big.npy", "transforms": [{"zoom": 0.5}]}}}]}' \
    >"$TMP/source/tesserafs.json"
  mount_tree "$TMP/source" -o cache=16M
  [ "$(stat -c %s "$MNT/scans/big/image.npy")" -eq $((2304 ** 3 + 128)) ]
  local start=$SECONDS i readers=()
  for i in 0 1 2 3 4 5 6 7; do
    cat "$MNT/patches/size=64/big/image/at=$((1000 + i))x1480x480.npy" >"$TMP/$i.npy" &
    readers+=($!)
  done
  wait "${readers[@]}"
  [ $((SECONDS - start)) -lt 60 ]
  python - "$TMP/0.npy" <<'PY'
import sys, numpy
assert numpy.load(sys.argv[1])[5:20, 19:21, 19:21].max() > 20
PY
  local daemon
  daemon=$(daemon_of "$MNT" | head -n 1)
  [ "$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$daemon/status")" -lt $(((16 + 128) * 1024)) ]
}
