#!/usr/bin/env bats
# Sources that hang, as files of an NFS server that is gone do: what needs them waits, all else goes
# on, and the daemon can be ended.
#
# The server is a mount of ours, $FAR, whose daemon $SERVER is stopped.

load helpers

teardown() {
  # shellcheck disable=SC2086 # a pid a word
  [ -z "$SERVER" ] || kill -CONT $SERVER
  if [ -n "$DEAF" ]; then
    kill "$DEAF"
    umount -l "$TMP/far"
  fi
  local mnt
  for mnt in "${MOUNTS[@]}"; do
    unmount "$mnt" || true
  done
  rm -rf "$TMP"
}

# One volume as files of every format on $FAR, and beside it on our disk.  $TMP/both.json names them:
# far-FORMAT and near-FORMAT.
make_both() {
  mkdir -p "$TMP/src" "$TMP/near"
  "$PYTHON" - "$TMP" <<'PY'
import sys
import numpy
voxels = numpy.random.default_rng(1).integers(0, 900, (64, 96, 128)).astype("u2")
numpy.save(sys.argv[1] + "/src/vol.npy", voxels)
PY
  mount_tree "$TMP/src"
  FAR=$MNT
  SERVER=$(daemon_of "$FAR")
  local format
  for format in npy h5 nii.gz tif; do # not by way of $FAR: it would be in the page cache
    "$TESSERAFS" --cat "$TMP/src" "scans/vol/image.$format" >"$TMP/near/image.$format"
  done
  "$PYTHON" - "$TMP" "$FAR" <<'PY'
import json, os, sys
import numpy
from PIL import Image
root, far = sys.argv[1:]
formats = ["npy", "h5", "nii.gz", "tif"]
scans = []
for place in "near", "far":
    at = root + "/near" if place == "near" else far + "/scans/vol"
    pngs = root + "/near/png" if place == "near" else far + "/slices/axis=0/vol/image"
    if place == "near":
        os.mkdir(pngs)
        for i, slice in enumerate(numpy.load(root + "/src/vol.npy")):
            Image.fromarray(slice).save(pngs + "/%02d.png" % i)
    for format in formats:
        scans.append({"id": place + "-" + format.split(".")[0],
                      "fields": {"image": "%s/image.%s" % (at, format)}})
    paths = ["%s/%02d.png" % (pngs, i) for i in range(64)]
    scans.append({"id": place + "-png", "fields": {"image": {"list": paths, "axis": 0}}})
with open(root + "/both.json", "w") as file:
    json.dump({"scans": scans}, file)
PY
}

mount_both() { # [tesserafs options...]
  make_both
  mount_tree "$TMP/both.json" -o root=/ "$@"
}

stop_server() {
  # shellcheck disable=SC2086 # a pid a word
  kill -STOP $SERVER
}

# Starts a reader in the background that will hang.
hang() { # command...
  "$@" >/dev/null 2>&1 3>&- &
  READERS+=($!)
}

# Readers of all far files: of one that was read before, of others that were not.
hang_readers() {
  READERS=()
  head -c 100000 "$MNT/scans/far-npy/image.npy" >/dev/null
  exec 6<"$MNT/scans/far-tif/image.raw"
  stop_server
  hang cat "$MNT/patches/size=16x16x16/far-npy/image/at=40x70x99.npy"
  hang cat "$MNT/scans/far-npy/image.nii"
  hang dd if=/dev/fd/6 of=/dev/null bs=64k
  local format
  for format in h5 nii png; do
    hang cat "$MNT/scans/far-$format/image.npy"
    hang ls -l "$MNT/scans/far-$format"
  done
  exec 6<&-
  sleep 1
}

# The daemon of $MNT is told to end, and must within five seconds (and some, on a busy machine).
ends_by() { # signal
  local begin=$SECONDS pids
  pids=$(daemon_of "$MNT")
  kill -s "$1" "$(head -n 1 <<<"$pids")"
  while [ -n "$(daemon_of "$MNT")" ]; do
    [ $((SECONDS - begin)) -lt 9 ] || fail "still there: $(daemon_of "$MNT")"
    sleep 0.1
  done
  [ -z "$(findmnt -n "$MNT")" ] || fail "still mounted"
}

