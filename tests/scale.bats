#!/usr/bin/env bats
# Scale: what a mount costs does not grow with the number of its virtual files, and memory
# stays within cache= and 128 MiB, whatever is listed and read.

load helpers

teardown() {
  local mnt
  for mnt in "${MOUNTS[@]}"; do
    unmount "$mnt" || true
  done
  [ -z "$GROUP" ] || rmdir "$GROUP" || true
  rm -rf "$TMP"
}

# A volume with a view "p" of so many patches: 10 or 10,000,000.
make_view() { # directory, patches
  local shape="[1, 1, 10]"
  [ "$2" -eq 10 ] || shape="[200, 250, 200]"
  mkdir "$1"
  truncate -s 10000000 "$1/zeros.raw"
  cat >"$1/tesserafs.json" <<EOF
{"scans": [{"id": "v", "fields": {"image": {"raw": "zeros.raw", "shape": $shape, "dtype": "u1"}}}],
 "views": {"patches": {"p": {"size": [1, 1, 1]}}}}
EOF
}

pid_of_daemon() {
  daemon_of "$MNT" | head -n 1
}

# A line of the daemon's /proc/PID/status, in KiB.
memory_of() { # VmHWM, VmRSS, VmData
  sed -n "s/^$1:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$(pid_of_daemon)/status"
}

# --- the same work ---------------------------------------------------------------------

# Mounts, lists the view's parents, opens its last patch, unmounts; under strace.  Prints how
# often each system call was made; of those alone that tell of work (no locks, no sleeps).
calls_of_a_mount() { # directory, last patch
  local mnt=$1.mnt calls=$1.calls daemon i
  mkdir "$mnt"
  MOUNTS+=("$mnt")
  strace -f -qq -o "$calls" -e trace=openat,read,pread64,newfstatat,getdents64,mmap,brk \
    "$TESSERAFS" -f -s "$1" "$mnt" 3>&- &
  daemon=$!
  for ((i = 0; i < 200 && $(stat -c %i "$mnt") != 1; i++)); do sleep 0.05; done
  ls "$mnt" "$mnt/patches" "$mnt/patches/p" >/dev/null
  cat "$mnt/patches/p/v/image/$2.npy" >/dev/null
  fusermount3 -u "$mnt"
  wait "$daemon"
  sed -E '/resumed>/d; s/^[0-9]+ +//; s/\(.*//' "$calls" | sort | uniq -c
}

@test "a view of 10,000,000 patches is mounted with the system calls of one with ten" {
  need_fuse
  command -v strace >/dev/null || skip "no strace"
  strace -qq -o /dev/null true || skip "strace may not trace here"
  make_view "$TMP/ten" 10
  make_view "$TMP/many" 10000000
  calls_of_a_mount "$TMP/ten" 9 >"$TMP/a"
  calls_of_a_mount "$TMP/many" 9999999 >"$TMP/b"
  diff "$TMP/a" "$TMP/b"
}

@test "ls -f of 10,000,000 patches in constant memory" {
  make_view "$TMP/src" 10000000
  mount_tree "$TMP/src"
  stat "$MNT/patches/p/v/image/0000000.npy" "$MNT/patches/p/v/image/9999999.npy" >"$TMP/stat"
  local before
  before=$(memory_of VmHWM)
  # shellcheck disable=SC2012 # ls itself is what is tested
  [ "$(ls -f "$MNT/patches/p/v/image" | wc -l)" -eq 10000002 ]
  [ "$(memory_of VmHWM)" -lt $((before + 4096)) ]
}

@test "100,000 names of parameters, each opened once, leave nothing behind" {
  make_view "$TMP/src" 10000000
  mount_tree "$TMP/src"
  local round before after=0
  for round in 1 2; do
    before=$after
    "$PYTHON" - "$MNT" "$round" <<'PY'
import os, sys
mount, turn = sys.argv[1], int(sys.argv[2])
os.chdir(mount)
for i in range(25000):
    first, second = i // 250, i % 250
    os.stat("patches/size=1x1x%d,stride=%dx%dx1" % (turn, first + 1, second + 1))
    fd = os.open("scans/v/image[%d,%d,%d:].npy" % (first, second, turn), os.O_RDONLY)
    assert len(os.read(fd, 4096)) == 128 + 200 - turn
    os.close(fd)
PY
    [ "$(id -u)" -eq 0 ] || skip "to have the kernel forget names wants root"
    mount -i -o remount,ro "$MNT" # the kernel forgets all that it knows of the mount
    sleep 1
    after=$(memory_of VmRSS)
    echo "round $round: $after KiB"
  done
  [ "$after" -lt $((before + 2048)) ]
  [ "$after" -lt 16384 ]
}

