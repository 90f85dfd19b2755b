#!/usr/bin/env bats
# The cache of decoded blocks, seen from outside: one scan of a large volume does not throw
# out what is read all the time.

load helpers

# hot.h5: 6 MiB in 24 chunks; scan.h5: 160 MiB, 4 chunks (1 MiB) a slab.
make_volumes() {
  mkdir "$TMP/src"
  "$PYTHON" - "$TMP/src" <<'PY'
import sys
import h5py, numpy
for name, shape in (("hot", (64, 256, 384)), ("scan", (10240, 64, 256))):
    with h5py.File("%s/%s.h5" % (sys.argv[1], name), "w") as file:
        plane = numpy.arange(shape[1] * shape[2], dtype="uint32").astype("uint8")
        data = numpy.broadcast_to(plane.reshape(shape[1:]), shape)
        file.create_dataset("image", data=data, chunks=(64, 64, 64), compression="gzip",
                            compression_opts=1)
PY
}

read_direct() { # file times
  "$PYTHON" - "$@" <<'PY'
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
size = os.fstat(fd).st_size
for _ in range(int(sys.argv[2])):
    for offset in range(0, size, 1 << 20):
        assert len(os.pread(fd, 1 << 20, offset)) == min(1 << 20, size - offset)
PY
}

@test "a hot volume stays in the cache while ten times the cache is scanned" {
  make_volumes
  mount_tree "$TMP/src" -o cache=16M,prefetch=off
  local decoded misses
  read_direct "$MNT/scans/hot/image.npy" 4
  [ "$(stat_of chunks_decoded)" -eq 24 ]
  read_direct "$MNT/scans/scan/image.npy" 1
  decoded=$(stat_of chunks_decoded)
  misses=$(stat_of cache_misses)
  [ "$decoded" -ge $((24 + 640)) ]
  read_direct "$MNT/scans/hot/image.npy" 1
  echo "decoded again: $(($(stat_of chunks_decoded) - decoded)) of 24"
  [ "$(stat_of chunks_decoded)" -eq "$decoded" ]
  [ "$(stat_of cache_misses)" -eq "$misses" ]
  [ "$(stat_of cache_peak_bytes)" -le $((16 << 20)) ]
}