@test "SIGTERM and SIGINT end it though readers hang, in one thread too; the readers end with it" {
  make_both
  local words pid
  for words in "TERM -o root=/,threads=2" "INT -s -o root=/"; do
    # shellcheck disable=SC2086 # a word each
    mount_tree "$TMP/both.json" ${words#* }
    hang_readers
    ends_by "${words%% *}"
    for pid in "${READERS[@]}"; do
      wait "$pid" && fail "a reader of a file that hangs got it"
    done
    # shellcheck disable=SC2086
    kill -CONT $SERVER
  done
}

@test "SIGTERM ends it while only its own threads hang: the look for changes, a prefetch" {
  mount_both
  cat "$MNT/scans/far-tif/image.npy" >/dev/null
  stat "$MNT"/scans/far-*/image.npy >/dev/null
  stop_server
  echo "scans/far-nii/image.npy" >"$MNT/.tesserafs/prefetch"
  sleep 1
  ends_by TERM
}

@test "SIGTERM, and Ctrl-C, end a mount that hangs before it is there" {
  make_both
  mkdir "$TMP/mnt"
  MNT=$TMP/mnt
  MOUNTS+=("$MNT")
  stop_server
  local options signal starter
  for options in "" -f; do
    for signal in TERM INT; do
      # shellcheck disable=SC2086
      env --default-signal=INT "$TESSERAFS" $options "$FAR/slices/axis=0/vol" "$MNT" 3>&- 2>/dev/null &
      starter=$!
      sleep 0.7
      [ -n "$(daemon_of "$MNT")" ] || fail "it does not hang"
      kill -s "$signal" "$starter"
      wait "$starter" && fail "it says that it has mounted"
      local begin=$SECONDS
      while [ -n "$(daemon_of "$MNT")" ]; do
        [ $((SECONDS - begin)) -lt 9 ] || fail "still there: $(daemon_of "$MNT")"
        sleep 0.1
      done
    done
  done
}

@test "the root, the lists of scans and all other scans answer while many readers hang" {
  mount_both -o threads=2
  hang_readers
  hang "$PYTHON" -c '
import sys, threading
read = lambda i: open(sys.argv[1] % i, "rb").read()
for i in range(100):
    threading.Thread(target=read, args=(i,)).start()
' "$MNT/scans/far-npy/image[:,:,%d].npy"
  sleep 2
  "$PYTHON" - "$MNT" "$TMP/src/vol.npy" <<'PY'
import json, os, subprocess, sys
import numpy
mount, volume = sys.argv[1], numpy.load(sys.argv[2])
def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
assert "dataset.json" in run("ls", "-la", mount)
assert len(run("ls", mount + "/scans").split()) == 10
assert run("ls", "-l", mount + "/scans").count("far-") == 5
run("ls", "-l", mount + "/splits/all")
run("ls", "-l", mount + "/patches/default", mount + "/.tesserafs")
read = "import numpy, sys; numpy.save(sys.argv[2], numpy.load(sys.argv[1]))"
for format in "npy", "h5", "nii", "tif", "png":
    scan = mount + "/scans/near-" + format
    assert "image.npy" in run("ls", "-l", scan)
    for path, box in ((scan + "/image.npy", volume),
                      (mount + "/patches/size=16x16x16/near-%s/image/at=9x8x7.npy" % format,
                       volume[9:25, 8:24, 7:23])):
        copy = os.path.dirname(sys.argv[2]) + "/copy.npy"
        run(sys.executable, "-c", read, path, copy)
        assert (numpy.load(copy) == box).all(), path
PY
  # shellcheck disable=SC2086
  kill -CONT $SERVER
  local pid
  for pid in "${READERS[@]}"; do
    wait "$pid" || fail "a reader was given up"
  done
}

@test "dataset.json leaves out what does not answer, says so, and has it when it answers again" {
  mount_both
  stop_server
  "$PYTHON" - "$MNT" <<'PY'
import json, os, subprocess, sys
path = sys.argv[1] + "/dataset.json"
def read():
    text = subprocess.run(["cat", path], capture_output=True, text=True, timeout=50, check=True).stdout
    return {scan["id"]: scan["fields"]["image"] for scan in json.loads(text)["scans"]}
for turn in 1, 2:
    scans = read()
    assert len(scans) == 10
    for id, image in scans.items():
        assert ("does not answer" in image.get("error", "")) == id.startswith("far"), (id, image)
        assert (image.get("shape") == [64, 96, 128]) == id.startswith("near"), (id, image)
PY
  # shellcheck disable=SC2086
  kill -CONT $SERVER
  local i
  for ((i = 0; i < 100; i++)); do
    grep -q '"error"' "$MNT/dataset.json" || break
    sleep 0.1
  done
  cp "$MNT/dataset.json" "$TMP/copy.json"
  [ "$(stat -c %s "$TMP/copy.json")" -eq "$(stat -c %s "$MNT/dataset.json")" ]
  "$PYTHON" - "$TMP/copy.json" <<'PY'
import json, sys
scans = json.load(open(sys.argv[1]))["scans"]
assert [scan["fields"]["image"]["shape"][:1] for scan in scans] == 10 * [[64]]
PY
}

# The kernel ends the wait for a request that the server has taken for no signal, so the process stays
# as a zombie until the server is gone.
@test "a read that not even SIGKILL ends: the mount is gone within seconds, and its readers with it" {
  need_fuse
  [ "$(id -u)" -eq 0 ] || skip "mount(2) wants root"
  mkdir "$TMP/src" "$TMP/far" "$TMP/mnt"
  "$PYTHON" -c 'import numpy, sys; numpy.save(sys.argv[1], numpy.ones((40, 99, 99)))' "$TMP/src/vol.npy"
  "$PYTHON" "$BATS_TEST_DIRNAME/python/make/deaf_server.py" "$TMP/src" "$TMP/far" 3>&- &
  DEAF=$!
  local i
  for ((i = 0; i < 100; i++)); do
    ! mountpoint -q "$TMP/far" || break
    sleep 0.05
  done
  echo '{"scans": [{"id": "vol", "fields": {"image": "far/vol.npy"}}]}' >"$TMP/far.json"
  MNT=$TMP/mnt
  MOUNTS+=("$MNT")
  "$TESSERAFS" "$TMP/far.json" "$MNT" 3>&-
  cmp "$TMP/src/vol.npy" "$MNT/scans/vol/image.npy"
  kill -USR1 "$DEAF"
  sleep 0.3
  READERS=()
  hang cat "$MNT/scans/vol/image[3:].npy"
  sleep 0.5
  run ends_by TERM
  wait "${READERS[0]}" && fail "a file that hangs was read"
  [ "$status" -eq 0 ] || fail "$output"
}
