#!/usr/bin/env bats
# Transforms of masks: onehot, relabel, erosion, dilation.

load helpers

make_labels() {
  mkdir "$TMP/d"
  python - "$GOLDEN/pytc_targets.json" "$TMP/d" <<'E'
import sys, json, numpy
rng = numpy.random.default_rng(1)
golden, out = sys.argv[1:]
label = json.load(open(golden))["label"]
arrays = {"golden": numpy.array(label["data"], label["dtype"]).reshape(label["shape"]).astype("uint16"),
          "small": rng.integers(-2, 4, (3, 5, 7)).astype("int16"),
          "flat": rng.integers(0, 4, (1, 1, 9)).astype("uint8"),
          "wide": rng.integers(0, 3, (1, 3, 900)).astype("float32").astype("int64"),
          "large": numpy.repeat(numpy.repeat(rng.integers(0, 3, (4, 16, 16)), 8, 1), 8, 2).astype("uint64")}
a = arrays["large"]
arrays["large"] = numpy.where(a > 0, a + numpy.uint64(2**63 + 1) + rng.integers(0, 100, a.shape).astype("uint64") // 99, 0).astype("uint64")
scans = []
for name, a in arrays.items():
    numpy.save(f"{out}/{name}_label.npy", a)
    numpy.save(f"{out}/{name}_image.npy", rng.integers(0, 200, a.shape).astype("uint8"))
    scans.append({"id": name, "fields": {"image": f"{name}_image.npy", "label": {"path": f"{name}_label.npy", "type": "mask"}}})
json.dump({"scans": scans}, open(out + "/tesserafs.json", "w"))
E
}

@test "erosion, dilation, relabel and onehot are what PyTorch Connectomics and numpy compute" {
  make_labels
  mount_tree "$TMP/d"
  python "$ROOT/tests/python/check/label_transforms.py" "$GOLDEN/pytc_targets.json" "$TMP/d" "$MNT"
}

@test "a class that onehot:N does not know is EIO and says the value; so are bad arguments EINVAL" {
  make_labels
  run "$TESSERAFS" --cat "$TMP/d" patches/size=:,transforms=onehot:3/small/label/0.npy
  [[ $status == 2 && $output == *"onehot: expected classes from 0 to 2, found"* ]]
  local t
  for t in onehot onehot:0 onehot:2.5 onehot:70000 relabel:1 erosion erosion:-1 erosion:129 dilation:1:2; do
    run "$TESSERAFS" --cat "$TMP/d" "patches/size=:,transforms=$t/small/label/0.npy"
    echo "$t: $output"
    [[ $status == 2 && $output == *"transforms: ${t%%:*}"*": expected "* ]]
  done
  run "$TESSERAFS" --cat "$TMP/d" patches/size=:,transforms=cast:float32+relabel/small/label/0.npy
  [[ $status == 2 && $output == *"expected a mask of integers, found float32"* ]]
}
