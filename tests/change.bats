#!/usr/bin/env bats
# Sources that change while they are mounted: files that are open get EIO, whoever opens or
# looks a second later has the new content, and nobody ever a mixture.

load helpers

# Runs a Python script (stdin), which may import tests/python/check/changing.py: argv is SOURCE MOUNTPOINT.
changing() { # further arguments...
  python - "$TMP/src" "$MNT" "$@"
}

# A volume of every format in $TMP/src, all voxels 1.
make_ones() {
  mkdir "$TMP/src"
  MNT="" changing <<'PY'
import sys
from changing import *
for name in WRITERS:
    replace(sys.argv[1], name, 1)
PY
}

@test "replaced by rename: size, time and bytes are the new ones within a second" {
  make_ones
  mount_tree "$TMP/src"
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
for name in WRITERS:
    path = image(mount, name)
    before = os.stat(path)
    assert value_of(path) == 1
    replace(source, name, 2, (30, 128, 128))
    wait_until(lambda: os.stat(path).st_size < before.st_size)
    assert os.stat(path).st_mtime_ns > before.st_mtime_ns
    assert value_of(path) == 2 and os.stat(path).st_ino == before.st_ino
PY
}

@test "rewritten in place, the size as before: the new bytes are read within a second" {
  make_ones
  mount_tree "$TMP/src"
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
for name in WRITERS:
    path = image(mount, name)
    assert value_of(path) == 1
    rewrite(source, name, 2)
    wait_until(lambda: reads(path, 2))
PY
}

@test "size and mtime as before (touch -r): seen all the same" {
  make_ones
  mount_tree "$TMP/src"
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
for name in ("npy.npy", "nii.nii"):
    for change in (replace, rewrite):
        file = os.path.join(source, name)
        path = image(mount, name)
        value, before, shown = value_of(path), os.stat(file), os.stat(path)
        change(source, name, value + 1)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert os.stat(file).st_size == before.st_size
        wait_until(lambda: reads(path, value + 1))
        assert os.stat(path).st_mtime_ns != shown.st_mtime_ns  # rsync and make see it too
PY
}

@test "an open file gets EIO: what it has read before, what another has read since, the rest" {
  make_ones
  mount_tree "$TMP/src"
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
for name in WRITERS:
    path = image(mount, name)
    fd = os.open(path, os.O_RDONLY)
    os.pread(fd, 4096, 0)
    replace(source, name, 2)
    wait_until(lambda: reads(path, 2))
    for offset in (0, 300000, os.fstat(os.open(path, os.O_RDONLY)).st_size - 1):
        is_io_error(os.pread, fd, 4096, offset)
    assert value_of(path) == 2
PY
}

