#!/usr/bin/env bats
# A description that lies in the dataset (anybody's) reaches nothing outside of it, symlinks included.

load helpers

# $TMP/src, a dataset of which others know; $TMP/out, what they are after: the same names, other
# voxels (all 77, the text SECRET).
make_both() {
  "$PYTHON" - "$TMP" <<'PY'
import json, os, sys, h5py, nibabel, numpy
from PIL import Image
os.chdir(sys.argv[1])
os.makedirs("src/real")
os.mkdir("out")
for place, voxels in ("src/real", numpy.arange(120, dtype="u1").reshape(4, 5, 6) % 70), ("out", numpy.full((4, 5, 6), 77, "u1")):
    numpy.save(place + "/v.npy", voxels)
    voxels.tofile(place + "/v.raw")
    with h5py.File(place + "/v.h5", "w") as file:
        file["data"] = voxels
        file.create_dataset("packed", data=voxels, chunks=(2, 5, 6), compression="gzip")
    nibabel.save(nibabel.Nifti1Image(voxels, numpy.eye(4)), place + "/v.nii.gz")
    nibabel.save(nibabel.Nifti1Pair(voxels, numpy.eye(4)), place + "/p.hdr")
    Image.fromarray(voxels[0]).save(place + "/t.png")
open("out/list.txt", "w").write("SECRET:x:0:0\n")
open("out/list2.txt", "w").write(os.path.abspath("src/real/v.npy") + "\n")
open("out/tile.json", "w").write("SECRET\n")
tile = {"image": ["t.png"], "depth": 1, "height": 5, "width": 6, "tile_size": [5, 6]}
open("out/good.json", "w").write(json.dumps(tile))
os.chdir("src")
os.symlink(os.path.abspath("../out"), "dir")
os.symlink("../out", "dir_rel")
for name in os.listdir("../out"):
    os.symlink("../out/" + name, "l_" + name)
os.symlink("real/v.npy", "in.npy")
os.symlink(os.path.abspath("real/v.npy"), "in_abs.npy")
os.symlink("real", "in_dir")
os.symlink(os.path.abspath("real"), "in_dir_abs")
os.symlink("in_dir_abs", "in_twice")
os.mkdir("half")
os.symlink("../real/p.hdr", "half/p.hdr")
os.symlink("../../out/p.img", "half/p.img")
open("list.txt", "w").write("real/v.npy\nl_v.npy\n")
open("list_in.txt", "w").write("in_abs.npy\n")
tile["image"] = ["l_{row}_{column}.png"]
open("tile.json", "w").write(json.dumps(tile))
os.symlink("../out/t.png", "l_0_0.png")
PY
}

# What comes of a field of $TMP/src/tesserafs.json: a status and a text.
try() { # field, as JSON
  echo '{"scans": [{"id": "a", "fields": {"x": '"$1"'}}]}' >"$TMP/src/tesserafs.json"
  run bash -c '"$1" --cat "$2" scans/a/x.npy 2>&1 >"$3"' - "$TESSERAFS" "$TMP/src" "$TMP/got"
}

is_refused() { # field
  try "$1"
  [ "$status" -eq 2 ] || fail "$1: status $status"
  [[ "$output" == *"outside"* || "$output" == *"inside the dataset"* ]] || fail "$1: $output"
  [[ "$output" != *SECRET* ]] || fail "$1: $output"
}

is_shown() { # field
  try "$1"
  [ "$status" -eq 0 ] || fail "$1: $output"
  python -c "import numpy; assert numpy.load('$TMP/got').max() < 70"
}

@test "what a symlink leads out to is refused: paths, templates, keys, raw, lists, tiles" {
  make_both
  local field
  for field in '"l_v.npy"' '"dir/v.npy"' '"dir_rel/v.npy"' '"in_dir/../dir/v.npy"' '"{q}/v.npy"' '"dir/{q}.npy"' '"l_{q}.npy"' \
    '"l_v.h5:data"' '"dir/v.h5:{k}"' '"l_v.nii.gz"' '"half/p.hdr"' '{"path": "l_v.npy", "type": "mask"}' \
    '{"raw": "l_v.raw", "shape": [4, 5, 6], "dtype": "u1"}' '{"raw": "dir/v.raw", "shape": [4, 5, 6], "dtype": "u1"}' \
    '{"list": "l_list.txt"}' '{"list": "dir/list.txt"}' '{"list": "l_list2.txt"}' '{"list": "list.txt"}' \
    '{"list": ["real/v.npy", "l_v.npy"]}' '{"list": ["dir/v.npy"]}' '{"list": ["l_v.h5:data"]}' \
    '{"tiles": "l_tile.json"}' '{"tiles": "dir/tile.json"}' '{"tiles": "l_good.json"}' '{"tiles": "tile.json"}'; do
    is_refused "$field"
  done
}

