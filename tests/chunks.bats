#!/usr/bin/env bats
# chunks/: PyTC's own chunks, recorded from its code (golden/pytc_tile_chunks.json and
# pytc_float_floor_diff.json), parameters that do not fit, and volumes that no memory holds.
# Random parameters against numpy: views.bats.
# shellcheck disable=SC2012 # ls: the names here are plain

load helpers

VECTORS=$GOLDEN/pytc_tile_chunks.json
FLOORS=$GOLDEN/pytc_float_floor_diff.json

golden() { # what vectors directory
  python "$BATS_TEST_DIRNAME/python/check/golden_chunks.py" "$@"
}

mount_golden() {
  mkdir "$TMP/source"
  golden make "$VECTORS" "$TMP/source"
  mount_tree "$TMP/source"
}

@test "names, boxes, numbers, shapes and sizes of all recorded chunks, parameters in the path" {
  mount_golden
  golden boxes "$VECTORS" "$MNT"
}

@test "the same from a description, range= flat and in a list as PyTC has it" {
  mount_golden
  golden describe "$VECTORS" "$MNT"
}

# bats test_tags=sanitize
@test "boundaries are the floor of a product of doubles: 400 cases where integers differ" {
  mkdir "$TMP/source"
  golden make_line "$FLOORS" "$TMP/source"
  mount_tree "$TMP/source"
  golden floors "$FLOORS" "$MNT"
}

mount_small() {
  mkdir -p "$TMP/source"
  python -c "import numpy
numpy.save('$TMP/source/v.npy', numpy.arange(7 * 9 * 11, dtype='i4').reshape(7, 9, 11))
numpy.save('$TMP/source/thin.npy', numpy.arange(40, dtype='u1').reshape(1, 5, 8))"
  mount_tree "$TMP/source" 2>/dev/null
}

