"""golden_medsegpy_values.py make|masks|transforms GOLDEN DIRECTORY: what MedSegPy's code makes
of masks (collect_mask, add_background_labels) and of images (its transforms), recorded, against
transforms=... of a mount.

Masks: shape, dtype and values are those recorded; where only shape and dtype are, values are
numpy's.  Transforms: bit for bit, but for ZeroMeanNormalization, where MedSegPy takes mean and
deviation in float32 (pairwise) and tesserafs in float64: equal to 2e-6 of the largest value."""
import json
import os
import sys

import h5py
import numpy

TRANSFORMS = {  # name in the vectors -> the step here
    "Windowing [(0,100)]": "Windowing:0:100",
    "Windowing 2 bounds, C=1": "Windowing:0_100:-20_20",
    "Windowing 2 bounds, C=2": "Windowing:0:100:-20:20",
    "ZeroMeanNormalization() (as in repo: divides by the mean)": "ZeroMeanNormalization:compat",
    "ZeroMeanNormalization(axis=(1,2))": "ZeroMeanNormalization:1:2:compat",
    "AffineNormalization(2,10)": "AffineNormalization:2:10",
    "FlipTransform(1)": "FlipTransform:1",
    "FlipTransform(0) is a no-op in repo": "FlipTransform:0",
    "FlipTransform((1,2))": "FlipTransform:1:2",
    "FillRegionsWithValue": None,  # below
    "documented zero-mean unit-std (population std, per sample over all non-batch axes)":
        "ZeroMeanNormalization",
}


def load(golden, name):
    return json.load(open(os.path.join(golden, "medsegpy_%s.json" % name)))


def batch(vectors, name):
    shape = tuple(int(c) for c in name[-4:])
    return numpy.frombuffer(bytes.fromhex(vectors[name]), "<f4").reshape(shape)


def make(golden, source):
    masks, transforms = load(golden, "masks"), load(golden, "transforms")
    for dtype in ("uint8", "float32", "bool"):
        with h5py.File(os.path.join(source, "mask_%s.h5" % dtype), "w") as file:
            file["seg"] = numpy.array(masks["mask"], dtype)
    for name in ("in_2341", "in_2342"):
        for i, item in enumerate(batch(transforms, name)):
            numpy.save(os.path.join(source, "%s_%d.npy" % (name, i)), item)
            with h5py.File(os.path.join(source, "%s_%d_seg.h5" % (name, i)), "w") as file:
                file["seg"] = item


def item(mount, steps, scan, field):
    view = "size=:" + (",transforms=" + steps if steps else "")
    return os.path.join(mount, "patches", view, scan, field, "0.npy")


def step_of(categories):
    """[0, [1, 2], [3]] is "categories:0:1_2:3_"."""
    entries = categories if isinstance(categories, list) else [categories]
    texts = ["_".join(map(str, e)) + "_" * (len(e) == 1) if isinstance(e, list) else str(e)
             for e in entries]
    return ":".join(["categories"] + texts)


def collected(mask, categories):
    """What numpy makes of the mask: the oracle where values are not recorded."""
    entries = categories if isinstance(categories, list) else [categories]
    if not any(isinstance(e, list) for e in entries):
        return mask[..., entries].squeeze(-2) if entries else mask[..., :0].squeeze(-2)
    parts = [mask[..., e if isinstance(e, list) else [e]].sum(-1) for e in entries]
    return numpy.stack(parts, -1).squeeze(-2)


def refused(path):
    try:
        numpy.load(path)
    except OSError:
        return True
    return False


def check_masks(golden, mount):
    vectors = load(golden, "masks")
    for case in vectors["cases"]:
        scan, step = "mask_" + case["dtype"], step_of(case["categories"])
        if "error" in case:
            assert refused(item(mount, step, scan, "seg")), step
            continue
        found = numpy.load(item(mount, step, scan, "seg"))
        want = collected(numpy.array(vectors["mask"], case["dtype"]), case["categories"])
        assert found.shape == tuple(case["shape"]) and found.dtype == case["out_dtype"], (case, found)
        assert numpy.array_equal(found, want)
        assert "out" not in case or numpy.array_equal(found, numpy.array(case["out"])), case
        found = numpy.load(item(mount, step + "+background", scan, "seg"))
        if "bg_dtype" in case:
            assert found.dtype == case["bg_dtype"], case
        assert numpy.array_equal(found[..., 0], ~want.any(-1)) and numpy.array_equal(found[..., 1:], want)
        assert "bg" not in case or numpy.array_equal(found, numpy.array(case["bg"])), case
    return len(vectors["cases"])


def fill_step(given, recorded):
    """The recorded fill: "ones at [0,1,1:3,:]", an image of its own value."""
    value = recorded[0, 1, 1, 0]
    assert (recorded[0, 1, 1:3] == value).all() and (recorded[1] == given[1]).all()
    return "FillRegionsWithValue:%.9g:1_2_1_3" % value


def check_transforms(golden, mount):
    vectors, done = load(golden, "transforms"), 0
    for case in vectors["cases"]:
        if "error" in case:
            assert refused(item(mount, case["name"], "in_2341_0", "image")), case["name"]
            continue
        given = batch(vectors, case["in"])
        shape = case.get("shape", given.shape)
        want = numpy.frombuffer(bytes.fromhex(case["out"]), "<f4").reshape(shape)
        step = TRANSFORMS[case["name"]]
        for i in range(len(given)):
            scan = "%s_%d" % (case["in"], i)
            if case["name"] == "FillRegionsWithValue":
                step = None if i else fill_step(given, want)
            check_item(case, step, i, numpy.load(item(mount, step, scan, "image")), want[i], given)
            seg = numpy.load(item(mount, step, scan + "_seg", "seg"))
            flipped = case.get("seg_changed", False)
            assert numpy.array_equal(seg, want[i] if flipped else given[i]), case["name"]
            done += 1
    return done


def check_item(case, step, i, found, want, given):
    assert found.dtype == numpy.float32 and found.shape == want.shape, (case["name"], found.shape)
    if "Mean" not in case["name"] and "mean" not in case["name"]:
        assert numpy.array_equal(found, want), case["name"]
        return
    if case["name"].startswith("documented"):
        x = given[i].astype("f8")
        exact = (x - x.mean()) / x.std()
    elif "axis=(1,2)" in case["name"]:
        x = given[i].astype("f8")
        exact = (x - x.mean((0, 1))) / x.mean((0, 1))
    else:
        x = given[i].astype("f8")
        exact = (x - x.mean()) / x.mean()
    assert numpy.abs(found - exact).max() <= 1e-6 * numpy.abs(exact).max(), (case["name"], i)
    assert numpy.abs(found - want).max() <= 2e-6 * numpy.abs(want).max(), (case["name"], i, found, want)


def main(what, golden, path):
    print({"make": make, "masks": check_masks, "transforms": check_transforms}[what](golden, path))


main(*sys.argv[1:])
