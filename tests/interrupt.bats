#!/usr/bin/env bats
# Ctrl-C on the reader of a slow file: the reader ends at once, the work that was only for it
# stops, and other readers go on.
#
# The slow file is honest: a slice of a .nii.gz of 256 MiB, scaled by the range of the whole
# volume, for which all of it has to be inflated, which takes seconds.

load helpers

# Nothing here is timed, since others may keep the cores busy: what counts is how much of the
# processor the daemon takes.  FULL is what the whole work costs it, in milliseconds.

LAST=slices/axis=2/slow/image/255.npy
SLICE=slices/axis=2,transforms=minmax:scan/slow/image/255.npy

setup_file() {
  SLOW=$BATS_FILE_TMPDIR/src
  export SLOW FULL
  mkdir "$SLOW"
  /usr/bin/python3 "$BATS_TEST_DIRNAME/python/make/slow_volume.py" "$SLOW/slow.nii.gz" \
    "$BATS_FILE_TMPDIR/copy.npy"
  /usr/bin/python3 -c 'import numpy, sys; numpy.save(sys.argv[1], numpy.zeros((5, 5, 5)))' \
    "$SLOW/quick.npy"
  setup
  mount_slow
  cat "$MNT/$SLICE" >/dev/null
  FULL=$(cpu_ms)
  teardown
  [ "$FULL" -ge 400 ] || fail "the slow file takes $FULL ms only"
}

mount_slow() {
  mount_tree "$SLOW" -o cache=512M
  DAEMON=$(daemon_of "$MNT" | head -n 1)
  HZ=$(getconf CLK_TCK)
}

# Milliseconds of processor time that the daemon has used.
cpu_ms() {
  local stat
  read -ra stat <"/proc/$DAEMON/stat"
  echo $(((stat[13] + stat[14]) * 1000 / HZ))
}

# Starts a command that reads $MNT/$2 in the background, with SIGINT as a terminal has it, and
# waits until the daemon works for it.  $READER is its pid, $BEGIN the processor time before.
start_reader() { # where its output goes, what it reads, command...
  local output=$1 reads=$2
  shift 2
  BEGIN=$(cpu_ms)
  env --default-signal=INT "$@" >"$output" 2>"$TMP/err" 3>&- &
  READER=$!
  until has_open "$READER" "$MNT/$reads" && [ "$(cpu_ms)" -ge $((BEGIN + 60)) ]; do
    kill -0 "$READER" || fail "the reader ended: $(cat "$TMP/err")"
    sleep 0.02
  done
}

has_open() { # pid file
  [ -n "$(find "/proc/$1/fd" -lname "$2" 2>/dev/null)" ]
}

# Sends the signal to the reader, which must be at work, and expects its end long before the
# work's.
interrupt_reader() { # signal
  local begin used
  kill -0 "$READER" # still reading
  begin=$(cpu_ms)
  kill -s "$1" "$READER"
  wait "$READER" && fail "the reader was not ended by the signal"
  used=$(($(cpu_ms) - begin))
  [ "$used" -lt $((FULL / 3)) ] || fail "the daemon worked $used ms of $FULL until the reader ended"
}

# The work that nobody waits for any more was given up, not done.
expect_idle_daemon() {
  local before now
  now=$(cpu_ms)
  before=-1000
  while [ $((now - before)) -gt 20 ]; do
    sleep 0.5
    before=$now
    now=$(cpu_ms)
  done
  [ $((now - BEGIN)) -lt $((FULL * 2 / 3)) ] || fail "the daemon went on for $((now - BEGIN)) ms of $FULL"
}

@test "SIGINT and SIGKILL on a reader of a slow file: it ends at once, and so does the work" {
  mount_slow
  local signal
  for signal in INT KILL; do
    start_reader /dev/null "$SLICE" cat "$MNT/$SLICE"
    interrupt_reader "$signal"
    expect_idle_daemon
  done
}

@test "the same for a reader past the page cache (O_DIRECT)" {
  mount_slow
  start_reader /dev/null "$SLICE" dd if="$MNT/$SLICE" of=/dev/null iflag=direct bs=64k
  interrupt_reader INT
  expect_idle_daemon
}

@test "the same for a reader of many threads" {
  mount_slow
  start_reader /dev/null "$SLICE" "$PYTHON" -c '
import os, sys, threading
fd = os.open(sys.argv[1], os.O_RDONLY)
for i in range(8):
    threading.Thread(target=os.pread, args=(fd, 65536, i * 100000)).start()
' "$MNT/$SLICE"
  interrupt_reader KILL
  expect_idle_daemon
}

@test "while one reads slowly, names, sizes and other files come at once" {
  mount_slow
  start_reader /dev/null "$SLICE" cat "$MNT/$SLICE"
  ls -l "$MNT"/scans/* "$MNT/slices/axis=2/slow/image" >"$TMP/list"
  cmp "$SLOW/quick.npy" "$MNT/scans/quick/image.npy"
  kill -0 "$READER" || fail "they came when the slow one had been read"
  interrupt_reader INT
}

@test "of two readers of one slow file one is interrupted: the other gets all of it" {
  mount_slow
  start_reader "$TMP/other" "$LAST" cat "$MNT/$LAST"
  local other=$READER
  start_reader /dev/null "$LAST" cat "$MNT/$LAST"
  interrupt_reader INT
  wait "$other"
  "$PYTHON" - "$BATS_FILE_TMPDIR/copy.npy" "$TMP/other" <<'PY'
import numpy, sys
slices = numpy.load(sys.argv[1], mmap_mode="r")
assert numpy.array_equal(numpy.load(sys.argv[2]), slices[:, :, 255 % 64])
PY
}

# A timer, as a profiler has it; stdio does not repeat what fails with EINTR.
@test "a signal that the reader catches changes nothing: not what it reads, not what it asks" {
  mkdir "$TMP/src"
  "$PYTHON" -c 'import numpy, sys
numpy.save(sys.argv[1], numpy.arange(128**3, dtype="u4").reshape(128, 128, 128))' "$TMP/src/vol.npy"
  mount_tree "$TMP/src"
  "$PYTHON" - "$MNT" "$TMP/src/vol.npy" <<'PY'
import numpy, os, signal, sys
mount, volume = sys.argv[1], numpy.load(sys.argv[2])
caught = []
signal.signal(signal.SIGALRM, lambda *args: caught.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
for i in range(150):
    start = i % 32, i // 32, i % 7
    path = "%s/patches/size=96x96x64/vol/image/at=%dx%dx%d." % (mount, *start)
    read = numpy.fromfile(path + "raw", "u4")
    box = volume[tuple(slice(a, a + n) for a, n in zip(start, (96, 96, 64)))]
    assert read.size == box.size and (read == box.ravel()).all(), start
    os.stat(path + "nii")
signal.setitimer(signal.ITIMER_REAL, 0)
assert len(caught) > 100, "the timer did not run"
PY
}
