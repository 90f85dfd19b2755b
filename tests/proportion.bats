#!/usr/bin/env bats
# Work in proportion to what is read: a volume of 8 GiB whose chunks cannot be decoded, but
# those under one box.  Whoever touches more than was asked for meets an error
# (tests/python/check/poisoned_volume.py).

load helpers

setup_file() {
  /usr/bin/python3 "$BATS_TEST_DIRNAME/python/check/poisoned_volume.py" make "$BATS_FILE_TMPDIR/big.h5"
}

mount_big() { # options...
  mount_tree "$BATS_FILE_TMPDIR/big.h5" "$@"
}

poisoned() { # command argument
  "$PYTHON" "$BATS_TEST_DIRNAME/python/check/poisoned_volume.py" "$@"
}

@test "the box reads through every encoding, as a cut and as a patch" {
  mount_big
  poisoned compare "$MNT"
}

@test "--cat of the box reads no other chunk either" {
  local path='scans/big/volume[650:760,330:440,1290:1400].npy'
  mount_big
  "$TESSERAFS" --cat "$BATS_FILE_TMPDIR/big.h5" "$path" | cmp - "$MNT/$path"
}

@test "ls -lR, find, stat and du of the whole mount succeed and decode nothing" {
  mount_big
  ls -lR "$MNT" >"$TMP/list"
  [ "$(grep -c '\.npy$' "$TMP/list")" -gt 30000 ]
  find "$MNT" -size +1G >"$TMP/large"
  grep -q 'scans/big/volume.npy$' "$TMP/large"
  [ "$(stat -c %s "$MNT/scans/big/volume.npy")" -eq $((2048 ** 3 + 128)) ]
  [ "$(stat -c %s "$MNT/patches/size=64x64x64,stride=1x1x1/big/volume/at=0x0x0.nii.gz")" \
    -gt $((64 ** 3)) ]
  du -s "$MNT" >"$TMP/size"
  [ "$(stat_of chunks_decoded)" -eq 0 ]
  [ "$(stat_of bytes_read)" -lt 1000000 ]
  [ "$(stat_of errors)" -eq 0 ]
}

@test "with prefetch=off the chunks decoded are just those under the read" {
  mount_big -o prefetch=off
  local image=$MNT/scans/big
  cat "$image/volume[650:700,330:380,1290:1340].npy" >"$TMP/one"
  [ "$(stat_of chunks_decoded)" -eq 1 ]
  cat "$image/volume[650:750,330:380,1290:1340].npy" >"$TMP/two"
  [ "$(stat_of chunks_decoded)" -eq 2 ]
  poisoned compare "$MNT"
  [ "$(stat_of chunks_decoded)" -eq 8 ]
  [ "$(stat_of cache_failed)" -eq 0 ]
}

@test "rows inside the box out of the 8 GiB file, past the page cache" {
  mount_big -o prefetch=off
  "$PYTHON" - "$MNT/scans/big/volume" <<'PY'
import os, sys
volume = sys.argv[1]
at = lambda slow, middle, fast: (slow * 2048 + middle) * 2048 + fast
# npy and raw: the last axis lies together; nii: the first
for name, header, place, cut in [
    (".npy", 128, at(660, 340, 1300), "[660,340,1300:1337].raw"),
    (".raw", 0, at(660, 340, 1300), "[660,340,1300:1337].raw"),
    (".nii", 352, at(1300, 340, 660), "[660:697,340,1300].raw"),
]:
    fd = os.open(volume + name, os.O_RDONLY | os.O_DIRECT)
    with open(volume + cut, "rb") as file:
        assert os.pread(fd, 37, header + place) == file.read(), name
PY
  [ "$(stat_of chunks_decoded)" -eq 1 ]
}

@test "a row inside the box out of one of chunks/, padded too" {
  mount_big -o prefetch=off
  "$PYTHON" - "$MNT" <<'PY'
import os, sys
with open(sys.argv[1] + "/scans/big/volume[660,340,1300:1337].raw", "rb") as file:
    want = file.read()
for view, item, start, stop in [
    ("num=2x1x1", "0-0-0", (0, 0, 0), (1024, 2048, 2048)),
    ("num=2,pad=16x0x128", "0-0-1", (-16, 0, 896), (1040, 1024, 2176)),
]:
    fd = os.open("%s/chunks/%s/big/volume/%s.raw" % (sys.argv[1], view, item), os.O_RDONLY | os.O_DIRECT)
    place = 0
    for at, a, b in zip((660, 340, 1300), start, stop):
        place = place * (b - a) + at - a
    assert os.pread(fd, 37, place) == want, view
PY
  [ "$(stat_of chunks_decoded)" -eq 1 ]
}

@test "opening chunks/ in order, for their headers, decodes nothing ahead" {
  mount_big
  "$PYTHON" - "$MNT/chunks/num=2/big/volume" <<'PY'
import os, sys
for name in sorted(os.listdir(sys.argv[1])):
    fd = os.open(os.path.join(sys.argv[1], name), os.O_RDONLY | os.O_DIRECT)
    assert os.pread(fd, 128, 0).startswith(b"\x93NUMPY")
PY
  sleep 0.5
  [ "$(stat_of cache_failed)" -eq 0 ]
  [ "$(stat_of chunks_decoded)" -eq 0 ]
}

@test "a poisoned chunk is EIO with its reason, wherever a read meets it" {
  mount_big -o prefetch=off
  local path
  for path in 'scans/big/volume[650:760,330:440,1200:1400].npy' \
    'patches/size=64x64x64/big/volume/00000.h5' 'slices/default/big/volume/0000.png'; do
    run cat "$MNT/$path"
    [ "$status" -ne 0 ]
    [[ "$output" == *"Input/output error"* ]]
  done
  grep -q 'big.h5: volume: chunk 0,0,0: .*zlib' "$MNT/.tesserafs/errors.log"
  poisoned compare "$MNT"
}
