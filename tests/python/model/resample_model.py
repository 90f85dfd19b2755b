"""resample_model.py make SOURCE | zoom|boxes|cuts|masks|channels|geometry|shapes MOUNT: zoom against
scipy.ndimage.zoom, resize, pad, crop and squeeze against numpy, and where they lie.

scipy sets the last voxels of an axis to 0 where (m - 1) * ((n - 1) / (m - 1)) is rounded up past
n - 1.  `compat` does the same; without it, nothing is lost: they are the zoomed last slice."""
import json
import os
import random
import sys

import h5py
import nibabel
import numpy
import PIL.Image
from scipy.ndimage import zoom as scipy_zoom

from volumes import AFFINE

DTYPES = ("uint8", "uint16", "int16", "float32", "float64", "bool")
SHAPE = (37, 45, 30)
# 30 to 15 loses its last voxels in scipy: see lost()
FACTORS = ((2,), (0.5,), (1, 0.5, 0.5), (0.3, 1.7, 3), (1.5, 1.5, 1), (0.05, 0.04, 0.1), (1, 1, 2.5))


def volume(dtype, shape=SHAPE, seed=0):
    rng = numpy.random.default_rng(seed)
    if dtype.startswith("float"):
        return (rng.normal(size=shape) * 100).astype(dtype)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    info = numpy.iinfo(dtype)
    return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)


def oracle(array, factors, order, compat=False):
    factors = tuple(factors) * (array.ndim if len(factors) == 1 else 1)
    result = scipy_zoom(array, factors, order=order)
    if result.dtype == bool:  # scipy leaves other bytes than 0 and 1 there
        result = result.view("uint8") != 0
    for d in range(array.ndim):
        if not compat and lost(array.shape[d], result.shape[d]):
            last = numpy.take(array, [-1], axis=d)
            result[(slice(None),) * d + (slice(-1, None),)] = oracle(
                last, factors[:d] + (1,) + factors[d + 1:], order)
    return result


def compare(found, want, order, what):
    """Orders 0 and 1 are exact.  Order 3 sums in another order than scipy does: 1e-6, and an integer
    may be rounded to the other side where the value lies that close to a half."""
    assert found.dtype == want.dtype and found.shape == want.shape, (what, found.dtype, found.shape, want.shape)
    if order < 3:
        assert numpy.array_equal(found, want), what
    elif found.dtype.kind == "f":
        assert numpy.allclose(found, want, rtol=1e-6, atol=1e-6 * abs(want).max()), what
    elif found.dtype != bool:
        difference = numpy.abs(found.astype("int64") - want.astype("int64"))
        assert difference.max(initial=0) <= 1 and (difference > 0).mean() < 1e-4, what


def text_of(factors, order, compat=False):
    return "zoom:" + ":".join(map(str, factors)) + ":order=%d" % order + (":compat" if compat else "")


def make(source):
    scans = []
    for dtype in DTYPES:
        numpy.save("%s/%s.npy" % (source, dtype), volume(dtype))
        for n, factors in enumerate(FACTORS):
            for order in 0, 1, 3:
                scans.append({"id": "%s-%d-%d" % (dtype, n, order), "fields": {
                    "image": {"path": dtype + ".npy", "transforms": [{"zoom": [*factors, "order=%d" % order]}]}}})
        scans.append({"id": dtype, "fields": {"image": dtype + ".npy",
                                              "label": {"path": dtype + ".npy", "type": "mask"}}})
    with h5py.File(source + "/channels.h5", "w") as file:
        file["last"] = volume("float32", (9, 10, 11, 2))
        file["first"] = volume("uint8", (2, 9, 10, 11))
        file["plain"] = volume("uint8", (9, 10, 11))
        file["thin"] = volume("uint8", (9, 1, 11, 1))
    PIL.Image.fromarray(volume("uint8", (12, 15, 3))).save(source + "/colour.png")
    nibabel.save(nibabel.Nifti1Image(volume("float32", (10, 12, 8)), AFFINE), source + "/head.nii.gz")
    nibabel.save(nibabel.Nifti1Image(volume("int16", (6, 7, 5, 3)), AFFINE), source + "/time.nii")
    scans += [
        {"id": "last", "fields": {"image": "channels.h5:last", "plain": "channels.h5:plain"}},
        {"id": "first", "channels": "first", "fields": {"image": "channels.h5:first"}},
        {"id": "thin", "fields": {"image": "channels.h5:thin"}},
        {"id": "colour", "fields": {"image": "colour.png"}},
        {"id": "head", "fields": {"image": "head.nii.gz"}},
        {"id": "time", "fields": {"image": "time.nii"}},
        {"id": "spaced", "fields": {"image": {"path": "channels.h5:plain", "spacing": [1, 1, 2],
                                              "transforms": [{"spacing": 0.5}]}}},
    ]
    with open(source + "/tesserafs.json", "w") as file:
        json.dump({"scans": scans}, file)