@test "an open file gets EIO, not an early end, when its source became shorter" {
  make_ones
  mount_tree "$TMP/src"
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
opened = []
for name in WRITERS:
    fd = os.open(image(mount, name), os.O_RDONLY)
    opened.append((fd, os.fstat(fd).st_size))
    os.pread(fd, 4096, 0)
    replace(source, name, 2, (8, 64, 64))
time.sleep(WITHIN)
for fd, size in opened:
    is_io_error(os.pread, fd, 4096, size // 2)
    is_io_error(os.pread, fd, 4096, size - 100)
PY
}

# bats test_tags=sanitize
@test "a reader's loop over replacements: every whole read is one content or an error" {
  make_ones
  mount_tree "$TMP/src" -o cache=4M
  changing <<'PY'
import sys, threading
from changing import *
source, mount = sys.argv[1:]
names = ["npy.npy", "h5.h5", "gz.nii.gz"]
current = {name: [(0.0, 1)] for name in names}  # when a value was put there
stop, problems, counts = threading.Event(), [], {}
paths = [(name, image(mount, name)) for name in names]
paths += [(name, os.path.join(mount, "patches/size=16x96x96", name.split(".")[0],
                        "image/at=9x9x9.npy")) for name in names]

def check(name, path):
    begin = time.monotonic()
    try:
        got = value_of(path)
    except OSError as error:
        counts[error.errno] = counts.get(error.errno, 0) + 1
        return
    counts[0] = counts.get(0, 0) + 1
    # a value that was another's successor more than a second ago must not be seen
    old_enough = [value for when, value in current[name] if when < begin - WITHIN - 0.5]
    if old_enough and got < old_enough[-1]:
        problems.append((path, "read", got, "long after", old_enough[-1]))

def loop(name, path):
    while not stop.is_set():
        try:
            check(name, path)
        except (AssertionError, ValueError) as error:  # a mixture; a file that ended early
            problems.append(error.args)

threads = [threading.Thread(target=loop, args=pair) for pair in paths]
for thread in threads:
    thread.start()
for value in range(2, 10):
    time.sleep(0.7)
    for name in names:
        (replace if value % 2 else rewrite)(source, name, value)
        current[name].append((time.monotonic(), value))
time.sleep(WITHIN + 0.5)
stop.set()
for thread in threads:
    thread.join()
assert not problems, problems[:5]
assert counts[0] > 50 and set(counts) <= {0, errno.EIO, errno.ESTALE}, counts
for name, path in paths:
    assert value_of(path) == 9, path
PY
}

@test "looked at, never read: a stat shows the new size and time within a second" {
  make_ones
  mount_tree "$TMP/src"
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
paths = {name: image(mount, name, "raw") for name in WRITERS}
before = {name: os.stat(path) for name, path in paths.items()}
time.sleep(WITHIN)
for name in WRITERS:
    replace(source, name, 2, (30, 128, 128))
    wait_until(lambda: os.stat(paths[name]).st_size < before[name].st_size)
    assert os.stat(paths[name]).st_mtime_ns > before[name].st_mtime_ns
PY
}

# The kernel believes names and attributes for a minute, until they are taken back.
@test "changed, and nobody looks for a while: who opens then has the new content, nobody a mixture" {
  make_ones
  mount_tree "$TMP/src"
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
patch = lambda name, at: os.path.join(mount, "patches/size=16x96x96", name.split(".")[0],
                                      "image/at=%s.npy" % at)
held = {}
for name in WRITERS:  # read and shown before the change, whole and in patches
    for path in image(mount, name), patch(name, "0x0x0"), patch(name, "9x9x9"):
        assert value_of(path) == 1
        fd = os.open(path, os.O_RDONLY)
        held[path] = fd, os.stat(path).st_mtime_ns
        os.pread(fd, 4096, 0)
for name in WRITERS:
    (replace if name != "npy.npy" else rewrite)(source, name, 2)
    time.sleep(0.1)
for name in WRITERS:  # one of them sees the change; the kernel knows the others from before
    wait_until(lambda: reads(patch(name, "0x0x0"), 2))
time.sleep(2 * WITHIN)
for name in WRITERS:
    for path in patch(name, "9x9x9"), image(mount, name):
        assert value_of(path) == 2, path
        assert os.stat(path).st_mtime_ns > held[path][1]
for fd, _ in held.values():
    is_io_error(os.pread, fd, 4096, 0)
PY
}

@test "changed, and many open the same files at once: no error, no mixture" {
  mkdir "$TMP/src"
  MNT="" changing <<'PY'
import sys
from changing import *
write_npy(sys.argv[1] + "/npy.npy", 1)
PY
  mount_tree "$TMP/src"
  changing <<'PY'
import multiprocessing, sys
from changing import *
source, mount = sys.argv[1:]
paths = [mount + "/patches/size=16x96x96/npy/image/at=%dx%dx0.npy" % (i % 20, i // 20) for i in range(200)]
def read_every(barrier, value, results):
    try:
        barrier.wait()
        results.put([path for path in paths if value_of(path) != value])
    except (AssertionError, OSError) as error:
        results.put(repr(error))
def many_read(value):
    barrier, results = multiprocessing.Barrier(6), multiprocessing.Queue()
    readers = [multiprocessing.Process(target=read_every, args=(barrier, value, results))
               for _ in range(6)]
    for reader in readers:
        reader.start()
    answers = [results.get() for _ in readers]
    for reader in readers:
        reader.join()
    assert answers == [[]] * 6, (value, answers)
many_read(1)
for value, change, pause in (2, replace, 2), (3, rewrite, WITHIN), (4, replace, WITHIN):
    change(source, "npy.npy", value)
    time.sleep(pause)
    many_read(value)
PY
}

# Where the patches of a field lie follows from all fields of its scan.
@test "another field of the scan changes its shape: patches and their sizes are the new ones" {
  mkdir -p "$TMP/src/images" "$TMP/src/labels"
  "$PYTHON" - "$TMP/src" <<'PY'
import numpy, sys
voxels = numpy.random.default_rng(3).integers(0, 255, (100, 100, 100), "u1")
for path in "images/s.npy", "labels/s.npy":
    numpy.save(sys.argv[1] + "/" + path, voxels)
for path in "images/bad.npy", "labels/bad.npy":
    numpy.save(sys.argv[1] + "/" + path, voxels)
PY
  mount_tree "$TMP/src" -o prefetch=off
  echo damaged >"$TMP/src/labels/bad.npy"
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
voxels = numpy.load(source + "/images/s.npy")
def put_label(scan, shape):
    numpy.save(source + "/.new.npy", numpy.ones(shape, "u1"))
    os.rename(source + "/.new.npy", source + "/labels/%s.npy" % scan)
patch = lambda scan: mount + "/patches/default/%s/image/0.npy" % scan
expected = voxels[:64, :64, :64], voxels[:64, :64, :]  # as many as there are, where fewer
for scan in "bad", "s":  # repaired; another shape
    path = patch(scan)
    assert (numpy.load(path) == expected[0]).all()
    size, held = os.stat(path).st_size, os.open(path, os.O_RDONLY)
    os.pread(held, 4096, 0)
    put_label(scan, (100, 100))
    wait_until(lambda: os.stat(path).st_size != size)
    got = numpy.load(path)
    assert got.shape == expected[1].shape and (got == expected[1]).all()
    is_io_error(os.pread, held, 4096, 0)
PY
}

@test "a name that the change has taken away is gone within a second" {
  mkdir "$TMP/src"
  "$PYTHON" -c 'import numpy, sys; numpy.save(sys.argv[1], numpy.ones((10, 8, 8), "u1"))' "$TMP/src/s.npy"
  mount_tree "$TMP/src"
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
path = mount + "/slices/default/s/image/5.npy"
assert os.stat(path).st_size and os.access(path, os.F_OK)
numpy.save(source + "/.new.npy", numpy.ones((30, 8, 8), "u1"))
os.rename(source + "/.new.npy", source + "/s.npy")
wait_until(lambda: errno_of(os.stat, path) == errno.ENOENT)
assert not os.access(path, os.F_OK)
assert os.stat(path.replace("5.npy", "05.npy")).st_size
PY
}

# A mount of ours is the disk that hangs: its daemon is stopped.
@test "one source hangs: changes of another are seen all the same" {
  mkdir "$TMP/src" "$TMP/far"
  MNT="" changing <<'PY'
import os, sys
from changing import *
write_npy(sys.argv[1] + "/near.npy", 1)
write_npy(os.path.dirname(sys.argv[1]) + "/far/far.npy", 1)
PY
  mount_tree "$TMP/far"
  local far=$MNT stopped
  cat >"$TMP/both.json" <<JSON
{"scans": [{"id": "near", "fields": {"image": "$TMP/src/near.npy"}},
           {"id": "far", "fields": {"image": "$far/scans/far/image.npy"}}]}
JSON
  mount_tree "$TMP/both.json" -o root=/
  cat "$MNT/scans/far/image.npy" >/dev/null
  stat "$MNT/scans/near/image.npy" >/dev/null
  stopped=$(daemon_of "$far" | head -n 1)
  kill -STOP "$stopped"
  run changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
path = mount + "/scans/near/image.npy"
size = os.stat(path).st_size
time.sleep(3)  # the look at the other one hangs
write_npy(os.path.dirname(source) + "/new.npy", 2, (30, 128, 128))
os.rename(os.path.dirname(source) + "/new.npy", source + "/near.npy")
wait_until(lambda: os.stat(path).st_size < size)
PY
  kill -CONT "$stopped"
  [ "$status" -eq 0 ] || fail "$output"
}

@test "of more volumes than are kept open: a change of the first is seen within a second" {
  mkdir "$TMP/src"
  "$PYTHON" - "$TMP/src" <<'PY'
import numpy, sys
for i in range(1100):
    numpy.save("%s/%04d.npy" % (sys.argv[1], i), numpy.ones((4, 4, 4), "u1"))
PY
  mount_tree "$TMP/src"
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
paths = [os.path.join(mount, "scans/%04d/image.npy" % i) for i in range(1100)]
sizes = [os.stat(path).st_size for path in paths]
numpy.save(source + "/0000.npy", numpy.ones((5, 5, 5), "u1"))
wait_until(lambda: os.stat(paths[0]).st_size == sizes[0] + 125 - 64)
assert [os.stat(path).st_size for path in paths[1:]] == sizes[1:]
PY
}

@test "mapped memory: a new mapping shows the new content" {
  make_ones
  mount_tree "$TMP/src"
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
for name in ("npy.npy", "h5.h5"):
    path = image(mount, name)
    assert (numpy.load(path, mmap_mode="r") == 1).all()
    rewrite(source, name, 2)
    time.sleep(WITHIN)
    assert (numpy.load(path, mmap_mode="r") == 2).all()
PY
}

@test "truncated while it is read: EIO, the daemon lives, a repair is picked up" {
  make_ones
  mount_tree "$TMP/src" -o cache=1M
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
whole, opened = {}, {}
for name in WRITERS:
    file = os.path.join(source, name)
    with open(file, "rb") as stream:
        whole[name] = stream.read()
    opened[name] = os.open(image(mount, name), os.O_RDONLY)
    assert len(os.pread(opened[name], 4096, 0)) == 4096
    os.truncate(file, len(whole[name]) // 2)
    wait_until(lambda: errno_of(os.pread, opened[name], 4096, 1 << 20) == errno.EIO)
time.sleep(WITHIN)
for name in WRITERS:
    is_io_error(read_all, image(mount, name))
    with open(os.path.join(source, name), "wb") as stream:
        stream.write(whole[name])
    wait_until(lambda: reads(image(mount, name), 1))
    is_io_error(os.pread, opened[name], 4096, 1 << 20)
PY
  grep -q 'npy.npy' "$MNT/.tesserafs/errors.log"
}

# A volume of every kind in $TMP/src: those of WRITERS, a .hdr/.img pair, a stack of PNGs.  far.json
# names a volume with a mask, a raw file and slices in far/.
make_kinds() {
  make_ones
  "$PYTHON" - "$TMP" <<'PY'
import json, os, sys
import nibabel, numpy
from PIL import Image
root = sys.argv[1]
ones = numpy.ones((12, 64, 80), "uint8")
nibabel.save(nibabel.Nifti1Pair(ones, numpy.eye(4)), root + "/src/pair.img")
os.makedirs(root + "/src/stack")
os.makedirs(root + "/far/z")
for i, slice in enumerate(ones):
    Image.fromarray(slice).save(root + "/src/stack/%d.png" % i)
    numpy.save(root + "/far/z/%d.npy" % i, slice)
for name in "one", "mask":
    numpy.save(root + "/far/%s.npy" % name, ones)
ones.tofile(root + "/far/flat.bin")
with open(root + "/far.json", "w") as file:
    json.dump({"scans": [
        {"id": "one", "fields": {"image": "far/one.npy", "mask": "far/mask.npy"}},
        {"id": "flat",
         "fields": {"image": {"raw": "far/flat.bin", "shape": [12, 64, 80], "dtype": "u1"}}},
        {"id": "tall", "fields": {"image": "far/z/{z}.npy"}, "gather": {"z": {"axis": 0}}}]}, file)
PY
}

@test "vanished: EIO for it alone, with its reason, in stat, open, ls and open files, until it is back" {
  make_kinds
  mount_tree "$TMP/far.json"
  local far=$MNT
  mount_tree "$TMP/src"
  changing "$far" <<'PY'
import subprocess, sys
from changing import *
source, mount, far = sys.argv[1:]
away = os.path.dirname(source) + "/away"
files = {name: image(mount, name) for name in WRITERS}  # what goes away, and what it is in the mount
files.update({"pair.img": image(mount, "pair"), "pair.hdr": image(mount, "pair"),
              "stack": image(mount, "stack"), "../far/one.npy": image(far, "one"),
              "../far/flat.bin": image(far, "flat"), "../far/z": image(far, "tall")})
def lines_about(path):
    with open(path.split("/scans/")[0] + "/.tesserafs/errors.log") as file:
        return [line for line in file if path.split("/scans/")[1].replace("/image.npy", "") in line]
for name, path in files.items():
    file = os.path.join(source, name)
    assert value_of(path) == 1
    held = os.open(path, os.O_RDONLY)
    os.pread(held, 4096, 0)
    os.rename(file, away)
    wait_until(lambda: errno_of(os.stat, path) == errno.EIO)
    is_io_error(os.open, path, os.O_RDONLY)
    is_io_error(os.stat, path.replace("image.npy", "image[3].npy"))
    wait_until(lambda: errno_of(os.pread, held, 4096, 0) == errno.EIO)
    is_io_error(os.fstat, held)
    os.close(held)
    lines = lines_about(path)
    assert any(os.path.normpath(file) in line and "o such file" in line for line in lines), lines
    # the name stays, and this one alone is in error
    directory = os.path.dirname(path)
    assert "image.npy" in os.listdir(directory)
    shown = subprocess.run(["ls", "-l", directory], capture_output=True, text=True)
    assert shown.stderr.count("Input/output error") == 1 and "image.npy" in shown.stderr, shown
    if "one" in name:
        assert "mask.npy" in shown.stdout and value_of(path.replace("image", "mask")) == 1
    for other in set(files.values()) - {path}:
        assert value_of(other) == 1, other
    os.rename(away, file)
    wait_until(lambda: errno_of(os.stat, path) == 0)
    assert value_of(path) == 1
PY
}

@test "a directory, a FIFO, a device, a loop, a dead link in its place: EIO with its reason, nothing hangs" {
  make_kinds
  mount_tree "$TMP/src"
  changing <<'PY'
import socket, subprocess, sys
from changing import *
source, mount = sys.argv[1:]
def put_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path)
def put_device(path):  # /dev/zero
    os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))
others = [(os.mkdir, "found a directory"), (os.mkfifo, "found a special one"),
          (put_socket, "No such device or address"),
          (lambda path: os.symlink(os.path.basename(path), path), "Too many levels"),
          (lambda path: os.symlink("nowhere", path), "o such file")]
if os.getuid() == 0:
    others.append((put_device, "found a special one"))
names = list(WRITERS) + ["pair.img", "stack/5.png"]
where = {name: image(mount, name.split("/")[0]) for name in names}
for turn in range(2):
    now = {name: others[(i + 3 * turn) % len(others)] for i, name in enumerate(names)}
    for name, (make, _) in now.items():
        assert value_of(where[name]) == 1
        os.rename(os.path.join(source, name), os.path.join(source, name + ".away"))
        make(os.path.join(source, name))
    time.sleep(WITHIN)
    subprocess.run(["ls", "-lR", mount + "/scans"], capture_output=True, timeout=20)
    for name, (make, reason) in now.items():
        file = os.path.join(source, name)
        is_io_error(read_all, where[name])
        with open(mount + "/.tesserafs/errors.log") as log:
            lines = [line for line in log if file + ":" in line]
        assert any(reason in line for line in lines), (name, reason, lines)
        (os.rmdir if make is os.mkdir else os.remove)(file)
        os.rename(file + ".away", file)
    for name in names:
        wait_until(lambda: reads(where[name], 1))
PY
}

# Root reads everything, unless it gives that right up.
@test "permission taken away: EIO that says so, and it is read again when it is given back" {
  [ "$(id -u)" -eq 0 ] || skip "giving up root's rights over files wants root"
  need_fuse
  make_kinds
  MNT=$TMP/mnt
  mkdir "$MNT"
  MOUNTS+=("$MNT")
  setpriv --inh-caps=-dac_override,-dac_read_search --bounding-set=-dac_override,-dac_read_search \
    "$TESSERAFS" "$TMP/src" "$MNT" 3>&-
  changing <<'PY'
import sys
from changing import *
source, mount = sys.argv[1:]
names = list(WRITERS) + ["stack/5.png"]
where = {name: image(mount, name.split("/")[0]) for name in names}
for closed in [os.path.join(source, name) for name in names], [source]:
    for path in where.values():
        assert value_of(path) == 1
    modes = [os.stat(path).st_mode for path in closed]
    for path in closed:
        os.chmod(path, 0)
    time.sleep(WITHIN)
    with open(mount + "/.tesserafs/errors.log") as log:
        before = len(log.readlines())
    for path in where.values():
        is_io_error(read_all, path)
    with open(mount + "/.tesserafs/errors.log") as log:
        lines = log.readlines()[before:]
    for name in names:
        part = os.path.join(source, name if len(closed) > 1 else name.split("/")[0])
        assert any(part in line and "Permission denied" in line for line in lines), (name, lines)
    for path, mode in zip(closed, modes):
        os.chmod(path, mode)
    for path in where.values():
        wait_until(lambda: reads(path, 1))
PY
}

@test "one slice of a stack: replaced, damaged, gone, repaired; the other slices stay readable" {
  mkdir -p "$TMP/src/stack"
  "$PYTHON" - "$TMP/src/stack" <<'PY'
import numpy, sys
from PIL import Image
for i in range(12):
    Image.fromarray(numpy.full((64, 80), i, "uint8")).save("%s/%d.png" % (sys.argv[1], i))
PY
  mount_tree "$TMP/src"
  changing <<'PY'
import sys
from PIL import Image
from changing import *
source, mount = sys.argv[1:]
slice5 = source + "/stack/5.png"
item = lambda i: numpy.load(mount + "/slices/default/stack/image/%02d.npy" % i)
good = open(slice5, "rb").read()
def others_are_good():
    for i in set(range(12)) - {5}:
        assert (item(i) == i).all()
assert (item(5) == 5).all()
Image.fromarray(numpy.full((64, 80), 99, "uint8")).save(slice5)
def shows(i, value):  # who has it open while it changes gets an error
    try:
        return (item(i) == value).all()
    except OSError:
        return False
wait_until(lambda: shows(5, 99))
others_are_good()
open(slice5, "wb").write(good[: len(good) // 2])
wait_until(lambda: errno_of(item, 5) == errno.EIO)
others_are_good()
is_io_error(read_all, image(mount, "stack"))
os.remove(slice5)
time.sleep(WITHIN)
is_io_error(item, 5)
others_are_good()
open(slice5, "wb").write(good)
wait_until(lambda: errno_of(item, 5) == 0)
assert (item(5) == 5).all()
assert (numpy.load(image(mount, "stack"))[:, 0, 0] == numpy.arange(12)).all()
PY
}

# libhdf5 opens a file by its path for each block and each page of chunk addresses.
@test "HDF5 below a symbolic link that is set to another directory: old bytes or EIO" {
  mkdir "$TMP/src" "$TMP/v1" "$TMP/v2"
  ln -s ../v1 "$TMP/src/v"
  "$PYTHON" - "$TMP" <<'PY'
import sys
import h5py, numpy
for version, first in (("v1", 0), ("v2", 5000)):
    voxels = (numpy.arange(6000, dtype="i4") + first).reshape(6000, 1, 1)
    with h5py.File("%s/%s/packed.h5" % (sys.argv[1], version), "w") as file:
        file.create_dataset("image", data=voxels, chunks=(64, 1, 1), scaleoffset=0)
    with h5py.File("%s/%s/plain.h5" % (sys.argv[1], version), "w",
                   userblock_size=512 if first else 0) as file:
        file.create_dataset("image", data=voxels, chunks=(1, 1, 1))
PY
  local scan
  for scan in packed plain; do
    ln -sfn ../v1 "$TMP/src/v"
    mount_tree "$TMP/src" -o cache=1M,prefetch=off
    "$PYTHON" - "$MNT/scans/v/$scan/image.raw" "$TMP/src/v" <<'PY'
import os, sys
import numpy
path, link = sys.argv[1:]
expected = numpy.arange(6000, dtype="<i4")
fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
read = lambda at: numpy.frombuffer(os.pread(fd, 256, at * 4), "<i4")
assert (read(0) == expected[:64]).all()
os.symlink("../v2", link + ".new")
os.rename(link + ".new", link)
failed = 0
for at in range(5888, 0, -128):
    try:
        assert (read(at) == expected[at:at + 64]).all(), "not what was opened"
    except OSError as error:
        assert error.errno == 5
        failed += 1
assert failed, "nothing was read anew"
PY
    unmount "$MNT"
  done
}
