"""golden_medsegpy_loaders.py VECTORS SLICES VOLUMES MIXED: the batches that MedSegPy's loaders
gave (medsegpy_loaders.json) against the items of three mounts: its 2-D files, its 3-D files,
and 3-D files of which the second has 4 slices.

A batch is its items stacked; a loader's element is here an item of slices/ or patches/, image
and label with the steps of its configuration.  Shuffled orders are not compared (batches/
does that).  What MedSegPy refuses is refused, but for two failures that its specification
says are not to be reproduced (a padded patch of depth 1)."""
import hashlib
import json
import os
import sys

import numpy

SCANS = ("0000001_V00", "0000002_V00")
REPRODUCED_NOT = ("patch_pad_last_axis_clipped_to_1", "patch_slices_padded_depth1")
ELSEWHERE = {
    "n5d_dim",  # IMG_SIZE of slices/ is not a parameter here
    "patch_unlabelled", "patch_separate_unlabelled", "default_unlabelled",  # medsegpy.bats
    "patch_imagesize_too_large",  # refused at mount: medsegpy.bats
    "default_shuffle_seed1",  # an order
}


def joined(numbers):
    return "x".join(map(str, numbers))


def step_of(categories):
    return ":".join(["categories"] + ["_".join(map(str, e)) if isinstance(e, list) else str(e)
                                      for e in categories])


def steps(cfg):
    """Image transforms skip masks, mask transforms skip images: one list is for both."""
    out = []
    for name, args in zip(cfg.get("PREPROCESSING", []), cfg.get("PREPROCESSING_ARGS", [])):
        if name == "Windowing":
            out.append("Windowing:" + ":".join("%g_%g" % tuple(b) for b in args["bounds"]))
        elif name == "AffineNormalization":
            out.append("AffineNormalization:%g:%g" % (args["scale"], args["bias"]))
        else:
            out.append(name)
    if "CATEGORIES" in cfg:
        out.append(step_of(cfg["CATEGORIES"]))
    if cfg.get("INCLUDE_BACKGROUND"):
        out.append("background")
    return "+".join(out + ["cast:float32"])


def view_of(case):
    cfg, loader = case["cfg"], case["loader"]
    if loader == "PatchDataLoader":
        view = "patches/preset=medsegpy,size=" + joined(cfg["IMG_SIZE"])
        if cfg.get("IMG_PAD_SIZE"):
            view += ",pad=" + joined(cfg["IMG_PAD_SIZE"])
        if cfg.get("IMG_STRIDE"):
            view += ",stride=" + joined(cfg["IMG_STRIDE"])
    else:
        window = 1 if loader == "DefaultDataLoader" else cfg["IMG_SIZE"][-1]
        view = "slices/axis=2,window=%d" % window
    if cfg.get("IMG_PAD_MODE"):
        view += ",pad_mode=" + cfg["IMG_PAD_MODE"]
    return view + ",transforms=" + steps(cfg)


def items(directory, case, field):
    """The arrays of one scan in order.  N5d without padding has no windows at the ends."""
    names = sorted(n for n in os.listdir(os.path.join(directory, field)) if n.endswith(".npy"))
    if case["loader"] == "N5dDataLoader" and not case["cfg"].get("IMG_PAD_SIZE"):
        half = case["cfg"]["IMG_SIZE"][-1] // 2
        names = names[half:len(names) - half]
    return [numpy.load(os.path.join(directory, field, n)) for n in names]


def elements(mount, case, field):
    return [i for scan in SCANS for i in items(os.path.join(mount, view_of(case), scan), case, field)]


def raw_elements(mount, case):
    plain = dict(case, cfg={k: v for k, v in case["cfg"].items() if not k.startswith("PRE")})
    return elements(mount, plain, "image")


def same(part, arrays, name):
    batch = numpy.stack(arrays)
    if part["shape"][-1] == 1 and batch.ndim == len(part["shape"]) - 1:
        batch = batch[..., None]  # a 2-D item here is HxW, there HxWx1
    assert list(batch.shape) == part["shape"] and batch.dtype == part["dtype"], (name, batch.shape)
    assert hashlib.sha256(numpy.ascontiguousarray(batch).tobytes()).hexdigest() == part["sha256"], name


def compare(case, mount):
    size = case["kw"]["batch_size"]
    parts = [elements(mount, case, "image"), elements(mount, case, "label")]
    assert len(parts[0]) == len(parts[1]) == case["num_elements"], case["name"]
    if case["kw"].get("is_test"):
        parts.append(raw_elements(mount, case))
    for batch in case["batches"]:
        span = slice(batch["i"] * size, (batch["i"] + 1) * size)
        for part, arrays in zip(batch["parts"], parts):
            same(part, arrays[span], case["name"])


def refused(case, mount):
    if case["name"] == "patch_too_big":  # no patch at all, as there
        return not elements(mount, case, "image")
    try:
        elements(mount, case, "image")
    except OSError:
        return True
    return False


def main(vectors, slices, volumes, mixed):
    done = 0
    for case in json.load(open(vectors))["cases"]:
        name = case["name"]
        mount = mixed if name == "patch_mixed_size" else volumes
        if case["loader"] in ("DefaultDataLoader", "S25dDataLoader"):
            mount = slices
        if name in ELSEWHERE:
            continue
        if name in REPRODUCED_NOT:
            assert [e.shape[-1] for e in elements(mount, case, "label")] == [4] * case["num_elements"]
        elif "error" in case:
            assert refused(case, mount), name
        else:
            compare(case, mount)
        done += 1
    print("%d cases" % done)


main(*sys.argv[1:])