@test "by default two along each axis, but one where there is one voxel" {
  mount_small
  [ "$(ls "$MNT/chunks/default/thin/image")" = "0-0-0.npy
0-0-1.npy
0-1-0.npy
0-1-1.npy" ]
  [ "$(ls "$MNT/chunks/default/v/image" | wc -l)" -eq 8 ]
  diff -r "$MNT/chunks/default/v/image" \
    "$MNT/chunks/num=2,pad=0,overlap=off,range=:,rank=0,world=1,pad_mode=reflect/v/image"
}

@test "a name has as many digits as the last of its axis" {
  mount_small
  local view=$MNT/chunks/num=1x2x11/v
  [ -e "$view/image/0-1-09.npy" ]
  [ -e "$view/0-1-09.json" ]
  local name
  for name in 0-1-9 0-01-09 00-1-09 0-1-11 0-2-00 0-1 0-1-09-0 0-1-09- -1-09 0-1x09 13 at0-1-09; do
    run env LC_ALL=C stat "$view/image/$name.npy"
    [[ "$output" == *"No such file or directory" ]] || fail "$name: $output"
  done
  # a chunk that only= or rank= leaves out does not exist
  [ -e "$MNT/chunks/num=2,only=6+1/v/image/1-1-0.npy" ]
  [ ! -e "$MNT/chunks/num=2,only=6+1/v/image/0-0-0.npy" ]
  [ ! -e "$MNT/chunks/num=2,rank=1,world=2/v/image/0-1-1.npy" ]
}

@test "parameters that do not parse or fit are EINVAL, with the reason" {
  mount_small
  local view pattern
  while read -r view pattern; do
    run env LC_ALL=C stat "$MNT/chunks/$view"
    [[ "$output" == *"Invalid argument" ]] || fail "$view: expected EINVAL, found '$output'"
    grep -F "/chunks/$view: " "$MNT/.tesserafs/errors.log" | grep -q -- "$pattern" ||
      fail "$view: $(tail -n 1 "$MNT/.tesserafs/errors.log")"
  done <<'END'
num=0 num: expected a positive integer
num=2x2/v/items.csv num: expected 1 or 3 numbers, found 2
pad=-1 pad: expected an integer of 0 or more
overlap=true overlap: expected on or off
range=0:8x:x:/v/items.csv range: axis 0 has 7 voxels, found 0:8
range=4:4 range: expected ranges start:stop
range=5:2 range: expected ranges start:stop
range=0:2x0:2/v/items.csv range: expected 1 or 3 numbers, found 2
only=3+3 only: expected different integers
only=3+ only: expected different integers
only=8/v/items.csv only: there are 8 chunks, from 0 on, found 8
rank=2,world=2 rank: expected less than world, 2, found 2
rank=1 rank: expected less than world, 1, found 1
world=0 world: expected a positive integer
size=3 unknown key 'size'
num=2/v/image/at=0x0x0.npy at=: chunks have no one size
num=2147483647/v/items.csv more items than can be numbered
END
}

@test "a description's chunks: what is wrong is named" {
  mkdir "$TMP/source" "$TMP/mnt"
  cat >"$TMP/source/tesserafs.json" <<'END'
{"scans": [{"id": "v", "fields": {"image": "v.npy"}}],
 "views": {"chunks": {"a": {"num": [2, 0, 2]}, "b": {"range": [[0, 5], [3]]}, "c": {"only": [1, 1]},
                      "d": {"rank": 3, "world": 2}, "e": {"overlap": "yes"}}}}
END
  python -c "import numpy; numpy.save('$TMP/source/v.npy', numpy.zeros((4, 4, 4), 'u1'))"
  run "$TESSERAFS" "$TMP/source" "$TMP/mnt"
  [ "$status" -eq 2 ]
  local expected
  while read -r expected; do
    grep -qF "tesserafs.json: views.chunks.$expected" <<<"$output" || fail "no '$expected' in: $output"
  done <<'END'
a.num: expected 3 positive integers, found [2, 0, 2]
b.range: expected ranges start:stop, one per axis or one for all, found [[0, 5], [3]]
c.only: expected different integers of 0 or more, found [1, 1]
d: rank: expected less than world, 2, found 3
e.overlap: expected on or off, found "yes"
END
  [ "$(wc -l <<<"$output")" -eq 5 ]
}

# bats test_tags=sanitize
@test "padding mirrors the volume; with preset=pytc the clipped chunk, as PyTC's code does" {
  mount_small
  python - "$MNT/chunks" <<'PY'
import sys, numpy
volume = numpy.arange(7 * 9 * 11, dtype="i4").reshape(7, 9, 11)
view = "num=7x1x1,pad=2x3x0"
whole = numpy.load("%s/%s/v/image/0-0-0.npy" % (sys.argv[1], view))
assert numpy.array_equal(whole, numpy.pad(volume, ((2, 0), (3, 3), (0, 0)), "reflect")[:5])
clipped = numpy.load("%s/%s,preset=pytc/v/image/0-0-0.npy" % (sys.argv[1], view))
assert numpy.array_equal(clipped, numpy.pad(volume[:3], ((2, 0), (3, 3), (0, 0)), "reflect"))
empty = numpy.load("%s/num=8x1x1,preset=pytc/v/image/0-0-0.npy" % sys.argv[1])
assert empty.shape == (0, 9, 11)
# the chunk of one voxel, padded by more than there is
view = "num=7x9x11,pad=9,only=0"
one = numpy.load("%s/%s/v/image/0-0-00.npy" % (sys.argv[1], view))
assert numpy.array_equal(one, numpy.pad(volume, 9, "reflect")[:19, :19, :19])
PY
}

# A chunk of 16 GiB: half of a volume that takes no room but for one MiB.
@test "1 MiB of a chunk of 16 GiB reads what lies under it" {
  mkdir "$TMP/source"
  python - "$TMP/source/big.npy" <<'PY'
import sys, numpy
volume = numpy.lib.format.open_memmap(sys.argv[1], "w+", "u1", (2048, 4096, 4096))
volume[1500, 256:512] = numpy.random.default_rng(1).integers(0, 255, (256, 4096), "u1")
PY
  mount_tree "$TMP/source" -o cache=8M,prefetch=off
  python - "$TMP/source/big.npy" "$MNT/chunks/num=2x1x1/big/image/1-0-0.npy" <<'PY'
import os, sys, numpy
row = ((1500 - 1024) * 4096 + 256) * 4096
fd = os.open(sys.argv[2], os.O_RDONLY | os.O_DIRECT)
assert os.fstat(fd).st_size == 128 + (1 << 34)
found = os.pread(fd, 1 << 20, 128 + row)
assert found == numpy.load(sys.argv[1], mmap_mode="r")[1500, 256:512].tobytes()
PY
  [ "$(stat_of bytes_read)" -le $((2 << 20)) ]
}

@test "2000x6400x6400 in 2x4x4: sizes, 64 voxels each way at a chunk's border, in little memory" {
  mkdir "$TMP/source"
  python - "$TMP/source/em.npy" <<'PY'
import sys, numpy
volume = numpy.lib.format.open_memmap(sys.argv[1], "w+", "u1", (2000, 6400, 6400))
volume[968:1032, 1568:1632, 3168:3232] = numpy.random.default_rng(2).integers(0, 255, (64,) * 3, "u1")
PY
  mount_tree "$TMP/source" -o cache=16M
  python - "$MNT" <<'PY'
import os, sys, numpy
volume = numpy.random.default_rng(2).integers(0, 255, (64,) * 3, "u1")
view = sys.argv[1] + "/chunks/num=2x4x4/em/image/"
assert len(os.listdir(view)) == 32
assert {os.stat(view + name).st_size for name in os.listdir(view)} == {128 + 1000 * 1600 * 1600}
patch = numpy.load(sys.argv[1] + "/patches/size=64/em/image/at=968x1568x3168.npy")
assert numpy.array_equal(patch, volume)
# the same 64 voxels each way out of the eight chunks that meet there
parts = {0: slice(-32, None), 1: slice(None, 32)}
for z, y, x in numpy.ndindex(2, 2, 2):
    chunk = numpy.load("%s%d-%d-%d.npy" % (view, z, y, x + 1), mmap_mode="r")
    corner = tuple(parts[i] for i in (z, y, x))
    place = tuple(slice(32 * i, 32 * i + 32) for i in (z, y, x))
    assert numpy.array_equal(chunk[corner], volume[place]), (z, y, x)
# and out of one that has it within its padding
padded = sys.argv[1] + "/chunks/num=2x4x4,pad=32/em/image/0-0-1.npy"
assert numpy.array_equal(numpy.load(padded, mmap_mode="r")[-64:, -64:, -64:], volume)
PY
  local pid kib=0
  for pid in $(daemon_of "$MNT"); do
    kib=$((kib + $(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")))
  done
  echo "$kib KiB"
  [ "$kib" -gt 0 ]
  [ "$kib" -lt $(((16 + 128) << 10)) ]
}
