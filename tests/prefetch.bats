#!/usr/bin/env bats
# .tesserafs/prefetch: what is written to it is fetched; and all else that would write: EROFS.

load helpers

# A volume of 128^3 uint16 in 64 gzip chunks of 64 KiB, in $TMP/src.
make_volume() {
  mkdir -p "$TMP/src"
  "$PYTHON" - "$TMP/src/vol.h5" <<'PY'
import h5py, numpy, sys
voxels = numpy.random.default_rng(1).integers(0, 900, (128, 128, 128)).astype("u2")
with h5py.File(sys.argv[1], "w") as file:
    file.create_dataset("image", data=voxels, chunks=(32, 32, 32), compression="gzip")
PY
}

mount_volume() { # [tesserafs options...]
  make_volume
  mount_tree "$TMP/src" "$@"
  PREFETCH=$MNT/.tesserafs/prefetch
}

# Waits until N paths were taken from lists and nothing of them is on its way.
wait_fetched() { # paths
  local i
  for ((i = 0; i < 600; i++)); do
    [ "$(stat_of prefetch_paths)" -lt "$1" ] || [ "$(stat_of prefetch_pending)" -ne 0 ] || return 0
    sleep 0.05
  done
  fail "still under way: $(cat "$MNT/.tesserafs/stats.json")"
}

# Reads files and says how many chunks that decoded.
decoded_by() { # command...
  local before
  before=$(stat_of chunks_decoded)
  "$@" >/dev/null
  echo $(($(stat_of chunks_decoded) - before))
}

# bats test_tags=sanitize
@test "what a list names is decoded before it is read: each kind of file, link and directory" {
  mount_volume -o formats=npy+nii.gz
  cd "$MNT"
  printf '%s\n' patches/size=32/vol/image/00.npy "$MNT/patches/size=32/vol/image/01.nii.gz" '' \
    ./patches/../patches/size=32/vol/image/at=0x64x0.png \
    patches/size=32/vol/image/at=0x64x0.tif >"$PREFETCH"
  wait_fetched 4
  [ "$(stat_of chunks_decoded)" -eq 3 ]
  [ "$(stat_of prefetch_failed)" -eq 1 ] # a 3-D patch has no png
  [ "$(decoded_by cat patches/size=32/vol/image/{00.npy,01.nii.gz,at=0x64x0.tif})" -eq 0 ]
  printf 'scans/vol/image[127,:,:].npy\0' >"$PREFETCH"
  wait_fetched 5
  [ "$(stat_of chunks_decoded)" -eq 19 ]
  [ "$(decoded_by cat 'scans/vol/image[127,:,:].npy')" -eq 0 ]
  echo splits/all/vol/image.npy >>"$PREFETCH"
  wait_fetched 6
  [ "$(stat_of chunks_decoded)" -eq 64 ]
  [ "$(decoded_by cat scans/vol/image.npy)" -eq 0 ]
}

# bats test_tags=sanitize
@test "a directory stands for all that is in it" {
  mount_volume
  echo patches/size=32 >"$PREFETCH"
  wait_fetched 1
  [ "$(stat_of chunks_decoded)" -eq 64 ]
  [ "$(stat_of prefetch_failed)" -eq 0 ]
  [ "$(decoded_by cat "$MNT"/patches/size=32/vol/image/*.npy)" -eq 0 ]
}

@test "the root is a directory too; what cannot be read in it is told, each by its name" {
  make_volume
  "$PYTHON" - "$TMP/src/vol.h5" <<'PY'
import h5py, sys
with h5py.File(sys.argv[1]) as file:
    chunk = file["image"].id.get_chunk_info_by_coord((32, 0, 64))
with open(sys.argv[1], "r+b") as file:
    file.seek(chunk.byte_offset + 10)
    file.write(b"\xff" * 1000)
PY
  mount_tree "$TMP/src" 2>/dev/null
  PREFETCH=$MNT/.tesserafs/prefetch
  echo patches/size=32/vol >"$PREFETCH"
  wait_fetched 1
  [ "$(stat_of prefetch_failed)" -eq 1 ]
  grep -q '/patches/size=32/vol/image/18.npy: .*vol.h5.*chunk' "$MNT/.tesserafs/errors.log"
  echo / >"$PREFETCH"
  wait_fetched 2
  grep -q '/scans/vol/image.npy: .*vol.h5.*chunk' "$MNT/.tesserafs/errors.log"
}