@test "symlinks that stay beneath are followed, absolute ones too" {
  make_both
  local field
  for field in '"in.npy"' '"in_abs.npy"' '"in_dir/v.npy"' '"in_dir_abs/v.npy"' '"in_twice/v.npy"' '"in_dir/../real/v.npy"' \
    '"in_dir_abs/{q}.npy"' '{"list": "list_in.txt"}' '{"list": ["in_dir/v.npy"]}' '"in_twice/v.h5:packed"' '"in_twice/v.h5:data"' \
    '{"raw": "in_dir_abs/v.raw", "shape": [4, 5, 6], "dtype": "u1"}' "\"$TMP/src/in_abs.npy\""; do
    is_shown "$field"
  done
}

@test "a description that is itself a symlink to outside is refused unread; named, it may lead anywhere" {
  make_both
  ln -s ../out/tile.json "$TMP/src/tesserafs.json"
  run "$TESSERAFS" --ls "$TMP/src"
  [ "$status" -eq 2 ]
  [[ "$output" == *"points outside"*"-o config=FILE"* && "$output" != *SECRET* ]]
  rm "$TMP/src/tesserafs.json"
  echo '{"scans": [{"id": "a", "fields": {"x": "dir/v.npy", "y": {"list": ["l_v.npy"]}}}]}' >"$TMP/src/named.json"
  "$TESSERAFS" --cat -o "config=$TMP/src/named.json" "$TMP/src" scans/a/x.npy | cmp - "$TMP/out/v.npy"
  # one that leaves the files to discovery, which follows symlinks, names nothing
  mkdir "$TMP/plain"
  ln -s ../out/v.npy "$TMP/plain/link.npy"
  echo '{"views": {"patches": {"p": {"size": [2, 2, 2]}}}}' >"$TMP/plain/tesserafs.json"
  "$TESSERAFS" --cat "$TMP/plain" scans/link/image.npy | cmp - "$TMP/out/v.npy"
}

@test "native configurations that are found, and DeepReg's section, reach nothing outside either" {
  make_both
  cd "$TMP/src"
  local text
  for text in '[{"file_name": "l_v.h5", "scan_id": "a", "sem_seg_file": null}]' \
    '[{"file_name": "dir/v.h5", "scan_id": "a"}]' \
    '[{"file_name": "real/v.h5", "sem_seg_file": "l_v.h5", "scan_id": "a"}]' \
    '{"image": ["l_t.png"], "depth": 1, "height": 5, "width": 6, "tile_size": [5, 6]}' \
    '{"image": ["dir/t.png"], "depth": 1, "height": 5, "width": 6, "tile_size": [5, 6]}' \
    '{"deepreg": {"type": "unpaired", "train": {"dir": "dir", "format": "nifti", "labeled": false}}}'; do
    echo "$text" >tesserafs.json
    run "$TESSERAFS" --ls "$TMP/src"
    [ "$status" -eq 2 ] || fail "$text: $output"
    [[ "$output" == *outside* ]] || fail "$text: $output"
  done
  mkdir -p fold/images fold2
  ln -s ../../../out/v.nii.gz fold/images/v.nii.gz
  ln -s ../../out fold2/images
  for text in fold fold2; do
    echo '{"deepreg": {"type": "unpaired", "train": {"dir": "'$text'", "format": "nifti", "labeled": false}}}' >tesserafs.json
    run "$TESSERAFS" --check "$TMP/src"
    [ "$status" -eq 2 ]
    [[ "$output" == *"points outside"* ]]
  done
}

@test "HDF5: links, virtual datasets and external storage are followed beneath, not outside" {
  make_both
  "$PYTHON" - "$TMP/src" <<'PY'
import os, sys, h5py
os.chdir(sys.argv[1])
for name, prefix in ("good", "real/"), ("bad", "l_"), ("dir_bad", "dir/"):
    with h5py.File(name + ".h5", "w") as file:
        file["link"] = h5py.ExternalLink(prefix + "v.h5", "data")
        layout = h5py.VirtualLayout((4, 5, 6), "u1")
        layout[...] = h5py.VirtualSource(prefix + "v.h5", "data", (4, 5, 6))
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("external", (4, 5, 6), "u1", external=[(prefix + "v.raw", 0, 120)])
PY
  local name key
  for key in link virtual external; do
    is_shown "\"good.h5:$key\""
    for name in bad dir_bad l_v; do
      try "\"$name.h5:$key\""
      [ "$status" -eq 2 ] || fail "$name $key"
      [[ "$output" == *outside* ]] || fail "$name $key: $output"
    done
  done
}

