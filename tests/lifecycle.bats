#!/usr/bin/env bats
# The life of a mount: how it begins, how it ends, who may use it, and that it is the same
# again the next time.

load helpers

# One small volume of every format, in $TMP/src.
make_source() {
  "$PYTHON" "$BATS_TEST_DIRNAME/python/make/one_of_each.py" "$TMP/src"
}

wait_gone() { # a mountpoint as it was given
  local i
  for ((i = 0; i < 100; i++)); do
    [ -n "$(daemon_of "$1")" ] || return 0
    sleep 0.05
  done
  fail "still running: $(daemon_of "$1")"
}

not_mounted() { # mountpoint
  [ -z "$(findmnt -n "$1")" ] || fail "$1 is mounted"
}

# Starts tesserafs -f on $MNT, $DAEMON, its stderr in $TMP/stderr, and waits until it is there.
mount_in_foreground() { # source [options...]
  local i
  need_fuse
  MNT=$TMP/mnt.${#MOUNTS[@]}
  mkdir "$MNT"
  MOUNTS+=("$MNT")
  # bash starts what is in the background with SIGINT ignored
  env --default-signal=INT "$TESSERAFS" -f "${@:2}" "$1" "$MNT" 2>"$TMP/stderr" 3>&- &
  DAEMON=$!
  for ((i = 0; i < 100; i++)); do
    [ ! -e "$MNT/README.txt" ] || return 0
    sleep 0.05
  done
  fail "not mounted: $(<"$TMP/stderr")"
}

# --- beginning -----------------------------------------------------------------------------

@test "in the background: the tree can be read as soon as the command returns" {
  make_source
  mount_tree "$TMP/src"
  [ "$(ls "$MNT")" = "README.txt
chunks
dataset.json
patches
scans
slices
splits" ]
  cmp "$TMP/src/plain.npy" "$MNT/scans/plain/image.npy"
}

@test "in the background it keeps neither the caller's directory nor its terminal and pipes" {
  make_source
  mount_tree "$TMP/src"
  local pid
  for pid in $(daemon_of "$MNT"); do
    [ "$(readlink "/proc/$pid/cwd")" = / ]
    [ "$(readlink "/proc/$pid"/fd/{0,1,2} | sort -u)" = /dev/null ]
  done
}

@test "tesserafs . mnt: relative paths; the mountpoint inside the source is not part of it" {
  need_fuse
  make_source
  local mnt=mnt.${TMP##*.}
  mkdir "$TMP/src/$mnt"
  MOUNTS+=("$TMP/src/$mnt")
  (cd "$TMP/src" && "$TESSERAFS" . "$mnt" 3>&-)
  local scans=("$TMP/src/$mnt/scans"/*)
  [ "${#scans[@]}" -eq 8 ]
  cmp "$TMP/src/plain.npy" "$TMP/src/$mnt/scans/plain/image.npy"
  fusermount3 -u "$TMP/src/$mnt"
  wait_gone "$mnt"
}

@test "fstab's words are taken; uid, gid and umask are what stat shows" {
  make_source
  mount_tree "$TMP/src" \
    -o rw,nofail,_netdev,x-systemd.automount,user,uid=1234,gid=2345,umask=027
  [ "$(stat -c '%u %g %a' "$MNT/scans")" = "1234 2345 550" ]
  [ "$(stat -c '%u %g %a' "$MNT/README.txt")" = "1234 2345 440" ]
}

@test "mount(8) and fstab reach it through their helper, mount.fuse3" {
  need_fuse
  [ "$(id -u)" -eq 0 ] || skip "mount(8) wants root"
  make_source
  MNT=$TMP/mnt
  mkdir "$MNT"
  MOUNTS+=("$MNT")
  # as type fuse.tesserafs does with the tesserafs in /usr/bin: SOURCE MOUNTPOINT -o WORDS
  mount -t fuse -o rw,nofail,_netdev,noauto,uid=1234 "$TESSERAFS#$TMP/src" "$MNT" 3>&-
  cmp "$TMP/src/plain.npy" "$MNT/scans/plain/image.npy"
  [ "$(stat -c %u "$MNT")" = 1234 ]
  [[ "$(findmnt -n -o FSTYPE,SOURCE "$MNT")" =~ ^fuse.tesserafs\ +$TMP/src$ ]]
  umount "$MNT"
  wait_gone "$MNT"
}

@test "exit statuses: 1 the command line, 2 the dataset or its description, 3 the mountpoint" {
  need_fuse
  make_source
  mkdir "$TMP/mnt"
  MOUNTS+=("$TMP/mnt")
  run "$TESSERAFS" -o nonsense "$TMP/src" "$TMP/mnt"
  [ "$status" -eq 1 ]
  run "$TESSERAFS" "$TMP/nowhere" "$TMP/mnt"
  [ "$status" -eq 2 ]
  [[ "$output" == *"$TMP/nowhere"* ]]
  echo '{"scans": 3}' >"$TMP/src/tesserafs.json"
  run "$TESSERAFS" "$TMP/src" "$TMP/mnt"
  [ "$status" -eq 2 ]
  [[ "$output" == *"tesserafs.json"*"scans"* ]]
  rm "$TMP/src/tesserafs.json"
  run "$TESSERAFS" "$TMP/src" "$TMP/missing"
  [ "$status" -eq 3 ]
  [[ "$output" == *"$TMP/missing"*"No such file"* ]]
  run "$TESSERAFS" "$TMP/src" "$TMP/src/plain.npy"
  [ "$status" -eq 3 ]
  [[ "$output" == *"plain.npy"*"directory"* ]]
  not_mounted "$TMP/mnt"
}

# --- ending --------------------------------------------------------------------------------

# bats test_tags=sanitize
@test "-f stays in the foreground; SIGTERM ends it with status 0, unmounted, nothing left" {
  make_source
  mount_in_foreground "$TMP/src"
  kill -TERM "$DAEMON"
  wait "$DAEMON"
  not_mounted "$MNT"
  wait_gone "$MNT"
  [ ! -s "$TMP/stderr" ]
}

@test "-f: Ctrl-C (SIGINT) ends it in the same way" {
  make_source
  mount_in_foreground "$TMP/src"
  kill -INT "$DAEMON"
  wait "$DAEMON"
  not_mounted "$MNT"
  wait_gone "$MNT"
}

@test "fusermount3 -u ends the daemon and its HDF5 server" {
  make_source
  mount_tree "$TMP/src"
  cat "$MNT/scans/chunked/image.npy" >"$TMP/copy"
  [ "$(daemon_of "$MNT" | wc -l)" -eq 2 ]
  fusermount3 -u "$MNT"
  not_mounted "$MNT"
  wait_gone "$MNT"
}

# bats test_tags=sanitize
@test "SIGTERM ends it even while a file is open" {
  make_source
  mount_in_foreground "$TMP/src"
  exec 5<"$MNT/scans/plain/image.npy"
  kill -TERM "$DAEMON"
  wait "$DAEMON"
  exec 5<&-
  not_mounted "$MNT"
  wait_gone "$MNT"
}

@test "a busy unmount fails and loses nothing; without the open file it succeeds" {
  make_source
  mount_tree "$TMP/src"
  exec 5<"$MNT/scans/plain/image.npy"
  run fusermount3 -u "$MNT"
  [ "$status" -ne 0 ]
  cmp - "$TMP/src/plain.npy" <&5
  cmp "$TMP/src/plain.npy" "$MNT/scans/plain/image.npy"
  exec 5<&-
  fusermount3 -u "$MNT"
  wait_gone "$MNT"
}

@test "a lazy unmount: who has a file open reads on, with the last close the daemon ends" {
  make_source
  mount_tree "$TMP/src"
  exec 5<"$MNT/scans/packed/image.npy"
  fusermount3 -u -z "$MNT"
  [ -z "$(ls -A "$MNT")" ]
  sleep 0.2
  "$TESSERAFS" --cat "$TMP/src" scans/packed/image.npy | cmp - /dev/fd/5
  exec 5<&-
  wait_gone "$MNT"
}

@test "after SIGKILL the mountpoint answers ENOTCONN, and the same command mounts again" {
  make_source
  mount_tree "$TMP/src"
  # shellcheck disable=SC2046 # a pid a word
  kill -KILL $(daemon_of "$MNT")
  wait_gone "$MNT"
  run cat "$MNT/README.txt"
  [ "$status" -ne 0 ]
  [[ "$output" == *"Transport endpoint is not connected"* ]]
  "$TESSERAFS" "$TMP/src" "$MNT" 3>&-
  cmp "$TMP/src/plain.npy" "$MNT/scans/plain/image.npy"
  [ "$(grep -c " $MNT " /proc/mounts)" -eq 1 ]
}

@test "killed ten times while eight read: the same command mounts again at once" {
  make_source
  MNT=$TMP/mnt
  mkdir "$MNT"
  MOUNTS+=("$MNT")
  need_fuse
  python "$BATS_TEST_DIRNAME/python/check/kill_under_load.py" \
    "$TESSERAFS" "$TMP/src" "$MNT" 10 3>&-
  cmp "$TMP/src/plain.npy" "$MNT/scans/plain/image.npy"
  [ "$(grep -c " $MNT " /proc/mounts)" -eq 1 ]
}

@test "a mountpoint on which a tesserafs lives is refused, and the mount is left as it is" {
  make_source
  mount_tree "$TMP/src"
  exec 5<"$MNT/scans/plain/image.npy"
  run "$TESSERAFS" "$TMP/src" "$MNT"
  [ "$status" -eq 3 ]
  [[ "$output" == *"$MNT: a tesserafs is mounted there (of $TMP/src)"*"fusermount3 -u $MNT"* ]]
  cmp - "$TMP/src/plain.npy" <&5
  exec 5<&-
  [ "$(grep -c " $MNT " /proc/mounts)" -eq 1 ]
}

@test "a tesserafs that is stopped is not taken for dead" {
  make_source
  mount_tree "$TMP/src"
  local pids
  pids=$(daemon_of "$MNT")
  # shellcheck disable=SC2086 # a pid a word
  kill -STOP $pids
  run "$TESSERAFS" "$TMP/src" "$MNT"
  # shellcheck disable=SC2086
  kill -CONT $pids
  [ "$status" -eq 3 ]
  [[ "$output" == *"$MNT"*"does not answer"*"fusermount3 -u -z $MNT"* ]]
  cmp "$TMP/src/plain.npy" "$MNT/scans/plain/image.npy"
}

@test "dead mounts on top of each other are all cleared; another filesystem's mount never" {
  make_source
  [ "$(id -u)" -eq 0 ] || skip "mount(8) wants root"
  mount_tree "$TMP/src"
  mount --bind "$MNT" "$MNT"
  # shellcheck disable=SC2046 # a pid a word
  kill -KILL $(daemon_of "$MNT")
  "$TESSERAFS" "$TMP/src" "$MNT" 3>&-
  [ "$(grep -c " $MNT " /proc/mounts)" -eq 1 ]
  # shellcheck disable=SC2046
  kill -KILL $(daemon_of "$MNT")
  wait_gone "$MNT"
  mount -t tmpfs none "$MNT"
  "$TESSERAFS" "$TMP/src" "$MNT" 3>&-
  [ "$(grep -c " $MNT " /proc/mounts)" -eq 3 ]
  fusermount3 -u "$MNT"
  [ "$(findmnt -n -o FSTYPE "$MNT" | tail -n 1)" = tmpfs ]
  umount "$MNT"
  [ "$(grep -c " $MNT fuse.tesserafs" /proc/mounts)" -eq 1 ]
}

@test "a dead mount in which something else is mounted is not cleared with it" {
  make_source
  [ "$(id -u)" -eq 0 ] || skip "mount(8) wants root"
  mount_tree "$TMP/src"
  mount -t tmpfs none "$MNT/scans"
  # shellcheck disable=SC2046 # a pid a word
  kill -KILL $(daemon_of "$MNT")
  run "$TESSERAFS" "$TMP/src" "$MNT"
  local inside
  inside=$(grep -c " $MNT/scans tmpfs" /proc/mounts)
  umount -l "$MNT"
  [ "$status" -eq 3 ]
  [[ "$output" == *"$MNT/scans is mounted inside"* ]]
  [ "$inside" -eq 1 ]
}

@test "the HDF5 server ends with a daemon that was killed" {
  make_source
  mount_in_foreground "$TMP/src"
  cat "$MNT/scans/chunked/image.npy" >"$TMP/copy"
  kill -KILL "$DAEMON"
  run wait "$DAEMON"
  wait_gone "$MNT"
}

@test "-o auto_unmount: after SIGKILL the same command mounts again" {
  make_source
  mount_tree "$TMP/src" -o auto_unmount
  # shellcheck disable=SC2046 # a pid a word
  kill -KILL $(daemon_of "$MNT")
  wait_gone "$MNT"
  "$TESSERAFS" -o auto_unmount "$TMP/src" "$MNT" 3>&-
  cmp "$TMP/src/plain.npy" "$MNT/scans/plain/image.npy"
}

# --- who may do what -----------------------------------------------------------------------

# Runs a command as the user nobody.
as_nobody() {
  setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/nonexistent "$@" 3>&-
}

need_nobody() {
  [ "$(id -u)" -eq 0 ] || skip "becoming another user wants root"
  id nobody >/dev/null 2>&1 || skip "no user nobody"
  chmod 755 "$TMP"
  as_nobody test -x "$TESSERAFS" || skip "nobody cannot run $TESSERAFS"
}

@test "an unprivileged user mounts, reads and unmounts" {
  need_fuse
  need_nobody
  as_nobody test -r /dev/fuse -a -w /dev/fuse || skip "nobody cannot open /dev/fuse"
  make_source
  MNT=$TMP/mnt
  mkdir "$MNT"
  chown nobody "$MNT"
  MOUNTS+=("$MNT")
  as_nobody "$TESSERAFS" "$TMP/src" "$MNT"
  as_nobody cmp "$TMP/src/plain.npy" "$MNT/scans/plain/image.npy"
  [ "$(as_nobody stat -c %U "$MNT/README.txt")" = nobody ]
  as_nobody fusermount3 -u "$MNT"
  wait_gone "$MNT"
}

# A mount that nobody serves any more, made without a program.
@test "the dead mount of another user is not cleared, not even by root" {
  need_fuse
  [ "$(id -u)" -eq 0 ] || skip "mount(8) wants root"
  make_source
  MNT=$TMP/mnt
  mkdir "$MNT"
  MOUNTS+=("$MNT")
  exec 5<>/dev/fuse
  mount -i -t fuse.tesserafs -o fd=5,rootmode=40000,user_id=65534,group_id=65534 "$TMP/src" "$MNT"
  exec 5>&-
  run "$TESSERAFS" "$TMP/src" "$MNT"
  [ "$status" -eq 3 ]
  [[ "$output" == *"$MNT: user 65534 has a tesserafs mounted there (of $TMP/src)"* ]]
  [ "$(grep -c " $MNT fuse.tesserafs" /proc/mounts)" -eq 1 ]
}

@test "an unprivileged user may say allow_other where fuse.conf permits it" {
  need_fuse
  need_nobody
  as_nobody test -r /dev/fuse -a -w /dev/fuse || skip "nobody cannot open /dev/fuse"
  grep -q '^user_allow_other' /etc/fuse.conf || skip "/etc/fuse.conf has no user_allow_other"
  make_source
  MNT=$TMP/mnt
  mkdir "$MNT"
  chown nobody "$MNT"
  MOUNTS+=("$MNT")
  as_nobody "$TESSERAFS" -o allow_other "$TMP/src" "$MNT"
  cmp "$TMP/src/plain.npy" "$MNT/scans/plain/image.npy"
}

@test "other users see nothing without allow_other, everything with it" {
  need_fuse
  need_nobody
  make_source
  mount_tree "$TMP/src"
  run as_nobody cat "$MNT/README.txt"
  [ "$status" -ne 0 ]
  [[ "$output" == *"Permission denied"* ]]
  mount_tree "$TMP/src" -o allow_other
  as_nobody cmp "$TMP/src/plain.npy" "$MNT/scans/plain/image.npy"
  mount_tree "$TMP/src" -o allow_other,umask=077
  run as_nobody cat "$MNT/README.txt"
  [ "$status" -ne 0 ]
}

@test "whatever writes gets EROFS, from root too" {
  make_source
  mount_tree "$TMP/src"
  "$PYTHON" - "$MNT" <<'PY'
import errno, os, sys
os.chdir(sys.argv[1])
image = "scans/plain/image.npy"
attempts = {
    "open": lambda: os.open(image, os.O_WRONLY),
    "open r+": lambda: os.open(image, os.O_RDWR),
    "truncate": lambda: os.truncate(image, 0),
    "create": lambda: os.open("scans/new", os.O_CREAT | os.O_WRONLY),
    "mkdir": lambda: os.mkdir("scans/new"),
    "symlink": lambda: os.symlink("x", "scans/new"),
    "link": lambda: os.link(image, "scans/new"),
    "unlink": lambda: os.unlink(image),
    "rmdir": lambda: os.rmdir("scans/plain"),
    "rename": lambda: os.rename(image, "scans/new"),
    "chmod": lambda: os.chmod(image, 0o600),
    "utime": lambda: os.utime(image),
    "setxattr": lambda: os.setxattr(image, "user.x", b"y"),
}
for name, attempt in attempts.items():
    try:
        attempt()
        sys.exit(name + ": succeeded")
    except OSError as error:
        assert error.errno == errno.EROFS, (name, error)
PY
}

@test "h5py opens a mounted source for writing: the mount holds no lock on it" {
  make_source
  mount_tree "$TMP/src"
  exec 5<"$MNT/scans/chunked/image.npy"
  cat "$MNT/scans/chunked/image.npy" >"$TMP/before"
  "$PYTHON" - "$TMP/src/chunked.h5" <<'PY'
import h5py, sys
with h5py.File(sys.argv[1], "r+") as file:
    file["image"][0, 0, 0] = 65535
PY
  exec 5<&-
  sleep 1
  "$PYTHON" - "$TMP" "$MNT" <<'PY'
import h5py, numpy, sys
tmp, mnt = sys.argv[1:]
new = numpy.load(mnt + "/scans/chunked/image.npy")
assert new[0, 0, 0] == 65535
assert numpy.array_equal(new, h5py.File(tmp + "/src/chunked.h5")["image"])
assert numpy.count_nonzero(new != numpy.load(tmp + "/before")) == 1
PY
}

# --- the same again ------------------------------------------------------------------------

@test "two mounts, and a remount, show the same names, sizes, times, inode numbers and bytes" {
  make_source
  local options=(-o "formats=npy+nii.gz+h5+tif+png")
  mount_tree "$TMP/src" "${options[@]}"
  "$PYTHON" "$BATS_TEST_DIRNAME/python/check/list_tree.py" "$MNT" >"$TMP/first"
  mount_tree "$TMP/src" "${options[@]}"
  "$PYTHON" "$BATS_TEST_DIRNAME/python/check/list_tree.py" "$MNT" >"$TMP/second"
  unmount "$MNT"
  "$TESSERAFS" "${options[@]}" "$TMP/src" "$MNT" 3>&-
  "$PYTHON" "$BATS_TEST_DIRNAME/python/check/list_tree.py" "$MNT" >"$TMP/third"
  [ "$(wc -l <"$TMP/first")" -gt 300 ]
  cmp "$TMP/first" "$TMP/second"
  cmp "$TMP/first" "$TMP/third"
}

@test "no two files of a mount have one inode number" {
  make_source
  mount_tree "$TMP/src" -o "formats=npy+nii.gz+h5+tif+png"
  find "$MNT" -printf '%i\n' | sort >"$TMP/numbers"
  [ -z "$(uniq -d "$TMP/numbers")" ]
}

@test "names that can only be opened have the same inode number in the next mount" {
  make_source
  local names=(
    'scans/plain/image[2:9,::-1,5].nii.gz'
    'patches/size=8x8x8,stride=4x4x4'
    'patches/size=8x8x8,stride=4x4x4/plain/image/00.h5'
    'patches/size=8x8x8,stride=4x4x4/plain/image/at=-3x2x1.npy')
  mount_tree "$TMP/src"
  (cd "$MNT" && stat -c '%i %s %n' "${names[@]}") >"$TMP/first"
  mount_tree "$TMP/src"
  ls -R "$MNT" >"$TMP/list"
  (cd "$MNT" && stat -c '%i %s %n' "${names[@]}") >"$TMP/second"
  cmp "$TMP/first" "$TMP/second"
}

@test "--cat gives the bytes of the mount, in every encoding" {
  make_source
  mount_tree "$TMP/src"
  local ext scan path
  for scan in chunked packed stack; do
    for ext in npy nii nii.gz h5 raw tif; do
      path="scans/$scan/image[1:9,3:,::2].$ext"
      "$TESSERAFS" --cat "$TMP/src" "$path" | cmp - "$MNT/$path"
      path="patches/size=8x8x8/$scan/image/03.$ext"
      "$TESSERAFS" --cat "$TMP/src" "$path" | cmp - "$MNT/$path"
    done
    path="slices/axis=0/$scan/image/07.png"
    "$TESSERAFS" --cat "$TMP/src" "$path" | cmp - "$MNT/$path"
  done
}

# --- floods --------------------------------------------------------------------------------

# bats test_tags=sanitize
@test "10,000 reads of a corrupt item: EIO each, and a handful of lines in the log" {
  make_source
  "$PYTHON" - "$TMP/src/bad.h5" <<'PY'
import h5py, sys
with h5py.File(sys.argv[1], "w") as file:
    data = file.create_dataset("image", (8, 8, 8), "u1", chunks=(8, 8, 8), compression="gzip")
    data.id.write_direct_chunk((0, 0, 0), b"not deflate")
PY
  mount_in_foreground "$TMP/src"
  "$PYTHON" - "$MNT/scans/bad/image.npy" <<'PY'
import errno, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
for _ in range(10000):
    try:
        os.pread(fd, 512, 200)
        sys.exit("read succeeded")
    except OSError as error:
        assert error.errno == errno.EIO, error
PY
  [ "$(stat_of errors)" -ge 10000 ]
  cp "$MNT/.tesserafs/errors.log" "$TMP/errors.log"
  [ "$(wc -l <"$TMP/errors.log")" -le 20 ]
  grep -q 'scans/bad/image.npy.*bad.h5.*chunk 0,0,0' "$TMP/errors.log"
  kill -TERM "$DAEMON"
  wait "$DAEMON"
  [ "$(wc -l <"$TMP/stderr")" -le 20 ]
  grep -q 'bad.h5' "$TMP/stderr"
}

@test "more sources than file descriptors: all can be read, by eight readers at once" {
  need_fuse
  "$PYTHON" - "$TMP/src" <<'PY'
import os, sys
import h5py, numpy
from PIL import Image
root = sys.argv[1]
os.makedirs(root + "/stack")
for i in range(200):
    value = numpy.full((5, 6, 7), i, "uint16")
    numpy.save("%s/n%d.npy" % (root, i), value)
    with h5py.File("%s/h%d.h5" % (root, i), "w") as file:
        file.create_dataset("image", data=value, chunks=(2, 6, 7), compression="gzip")
    Image.fromarray(numpy.full((5, 6), i, "uint8")).save("%s/stack/%d.png" % (root, i))
PY
  MNT=$TMP/mnt
  mkdir "$MNT"
  MOUNTS+=("$MNT")
  (ulimit -n 64 && "$TESSERAFS" "$TMP/src" "$MNT" 3>&-)
  "$PYTHON" - "$MNT" <<'PY'
import random, sys
from concurrent.futures import ThreadPoolExecutor
import numpy
root = sys.argv[1]
def check(name):
    if name == "stack":
        got = numpy.load(root + "/scans/stack/image.npy")
        assert (got == numpy.arange(200)[:, None, None]).all(), name
    else:
        got = numpy.load("%s/scans/%s/image.npy" % (root, name))
        assert got.shape == (5, 6, 7) and (got == int(name[1:])).all(), name
names = [kind + str(i) for kind in "nh" for i in range(200)] + ["stack"] * 20
names *= 2
random.Random(1).shuffle(names)
with ThreadPoolExecutor(8) as pool:
    list(pool.map(check, names))
PY
}
