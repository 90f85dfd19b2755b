#!/usr/bin/env bats
# .tesserafs/stats.json and .tesserafs/metrics: what was read, of which view.

load helpers

# Views with names that want escaping, and one whose every read fails.
make_source() {
  mkdir "$TMP/src"
  "$PYTHON" - "$TMP/src" <<'PY'
import json, numpy, os, sys
os.chdir(sys.argv[1])
numpy.save("vol.npy", numpy.full((8, 8, 8), numpy.nan, "f4"))
views = {"p4": {"size": 4}, 'say "hi"\\n': {"size": 2},
         "bad": {"size": 4, "transforms": [{"cast": "uint8"}]}}
json.dump({"scans": [{"id": "vol", "fields": {"image": "vol.npy"}}], "views": {"patches": views}},
          open("tesserafs.json", "w"))
PY
}

# Runs Python with json (stats.json) and, as labels -> value by name, metrics.
check() {
  cat - <(echo 'print("checked")') >"$TMP/check.py"
  run "$PYTHON" - "$MNT/.tesserafs" "$TMP/check.py" <<'PY'
import json, os, sys
from prometheus_client.parser import text_string_to_metric_families
stats = json.load(open(os.path.join(sys.argv[1], "stats.json")))
metrics = {}
for family in text_string_to_metric_families(open(os.path.join(sys.argv[1], "metrics")).read()):
    assert family.documentation and family.type in ("counter", "gauge"), family
    for sample in family.samples:
        assert sample.name.startswith("tesserafs_"), sample
        key = sample.name, *sorted(sample.labels.items())
        assert key not in metrics, key
        metrics[key] = sample.value
views = {(row["kind"], row["view"]): row for row in stats["views"]}

def metric(name, kind, view):
    return metrics["tesserafs_view_" + name + "_total", ("kind", kind), ("view", view)]

exec(open(sys.argv[2]).read())
PY
  echo "$output"
  [ "${lines[-1]}" = checked ]
}

@test "metrics is Prometheus' format, and says what stats.json says" {
  make_source
  mount_tree "$TMP/src"
  cat "$MNT/patches/p4/vol/image/"*.npy >/dev/null
  check <<'PY'
for name, value in stats.items():
    if name != "views":
        full = "tesserafs_" + name
        assert (full,) in metrics or (full + "_total",) in metrics, name
assert len(views) == len(stats["views"])
for (kind, view), row in views.items():
    for name in "opens", "reads", "bytes", "errors", "read_seconds":
        assert metric(name, kind, view) == row[name], (kind, view, name)
assert {view for kind, view in views if kind == "patches"} == {
    "default", "key=value", "p4", "bad", 'say "hi"\\n'}, set(views)
assert ("scans", "whole") in views and ("slices", "default") in views
PY
}

@test "each view is counted: opens, reads, bytes, errors, seconds" {
  make_source
  mount_tree "$TMP/src" 2>/dev/null
  cat "$MNT"/patches/p4/vol/image/{0,1,2}.npy "$MNT/patches/say \"hi\"\\n/vol/image/00.npy" >/dev/null
  cat "$MNT/scans/vol/image.npy" "$MNT/scans/vol/image[1].npy" >/dev/null
  run cat "$MNT/patches/bad/vol/image/0.npy"
  [ "$status" -ne 0 ]
  check <<'PY'
patch = 128 + 4 * 4**3
row = views["patches", "p4"]
assert row["opens"] == 3 and row["reads"] >= 3 and row["bytes"] == 3 * patch, row
assert 0 < row["read_seconds"] < 10 and row["errors"] == 0, row
row = views["patches", 'say "hi"\\n']
assert row["opens"] == 1 and row["bytes"] == 128 + 4 * 8, row
row = views["patches", "bad"]
assert row["opens"] == 1 and row["errors"] >= 1, row
row = views["scans", "whole"]
assert row["opens"] == 2 and row["bytes"] == 128 + 4 * 8**3 + 128 + 4 * 8**2, row
assert views["patches", "default"]["opens"] == views["slices", "key=value"]["opens"] == 0
PY
}

@test "views that paths spell out are counted together, however many there are" {
  make_source
  mount_tree "$TMP/src"
  "$PYTHON" - "$MNT" <<'PY'
import sys
for fill in range(500):
    open(f"{sys.argv[1]}/patches/size=2,fill={fill}/vol/image/at=0x0x0.npy", "rb").read()
PY
  check <<'PY'
row = views["patches", "key=value"]
assert row["opens"] == 500 and row["bytes"] == 500 * (128 + 4 * 8), row
assert sum(kind == "patches" for kind, _ in views) == 5
PY
}