def cases():
    for dtype in DTYPES:
        for n, factors in enumerate(FACTORS):
            for order in 0, 1, 3:
                yield dtype, n, factors, order


def item(mount, transforms, scan, field="image"):
    return numpy.load("%s/patches/size=:,transforms=%s/%s/%s/0.npy" % (mount, transforms, scan, field))


def lost(n, m):
    return m > 1 and (m - 1) * ((n - 1) / (m - 1)) > n - 1


def zoom(mount):
    """The whole volume in a view, with scipy's zeros and without."""
    assert lost(30, 15), "no case has scipy's zeros"
    for dtype, _, factors, order in cases():
        for compat in False, True:
            text = text_of(factors, order, compat)
            compare(item(mount, text, dtype), oracle(volume(dtype), factors, order, compat), order, (dtype, text))


def boxes(mount):
    """Random boxes of fields that are zoomed by the description are boxes of scipy's whole."""
    draw = random.Random(5)
    for dtype, n, factors, order in cases():
        scan, want = "%s-%d-%d" % (dtype, n, order), oracle(volume(dtype), factors, order)
        for _ in range(4):
            start = [draw.randrange(e) for e in want.shape]
            stop = [draw.randint(a + 1, e) for a, e in zip(start, want.shape)]
            cut = ",".join("%d:%d" % ab for ab in zip(start, stop))
            found = numpy.load("%s/scans/%s/image[%s].npy" % (mount, scan, cut))
            compare(found, want[tuple(map(slice, start, stop))], order, (scan, cut))
            patch = "%s/patches/size=%s,remainder=pad/%s/image/at=%s.npy" % (
                mount, "x".join(str(b - a) for a, b in zip(start, stop)), scan, "x".join(map(str, start)))
            assert numpy.array_equal(numpy.load(patch), found, equal_nan=True), patch


def cuts(mount):
    """The same bytes wherever a read begins and ends."""
    draw = random.Random(6)
    for dtype, n, _, order in cases():
        path = "%s/scans/%s-%d-%d/image.raw" % (mount, dtype, n, order)
        with open(path, "rb") as file:
            whole = file.read()
        file = os.open(path, os.O_RDONLY)
        for _ in range(5):
            start = draw.randrange(len(whole))
            size = draw.randint(1, 5000)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            assert os.pread(file, size, start) == whole[start:start + size], (path, start, size)
        os.close(file)


def masks(mount):
    for dtype in "uint8", "int16":
        array = volume(dtype)
        for words, image, label in (("", 3, 0), (":order=1", 1, 0), (":order=1:mask_order=1", 1, 1),
                                    (":mask_order=3:order=0", 0, 3)):
            for field, order in ("image", image), ("label", label):
                compare(item(mount, "zoom:0.7" + words, dtype, field), oracle(array, (0.7,), order), order, words)
        nearest = tuple(numpy.minimum((numpy.arange(20) + 0.5) * (n / 20), n - 1).astype(int) for n in SHAPE)
        found = item(mount, "resize:20x20x20", dtype, "label")
        assert found.dtype == array.dtype and numpy.array_equal(found, array[numpy.ix_(*nearest)])
        assert item(mount, "resize:20", dtype, "label").shape == (20, 20, 20)
        assert item(mount, "resize:20:mask_order=1", dtype, "label").dtype == numpy.float32


def channels(mount):
    """Channel axes are never zoomed, padded or cropped."""
    last, first = volume("float32", (9, 10, 11, 2)), volume("uint8", (2, 9, 10, 11))
    colour, time = volume("uint8", (12, 15, 3)), volume("int16", (6, 7, 5, 3))
    for order in 0, 1, 3:
        text = "zoom:2:0.5:1.5:order=%d" % order
        compare(item(mount, text, "last"), oracle(last, (2, 0.5, 1.5, 1), order), order, "last")
        compare(item(mount, text, "first"), oracle(first, (1, 2, 0.5, 1.5), order), order, "first")
        compare(item(mount, text, "time"), oracle(time, (2, 0.5, 1.5, 1), order), order, "time")
        text = "zoom:2:0.5:order=%d" % order
        compare(item(mount, text, "colour"), oracle(colour, (2, 0.5, 1), order), order, "colour")
    assert item(mount, "zoom:2", "colour").shape == (24, 30, 3)
    assert item(mount, "zoom:2", "first").shape == (2, 18, 20, 22)
    assert numpy.array_equal(item(mount, "pad:1:2:3", "first"),
                             numpy.pad(first, ((0, 0), (1, 1), (2, 2), (3, 3)), "reflect"))
    assert numpy.array_equal(item(mount, "crop:1:-1:2:8", "last"), last[1:-1, 2:8])
    assert numpy.array_equal(item(mount, "crop::5", "first"), first[:, :5])


