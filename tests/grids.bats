#!/usr/bin/env bats
# What a scan's fields share: the axes that views cut, the axis of slices, and the values that
# stand beside arrays.

load helpers

# --- the axis of slices ------------------------------------------------------------------------

# bats test_tags=sanitize
@test "slices: by default along the stacked axis, 2 of a NIfTI, else 0; preset=medsegpy the last" {
  mkdir "$TMP/s"
  python - "$TMP/s" <<'PY'
import json, sys, h5py, nibabel, numpy, tifffile
root = sys.argv[1] + "/"
volume = numpy.arange(4 * 5 * 6, dtype="int16").reshape(4, 5, 6)
nibabel.save(nibabel.Nifti1Image(volume, None), root + "nii.nii.gz")
nibabel.save(nibabel.Nifti1Image(numpy.stack([volume] * 2, 3), None), root + "time.nii")
nibabel.save(nibabel.Nifti1Image(volume[0], None), root + "flat.nii")
numpy.save(root + "npy.npy", volume)
tifffile.imwrite(root + "tif.tif", volume, photometric="minisblack")
h5py.File(root + "h5.h5", "w")["image"] = volume
for k in range(6):
    h5py.File(root + "part_%d.im" % k, "w")["data"] = volume[:, :, k]
    for t in range(2):
        numpy.save(root + "twice_%d_%d.npy" % (t, k), volume[:, :, k] + t)
stack = {"fields": {"image": "part_{z}.im:data"}, "gather": {"z": {"axis": 2}}}
scans = [{"id": n.split(".")[0], "fields": {"image": n}}
         for n in ("nii.nii.gz", "time.nii", "flat.nii", "npy.npy", "tif.tif", "h5.h5:image")]
scans += [dict(stack, id="stack"),
          dict(stack, id="moved", fields={"image": {"path": "part_{z}.im:data", "transforms": ["permute:2"]}}),
          {"id": "twice", "fields": {"image": "twice_{t}_{z}.npy"},
           "gather": {"t": {"axis": 1}, "z": {"axis": 3}}}]
json.dump({"scans": scans, "views": {"slices": {"said": {"axis": "auto"}, "one": {"axis": 1}}}},
          open(root + "tesserafs.json", "w"))
PY
  mount_tree "$TMP/s"
  python - "$MNT" <<'PY'
import sys, numpy
volume = numpy.arange(4 * 5 * 6, dtype="int16").reshape(4, 5, 6)
twice = numpy.stack([volume, volume + 1], 1)
axes = {"nii": (2, volume), "time": (2, numpy.stack([volume] * 2, 3)), "npy": (0, volume),
        "tif": (0, volume), "h5": (0, volume), "stack": (2, volume),
        "moved": (0, volume.transpose(2, 0, 1)), "twice": (1, twice)}
def check(view, scan, axis, array):
    for i in range(array.shape[axis]):
        found = numpy.load("%s/slices/%s/%s/image/%d.npy" % (sys.argv[1], view, scan, i))
        assert numpy.array_equal(found, array.take(i, axis)), (view, scan, i)
    rows = open("%s/slices/%s/%s/items.csv" % (sys.argv[1], view, scan)).read().splitlines()
    assert len(rows) == 1 + array.shape[axis], (view, scan, rows)
for scan, (axis, array) in axes.items():
    for view in "default", "axis=auto", "said", "window=1":
        check(view, scan, axis, array)
    check("one", scan, 1, array)
    last = array.ndim - 1 - (scan == "time")
    check("preset=medsegpy", scan, last, array)
    check("preset=medsegpy,axis=1", scan, 1, array)
flat = numpy.load(sys.argv[1] + "/slices/default/flat/image/0.npy")
assert numpy.array_equal(flat, volume[0])
PY
}

@test "slices: --help shows auto; the schema and a path take it, and nothing that resembles it" {
  "$TESSERAFS" --help | tr -s ' \n' ' ' | grep -q "axis=N the spatial axis .* 'auto'; default auto)"
  "$TESSERAFS" --schema >"$TMP/schema"
  python - "$TMP/schema" <<'PY'
import json, sys
axis = json.load(open(sys.argv[1]))["properties"]["views"]["properties"]["slices"]
axis = axis["additionalProperties"]["properties"]["axis"]
assert {"enum": ["auto"]} in axis["anyOf"] and axis["anyOf"][0]["type"] == "integer", axis
PY
  mkdir "$TMP/s"
  python -c "import numpy; numpy.save('$TMP/s/a.npy', numpy.zeros((3, 4, 5)))"
  run "$TESSERAFS" --ls "$TMP/s" slices/axis=automatic/a
  [ "$status" -eq 2 ]
  [[ "$output" == *"axis: expected an integer from 0 to 9 or 'auto', found 'automatic'"* ]]
  echo '{"scans": [{"id": "a", "fields": {"image": "a.npy"}}], "views": {"slices": {"v": {"axis": "2"}}}}' \
    >"$TMP/s/tesserafs.json"
  refuses "$TMP/s" "views.slices.v.axis: expected an integer from 0 to 9 or 'auto'"
}

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

