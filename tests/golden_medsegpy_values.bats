#!/usr/bin/env bats
# What MedSegPy makes of masks and images, recorded from its code (golden/medsegpy_masks.json,
# medsegpy_transforms.json), comes out of the transforms that bear its names.

load helpers

mount_golden() {
  mkdir "$TMP/source"
  python "$BATS_TEST_DIRNAME/python/check/golden_medsegpy_values.py" make "$GOLDEN" "$TMP/source"
  mount_tree "$TMP/source"
}

check() { # masks | transforms
  python "$BATS_TEST_DIRNAME/python/check/golden_medsegpy_values.py" "$1" "$GOLDEN" "$MNT"
}

# bats test_tags=sanitize
@test "categories and background: every recorded selection, sum and dtype" {
  mount_golden
  check masks
}

# bats test_tags=sanitize
@test "MedSegPy's transforms: every recorded case, of images and masks" {
  mount_golden
  check transforms
}

@test "categories:or is 1 where any is set, in the dtype of the mask" {
  mount_golden
  python - "$MNT/patches/size=:,transforms=categories:or:0:1_2:-1/mask_uint8/seg/0.npy" \
    "$MNT/scans/mask_uint8/seg.npy" <<'PY'
import sys, numpy
found, mask = map(numpy.load, sys.argv[1:])
want = numpy.stack([mask[..., 0], mask[..., 1:3].any(-1), mask[..., -1]], -1).squeeze(-2)
assert found.dtype == mask.dtype and numpy.array_equal(found, want)
PY
}

@test "parts of categories, background and windows read as the whole does" {
  mkdir "$TMP/source"
  python - "$TMP/source" <<'PY'
import sys, h5py, numpy
random = numpy.random.Generator(numpy.random.Philox(1))
with h5py.File(sys.argv[1] + "/scan.h5", "w") as file:
    file.create_dataset("seg", data=random.integers(0, 2, (40, 30, 20, 6), "u1"), chunks=(16, 16, 8, 3))
    file["volume"] = random.normal(0, 100, (40, 30, 20)).astype("f4")
PY
  mount_tree "$TMP/source"
  python - "$MNT" <<'PY'
import sys, h5py, numpy
steps = "categories:5:0_1_2:-2+background+Windowing:0:100:-50:20"
mnt, whole, random = sys.argv[1], {}, numpy.random.Generator(numpy.random.Philox(2))
for field in ("label", "image"):
    path = "%s/patches/size=:,transforms=%s/scan/%s/0.npy" % (mnt, steps, field)
    whole[field] = numpy.load(path)
    mapped = numpy.load(path, mmap_mode="r")
    for _ in range(40):
        ends = [sorted(random.integers(0, n + 1, 2)) for n in mapped.shape]
        box = tuple(slice(a, b) for a, b in ends)
        assert numpy.array_equal(mapped[box], whole[field][box])
seg, volume = (numpy.load("%s/scans/scan/%s.npy" % (mnt, f)) for f in ("label", "image"))
parts = [seg[..., 5], seg[..., :3].astype("u8").sum(-1), seg[..., 4]]
want = numpy.stack([(sum(parts) == 0)] + parts, -1)
assert whole["label"].dtype == "u8" and numpy.array_equal(whole["label"], want)
want = numpy.stack([volume.clip(0, 100), volume.clip(-50, 20)], -1)
assert numpy.array_equal(whole["image"], want)
PY
}

@test "what does not fit is refused with the reason" {
  mount_golden
  local step
  for step in categories:1.5 categories:a categories:1__2 categories:7 background:1 Windowing:1 \
    Windowing:5:1 AffineNormalization:0 AffineNormalization:1:2:3 FlipTransform FlipTransform:9 \
    FlipTransform:1.5 ZeroMeanNormalization:0 ZeroMeanNormalization:9 FillRegionsWithValue:1 \
    FillRegionsWithValue:1:0_1_2 FillRegionsWithValue:1:0_-1; do
    run cat "$MNT/patches/size=:,transforms=$step/mask_uint8/seg/0.npy" \
      "$MNT/patches/size=:,transforms=$step/in_2341_0/image/0.npy"
    [ "$status" -ne 0 ] || fail "$step was accepted"
    grep -q "transforms=$step" "$MNT/.tesserafs/errors.log" || fail "$step: no reason"
  done
}

@test "nested arrays in a description are what MedSegPy's configuration says" {
  mkdir "$TMP/source"
  python - "$TMP/source" <<'PY'
import sys, json, h5py, numpy
root = sys.argv[1]
with h5py.File(root + "/a.h5", "w") as file:
    file["seg"] = numpy.arange(48, dtype="u1").reshape(2, 4, 6) % 2
    file["volume"] = numpy.arange(8, dtype="f4").reshape(2, 4) * 50
json.dump({"scans": [{"id": "{scan}", "fields": {
    "image": {"path": "{scan}.h5:volume", "transforms": [{"Windowing": [[0, 100], [50, 60]]}]},
    "label": {"path": "{scan}.h5:seg", "transforms": [{"categories": [0, [1, 2], [5]]}, "background"]}}}]},
    open(root + "/tesserafs.json", "w"))
PY
  mount_tree "$TMP/source"
  python - "$MNT/scans/a" <<'PY'
import sys, numpy
image, label = (numpy.load("%s/%s.npy" % (sys.argv[1], f)) for f in ("image", "label"))
volume, seg = numpy.arange(8, dtype="f4").reshape(2, 4) * 50, numpy.arange(48).reshape(2, 4, 6) % 2
assert numpy.array_equal(image, numpy.stack([volume.clip(0, 100), volume.clip(50, 60)], -1))
parts = [seg[..., 0], seg[..., 1] + seg[..., 2], seg[..., 5]]
want = numpy.stack([sum(parts) == 0] + parts, -1)
assert label.dtype == "u8" and numpy.array_equal(label, want)
PY
}
