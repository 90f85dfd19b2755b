#!/usr/bin/env bats
# What a scan's fields share: the axes that views cut.

load helpers

# --- another grid ------------------------------------------------------------------------------

# bats test_tags=sanitize
@test "a field on another grid: the scan keeps its axes, the field is EIO with both shapes, whole in scans/" {
  mkdir "$TMP/s"
  python "$BATS_TEST_DIRNAME/python/make/grid_scans.py" "$TMP/s"
  mount_tree "$TMP/s" 2>/dev/null
  python - "$MNT" <<'PY'
import errno, os, sys, numpy
from grid_scans import SCANS
mnt = sys.argv[1]
for scan, (nd, fields, elsewhere) in SCANS.items():
    for field, array in fields.items():
        assert numpy.array_equal(numpy.load("%s/scans/%s/%s.npy" % (mnt, scan, field)), array), (scan, field)
    extent = next(iter(fields.values())).shape
    for kind, view, item, cut in (
            ("patches", "size=8", "at=" + "x".join(["1"] * nd), (slice(1, 9),) * nd),
            ("chunks", "num=1", "-".join(["0"] * nd), (slice(None),) * nd),
            ("slices", "axis=1", "at=0" if nd == 2 else "at=4", () if nd == 2 else (slice(None), 4))):
        at = "%s/%s/%s/%s" % (mnt, kind, view, scan)
        assert sorted(os.listdir(at)) == sorted(list(fields) + ["items.csv"]), at
        header = open(at + "/items.csv").readline()
        assert "stop_%d" % (nd - 1) in header and "stop_%d" % nd not in header, (scan, header)
        for field, array in fields.items():
            path = "%s/%s/%s.npy" % (at, field, item)
            if field not in elsewhere:
                assert numpy.array_equal(numpy.load(path), array[cut]), path
                continue
            assert os.listdir(at + "/" + field), "items are listed, and fail"
            try:
                os.stat(path)
                raise SystemExit(path + " is there")
            except OSError as e:
                assert e.errno == errno.EIO, (path, e)
            log = open(mnt + "/.tesserafs/errors.log").read()
            shapes = ["x".join(map(str, s)) for s in (array.shape, extent[:nd])]
            shown = [line for line in log.splitlines() if path[len(mnt):] in line]
            assert shown and all(s in shown[-1] for s in shapes), (path, shapes, shown)
ignored = open(mnt + "/.tesserafs/ignored.txt").read().splitlines()
want = sorted("scans/%s/%s: " % (s, f) for s, (_, _, fs) in SCANS.items() for f in fs)
found = sorted(line[:line.index(": ") + 2] for line in ignored)
assert found == want, (found, want)
assert any("20x20x18" in line and "20x20x20" in line for line in ignored), ignored
PY
  run "$TESSERAFS" --check "$TMP/s"
  [ "$status" -eq 2 ]
  [ "$(grep -c 'on another grid' <<<"$output")" -eq 6 ]
  grep -q "scans/nifti/label: .*20x20x18.*20x20x20" <<<"$output"
  [[ "$output" != *scans/time/* && "$output" != *scans/flat/* && "$output" != *scans/channels/* ]]
}

@test "a field that comes onto another grid, or back, while mounted" {
  mkdir "$TMP/s"
  python -c "
import numpy
numpy.save('$TMP/s/image.npy', numpy.ones((8, 9, 10), 'u1'))
numpy.save('$TMP/s/label.npy', numpy.ones((8, 9, 10), 'u1'))"
  echo '{"scans": [{"id": "a", "fields": {"image": "image.npy", "label": "label.npy"}}]}' >"$TMP/s/tesserafs.json"
  mount_tree "$TMP/s" 2>/dev/null
  python - "$MNT" "$TMP/s" <<'PY'
import errno, os, sys, time, numpy
mnt, source = sys.argv[1:]
path = lambda field: mnt + "/patches/size=8/a/%s/0.npy" % field
def put(field, shape):
    numpy.save(source + "/new.npy", numpy.full(shape, 3, "u1"))
    os.rename(source + "/new.npy", source + "/%s.npy" % field)
def until(what):
    for _ in range(300):
        if what():
            return
        time.sleep(0.1)
    raise SystemExit("it never came")
def shape(field):
    try:
        return numpy.load(path(field)).shape
    except OSError as e:
        assert e.errno == errno.EIO, e
        return "EIO"
ignored = lambda: open(mnt + "/.tesserafs/ignored.txt").read()
assert shape("image") == shape("label") == (8, 8, 8) and not ignored()
put("label", (8, 9, 7))
until(lambda: shape("label") == "EIO")
assert shape("image") == (8, 8, 8)
assert numpy.load(mnt + "/scans/a/label.npy").shape == (8, 9, 7)
until(lambda: "8x9x7" in ignored() and "8x9x10" in ignored())
put("image", (8, 9, 7))
until(lambda: shape("label") == shape("image") == (8, 8, 7) or (shape("label"), shape("image")) == ((8, 8, 8),) * 2)
until(lambda: not ignored())
PY
}