# --- values beside arrays ----------------------------------------------------------------------

# bats test_tags=sanitize
@test "scalar fields and the split stand in items.csv, <item>.json and dataset.json, as csv and json read them" {
  mkdir "$TMP/s"
  python - "$TMP/s" <<'PY'
import json, sys, numpy
for scan in "abc":
    numpy.save("%s/%s.npy" % (sys.argv[1], scan), numpy.zeros((4, 5, 6), "u1"))
text = 'grade "II", or so\nsee notes '
json.dump({"scans": [
    {"id": "a", "fields": {"image": "a.npy", "target": 1, "age": 61.25, "finding": {"value": text}}},
    {"id": "b", "fields": {"image": "b.npy", "target": -120, "age": 0.1, "split": 7}},
    {"id": "c", "fields": {"image": "c.npy", "age": {"value": 1e-300}, "finding": {"value": "x"}}}],
    "splits": {"train": ["a", "b"], "my, test": ["b"]}}, open(sys.argv[1] + "/tesserafs.json", "w"))
PY
  mount_tree "$TMP/s"
  python - "$MNT" <<'PY'
import csv, json, os, sys, numpy
mnt, text = sys.argv[1], 'grade "II", or so\nsee notes '
want = {"a": ({"target": 1, "age": 61.25, "finding": text}, ["train"]),
        "b": ({"target": -120, "age": 0.1, "split": 7}, ["train", "my, test"]),
        "c": ({"age": 1e-300, "finding": "x"}, [])}
dataset = {scan["id"]: scan["fields"] for scan in json.load(open(mnt + "/dataset.json"))["scans"]}
for scan, (values, splits) in want.items():
    for view in "patches/size=3", "slices/default", "chunks/num=2":
        at = "%s/%s/%s" % (mnt, view, scan)
        raw = open(at + "/items.csv", "rb").read()
        assert len(raw) == os.path.getsize(at + "/items.csv")
        rows = list(csv.reader(raw.decode().splitlines(True)))
        assert rows[0][:4] == ["item", "scan", "split", "start_0"], rows[0]
        assert rows[0][-4:] == ["target", "age", "finding", "split"], rows[0]
        line = (len(raw) - len(raw.splitlines(True)[0])) // (len(rows) - 1)
        for i in range(1, len(rows)): # any line by arithmetic
            with open(at + "/items.csv", "rb") as file:
                file.seek(len(raw) - (len(rows) - i) * line)
                assert next(csv.reader(file.read(line).decode().splitlines(True))) == rows[i], (at, i)
        for row in rows[1:]:
            assert row[1:3] == [scan, splits[0] if splits else ""], row
            for name, shown in zip(rows[0][-4:], row[-4:]):
                value = values.get(name, "")
                assert shown == value if isinstance(value, str) else float(shown) == value, (name, row)
        items = [name for name in os.listdir(at + "/image") if name.endswith(".npy")]
        item = json.load(open("%s/%s.json" % (at, items[0][:-4])))
        assert item["split"] == (splits[0] if splits else None), item
        assert item.get("splits", splits) == splits and ("splits" in item) == (len(splits) > 1), item
        for name, value in values.items():
            assert item["fields"][name] == {"value": value}, item
            assert name == "split" or item[name] == value, item
    for name, value in values.items():
        assert dataset[scan][name]["value"] == value, dataset
        if not isinstance(value, str):
            assert numpy.load("%s/scans/%s/%s.npy" % (mnt, scan, name)) == value
    numbers = [name + ".npy" for name, value in values.items() if not isinstance(value, str)]
    assert sorted(os.listdir("%s/scans/%s" % (mnt, scan))) == sorted(["image.npy"] + numbers)
    assert not os.path.exists("%s/scans/%s/finding.npy" % (mnt, scan))
line = open(mnt + "/patches/size=3/a/items.csv").read().splitlines()[1]
assert ",   1, 61.25," in line, "numbers are as wide as the widest of all scans: " + line
PY
  run "$TESSERAFS" --check "$TMP/s" # it speaks of the splits alone
  [ "$status" -eq 2 ]
  [ "${#lines[@]}" -eq 3 ]
  [[ "$output" == *"scans/b: is in two splits"*"scans/c: is in no split"* ]]
}

@test "a scalar that is wrong is refused, with what was expected" {
  mkdir "$TMP/s"
  python -c "import numpy; numpy.save('$TMP/s/a.npy', numpy.zeros((4, 5)))"
  cat >"$TMP/s/tesserafs.json" <<'END'
{"scans": [{"id": "a", "fields": {"image": "a.npy", "x": {"value": [1]}, "y": {"value": 1, "type": "mask"}}}]}
END
  refuses "$TMP/s" "scans[0].fields.x.value: expected a number, or a text of at most 4096 bytes" \
    "scans[0].fields.y.value: a value stands alone, found 1 keys beside it"
}