@test "shells, cp, dd, tee and python's open() can write it; nobody can read it" {
  mount_volume
  local path=patches/size=32/vol/image/00.npy
  echo $path >"$PREFETCH"
  echo $path >>"$PREFETCH"
  echo $path >"$TMP/list"
  cp "$TMP/list" "$PREFETCH"
  cat "$TMP/list" >"$PREFETCH"
  tee -a "$PREFETCH" <"$TMP/list" >/dev/null
  dd if="$TMP/list" of="$PREFETCH" conv=fsync 2>/dev/null
  "$PYTHON" - "$PREFETCH" $path <<'PY'
import os, pathlib, sys
for mode in "w", "a":
    with open(sys.argv[1], mode) as file:
        print(sys.argv[2], file=file)
pathlib.Path(sys.argv[1]).write_text(sys.argv[2]) # without a newline
os.truncate(sys.argv[1], 0)
fd = os.open(sys.argv[1], os.O_WRONLY)
os.pwrite(fd, sys.argv[2].encode(), 1000)
os.ftruncate(fd, 0)
os.fsync(fd)
os.close(fd)
for flags in os.O_RDONLY, os.O_RDWR, os.O_RDONLY | os.O_TRUNC:
    try:
        os.close(os.open(sys.argv[1], flags))
        sys.exit("opened for reading")
    except PermissionError:
        pass
PY
  wait_fetched 10
  [ "$(stat_of prefetch_paths)" -eq 10 ]
  [ "$(stat_of prefetch_failed)" -eq 0 ]
  [ "$(stat -c '%A %s' "$PREFETCH")" = '--w------- 0' ]
  [ ! -s "$MNT/.tesserafs/errors.log" ]
}

# bats test_tags=sanitize
@test "a .nii.gz, a stack of PNG and a TIFF are decoded by the list, not by who reads them" {
  mkdir -p "$TMP/src/stack"
  "$PYTHON" - "$TMP/src" <<'PY'
import nibabel, numpy, os, sys, tifffile
from PIL import Image
os.chdir(sys.argv[1])
voxels = numpy.random.default_rng(1).integers(0, 900, (160, 160, 160)).astype("i2")
nibabel.save(nibabel.Nifti1Image(voxels, numpy.eye(4)), "head.nii.gz")
for i in range(8):
    Image.fromarray(voxels[i].astype("u1")).save(f"stack/{i}.png")
tifffile.imwrite("pages.tif", voxels[:8].astype("u2"), compression="zlib")
PY
  mount_tree "$TMP/src"
  PREFETCH=$MNT/.tesserafs/prefetch
  cd "$MNT"
  printf '%s\n' patches/size=64/head/image/at=90x90x90.npy scans/{stack,pages}/image.npy \
    slices/axis=2/head/image/159.npy >"$PREFETCH"
  wait_fetched 4
  [ "$(stat_of prefetch_failed)" -eq 0 ]
  [ "$(stat_of chunks_decoded)" -gt 16 ]
  [ "$(decoded_by cat patches/size=64/head/image/at=90x90x90.npy scans/{stack,pages}/image.npy \
    slices/axis=2/head/image/159.npy)" -eq 0 ]
}

@test "the tree is copied as before: no file is listed that cannot be read" {
  mount_volume
  cp -a "$MNT" "$TMP/copy"
  tar -C "$MNT" -cf "$TMP/copy.tar" .
  rsync -a "$MNT/" "$TMP/copy"
  [ -e "$MNT/.tesserafs/prefetch" ]
  [ ! -e "$TMP/copy/.tesserafs/prefetch" ]
}

