"""golden_medsegpy.py make|boxes|errors|voxels VECTORS DIRECTORY: MedSegPy's compute_patches,
recorded from its code (tests/golden/medsegpy_patches.json), against the patches of a mount.

A vector has img, patch, pad, stride and either an error, or per patch the clipped box and what
numpy.pad is told to add.  There, a stride of null is the patch's size, a pad that is not given
is MedSegPy's own ("auto"), and a patch side of null is the whole axis (":")."""
import csv
import errno
import json
import os
import sys

import numpy

MODES = ("constant", "edge", "reflect", "symmetric")


def scan_name(case):
    return "img" + "x".join(map(str, case["img"]))


def numbers(value, null):
    values = value if isinstance(value, list) else [value]
    return "x".join(null if v is None else str(v) for v in values)


def view(case, extra=""):
    stride = case["stride"] or [d if p is None else abs(p) for p, d in zip(case["patch"], case["img"])]
    name = "preset=medsegpy,size=" + numbers(case["patch"], ":")
    if case["pad"] is not None:
        name += ",pad=" + numbers(case["pad"], "auto")
    return name + ",stride=" + numbers(stride, "auto") + extra


def recorded(case):
    """Per patch: the clipped box as slices, and the pad as numpy.pad wants it."""
    for box, pad in case["out"]:
        box = [slice(*(b if b[0] is not None else (0, d))) for b, d in zip(box, case["img"])]
        yield box, pad or [[0, 0]] * len(box)


def directory(mount, case, extra=""):
    return os.path.join(mount, "patches", view(case, extra), scan_name(case))


def make(cases, source):
    """One volume per shape, each voxel its own number; the large one is all zeros."""
    for case in cases:
        size = int(numpy.prod(case["img"]))
        dtype = "int32" if size < 100000 else "uint8"
        path = os.path.join(source, scan_name(case) + ".npy")
        volume = numpy.lib.format.open_memmap(path, "w+", dtype, tuple(case["img"]))
        if dtype == "int32":
            volume[...] = numpy.arange(size).reshape(case["img"])


def check_boxes(cases, mount):
    """items.csv: the recorded boxes, unclipped, in the recorded order."""
    for case in cases:
        axes = range(len(case["img"]))
        with open(os.path.join(directory(mount, case), "items.csv")) as file:
            rows = list(csv.DictReader(file))
        found = [[(int(r["start_%d" % d]), int(r["stop_%d" % d])) for d in axes] for r in rows]
        want = [[(b.start - p[0], b.stop + p[1]) for b, p in zip(box, pad)]
                for box, pad in recorded(case)]
        assert len(want) == case["count"] and found == want, "%s: %s, expected %s" % (
            view(case), found, want)
        assert [int(r["item"]) for r in rows] == list(range(case["count"]))


def check_errors(cases, mount):
    """What MedSegPy's code refuses is EINVAL here."""
    for case in cases:
        try:
            os.stat(os.path.join(directory(mount, case), "items.csv"))
        except OSError as problem:
            assert problem.errno == errno.EINVAL, "%s: %s" % (view(case), problem)
        else:
            raise AssertionError("%s: MedSegPy says %s" % (view(case), case["error"]))


def check_voxels(cases, mount):
    """Each patch is numpy.pad of the clipped patch, for every mode."""
    for case in cases:
        if numpy.prod(case["img"]) > 100000:
            continue
        volume = numpy.arange(numpy.prod(case["img"])).reshape(case["img"]).astype("int32")
        for mode in MODES:
            items = os.path.join(directory(mount, case, ",pad_mode=" + mode), "image")
            for i, (box, pad) in enumerate(recorded(case)):
                width = len(str(max(case["count"] - 1, 0)))
                found = numpy.load(os.path.join(items, "%0*d.npy" % (width, i)))
                want = numpy.pad(volume[tuple(box)], pad, mode)
                assert found.dtype == want.dtype and numpy.array_equal(found, want), (
                    "%s, %s, patch %d:\n%s\nexpected\n%s" % (view(case), mode, i, found, want))


def main(what, vectors, path):
    cases = json.load(open(vectors))["cases"]
    good = [case for case in cases if "error" not in case]
    bad = [case for case in cases if "error" in case]
    assert len(good) >= 20 and len(bad) >= 3
    {"make": lambda: make(cases, path), "boxes": lambda: check_boxes(good, path),
     "errors": lambda: check_errors(bad, path), "voxels": lambda: check_voxels(good, path)}[what]()
    print("%d patches of %d cases, %d errors" % (sum(c["count"] for c in good), len(good), len(bad)))


main(*sys.argv[1:])
