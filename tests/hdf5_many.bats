#!/usr/bin/env bats
# HDF5 files of very many arrays: one walk, one description, one descriptor, whatever is opened.

load helpers

stat_of() { # counter
  sed -n "s/^ *\"$1\": \([0-9]*\),*/\1/p" "$MNT/.tesserafs/stats.json"
}

descriptors() {
  find "/proc/$(daemon_of "$MNT" | head -1)/fd" -mindepth 1 | wc -l
}

# A file of $1 arrays in nested groups, deflated and plain ones, of two shapes, with attributes and
# netCDF's dimension scales.  Array n is full of n.
make_many() { # count path
  python - "$@" <<'PY'
import sys, h5py, numpy
count, path = int(sys.argv[1]), sys.argv[2]
with h5py.File(path, "w", libver=("earliest", "latest")) as f:
    for i in range(count):
        shape = (4, 5) if i % 3 else (3, 4, 2)
        extra = {"compression": "gzip"} if i % 5 == 0 else {}
        d = f.create_dataset(f"g{i % 7}/h{i % 11}/a{i:05d}", data=numpy.full(shape, i, "<u2"), **extra)
        d.attrs["units"] = "m"
    f["x"] = numpy.arange(5.0)
    f["x"].make_scale("x")
    for i in (1, 2, 4):
        f[f"g{i % 7}/h{i % 11}/a{i:05d}"].dims[1].attach_scale(f["x"])
PY
}

@test "2,000 arrays of one file: it is walked once, and open arrays share its descriptor" {
  make_many 2000 "$TMP/many.h5"
  mount_tree "$TMP/many.h5"
  python - "$MNT" "$TMP/many.h5" <<'PY'
import json, os, sys, h5py
mount, path = sys.argv[1:]
told = {}
for scan in json.load(open(f"{mount}/dataset.json"))["scans"]:
    for name, field in scan["fields"].items():
        told[f"{scan['id']}/{name}"] = tuple(field["shape"]), field["dtype"]
shown = {}
with h5py.File(path) as f:
    f.visititems(lambda name, it: shown.update({name: it}) if isinstance(it, h5py.Dataset) else None)
    assert len(told) == len(shown) == 2001, (len(told), len(shown))
    by_name = {name.rsplit("/", 1)[-1]: (it.shape, str(it.dtype)) for name, it in shown.items()}
    for name, facts in told.items():
        assert by_name[name.rsplit("/", 1)[-1]] == facts, (name, facts)
files = [os.path.join(d, n) for d, _, names in os.walk(f"{mount}/scans") for n in names if n.endswith(".npy")]
assert len(files) == 2001, len(files)
PY
  [ "$(stat_of sources_opened)" -eq 1 ]
  local before
  before=$(descriptors)
  python - "$MNT" "$(daemon_of "$MNT" | head -1)" "$before" <<'PY'
import os, sys, numpy
mount, daemon, before = sys.argv[1], sys.argv[2], int(sys.argv[3])
paths = [os.path.join(d, n) for d, _, names in os.walk(f"{mount}/scans") for n in names
         if n.startswith("a") and n.endswith(".npy")]
opened = [open(path, "rb") for path in paths[:900]]
for path, file in zip(paths, opened):
    values = numpy.load(file)
    assert (values == int(os.path.basename(path)[1:6])).all(), path
assert len(os.listdir(f"/proc/{daemon}/fd")) <= before + 2, os.listdir(f"/proc/{daemon}/fd")
PY
  [ "$(stat_of sources_opened)" -eq 1 ]
}

@test "many arrays: of a file that is replaced, the new one is walked once, and open arrays are EIO" {
  mkdir "$TMP/in"
  make_many 600 "$TMP/in/many.h5"
  make_many 700 "$TMP/new.h5"
  mount_tree "$TMP/in"
  cat "$MNT/dataset.json" >"$TMP/before.json"
  local first
  first=$(stat_of sources_opened)
  python - "$MNT" "$TMP" <<'PY'
import errno, glob, os, sys, time
mount, tmp = sys.argv[1:]
paths = glob.glob(f"{mount}/scans/**/a*.npy", recursive=True)[:50]
fds = [os.open(path, os.O_RDONLY | os.O_DIRECT) for path in paths]
os.rename(f"{tmp}/new.h5", f"{tmp}/in/many.h5")
time.sleep(1.2)
for fd in fds:
    try:
        os.pread(fd, 128, 0), os.pread(fd, 4096, 128)
        raise SystemExit("an open array was read after its file was replaced")
    except OSError as e:
        assert e.errno == errno.EIO, e
for path in paths:
    assert len(open(path, "rb").read()) >= 128
PY
  [ "$(stat_of sources_opened)" -le $((first + 1)) ]
}