# bats test_tags=sanitize
@test "lines come in any pieces, by eight writers at once; bad ones are told and passed over" {
  mount_volume
  "$PYTHON" - "$PREFETCH" <<'PY'
import os, random, sys, threading

def write(number):
    chance = random.Random(number)
    paths = [f"patches/size=32/vol/image/{number * 8 + i:02}.npy" for i in range(8)]
    text = "".join(path + chance.choice(["\n", "\r\n", "\0", "\n\n"]) for path in paths)
    if number == 0:
        text += "no/such\n" + "x" * 5000 + "\n" + "y" * 300 + "\n\x01\x02\n"
    fd = os.open(sys.argv[1], os.O_WRONLY)
    while text:
        n = chance.randint(1, 30)
        assert os.write(fd, text[:n].encode()) == len(text[:n])
        text = text[n:]
    os.close(fd)

threads = [threading.Thread(target=write, args=(i,)) for i in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
PY
  wait_fetched 67
  [ "$(stat_of prefetch_paths)" -eq 67 ]
  [ "$(stat_of prefetch_failed)" -eq 3 ]
  [ "$(stat_of chunks_decoded)" -eq 64 ]
  grep -q ' no/such: .*no such name' "$MNT/.tesserafs/errors.log"
  grep -q 'a line of more than 4095 bytes' "$MNT/.tesserafs/errors.log"
  grep -q 'yyyy: .*at most 255 bytes' "$MNT/.tesserafs/errors.log"
  [ "$(wc -l <"$MNT/.tesserafs/errors.log")" -eq 4 ]
}

@test "the order of the list is kept" {
  mount_volume -o threads=1
  "$PYTHON" - "$TMP/list" <<'PY'
import random, sys
numbers = list(range(64))
random.Random(2).shuffle(numbers)
open(sys.argv[1], "w").write("".join(f"patches/size=32/vol/image/{n:02}.npy\n" for n in numbers))
PY
  strace -f -qq -e trace=pread64 -o "$TMP/trace" -p "$(daemon_of "$MNT" | head -n 1)" &
  local tracer=$!
  sleep 0.5
  cp "$TMP/list" "$PREFETCH"
  wait_fetched 64
  kill "$tracer"
  wait "$tracer" || true
  "$PYTHON" - "$TMP/src/vol.h5" "$TMP/list" "$TMP/trace" <<'PY'
import h5py, re, sys
with h5py.File(sys.argv[1]) as file:
    data = file["image"].id
    place = {}
    for n in range(64):
        at = (n // 16 * 32, n // 4 % 4 * 32, n % 4 * 32)
        place[data.get_chunk_info_by_coord(at).byte_offset] = n
wanted = [int(re.search(r"(\d+)\.npy", line)[1]) for line in open(sys.argv[2])]
found = []
for line in open(sys.argv[3]):
    match = re.search(r"pread64\(.*, (\d+)\) = \d+$", line)
    if match and int(match[1]) in place:
        found.append(place[int(match[1])])
assert found == wanted, (found, wanted)
PY
}

# Slow where nothing is kept; a list four times as large as the cache.
@test "a list larger than the cache: all of it in its turn, memory within the budget" {
  mkdir "$TMP/src"
  "$PYTHON" - "$TMP/src/big.h5" <<'PY'
import h5py, numpy, sys
voxels = numpy.random.default_rng(1).integers(0, 4, (64, 512, 512)).astype("u1")
with h5py.File(sys.argv[1], "w") as file:
    data = file.create_dataset("image", (1024, 1024, 1024), "u1", chunks=(64, 512, 512), compression="gzip",
                               compression_opts=1)
    data[:64, :512, :512] = voxels
    _, chunk = data.id.read_direct_chunk((0, 0, 0))
    for z in range(0, 1024, 64):
        for y in 0, 512:
            for x in 0, 512:
                data.id.write_direct_chunk((z, y, x), chunk)
PY
  mount_tree "$TMP/src" -o cache=64M
  PREFETCH=$MNT/.tesserafs/prefetch
  local daemon before
  daemon=$(daemon_of "$MNT" | head -n 1)
  before=$(awk '/^VmHWM/ { print $2 }' "/proc/$daemon/status")
  printf 'patches/size=64x512x512/big/image/%02d.npy\n' {0..63} >"$PREFETCH"
  head -c 1000 "$MNT/scans/big/image.npy" >/dev/null # readers do not wait for the list
  [ "$(stat_of prefetch_pending)" -gt 0 ]
  wait_fetched 64
  [ "$(stat_of bytes_decoded)" -ge $((1 << 30)) ]
  [ "$(stat_of cache_peak_bytes)" -le $((64 << 20)) ]
  [ $(($(awk '/^VmHWM/ { print $2 }' "/proc/$daemon/status") - before)) -lt $((192 << 10)) ]
}

@test "100,000 lines are taken; a list that is too long gets ENOSPC" {
  mount_volume
  "$PYTHON" - "$PREFETCH" <<'PY'
import sys
with open(sys.argv[1], "w") as file:
    for i in range(100000):
        file.write(f"patches/size=32/vol/image/{i % 64:02}.npy\n")
PY
  wait_fetched 100000
  [ "$(stat_of prefetch_failed)" -eq 0 ]
  [ "$(decoded_by cat "$MNT"/patches/size=32/vol/image/*.npy)" -eq 0 ]
  "$PYTHON" - "$PREFETCH" <<'PY'
import errno, os, sys
fd = os.open(sys.argv[1], os.O_WRONLY)
text = (b"./" * 100 + b"patches/size=32/vol/image\n") * 600 # each takes a while
sent = 0
try:
    for i in range(1000): # 120 MB
        n = os.write(fd, text)
        sent += n
        while n < len(text):
            n += os.write(fd, text[n:])
            sent += 1
    sys.exit("all of it was taken")
except OSError as error:
    assert error.errno == errno.ENOSPC, error
PY
  grep -q '/.tesserafs/prefetch: the list is full' "$MNT/.tesserafs/errors.log"
}

@test "a writer that is killed: whole lines are fetched, the mount lives on" {
  mount_volume
  "$PYTHON" - "$PREFETCH" <<'PY' 3>&- &
import os, sys, time
fd = os.open(sys.argv[1], os.O_WRONLY)
os.write(fd, b"patches/size=32/vol/image/00.npy\npatches/size=32/vol/image/0")
time.sleep(100)
PY
  local writer=$!
  wait_fetched 1
  kill -9 "$writer"
  wait "$writer" || true
  wait_fetched 2 # what it began is a line at its end, and names nothing
  [ "$(stat_of chunks_decoded)" -eq 1 ]
  grep -q 'image/0: .*no such name' "$MNT/.tesserafs/errors.log"
}

# bats test_tags=sanitize
@test "an unmount ends at once while a list is worked off" {
  mount_volume -o cache=1M
  local i
  for ((i = 0; i < 2000; i++)); do echo scans/vol/image.npy; done >"$PREFETCH"
  [ "$(stat_of prefetch_pending)" -gt 0 ]
  local start=${EPOCHREALTIME/./}
  unmount "$MNT"
  [ $((${EPOCHREALTIME/./} - start)) -lt 3000000 ]
}

@test "prefetch=off: it cannot be written, and errors.log says why" {
  mount_volume -o prefetch=off 2>/dev/null
  run bash -c "echo x >'$PREFETCH'"
  [ "$status" -ne 0 ]
  [[ "$output" == *"Operation not permitted" ]]
  grep -q '/.tesserafs/prefetch: .*prefetch=off' "$MNT/.tesserafs/errors.log"
}

# bats test_tags=sanitize
@test "a directory larger than the cache, or of 4 * 10^12 items, is fetched as far as the cache reaches" {
  mkdir "$TMP/src"
  "$PYTHON" - "$TMP/src/big.h5" <<'PY'
import h5py, sys
with h5py.File(sys.argv[1], "w") as file:
    file.create_dataset("image", (16384, 16384, 16384), "u1", chunks=(64, 64, 64), compression="gzip")
PY
  mount_tree "$TMP/src" -o cache=8M 2>/dev/null
  PREFETCH=$MNT/.tesserafs/prefetch
  echo patches/size=1/big/image >"$PREFETCH"
  wait_fetched 1
  grep -q 'patches/size=1/big/image: prefetch: the first 2[0-9]* files fill the cache of 8 MiB' \
    "$MNT/.tesserafs/errors.log"
  echo patches/size=64 >"$PREFETCH"
  wait_fetched 2
  grep -q 'patches/size=64: prefetch: the first 3[01] files fill' "$MNT/.tesserafs/errors.log"
  [ "$(stat_of prefetch_failed)" -eq 0 ]
}

# bats test_tags=sanitize
@test "clear-prefetch in control clears the list; opening with O_TRUNC and truncate do not" {
  mount_volume -o cache=1M
  local control=$MNT/.tesserafs/control
  yes scans/vol/image.npy | head -n 2000 >"$PREFETCH"
  : >"$PREFETCH"
  truncate -s 0 "$PREFETCH"
  [ "$(stat_of prefetch_pending)" -gt 1000 ]
  echo clear-prefetch >"$control"
  wait_fetched 2000
  [ "$(stat_of prefetch_failed)" -eq 0 ]
  [ "$(stat_of chunks_decoded)" -lt 60000 ] # of 128,000
  echo patches/size=32/vol/image/00.npy >"$PREFETCH" # what is written later is fetched
  wait_fetched 2001
  [ "$(decoded_by cat "$MNT/patches/size=32/vol/image/00.npy")" -eq 0 ]
  [ ! -s "$MNT/.tesserafs/errors.log" ]
}

@test "control takes lines: an unknown one is EINVAL, and errors.log names those that are known" {
  mount_volume
  local control=$MNT/.tesserafs/control line
  cat "$MNT/patches/size=32/vol/image/00.npy" >/dev/null
  printf 'drop-caches' >"$control"
  [ "$(stat_of cache_bytes)" -eq 0 ]
  printf 'drop-caches\r\n\nclear-prefetch  \n' >"$control"
  run "$PYTHON" -c 'import pathlib, sys; pathlib.Path(sys.argv[1]).write_text("sing")' "$control" # by its close
  [ "$status" -ne 0 ]
  [[ "$output" == *"Invalid argument"* ]]
  for line in 'sing\n' 'clear-prefetch now\n' 'CLEAR-PREFETCH\n' 'drop-caches\nsing\n'; do
    run bash -c 'printf "$1" >"$2"' - "$line" "$control"
    [ "$status" -ne 0 ]
    [[ "$output" == *"Invalid argument" ]]
  done
  grep -q "/.tesserafs/control: expected one of clear-prefetch, drop-caches.*, found 'sing'" "$MNT/.tesserafs/errors.log"
  [ "$(stat -c '%A %s' "$control")" = '--w------- 0' ]
  run cat "$control"
  [[ "$output" == *"Permission denied" ]]
  run ls "$MNT/.tesserafs"
  [[ "$output" != *control* ]]
}

@test "prefetch and control are the mounter's alone, whoever sees the mount" {
  [ "$(id -u)" -eq 0 ] || skip "becoming another user wants root"
  local options
  for options in allow_other allow_other,umask=022 allow_other,default_permissions; do
    rm -rf "$TMP/src"
    mount_volume -o "$options"
    chmod 755 "$TMP"
    setpriv --reuid=nobody --regid=nogroup --clear-groups "$PYTHON" - "$MNT/.tesserafs/" <<'PY'
import os, sys
for name in "prefetch", "control":
    path = sys.argv[1] + name
    assert not os.access(path, os.W_OK)
    for attempt in [lambda: os.open(path, os.O_WRONLY), lambda: os.open(path, os.O_WRONLY | os.O_TRUNC),
                    lambda: os.open(path, os.O_RDWR), lambda: os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND),
                    lambda: os.truncate(path, 0), lambda: os.utime(path, (1, 1))]:
        try:
            attempt()
            sys.exit(path + ": another user could do that")
        except PermissionError:
            pass
PY
    echo scans >"$PREFETCH"
    echo clear-prefetch >"$MNT/.tesserafs/control"
    [ "$(stat -c '%a %u' "$PREFETCH")" = "200 0" ]
  done
}

@test "everything else that writes: EROFS, to everybody, with rw from fstab" {
  mkdir "$TMP/src"
  "$PYTHON" -c "import numpy; numpy.save('$TMP/src/vol.npy', numpy.zeros((4, 4, 4)))"
  mount_tree "$TMP/src" -o rw,allow_other,xattr
  python "$BATS_TEST_DIRNAME/python/check/erofs.py" "$MNT"
  [ "$(id -u)" -eq 0 ] || skip "becoming another user wants root"
  chmod 755 "$TMP"
  setpriv --reuid=nobody --regid=nogroup --clear-groups "$PYTHON" - "$MNT" \
    <"$BATS_TEST_DIRNAME/python/check/erofs.py"
}

@test "-o ro: prefetch is EROFS too" {
  mkdir "$TMP/src"
  "$PYTHON" -c "import numpy; numpy.save('$TMP/src/vol.npy', numpy.zeros((4, 4, 4)))"
  mount_tree "$TMP/src" -o ro
  [[ ",$(findmnt -n -o OPTIONS "$MNT")," == *,ro,* ]]
  python "$BATS_TEST_DIRNAME/python/check/erofs.py" "$MNT" ro
}

@test "umask= that hides files keeps others from prefetch" {
  [ "$(id -u)" -eq 0 ] || skip "becoming another user wants root"
  mount_volume -o allow_other,umask=077
  chmod 755 "$TMP"
  run setpriv --reuid=nobody --regid=nogroup --clear-groups bash -c "echo x >'$PREFETCH'"
  [ "$status" -ne 0 ]
  run touch "$MNT/README.txt"
  [[ "$output" == *"Read-only file system" ]]
  echo scans >"$PREFETCH"
}
