#!/usr/bin/env bats
# What libhdf5's processes may take: blocks that only libhdf5 can decode.

load helpers

# A virtual dataset ($1/w.h5) of one chunk of 96 MiB in another file, and ($2) eight chunks of
# 12 MiB with a filter that is libhdf5's alone.
make_sources() {
  mkdir -p "$1" "$2"
  python - "$@" <<'PY'
import sys, h5py, numpy
one, two = sys.argv[1:]
shape = (96, 1024, 1024)
with h5py.File(f"{one}/source.h5", "w") as f:
    d = f.create_dataset("v", shape=shape, dtype="u1", chunks=shape, compression="gzip", compression_opts=1)
    d[...] = numpy.full(shape, 7, "u1")
with h5py.File(f"{one}/w.h5", "w") as f:
    layout = h5py.VirtualLayout(shape, "u1")
    layout[...] = h5py.VirtualSource("source.h5", "v", shape=shape)
    f.create_virtual_dataset("w", layout)
with h5py.File(f"{two}/v.h5", "w") as f:
    d = f.create_dataset("v", shape=(8, 12, 512, 512), dtype="i4", chunks=(1, 12, 512, 512), scaleoffset=0)
    for i in range(8):
        d[i] = numpy.full((12, 512, 512), i, "i4")
PY
}

# Six readers of the array at $1, each of one part of it; prints "ok" or the error once for each,
# then the most MiB that the processes given after it took together.
six_readers() {
  python - "$@" <<'PY'
import os, sys, threading
path, daemons = sys.argv[1], sys.argv[2:]

def taken():
    total = 0
    for pid in set(daemons) | {p for d in daemons for p in below(d)}:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                total += sum(int(line.split()[1]) for line in f if line.startswith("Pss_Anon:"))
        except OSError:
            pass
    return total

def below(pid):
    try:
        children = open(f"/proc/{pid}/task/{pid}/children").read().split()
    except OSError:
        return []
    return children + [p for c in children for p in below(c)]

size, said = os.path.getsize(path), []
def read(i):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    try:
        os.pread(fd, 65536, size * i // 6 // 4096 * 4096)
        said.append("ok")
    except OSError as e:
        said.append(e.strerror)
    finally:
        os.close(fd)
threads = [threading.Thread(target=read, args=(i,)) for i in range(6)]
for t in threads:
    t.start()
most = 0
while any(t.is_alive() for t in threads):
    most = max(most, taken())
print("\n".join(said))
print(most // 1024)
PY
}

@test "six readers of blocks that only libhdf5 decodes: all processes stay within cache= and 128 MiB" {
  make_sources "$TMP/one" "$TMP/two"
  mount_tree "$TMP/two" -o cache=16M
  # shellcheck disable=SC2046 # one pid a line
  run six_readers "$MNT/scans/v/v.npy" $(daemon_of "$MNT")
  echo "$output"
  [ "$(grep -c '^ok$' <<<"$output")" -eq 6 ]
  [ "${lines[6]}" -le $((16 + 128)) ]
  python - "$MNT/scans/v/v.npy" <<'PY'
import sys, numpy
v = numpy.load(sys.argv[1], mmap_mode="r")
assert all((v[i] == i).all() for i in range(8))
PY
}

@test "a block that takes libhdf5 more than the budget is EIO, and the cache= that is named would do" {
  make_sources "$TMP/one" "$TMP/two"
  mount_tree "$TMP/one" -o cache=16M
  # shellcheck disable=SC2046
  run six_readers "$MNT/scans/w/w.npy" $(daemon_of "$MNT")
  echo "$output"
  [ "$(grep -c '^Input/output error$' <<<"$output")" -eq 6 ]
  [ "${lines[6]}" -le $((16 + 128)) ]
  local said enough
  said=$(grep -o 'mount with cache=[0-9]*M' "$MNT/.tesserafs/errors.log" | head -1)
  enough=${said##*cache=}
  [ -n "$enough" ]
  mount_tree "$TMP/one" -o "cache=$enough"
  # shellcheck disable=SC2046
  run six_readers "$MNT/scans/w/w.npy" $(daemon_of "$MNT")
  echo "$enough: $output"
  [ "$(grep -c '^ok$' <<<"$output")" -eq 6 ]
  [ "${lines[6]}" -le $((${enough%M} + 128)) ]
}
