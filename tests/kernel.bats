#!/usr/bin/env bats
# What is agreed with the kernel: parallel look-ups, the size of its reads ahead, mapping what it
# does not keep.

load helpers

# One volume of 64 x 64 x 64 in $TMP/src, mounted on $MNT; MINOR is the mount's number.
mount_volume() {
  mkdir "$TMP/src"
  "$PYTHON" - "$TMP/src/vol.npy" <<'PY'
import numpy, sys
numpy.save(sys.argv[1], numpy.arange(64**3, dtype="u4").reshape(64, 64, 64))
PY
  mount_tree "$TMP/src"
  local device
  device=$(awk -v mnt="$MNT" '$5 == mnt { print $3 }' /proc/self/mountinfo)
  MINOR=${device#*:}
}

@test "look-ups in one directory do not wait for each other" {
  mount_volume
  local dir=$MNT/patches/size=8x8x8/vol/image waiting=$TMP/connections/$MINOR/waiting
  local i pids=()
  mkdir "$TMP/connections"
  mount -t fusectl fusectl "$TMP/connections" || skip "fusectl cannot be mounted"
  MOUNTS+=("$TMP/connections")
  stat "$dir" >/dev/null
  DAEMON=$(daemon_of "$MNT" | head -n 1)
  kill -STOP "$DAEMON"
  while grep -q '^State:.[^T]' "/proc/$DAEMON"/task/*/status; do
    sleep 0.05
  done
  for i in 1 2 3 4 5 6 7 8; do
    stat "$dir/at=0x0x$i.npy" >/dev/null 3>&- &
    pids+=($!)
  done
  for ((i = 0; i < 200; i++)); do
    [ "$(<"$waiting")" -lt 8 ] || break
    sleep 0.05
  done
  i=$(<"$waiting")
  kill -CONT "$DAEMON"
  wait "${pids[@]}"
  [ "$i" -eq 8 ] || fail "$i of 8 look-ups reached the daemon"
}

@test "what is known is not asked for again: a stat is no request, an open is one" {
  [ "$(printf '6.16\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 6.16 ] ||
    skip "a kernel before 6.16"
  mount_volume
  "$PYTHON" - "$MNT" "$(daemon_of "$MNT" | head -n 1)" "$TMP/trace" <<'PY'
import os, re, subprocess, sys, time
mount, daemon, trace = sys.argv[1:]
paths = [mount + "/patches/size=8x8x8/vol/image/at=0x0x%d.npy" % i for i in range(50)]
def requests(call):
    strace = subprocess.Popen(["strace", "-f", "-e", "trace=read", "-o", trace, "-p", daemon],
                              stderr=subprocess.PIPE, text=True)
    assert "attached" in strace.stderr.readline()
    call()
    strace.terminate()
    strace.communicate()
    with open(trace) as file:
        return len(re.findall("read(?:\\(| resumed).* = [1-9]", file.read()))
def stat_all():
    for path in paths:
        os.stat(path)
def open_all():
    for path in paths:
        os.close(os.open(path, os.O_RDONLY))
open_all()
time.sleep(1)  # for longer than this nothing is believed that cannot be taken back
directories = 5  # of the path: theirs is not
stats = requests(stat_all)
time.sleep(1)
opens = requests(open_all)
print(stats, "requests for", len(paths), "stats,", opens, "for as many opens and closes")
assert stats <= 2 * directories
assert 2 * len(paths) <= opens <= 2 * len(paths) + 2 * directories
PY
}

@test "the kernel reads a megabyte ahead, where we may say so" {
  mount_volume
  local setting=/sys/class/bdi/0:$MINOR/read_ahead_kb
  [ -w "$setting" ] || skip "$setting cannot be written"
  local i
  for ((i = 0; i < 100; i++)); do # it is written a moment after the first answer
    [ "$(<"$setting")" -ne 1024 ] || return 0
    sleep 0.05
  done
  fail "read_ahead_kb is $(<"$setting")"
}

# A volume of 8 MiB, if this kernel can map files that it does not keep.
mount_boxes() {
  [ "$(printf '6.6\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 6.6 ] ||
    skip "a kernel before 6.6"
  mkdir "$TMP/src"
  "$PYTHON" - "$TMP/src/vol.npy" <<'PY'
import numpy, sys
numpy.save(sys.argv[1], numpy.arange(128**3, dtype="u4").reshape(128, 128, 128))
PY
  mount_tree "$TMP/src"
}

# Helpers for Python: what the daemon has served, and how much of it a call makes it serve.
SERVED='
import json, mmap, numpy, os, sys, time
mount = sys.argv[1]
def served():
    with open(mount + "/.tesserafs/stats.json") as file:
        text = file.read()
    return json.loads(text)["bytes_served"], len(text)
def costs(call):
    before, own = served()
    call()
    return served()[0] - before - own
def whole(path):
    with open(path, "rb", buffering=0) as file:
        return file.readall()
def settled(path, size):  # the second open of one that was read whole fills the cache
    for i in range(100):
        whole(path)
        if costs(lambda: whole(path)) < size:
            return
        time.sleep(0.05)
    raise SystemExit("never kept: " + path)
'

@test "a box beyond one request goes to its first reader directly, then through the page cache" {
  mount_boxes
  "$PYTHON" - "$MNT" "$TMP/src/vol.npy" <<PY
$SERVED
volume = numpy.load(sys.argv[2])
for ext in "npy", "raw", "nii":
    path = mount + "/patches/size=96x96x64/vol/image/at=1x2x3." + ext
    size = os.stat(path).st_size
    assert size > 96 * 96 * 64 * 4 - 1
    fd = os.open(path, os.O_RDONLY)
    read = lambda: os.pread(fd, size, 0)
    assert costs(read) >= size and costs(read) >= size, "the kernel has kept it"
    os.close(fd)
    settled(path, size)
path = mount + "/patches/size=96x96x64/vol/image/at=1x2x3.npy"
assert (numpy.load(path) == volume[1:97, 2:98, 3:67]).all()
PY
}

@test "its first reader may map it" {
  mount_boxes
  "$PYTHON" - "$MNT" "$TMP/src/vol.npy" <<'PY'
import mmap, numpy, os, sys
volume = numpy.load(sys.argv[2])
path = sys.argv[1] + "/patches/size=96x96x64/vol/image/at=%dx2x3."
shared = numpy.load(path % 4 + "npy", mmap_mode="r")
assert (shared == volume[4:100, 2:98, 3:67]).all()
private = numpy.load(path % 5 + "npy", mmap_mode="c")
private[0, 0, 0] = 7
assert private[0, 0, 0] == 7 and (private[1:] == volume[6:101, 2:98, 3:67]).all()
fd = os.open(path % 6 + "raw", os.O_RDONLY)
with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as map:
    assert map[:] == os.pread(fd, len(map), 0) == volume[6:102, 2:98, 3:67].tobytes()
PY
}

@test "small files, and encodings that are read in small pieces are kept at once" {
  mount_boxes
  "$PYTHON" - "$MNT" <<PY
$SERVED
for name in ("patches/size=32x32x32/vol/image/00.npy", "patches/size=96x96x64/vol/image/at=0x0x0.h5",
             "patches/size=96x96x64/vol/image/at=0x0x0.nii.gz"):
    path = mount + "/" + name
    size = os.stat(path).st_size
    fd = os.open(path, os.O_RDONLY)
    read = lambda: os.pread(fd, size, 0)
    read()
    assert costs(read) < size / 2, name
    os.close(fd)
PY
}

@test "a box that is read directly is EIO when its source has changed" {
  mount_boxes
  "$PYTHON" - "$MNT" "$TMP/src/vol.npy" <<'PY'
import numpy, os, sys, time
mount, source = sys.argv[1:]
path = mount + "/patches/size=96x96x64/vol/image/at=0x0x0.npy"
size = os.stat(path).st_size
fd = os.open(path, os.O_RDONLY)
old = os.pread(fd, size, 0)
numpy.save(source + ".new.npy", numpy.full((128, 128, 128), 7, "u4"))
os.rename(source + ".new.npy", source)
for i in range(30):
    try:
        assert os.pread(fd, size, 0) == old, "a mixture"
    except OSError as error:
        assert error.errno == 5
        break
    time.sleep(0.05)
else:
    raise SystemExit("still readable")
assert (numpy.load(path) == 7).all()
PY
}

# 20,000 files and 5,000 views that somebody makes up: the kernel is told to forget all but the
# latest.
@test "names that are made up are given back, but not what is open" {
  mount_volume
  "$PYTHON" - "$MNT" <<'PY'
import json, numpy, os, sys, time
mount = sys.argv[1]
volume = numpy.arange(64**3, dtype="u4").reshape(64, 64, 64)
def names():
    with open(mount + "/.tesserafs/stats.json") as file:
        return json.load(file)["names"]
def held_at_most(number):
    for _ in range(400):
        if names() <= number:
            return
        time.sleep(0.05)
    raise AssertionError("%d names are held" % names())
def file(i):
    return "%s/patches/size=8/vol/image/at=%dx%dx%d.npy" % (mount, i % 60, i // 60 % 60, i // 3600)
def view(i):
    return "%s/patches/size=8x%dx%d" % (mount, i % 60 + 1, i // 60 + 1)
first, below = open(file(0), "rb"), open(view(0) + "/vol/image/at=1x2x3.npy", "rb")
inode = os.fstat(first.fileno()).st_ino
for i in range(20000):
    os.stat(file(i))
held_at_most(16384 + 1024 + 50)
for i in range(5000):
    os.stat(view(i))
held_at_most(16384 + 1024 + 4096 + 256 + 50)
for held in first, below:
    assert "deleted" not in os.readlink("/proc/self/fd/%d" % held.fileno())
assert (numpy.load(first) == volume[:8, :8, :8]).all()
assert (numpy.load(below) == volume[1:9, 2:3, 3:4]).all()
assert os.stat(file(0)).st_ino == inode
for i in 1, 10000, 19999:  # what was forgotten is found again
    at = i % 60, i // 60 % 60, i // 3600
    want = volume[tuple(slice(a, a + 8) for a in at)]
    found = numpy.load(file(i))
    assert (found[tuple(slice(n) for n in want.shape)] == want).all()
PY
}

# A notice about a name takes the lock of its directory, which a look-up holds that waits for the
# daemon: when that is killed meanwhile, the thread that gives the notice never ends, and with it
# the connection.
@test "killed while names of files are given back, the daemon is gone at once" {
  [ "$(printf '6.18\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 6.18 ] ||
    skip "before Linux 6.18 the kernel is told name by name"
  mount_volume
  "$PYTHON" - "$MNT" "$(daemon_of "$MNT" | head -n 1)" <<'PY'
import json, os, random, signal, subprocess, sys, time
mount, daemon = sys.argv[1], int(sys.argv[2])
LOOKER = """
import os, random, sys
while True:
    os.stat(sys.argv[1] + "/patches/size=8/vol/image/at=%dx%dx%d.npy" % tuple(random.randrange(60) for _ in "ijk"))
"""
def names():
    with open(mount + "/.tesserafs/stats.json") as file:
        return json.load(file)["names"]
lookers = [subprocess.Popen([sys.executable, "-c", LOOKER, mount], stderr=subprocess.DEVNULL) for _ in range(6)]
while names() < 16384:
    time.sleep(0.1)
time.sleep(2)  # from 17,408 names on they are given back all the time
os.kill(daemon, signal.SIGKILL)
for looker in lookers:  # each of them fails once the connection is gone
    looker.wait(60)
PY
  "$TESSERAFS" "$TMP/src" "$MNT" 3>&-
  cmp "$TMP/src/vol.npy" "$MNT/scans/vol/image.npy"
}

@test "names that do not fit are not kept" {
  mount_volume
  "$PYTHON" - "$MNT" <<'PY'
import errno, json, os, sys
mount = sys.argv[1]
def names():
    with open(mount + "/.tesserafs/stats.json") as file:
        return json.load(file)["names"]
def error_of(path):
    try:
        os.stat(path)
    except OSError as error:
        return error.errno
wrong = ["patches/size=-%d", "patches/size=8/vol/image/at=%dx0x64.npy", "scans/vol/image[%d,64].npy",
         "slices/window=-%d"]
assert all(error_of(mount + "/" + name % 1) == errno.EINVAL for name in wrong)
before = names()
for i in range(500):
    for name in wrong:
        assert error_of(mount + "/" + name % i) == errno.EINVAL, name % i
assert names() <= before
PY
}
