#!/usr/bin/env bats
# "gather" of tesserafs.json: files that make one array, against numpy's stack, concatenate and
# block of what Pillow, h5py and numpy read from the same files; and what is refused at mount.

load helpers

describe() { # stdin: the description
  mkdir -p "$TMP/source"
  cat >"$TMP/source/tesserafs.json"
}

# Runs a script of tests/python on the source and the mount.
make() { # part of gather_model.py
  mkdir -p "$TMP/source"
  python "$ROOT/tests/python/model/gather_model.py" make "$1" "$TMP/source"
}

expect() { # part, scan
  python "$ROOT/tests/python/model/gather_model.py" check "$1" "$TMP/source" "$MNT/scans/$2"
}

# The messages on stdin, one a line (SOURCE is the directory), and no other.
refused() {
  local expected n=0
  mkdir -p "$TMP/mnt"
  run "$TESSERAFS" "$TMP/source" "$TMP/mnt"
  [ "$status" -eq 2 ] || fail "exit status $status: $output"
  while read -r expected; do
    n=$((n + 1))
    expected=${expected//SOURCE/$TMP\/source}
    grep -qF -- "$expected" <<<"$output" || fail "no '$expected' in: $output"
  done
  [ "$(wc -l <<<"$output")" -eq "$n" ] || fail "expected $n lines: $output"
}

# bats test_tags=sanitize
@test "slices are stacked on any axis, in natural order; volumes beside them stay as they are" {
  make slices
  describe <<'END'
{"scans": [{"id": "{case}", "gather": {"z": {"axis": 2}},
            "fields": {"image": "raw/{case}_{z}.png",
                       "label": {"path": "raw/{case}_{z}_seg.npy", "type": "mask"},
                       "whole": "vol/{case}.npy"}}]}
END
  mount_tree "$TMP/source"
  [ "$(echo "$MNT"/scans/*)" = "$MNT/scans/a $MNT/scans/b_1" ]
  expect slices a
  expect slices b_1
}

# bats test_tags=sanitize
@test "z folders of row and column tiles, the last ones shorter, in every encoding" {
  make tiles
  describe <<'END'
{"scans": [{"id": "em", "fields": {"image": "em/{z}/{row}_{column}.png"},
            "gather": {"z": {"axis": 0}, "row": {"axis": 0, "how": "concat"},
                       "column": {"axis": 1, "how": "concat"}}}]}
END
  mount_tree "$TMP/source"
  expect tiles em
}

@test "a name in the key of an HDF5 file; three axes stacked; blocks joined along two axes" {
  make keys
  describe <<'END'
{"scans": [{"id": "k", "fields": {"image": "k.h5:part_{n}/data"}, "gather": {"n": {"axis": 1}}},
           {"id": "t", "fields": {"image": "t/{c}_{z}_{t}.npy"},
            "gather": {"t": {"axis": 0}, "z": {"axis": 1}, "c": {"axis": 4}}},
           {"id": "j", "fields": {"image": "j/{a}{b}.npy"},
            "gather": {"a": {"axis": 1, "how": "concat"}, "b": {"axis": 1, "how": "concat"}}}]}
END
  mount_tree "$TMP/source"
  expect keys k
  expect stacks t
  expect nested j
}

# bats test_tags=sanitize
@test "order: a part, in another order, one twice; fill for what is not there" {
  make slices
  describe <<'END'
{"scans": [{"id": "a", "fields": {"image": "raw/a_{z}.png"},
            "gather": {"z": {"axis": 0, "order": [10, "1", 2, 10]}}},
           {"id": "holes", "gather": {"z": {"axis": 0, "order": [9, 10, 11], "fill": 7}},
            "fields": {"image": "raw/a_{z}.png", "other": {"path": "raw/a_{z}.png", "fill": 300}}}]}
END
  mount_tree "$TMP/source"
  expect order a
  expect holes holes
}

@test "raw pieces, and pieces whose shape and dtype are said" {
  make raw
  describe <<'END'
{"scans": [{"id": "r", "gather": {"z": {"axis": 0}},
            "fields": {"image": {"raw": "r/{z}.bin", "shape": [3, 4], "dtype": ">u2", "offset": 5},
                       "said": {"path": "r/{z}.npy", "shape": [3, 4], "dtype": "<u2"}}}]}
END
  mount_tree "$TMP/source"
  expect raw r
}

# bats test_tags=sanitize
@test "lists: lines are slices of one scan, one may come twice, or a scan each" {
  make slices
  printf '../raw/a_10.png\r\n\n../raw/a_1.png\n../raw/a_10.png' >"$TMP/source/vol/paths.txt"
  describe <<'END'
{"scans": [{"id": "one", "fields": {"image": {"list": "vol/paths.txt"}}},
           {"id": "wide", "fields": {"image": {"list": ["raw/a_1.png", "raw/a_2.png"], "axis": 1, "how": "concat"}}},
           {"id": "{name}", "fields": {"image": {"list": ["vol/b_1.npy", "vol/a.npy"]},
                                       "label": {"list": ["raw/b_1_1_seg.npy", "raw/a_1_seg.npy"]}}}]}
END
  mount_tree "$TMP/source"
  expect list one
  expect wide wide
  cmp "$MNT/scans/b_1/label.npy" <(python -c "
import sys, io, numpy
out = io.BytesIO(); numpy.save(out, numpy.load('$TMP/source/raw/b_1_1_seg.npy')); sys.stdout.buffer.write(out.getvalue())")
  [ -e "$MNT/scans/a/image.npy" ]
}

@test "categories, merge and background are the first transforms of a field" {
  mkdir "$TMP/source"
  python -c "
import numpy
numpy.save('$TMP/source/m.npy', numpy.random.RandomState(0).randint(0, 2, (4, 5, 3, 6)).astype('u1'))"
  describe <<'END'
{"scans": [{"id": "m", "fields": {
   "sum": {"path": "m.npy", "categories": [0, [1, 2], 3, [4, 5]], "background": true},
   "or": {"path": "m.npy", "type": "mask", "categories": [[1, 2], -1], "merge": "or"}}}]}
END
  mount_tree "$TMP/source"
  python - "$TMP/source/m.npy" "$MNT/scans/m" <<'PY'
import sys, numpy
m, load = numpy.load(sys.argv[1]), lambda name: numpy.load("%s/%s.npy" % (sys.argv[2], name))
x = numpy.stack([m[..., 0], m[..., 1] + m[..., 2], m[..., 3], m[..., 4] + m[..., 5]], -1)
x = numpy.concatenate([(x.sum(-1, keepdims=True) == 0).astype(x.dtype), x], -1)
assert numpy.array_equal(load("sum"), x), (load("sum").shape, x.shape)
y = numpy.stack([m[..., 1] | m[..., 2], m[..., 5]], -1)
assert numpy.array_equal(load("or"), y)
PY
}

@test "the ISBI EM slices gathered equal numpy's stack; cut into 4x4 tiles a slice and gathered back too" {
  need_data
  mkdir "$TMP/source"
  cp -r "$DATA/em_isbi2012" "$TMP/source/em"
  make isbi
  describe <<'END'
{"scans": [{"id": "slices", "fields": {"image": "em/image/{z}.png"}, "gather": {"z": {"axis": 0}}},
           {"id": "tiles", "fields": {"image": "tiles/{z}/{row}_{column}.png"},
            "gather": {"z": {"axis": 0}, "row": {"axis": 0, "how": "concat"},
                       "column": {"axis": 1, "how": "concat"}}}]}
END
  mount_tree "$TMP/source"
  expect isbi slices
  expect isbi tiles
  cmp "$MNT/scans/slices/image.npy" "$MNT/scans/tiles/image.npy"
}

# --- what is refused ---------------------------------------------------------------------------

@test "holes, contradicting tiles of all scans, wrong axes and keys are refused at once" {
  make tiles
  python - "$TMP/source" <<'PY'
import os, sys, numpy, PIL.Image
save = lambda path, a: PIL.Image.fromarray(a).save(sys.argv[1] + "/" + path)
os.mkdir(sys.argv[1] + "/em/3")
save("em/3/0_0.png", numpy.zeros((4, 5), "u1"))
save("deep_0.png", numpy.zeros((4, 5), "u2"))
save("deep_1.png", numpy.zeros((4, 5), "u1"))
save("size_0.png", numpy.zeros((4, 5), "u1"))
save("size_1.png", numpy.zeros((4, 6), "u1"))
PY
  describe <<'END'
{"scans": [{"id": "em", "fields": {"image": "em/{z}/{row}_{column}.png"},
            "gather": {"z": {"axis": 0}, "row": {"axis": 0, "how": "concat"},
                       "column": {"axis": 1, "how": "concat"}}},
           {"id": "deep", "fields": {"image": "deep_{n}.png"}, "gather": {"n": {"axis": 0, "how": "concat"}}},
           {"id": "size", "fields": {"image": "size_{n}.png"}, "gather": {"n": {"axis": 0, "how": "concat"}}},
           {"id": "axis", "fields": {"image": "size_{n}.png"}, "gather": {"n": {"axis": 2, "how": "concat"}}},
           {"id": "key", "fields": {"image": "size_{n}.png:data"}, "gather": {"n": {"axis": 0}}},
           {"id": "none", "fields": {"image": "nothing_{n}.png"}, "gather": {"n": {"axis": 0}}}]}
END
  refused <<'END'
scans[0].fields.image: scan 'em' has no file for z 3, row 0, column 1 ('em/3/0_1.png') and 4 more of 24 places; "fill" allows that
scans[1].fields.image: scan 'deep': SOURCE/deep_1.png: expected 4x5 of uint16 as SOURCE/deep_0.png has, found 4x5 of uint8
scans[2].fields.image: scan 'size': SOURCE/size_1.png: expected 4x5 of uint8 as SOURCE/size_0.png has, found 4x6 of uint8
scans[3].fields.image: scan 'axis': 'n' joins along axis 2, but a piece has only 2 axes
scans[4].fields.image: scan 'key': SOURCE/size_0.png: expected an array 'data', found none of this name
scans[5].fields.image: no file matches 'nothing_{n}.png'
END
}

@test "a stack of contradicting slices is mounted; the piece is EIO that names both files, and in --check" {
  make slices
  python -c "
import numpy, PIL.Image
PIL.Image.fromarray(numpy.zeros((9, 5), 'u1')).save('$TMP/source/raw/a_7.png')"
  describe <<'END'
{"scans": [{"id": "a", "fields": {"image": "raw/a_{z}.png"}, "gather": {"z": {"axis": 0}}}]}
END
  mount_tree "$TMP/source"
  python -c "
import numpy
whole = numpy.load('$MNT/scans/a/image[:2].npy')
assert whole.shape[0] == 2"
  run cat "$MNT/scans/a/image[2].npy"
  [ "$status" -eq 1 ]
  grep -q 'a_7.png: expected .* as .*a_1.png has, found 9x5' "$MNT/.tesserafs/errors.log"
  run "$TESSERAFS" --check "$TMP/source"
  [ "$status" -eq 2 ]
  [[ "$output" == *a_7.png*a_1.png* ]]
}

# What it costs is in scripts/bench mount-pieces.
@test "of 20,000 slices and of 100 scans of 100 no file is opened to mount, and no directory listed twice" {
  command -v strace >/dev/null || skip "no strace"
  strace -qq -o /dev/null true || skip "strace may not trace here"
  mkdir -p "$TMP/one/s" "$TMP/many"
  python - "$TMP" <<'PY'
import os, sys
os.chdir(sys.argv[1])
for i in range(20000):
    open("one/s/a_%06d.png" % i, "w").close()
for s in range(100):
    os.mkdir("many/%d" % s)
    for z in range(100):
        open("many/%d/%d.png" % (s, z), "w").close()
PY
  local said='"shape": [64, 64], "dtype": "u1"'
  echo "{\"scans\": [{\"id\": \"a\", \"fields\": {\"image\": {\"path\": \"s/a_{z}.png\", $said}},
    \"gather\": {\"z\": {\"axis\": 0}}}]}" >"$TMP/one/tesserafs.json"
  echo "{\"scans\": [{\"id\": \"{s}\", \"fields\": {\"image\": {\"path\": \"{s}/{z}.png\", $said}},
    \"gather\": {\"z\": {\"axis\": 0}}}]}" >"$TMP/many/tesserafs.json"
  local name
  for name in one many; do
    strace -f -qq -o "$TMP/calls" -e trace=openat,openat2,newfstatat,statx,lstat,stat "$TESSERAFS" --ls "$TMP/$name" >/dev/null
    run grep -c '[0-9]\.png"' "$TMP/calls"
    [ "$output" -eq 0 ]
    run sed -nE 's/.*openat2\([0-9]+, ("[^"]*"), .*[|]O_DIRECTORY.*/\1/p' "$TMP/calls"
    [ -n "$output" ]
    [ "$(sort <<<"$output" | uniq -d | wc -l)" -eq 0 ]
  done
}