def shapes(mount):
    array, thin = volume("int16"), volume("uint8", (9, 1, 11, 1))
    for text, pads, how in (
        ("pad:3", (3, 3), {"mode": "reflect"}),
        ("pad:1:50:3:mode=symmetric", ((1, 1), (50, 50), (3, 3)), {"mode": "symmetric"}),
        ("pad:1:2:3:4:5:6:mode=edge", ((1, 2), (3, 4), (5, 6)), {"mode": "edge"}),
        ("pad:1:0:0:mode=constant:fill=-7", ((1, 1), (0, 0), (0, 0)), {"mode": "constant", "constant_values": -7}),
    ):
        assert numpy.array_equal(item(mount, text, "int16"), numpy.pad(array, pads, **how)), text
        assert numpy.array_equal(item(mount, text, "int16", "label"), numpy.pad(array, pads, **how)), text
    for text, index in (("crop:3:9", numpy.s_[3:9]), ("crop:::-20:-3:5:", numpy.s_[:, -20:-3, 5:]),
                        ("crop:0:37:1:2:29:30", numpy.s_[0:37, 1:2, 29:30])):
        assert numpy.array_equal(item(mount, text, "int16"), array[index]), text
    assert numpy.array_equal(item(mount, "squeeze", "thin"), thin.squeeze())
    assert numpy.array_equal(item(mount, "squeeze:1", "thin"), thin[:, 0])
    assert numpy.array_equal(item(mount, "squeeze:3:1+flip:1", "thin"), thin.squeeze()[:, ::-1])
    # statistics are those of what was made, not of what it was made from
    for text, model in (("crop:3:9", lambda x: x[3:9]), ("zoom:0.5:order=0", lambda x: oracle(x, (0.5,), 0))):
        values = model(array).astype("float32")
        want = (values - values.min()) / (values.max() - values.min())
        assert numpy.array_equal(item(mount, text + "+minmax", "int16"), want), text


def geometry(mount):
    """Corners and random voxels of what was made lie in the world where their source lies."""
    shape = numpy.array((10, 12, 8))
    for text, voxel in (
        ("zoom:2", lambda v, m: v * (shape - 1) / (m - 1)),
        ("zoom:0.5:1:1.5:order=1", lambda v, m: v * (shape - 1) / (m - 1)),
        ("resize:20x6x8", lambda v, m: (v + 0.5) * shape / m - 0.5),
        ("spacing:1.3", lambda v, m: (v + 0.5) * shape / m - 0.5),
        ("pad:1:2:3:4:5:6", lambda v, m: v - (1, 3, 5)),
        ("crop:2:9:1:5", lambda v, m: v + (2, 1, 0)),
        ("crop:2:3+squeeze", lambda v, m: numpy.concatenate([[2], v])),
        ("crop:::3:4+squeeze+zoom:2", lambda v, m: (v[0] * 9 / 19, 3, v[1] * 7 / 15)),
    ):
        for ext in "nii", "nii.gz":
            image = nibabel.load("%s/patches/size=:,transforms=%s/head/image/0.%s" % (mount, text, ext))
            extent = numpy.array(image.shape)
            for corner in numpy.ndindex(*(2,) * len(extent)):
                v = corner * (extent - 1)
                found = image.affine @ [*v, *[0] * (3 - len(v)), 1]
                want = AFFINE @ [*voxel(v, extent), 1]
                assert numpy.allclose(found, want, rtol=0, atol=1e-4), (text, v, found, want)
    size = numpy.linalg.norm(AFFINE[:3, :3], axis=0)
    image = nibabel.load("%s/patches/size=:,transforms=spacing:1.3/head/image/0.nii" % mount)
    assert image.shape == tuple(numpy.rint(shape * size / 1.3).astype(int)), image.shape
    # a description's spacing, before and after its transforms, 1 x 1 x 2 mm to 0.5 mm
    image = nibabel.load(mount + "/scans/spaced/image.nii")
    assert image.shape == (18, 20, 44) and numpy.allclose(numpy.diag(image.affine)[:3], 0.5)
    spacing = nibabel.load("%s/patches/size=:,transforms=zoom:2/time/image/0.nii" % mount)
    assert spacing.shape == (12, 14, 10, 3)


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
