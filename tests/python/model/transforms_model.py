"""transforms_model.py transforms|description MOUNT | describe SOURCE: each transform by numpy, in
a view and on a field of a description."""
import json
import sys

import numpy

from volumes import arrays, make


def minmax(x, of=None):
    x = x.astype("float32")
    of = x if of is None else of.astype("float32")
    return (x - of.min()) / (of.max() - of.min())


def zscore(x, of=None):
    of = (x if of is None else of).astype("float64")
    return ((x - of.mean()) / of.std()).astype("float32")


def window(x, low, high):
    return ((numpy.clip(x.astype("float64"), low, high) - low) / (high - low)).astype("float32")


# Exact where the arithmetic is one rounding per step in a fixed order; a mean and a variance
# depend on the order of summation, which numpy chooses by itself: a few float32 steps.
EXACT, ROUNDED = 0, 4e-6
SINGLE = [
    ("cast:float32", lambda x, scan: x.astype("float32"), EXACT),
    ("cast:uint8", lambda x, scan: numpy.clip(numpy.trunc(x), 0, 255).astype("uint8"), EXACT),
    ("cast:int8", lambda x, scan: numpy.clip(numpy.trunc(x), -128, 127).astype("int8"), EXACT),
    ("cast:bool", lambda x, scan: x != 0, EXACT),
    ("clip:-100:250", lambda x, scan: numpy.clip(x, -100, 250), EXACT),
    ("minmax", lambda x, scan: minmax(x), EXACT),
    ("minmax:scan", minmax, EXACT),
    ("zscore", lambda x, scan: zscore(x), ROUNDED),
    ("zscore:scan", zscore, ROUNDED),
    ("window:-300:500", lambda x, scan: window(x, -300, 500), EXACT),
    ("affine:3.5:-20", lambda x, scan: ((x.astype("float64") + 20) / 3.5).astype("float32"), EXACT),
    ("flip:0", lambda x, scan: x[::-1], EXACT),
    ("flip:1:2", lambda x, scan: x[:, ::-1, ::-1], EXACT),
    ("permute:2:0:1", lambda x, scan: x.transpose(2, 0, 1), EXACT),
    ("permute:1", lambda x, scan: x.transpose(1, 0, 2), EXACT),
    ("clip:0:99+cast:uint16+flip:2", lambda x, scan: numpy.clip(x, 0, 99).astype("uint16")[:, :, ::-1], EXACT),
    ("permute:2:1:0+minmax+affine:0.5:0.5",
     lambda x, scan: ((minmax(x.transpose(2, 1, 0)).astype("float64") - 0.5) / 0.5).astype("float32"), EXACT),
]


def close(found, want, tolerance, what):
    assert found.dtype == want.dtype and found.shape == want.shape, (what, found.dtype, found.shape)
    if tolerance:
        assert numpy.allclose(found, want, rtol=tolerance, atol=tolerance), what
    else:
        assert numpy.array_equal(found, want), what


def transforms(mount):
    for scan in "vol", "head":
        image = arrays()[scan][1]["image"]
        box = image[2:7, 3:9, 1:5]
        for text, model, tolerance in SINGLE:
            path = "%s/patches/size=5x6x4,transforms=%s/%s/image/at=2x3x1.npy" % (mount, text, scan)
            close(numpy.load(path), model(box, image), tolerance, path)
    for scan in "wide", "wide_u":
        image = arrays()[scan][1]["image"]
        for text, model in (("clip:-4503599627370496000:9007199254740992000", lambda x: numpy.clip(
                                x, max(-2 ** 52 * 1000, numpy.iinfo(x.dtype).min), 2 ** 53 * 1000)),
                            ("clip:-7.5:100.5", lambda x: numpy.clip(
                                x, max(-7, numpy.iinfo(x.dtype).min), 100)),
                            ("cast:int64", lambda x: numpy.minimum(x, x.dtype.type(2 ** 63 - 1)).astype("int64"))):
            path = "%s/patches/transforms=%s/%s/image/0.npy" % (mount, text, scan)
            close(numpy.load(path), model(image), EXACT, path)
    label = arrays()["vol"][1]["label"][2:7, 3:9, 1:5]
    for text, model in (("window:-300:500", label), ("minmax", label), ("zscore+clip:0:1", label),
                        ("flip:0", label[::-1]), ("permute:1:0", label.transpose(1, 0, 2))):
        path = "%s/patches/size=5x6x4,transforms=%s/vol/label/at=2x3x1.npy" % (mount, text)
        close(numpy.load(path), model, EXACT, path)


def description(mount):
    """The same list in a description, on a whole field: MOUNT/scans/<n>/image.npy."""
    image = arrays()["head"][1]["image"]
    for n, (text, model, tolerance) in enumerate(SINGLE):
        path = "%s/scans/%d/image.npy" % (mount, n)
        close(numpy.load(path), model(image, image), tolerance, text)


def as_json(text):
    """"flip:0:2+minmax" as a description has it: [{"flip": [0, 2]}, "minmax"]."""
    steps = []
    for step in text.split("+"):
        name, *args = step.split(":")
        values = [json.loads(a) if a.lstrip("-").replace(".", "").isdigit() else a for a in args]
        steps.append({name: values} if values else name)
    return steps


def describe(source):
    """make, and a description whose scan <n> has the n-th list of transforms."""
    make(source)
    scans = [{"id": str(n), "fields": {"image": {"path": "head.nii.gz", "transforms": as_json(text)}}}
             for n, (text, _, _) in enumerate(SINGLE)]
    with open(source + "/tesserafs.json", "w") as file:
        json.dump({"scans": scans}, file)


globals()[sys.argv[1]](sys.argv[2])