# bats test_tags=sanitize
@test "a symlink that is swapped after the mount leads nowhere: EIO, and never a voxel from outside" {
  make_both
  cd "$TMP/src"
  echo '{"scans": [{"id": "{n}", "fields": {"npy": "{n}/v.npy", "data": "{n}/v.h5:data", "packed": "{n}/v.h5:packed",
    "nii": "{n}/v.nii.gz", "raw": {"raw": "{n}/v.raw", "shape": [4, 5, 6], "dtype": "u1"}}}]}' >tesserafs.json
  rm -r dir dir_rel in_dir in_dir_abs in_twice half
  mv real one
  local i
  for i in two three; do cp -r one $i; done
  mkdir kept
  mv two three kept
  ln -s kept/two two
  ln -s "$PWD/kept/three" three
  mount_tree "$TMP/src" -o cache=1M 2>/dev/null
  [ "$(echo "$MNT"/scans/*)" = "$(echo "$MNT"/scans/{one,three,two})" ]
  "$PYTHON" -c "import numpy; numpy.load('$MNT/scans/two/npy.npy')"
  mv one kept/one
  ln -s ../out one
  ln -sfn ../out two
  ln -sfn "$TMP/out" three
  sleep 0.5
  "$PYTHON" - "$MNT" <<'PY'
import sys
files = [f"{sys.argv[1]}/scans/{scan}/{field}.npy" for scan in ("one", "two", "three")
         for field in ("npy", "data", "packed", "nii", "raw")]
for name in files:
    try:
        got = open(name, "rb").read()
    except OSError:
        continue
    assert b"\x4d" * 8 not in got, name
    sys.exit(name + ": could be read")
PY
  grep -q "two/v.npy: points outside $TMP/src" "$MNT/.tesserafs/errors.log"
  grep -q "three/v.h5: points outside $TMP/src" "$MNT/.tesserafs/errors.log"
}

@test "symlinks that are swapped again and again while they are read: never a voxel from outside" {
  make_both
  cd "$TMP/src"
  echo '{"scans": [{"id": "a", "fields": {"npy": "swap/v.npy", "data": "swap/v.h5:data", "packed": "swap/v.h5:packed",
    "raw": {"raw": "swap/v.raw", "shape": [4, 5, 6], "dtype": "u1"}}}]}' >tesserafs.json
  ln -s real swap
  mount_tree "$TMP/src" -o cache=1M 2>/dev/null
  "$PYTHON" - "$MNT" <<'PY'
import os, sys, threading, numpy
stop = threading.Event()

def swap():
    i = 0
    while not stop.is_set():
        os.symlink(["../out", "real"][i % 2], "new")
        os.rename("new", "swap")
        i += 1

thread = threading.Thread(target=swap)
thread.start()
read = failed = 0
try:
    for i in range(600):
        name = ("npy", "data", "packed", "raw")[i % 4]
        try:
            got = open(f"{sys.argv[1]}/scans/a/{name}.npy", "rb").read()
        except OSError:
            failed += 1
            continue
        assert got[-120:] == (numpy.arange(120) % 70).astype('u1').tobytes(), (name, got[-120:])
        read += 1
finally:
    stop.set()
    thread.join()
print(read, "read,", failed, "failed")
PY
}

# libhdf5 opens the sources of virtual datasets and external storage by name, while it reads.
@test "HDF5: links that are swapped while libhdf5 reads through them: never a voxel from outside, nor a fill value" {
  make_both
  mkdir -p "$TMP/plain"
  cd "$TMP/plain"
  cp -r ../src/real real
  ln -s real swap
  "$PYTHON" - <<'PY'
import h5py
with h5py.File("refers.h5", "w") as file:
    layout = h5py.VirtualLayout((4, 5, 6), "u1")
    layout[...] = h5py.VirtualSource("swap/v.h5", "data", (4, 5, 6))
    file.create_virtual_dataset("virtual", layout, fillvalue=99)
    file.create_dataset("external", (4, 5, 6), "u1", external=[("swap/v.raw", 0, 120)])
PY
  local described
  for described in yes no; do
    rm -f tesserafs.json
    ln -sfn real swap
    [ $described = no ] || echo '{"scans": [{"id": "refers", "fields": {"virtual": "refers.h5:virtual",
      "external": "refers.h5:external"}}]}' >tesserafs.json
    mount_tree "$TMP/plain" -o cache=1M 2>/dev/null
    "$PYTHON" - "$MNT" <<'PY'
import mmap, os, sys, threading, time
stop = threading.Event()

def swap():
    i = 0
    while not stop.is_set():
        os.symlink(["../out", "real"][i % 2], "new")
        os.rename("new", "swap")
        i += 1
        if i % 2 == 0:
            time.sleep(0.0003)

good, room = bytes(i % 70 for i in range(120)), mmap.mmap(-1, 4096)
thread = threading.Thread(target=swap)
thread.start()
try:
    for i in range(400):
        with open(sys.argv[1] + "/.tesserafs/control", "w") as control:
            control.write("drop-caches\n")
        name = sys.argv[1] + "/scans/refers/" + ("virtual", "external")[i % 2] + ".npy"
        try:
            fd = os.open(name, os.O_RDONLY | os.O_DIRECT)
            try:
                n = os.preadv(fd, [room], 0)
            finally:
                os.close(fd)
        except OSError:
            continue
        assert room[n - 120:n] == good, (name, room[n - 120:n])
finally:
    stop.set()
    thread.join()
PY
    unmount "$MNT"
  done
}
