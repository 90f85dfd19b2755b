# Shared by all bats files: what to test, where the data is, mounts that always go away.
#
# A test calls `mount_tree SOURCE [options...]`, which mounts on a fresh $MNT; teardown unmounts
# whatever was mounted and kills only the daemons that belong to these mounts.

ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
TESSERAFS=${TESSERAFS:-$ROOT/build/tesserafs}
DATA=$ROOT/../shared/data
GOLDEN=$ROOT/tests/golden
PYTHON=/usr/bin/python3

setup() {
  TMP=$(mktemp -d "${TMPDIR:-/tmp}/tesserafs-test.XXXXXX")
  MOUNTS=()
  export XDG_STATE_HOME=$TMP/state # where the program keeps what outlives a mount
}

teardown() {
  local mnt
  for mnt in "${MOUNTS[@]}"; do
    unmount "$mnt" || true
  done
  rm -rf "$TMP"
}

# Skips the test where the shared data is absent.
need_data() {
  [ -d "$DATA" ] || skip "no ../shared/data"
}

need_fuse() {
  [ -w /dev/fuse ] || skip "/dev/fuse cannot be opened"
}

# The processes that serve a mountpoint, one pid a line: the daemon, then its HDF5 server.  A
# zombie is gone: in a container nobody may look after it.
daemon_of() { # the mountpoint as it was given
  local pid
  for pid in $(pgrep -f -- "^$TESSERAFS .*[ ]$1( |\$)"); do
    grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null || echo "$pid"
  done
}

# Mounts SOURCE with the given options on a new directory, $MNT.
mount_tree() { # source [tesserafs options...]
  need_fuse
  local source=$1
  shift
  MNT=$TMP/mnt.${#MOUNTS[@]}
  mkdir -p "$MNT"
  MOUNTS+=("$MNT")
  "$TESSERAFS" "$@" "$source" "$MNT" 3>&-
}

# Unmounts and waits until the daemon is gone.
unmount() { # mountpoint
  local mnt=$1 i
  if mountpoint -q "$mnt" 2>/dev/null || ! stat "$mnt" >/dev/null 2>&1; then
    fusermount3 -u "$mnt" 2>/dev/null || fusermount3 -u -z "$mnt" 2>/dev/null || umount -l "$mnt"
  fi
  for ((i = 0; i < 100; i++)); do
    [ -n "$(daemon_of "$mnt")" ] || return 0
    sleep 0.05
  done
  # shellcheck disable=SC2046 # one pid a line
  kill -9 $(daemon_of "$mnt")
}

# Runs a Python script with the readers that users have.  The scripts of tests/python import each
# other by name, whatever folder they stand in.
python() {
  local scripts=$ROOT/tests/python
  PYTHONPATH=$scripts/make:$scripts/model:$scripts/check "$PYTHON" -B "$@"
}

fail() {
  echo "$*" >&2
  return 1
}

# The value of a counter in stats.json.
stat_of() { # name
  sed -n "s/^ *\"$1\": \([0-9]*\).*/\1/p" "$MNT/.tesserafs/stats.json"
}

# The source is refused, and each of the texts is said about it.
refuses() { # source text...
  run "$TESSERAFS" --ls "$1"
  [ "$status" -eq 2 ]
  echo "$output"
  local text
  for text in "${@:2}"; do
    grep -qF -- "$text" <<<"$output" || fail "no message: $text"
  done
}