# --- within cache + 128 MiB ----------------------------------------------------------------

# Mounts with cache=1M, or so many MiB, in a memory cgroup of its own, limited to 128 MiB more,
# without swap.
#
# What counts there: the memory of the daemon and of the processes of its HDF5 server, and what
# the kernel keeps for them (page tables, pipes, sockets).  The page cache of the sources counts,
# too, but the kernel takes it back at the limit; what it cannot take back beyond that ends in a
# kill, and the test with it.  What the kernel keeps for the readers (dentries, inodes, pages of
# the mount) is charged to them, not here.
#
# Without such a cgroup the peak of each process is looked at.
mount_limited() { # source [cache in MiB]
  need_fuse
  CACHE=${2:-1}
  GROUP=/sys/fs/cgroup/memory/tesserafs-test.${TMP##*.}
  if ! mkdir "$GROUP" 2>/dev/null; then
    GROUP=
    mount_tree "$1" -o "cache=${CACHE}M"
    return
  fi
  echo $(((CACHE + 128) << 20)) >"$GROUP/memory.limit_in_bytes"
  [ ! -e "$GROUP/memory.memsw.limit_in_bytes" ] ||
    echo $(((CACHE + 128) << 20)) >"$GROUP/memory.memsw.limit_in_bytes"
  MNT=$TMP/mnt.${#MOUNTS[@]}
  mkdir "$MNT"
  MOUNTS+=("$MNT")
  # shellcheck disable=SC2016 # expanded by that shell
  sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$GROUP" \
    "$TESSERAFS" -o "cache=${CACHE}M" "$1" "$MNT" 3>&-
}

expect_within_limit() {
  local pid kib=0
  for pid in $(daemon_of "$MNT"); do
    kib=$((kib + $(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")))
  done
  echo "peak of the processes: $kib KiB"
  [ "$kib" -gt 0 ] || fail "the daemon is gone"
  [ "$kib" -lt $(((CACHE + 128) << 10)) ]
  [ -z "$GROUP" ] || [ "$(sed -n 's/^oom_kill //p' "$GROUP/memory.oom_control")" -eq 0 ]
}

@test "find -size over 1,000,000 patches stays within 129 MiB" {
  make_view "$TMP/src" 10000000
  mount_limited "$TMP/src"
  local view="$MNT/patches/size=2x1x5" # 100 x 250 x 40
  [ "$(find "$view/v/image" -type f -size -1k | wc -l)" -eq 0 ]
  [ "$(find "$view/v/image" | wc -l)" -eq 1000001 ]
  expect_within_limit
}

# Volumes of 20 MiB in one format each.
make_volumes() {
  mkdir -p "$TMP/src/stack"
  "$PYTHON" - "$TMP/src" <<'PY'
import sys
import h5py, nibabel, numpy, tifffile
from PIL import Image
root = sys.argv[1]
noise = numpy.random.default_rng(1).integers(0, 9, (80, 512, 512), "uint8")
with h5py.File(root + "/h5.h5", "w") as file:
    file.create_dataset("image", data=noise, chunks=(8, 128, 128), compression="gzip",
                        compression_opts=1)
with h5py.File(root + "/library.h5", "w") as file:
    file.create_dataset("image", data=noise, chunks=(8, 128, 128), scaleoffset=0)
nibabel.openers.Opener.default_compresslevel = 1
nibabel.save(nibabel.Nifti1Image(noise, numpy.eye(4)), root + "/gz.nii.gz")
nibabel.save(nibabel.Nifti1Image(noise, numpy.eye(4)), root + "/plain.nii")
tifffile.imwrite(root + "/tif.tif", noise, compression="zlib", photometric="minisblack")
for i, page in enumerate(noise):
    Image.fromarray(page).save("%s/stack/%d.png" % (root, i), compress_level=1)
numpy.save(root + "/../noise.npy", noise)
PY
}

@test "with cache=1M, volumes of 20 MiB are read within 129 MiB, by eight readers at a time" {
  make_volumes
  mount_limited "$TMP/src"
  "$PYTHON" - "$MNT" "$TMP/noise.npy" <<'PY'
import sys
from concurrent.futures import ThreadPoolExecutor
import numpy
mount, noise = sys.argv[1], numpy.load(sys.argv[2], mmap_mode="r")
def check(scan):
    assert numpy.array_equal(numpy.load("%s/scans/%s/image.npy" % (mount, scan)), noise), scan
scans = ["h5", "library", "gz", "plain", "tif", "stack"]
with ThreadPoolExecutor(8) as pool:
    list(pool.map(check, scans * 2))
PY
  expect_within_limit
}

@test "and by forty readers of 1 MiB at a time past the page cache, in every encoding" {
  make_volumes
  mount_limited "$TMP/src"
  "$PYTHON" - "$MNT" <<'PY'
import os, random, sys
from concurrent.futures import ThreadPoolExecutor
mount = sys.argv[1]
paths = ["%s/scans/%s/image.%s" % (mount, scan, extension)
         for scan in ("h5", "plain", "tif", "stack") for extension in ("npy", "h5", "tif", "nii.gz")]
def read(task):
    path, offset = task
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    assert len(os.pread(fd, 1 << 20, offset)) == 1 << 20, path
    os.close(fd)
tasks = [(path, offset << 20) for path in paths for offset in range(0, 19, 3)]
random.Random(1).shuffle(tasks)
with ThreadPoolExecutor(40) as pool:
    list(pool.map(read, tasks))
PY
  expect_within_limit
}

@test "and so is a chunk of 88 MiB, with all filters that may be on it" {
  mkdir "$TMP/src"
  "$PYTHON" - "$TMP/src" <<'PY'
import sys
import h5py, numpy
voxels = (numpy.arange(44 << 20, dtype="u4") % 60013).astype("u2").reshape(44, 1024, 1024)
numpy.save(sys.argv[1] + "/../voxels.npy", voxels)
for name, words in (("usual", dict(shuffle=True)), ("summed", dict(shuffle=True, fletcher32=True)),
                    ("plain", dict())):
    with h5py.File("%s/%s.h5" % (sys.argv[1], name), "w") as file:
        file.create_dataset("image", data=voxels, chunks=voxels.shape, compression=1, **words)
PY
  mount_limited "$TMP/src"
  "$PYTHON" - "$MNT" "$TMP/voxels.npy" <<'PY'
import sys
import numpy
mount, voxels = sys.argv[1], numpy.load(sys.argv[2], mmap_mode="r")
for scan in ("usual", "summed", "plain"):
    assert numpy.array_equal(numpy.load("%s/scans/%s/image.npy" % (mount, scan)), voxels), scan
PY
  expect_within_limit
}

# Blocks of a size each, in a cache that has huge pages.
@test "with cache=128M, 300 pages of as many sizes are read within 256 MiB" {
  mkdir "$TMP/src"
  "$PYTHON" - "$TMP/src" <<'PY'
import sys
import numpy
from PIL import Image
for i in range(300):
    rows = numpy.arange((200 + 3 * i) * 1000, dtype="u4").reshape(-1, 1000)
    Image.fromarray((rows * (i + 7) >> 9).astype("u1")).save("%s/%03d.png" % (sys.argv[1], i),
                                                           compress_level=1)
PY
  mount_limited "$TMP/src" 128
  "$PYTHON" - "$MNT" <<'PY'
import random, sys
from concurrent.futures import ThreadPoolExecutor
import numpy
def check(i):
    rows = numpy.arange((200 + 3 * i) * 1000, dtype="u4").reshape(-1, 1000)
    path = "%s/scans/%03d/image[%d:].npy" % (sys.argv[1], i, random.randrange(50))
    image = numpy.load(path)
    assert (image == (rows * (i + 7) >> 9).astype("u1")[-len(image):]).all(), i
pages = list(range(300)) * 3
random.Random(1).shuffle(pages)
with ThreadPoolExecutor(8) as pool:
    list(pool.map(check, pages))
PY
  expect_within_limit
}