@test "many arrays: a damaged one fails alone" {
  python - "$TMP/many.h5" <<'PY'
import sys, h5py, numpy
with h5py.File(sys.argv[1], "w") as f:
    for i in range(500):
        f.create_dataset(f"a{i:03d}", data=numpy.full((64, 64), i, "<u2"), compression="gzip")
    offset = f["a123"].id.get_chunk_info(0).byte_offset
with open(sys.argv[1], "r+b") as f:
    f.seek(offset)
    f.write(b"\xff" * 16)
PY
  mount_tree "$TMP/many.h5"
  python - "$MNT" <<'PY'
import errno, sys, numpy
bad = []
for i in range(500):
    try:
        assert (numpy.load(f"{sys.argv[1]}/scans/many/a{i:03d}.npy") == i).all(), i
    except OSError as e:
        assert e.errno == errno.EIO, e
        bad.append(i)
assert bad == [123], bad
PY
  grep -q 'a123' "$MNT/.tesserafs/errors.log"
  [ "$(stat_of sources_opened)" -eq 1 ]
}

@test "many arrays: a description that does not fit the budget is refused, and says which cache= would do" {
  make_many 3000 "$TMP/many.h5"
  run "$TESSERAFS" --cat -o cache=1M "$TMP/many.h5" .tesserafs/ignored.txt
  echo "$output"
  [[ "$output" == *"description of its 3001 arrays"*"mount with cache="* ]]
  local enough=${output##*cache=}
  enough=${enough%%M*}
  "$TESSERAFS" --cat -o "cache=${enough}M" "$TMP/many.h5" dataset.json | grep -c '"shape"' >"$TMP/n" || true
  [ "$(cat "$TMP/n")" -gt 0 ]
}

# The processes that run libhdf5 for a mount: the first one, then one that was started again.
servers() {
  local daemon
  daemon=$(daemon_of "$MNT" | head -1)
  pgrep -x tesserafs-hdf5 | while read -r pid; do
    if [ "$(ps -o ppid= -p "$pid" | tr -d ' ')" = "$daemon" ] || daemon_of "$MNT" | grep -qx "$pid"; then
      echo "$pid"
    fi
  done
}

@test "libhdf5's server is killed: the next read starts it again, as often as that happens" {
  python - "$TMP" <<'PY'
import sys, h5py, numpy
for name in "abc":
    with h5py.File(f"{sys.argv[1]}/{name}.h5", "w") as f:
        f.create_dataset("v", data=numpy.arange(4096, dtype="i4").reshape(8, 16, 32), chunks=(1, 16, 32), scaleoffset=0)
PY
  mkdir "$TMP/in"
  mv "$TMP"/[abc].h5 "$TMP/in"
  mount_tree "$TMP/in"
  local name pid
  for name in a b c; do
    pid=$(servers)
    [ -n "$pid" ]
    kill -9 "$pid"
    python - "$MNT/scans/$name/v.npy" <<'PY'
import sys, numpy
assert (numpy.load(sys.argv[1]) == numpy.arange(4096).reshape(8, 16, 32)).all()
PY
  done
  [ ! -s "$MNT/.tesserafs/errors.log" ]
}

@test "10,000 long names of one array: refused within the budget, with a message" {
  python - "$TMP/names.h5" <<'PY'
import sys, h5py, numpy
with h5py.File(sys.argv[1], "w") as f:
    f["a"] = numpy.zeros((2, 2), "u1")
    g = f.create_group("g")
    for i in range(10000):
        g[f"{i:06d}" + "x" * 400] = h5py.SoftLink("/a")
PY
  run "$TESSERAFS" --cat -o cache=4M "$TMP/names.h5" dataset.json
  echo "${output:0:500}"
  [ "$status" -eq 2 ]
  [[ "$output" == *"the list of its arrays takes more than"*"mount with a larger cache="* ]]
}

@test "many arrays: a list that takes more than half of the budget is not made, and the message says so" {
  python - "$TMP/list.h5" <<'PY'
import sys, h5py
with h5py.File(sys.argv[1], "w") as f:
    for i in range(6000):
        f.create_dataset(f"name{i:04d}", shape=(2, 2), dtype="u1")
PY
  run "$TESSERAFS" --cat -o cache=1M "$TMP/list.h5" dataset.json
  echo "${output:0:500}"
  [ "$status" -eq 2 ]
  [[ "$output" == *"the list of its arrays takes more than 524288 bytes"*"mount with a larger cache="* ]]
}
