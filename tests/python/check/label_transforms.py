"""Transforms of masks against numpy models of what PyTorch Connectomics computes, and
against vectors recorded from its code.  Arguments: the golden file, the directory of
sources, the mount."""
import json
import sys

import numpy


def erosion(a, t):
    """A voxel is kept where all ids in the window of its plane, but 0, are one."""
    out = a.copy()
    for plane, to in ((a, out),) if a.ndim == 2 else zip(a, out):
        w = numpy.lib.stride_tricks.sliding_window_view(
            numpy.pad(plane, t, "reflect"), (2 * t + 1,) * 2)
        w = w.reshape(*plane.shape, -1)
        largest = numpy.iinfo(a.dtype).max if a.dtype.kind in "iu" else numpy.inf
        to[w.max(-1) != numpy.where(w == 0, largest, w).min(-1)] = 0
    return out


def dilation(a, t):
    out = a.copy()
    for plane, to in ((a, out),) if a.ndim == 2 else zip(a, out):
        for y in range(plane.shape[0]):
            for x in range(plane.shape[1]):
                to[y, x] = plane[max(0, y - t):y + t + 1, max(0, x - t):x + t + 1].max()
    return out


def relabel(a):
    ids = numpy.unique(a[a > 0])
    out = a.copy()
    out[a > 0] = (numpy.searchsorted(ids, a[a > 0]) + 1).astype(a.dtype)
    return out


def same(path, expected):
    found = numpy.load(path)
    assert found.dtype == expected.dtype, (path, found.dtype)
    assert numpy.array_equal(found, expected), path


golden, source, mnt = sys.argv[1:]
rng = numpy.random.default_rng(4)


def array(entry):
    return numpy.array(entry["data"], entry["dtype"]).reshape(entry["shape"])


# the recorded vectors
cases = json.load(open(golden))
recorded = {case["name"]: case["result"] for case in cases["cases"]}
for name in ("erosion 1", "erosion 2", "dilation 1", "dilation 2"):
    kind, t = name.split()
    same(f"{mnt}/patches/size=:,transforms={kind}:{t}/golden/label/0.npy",
         array(recorded[name]).astype("uint16"))
    same(f"{mnt}/patches/size=:,transforms=cast:float32+{kind}:{t}/golden/label/0.npy",
         array(recorded[name]))
same(f"{mnt}/slices/axis=0,transforms=erosion:1/golden/label/1.npy",
     array(recorded["erosion2d 1"]).astype("uint16"))

# models
for scan in ("small", "flat", "wide", "large"):
    a = numpy.load(f"{source}/{scan}_label.npy")
    assert numpy.array_equal(numpy.load(f"{mnt}/scans/{scan}/label.npy"), a)
    for t in (0, 1, 3, 9):
        at = f"{mnt}/patches/size=:,transforms=%s/{scan}/label/0.npy"
        same(at % f"erosion:{t}", erosion(a, t) if t else a)
        if a.size < 5000:
            same(at % f"dilation:{t}", dilation(a, t))
            same(at % f"erosion:{t}+dilation:2+relabel",
                 relabel(dilation(erosion(a, t) if t else a, 2)))
    same(at % "relabel", relabel(a))
    if a.min() >= 0:
        same(f"{mnt}/patches/size=:,transforms=relabel+onehot:40/{scan}/label/0.npy",
             (relabel(a)[..., None] == numpy.arange(40)).astype("uint8"))
    image = numpy.load(f"{source}/{scan}_image.npy")
    for step in ("erosion:2", "dilation:2", "relabel", "onehot:2"):
        same(f"{mnt}/patches/size=:,transforms={step}/{scan}/image/0.npy", image)

# each item has ids of its own, and any cut of a file is the file's
a = numpy.load(f"{source}/large_label.npy")
path = f"{mnt}/patches/size=2x64x64,stride=2x64x64,transforms=relabel/large/label"
items = [numpy.load(f"{path}/{i}.npy") for i in range(8)]
box = numpy.stack([a[z:z + 2, y:y + 64, x:x + 64]
                   for z in (0, 2) for y in (0, 64) for x in (0, 64)])
for item, cut in zip(items, box):
    assert numpy.array_equal(item, relabel(cut))
whole = open(f"{mnt}/patches/size=:,transforms=erosion:7/large/label/0.raw", "rb").read()
with open(f"{mnt}/patches/size=:,transforms=erosion:7/large/label/0.raw", "rb", buffering=0) as f:
    for _ in range(30):
        at = int(rng.integers(len(whole)))
        f.seek(at)
        assert f.read(1000) == whole[at:at + 1000]
