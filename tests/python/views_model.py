"""views_model.py make SOURCE | slices|patches|cuts|affines|transforms MOUNT: what slices/, patches/,
cuts and transforms must show, by numpy and a few lines of arithmetic, over parameters drawn
from a fixed seed."""
import csv
import json
import os
import random
import sys

import h5py
import nibabel
import numpy
import PIL.Image

import readers

AFFINE = numpy.array([[-1.5, 0.2, 0.1, 30], [0.1, 2, -0.3, -20.5], [0.4, 0.25, 3, 11], [0, 0, 0, 1]])
MODES = ("reflect", "edge", "symmetric", "constant")


def noise(dtype, shape, seed):
    values = numpy.random.default_rng(seed).integers(-1000, 1000, shape)
    return (values if dtype != "uint8" else values % 256).astype(dtype)


def arrays():
    """{scan: (spatial axes, {field: array})}; label is a mask by its name."""
    return {
        "vol": (3, {"feat": noise("float32", (13, 11, 9, 2), 1), "image": noise("int16", (13, 11, 9), 2),
                    "label": noise("uint8", (13, 11, 9), 3)}),
        "head": (3, {"image": noise("float32", (10, 12, 8), 4)}),
        "time": (3, {"image": noise("int16", (6, 7, 5, 3), 5)}),
        "thin": (3, {"image": noise("uint8", (1, 2, 20), 6)}),
        "flat": (2, {"image": noise("uint16", (9, 14), 7)}),
        "colour": (2, {"image": noise("uint8", (8, 15, 3), 8)}),
        "line": (1, {"image": noise("int32", (30,), 9)}),
    }


def make(source):
    data = {scan: fields for scan, (_, fields) in arrays().items()}
    with h5py.File(source + "/vol.h5", "w") as file:
        for name, array in data["vol"].items():
            file.create_dataset(name, data=array, chunks=(4, 5, 3) + array.shape[3:], compression=4)
    nibabel.save(nibabel.Nifti1Image(data["head"]["image"], AFFINE), source + "/head.nii.gz")
    nibabel.save(nibabel.Nifti1Image(data["time"]["image"], AFFINE), source + "/time.nii")
    PIL.Image.fromarray(data["colour"]["image"]).save(source + "/colour.png")
    for scan in "thin", "flat", "line":
        numpy.save("%s/%s.npy" % (source, scan), numpy.asfortranarray(data[scan]["image"]))


# --- what lies under a box --------------------------------------------------------------------


def padded_index(i, n, mode):
    """Where position i, which may lie outside 0..n-1, comes from; None: the fill value."""
    if 0 <= i < n:
        return i
    if mode == "constant":
        return None
    if mode == "edge" or n == 1:
        return min(max(i, 0), n - 1)
    period = 2 * n if mode == "symmetric" else 2 * (n - 1)
    i %= period
    return i if i < n else (2 * n - 1 - i if mode == "symmetric" else period - i)


def box_of(array, start, stop, mode, fill=0):
    """The box on the leading axes; the further axes are kept whole."""
    for axis, (a, b) in enumerate(zip(start, stop)):
        index = [padded_index(i, array.shape[axis], mode) for i in range(a, b)]
        outside = [k for k, i in enumerate(index) if i is None]
        array = numpy.take(array, [i or 0 for i in index], axis)
        where = [slice(None)] * array.ndim
        where[axis] = outside
        array[tuple(where)] = fill
    return array


# --- reading a view's directory ----------------------------------------------------------------


def name_of(item, count):
    return "%0*d" % (len(str(count - 1)), item)


def check_csv(directory, scan, starts, stops):
    """One line per item, all of one length, the unclipped boxes in row-major order."""
    path = os.path.join(directory, "items.csv")
    text = open(path).read()
    assert os.path.getsize(path) == len(text)
    lines = text.splitlines()
    axes = range(len(starts[0]))
    assert lines[0] == ",".join(["item", "scan"] + ["start_%d" % d for d in axes]
                                + ["stop_%d" % d for d in axes])
    assert len({len(line) for line in lines[1:]}) <= 1, "lines of different lengths"
    rows = list(csv.reader(lines[1:]))
    assert [row[0] for row in rows] == [name_of(i, len(starts)) for i in range(len(starts))]
    assert all(row[1].strip() == scan for row in rows)
    numbers = [[int(x) for x in row[2:]] for row in rows]
    want = [list(a) + list(b) for a, b in zip(starts, stops)]
    assert numbers == want, "%s: %s, expected %s" % (path, numbers, want)


def check_json(directory, item, scan, start, stop, shapes):
    with open(os.path.join(directory, item + ".json")) as file:
        found = json.load(file)
    assert (found["scan"], found["start"], found["stop"]) == (scan, list(start), list(stop)), found
    for field, shape in shapes.items():
        assert found["fields"][field]["shape"] == list(shape), found


def check_item(draw, directory, item, scan, start, stop, want):
    """want: {field: array}; each is read in one encoding that is drawn."""
    for field, array in want.items():
        readers.check(os.path.join(directory, field), field, array, name=item,
                      extensions=[draw.choice(readers.EXTENSIONS), "npy"])
    check_json(directory, item, scan, start, stop, {f: a.shape for f, a in want.items()})


# --- slices ------------------------------------------------------------------------------------


def slice_of(array, mask, nd, axis, window, mode, i):
    half = window // 2
    if nd == 2:  # a 2-D scan is one slice; its window repeats it
        if window == 1 or mask:
            return array
        return box_of(array[None], [-half], [half + 1], mode).transpose(*range(1, array.ndim + 1), 0)
    if window == 1 or mask:
        return numpy.take(array, i, axis)
    start, stop = [0] * axis + [i - half], list(array.shape[:axis]) + [i + half + 1]
    return numpy.moveaxis(box_of(array, start, stop, mode), axis, -1)


def slices(mount):
    draw = random.Random(1)
    for scan, (nd, fields) in arrays().items():
        if nd < 2:
            continue
        extent = next(iter(fields.values())).shape[:nd]
        for axis in range(nd):
            for window, mode in ((1, "edge"), (3, draw.choice(MODES)), (7, draw.choice(MODES))):
                view = "axis=%d,window=%d,pad_mode=%s" % (axis, window, mode)
                directory = os.path.join(mount, "slices", view, scan)
                count = extent[axis] if nd > 2 else 1
                half = window // 2 if nd > 2 else 0
                starts = [[i - half if d == axis and nd > 2 else 0 for d in range(nd)] for i in range(count)]
                stops = [[i + half + 1 if d == axis and nd > 2 else extent[d] for d in range(nd)]
                         for i in range(count)]
                check_csv(directory, scan, starts, stops)
                for i in {0, draw.randrange(count), count - 1}:
                    want = {f: slice_of(a, f == "label", nd, axis, window, mode, i)
                            for f, a in fields.items()}
                    check_item(draw, directory, name_of(i, count), scan, starts[i], stops[i], want)
                    check_item(draw, directory, "at=%d" % i, scan, starts[i], stops[i], want)


# --- patches -----------------------------------------------------------------------------------


def axis_starts(extent, size, stride, pad, remainder):
    """Boxes begin at -pad, -pad + stride, ... while they end within the padded axis."""
    last = extent + pad - size
    if last < -pad:
        return [-pad]  # a volume smaller than the box
    starts = list(range(-pad, last + 1, stride))
    if starts[-1] < last and remainder == "shift":
        starts.append(last)
    if starts[-1] < last and remainder == "pad":
        starts.append(starts[-1] + stride)
    return starts


def draw_patches(draw, extent):
    """Random parameters, as text for the path and as numbers per axis."""
    nd, text = len(extent), []
    size = [draw.choice([d, draw.randint(1, d), draw.randint(1, d + 4)]) for d in extent]
    whole = [draw.random() < 0.1 for _ in extent]
    size = [d if w else s for d, s, w in zip(extent, size, whole)]
    text.append("size=" + "x".join(":" if w else str(s) for s, w in zip(size, whole)))
    stride = list(size)
    if draw.random() < 0.6:
        given = [draw.randint(1, s + 2) for s in size]
        stride = [s if w else g for s, w, g in zip(size, whole, given)]
        text.append("stride=" + "x".join(map(str, given)))
    pad = [0] * nd
    if draw.random() < 0.5:
        pad = [0 if w or s > d else draw.randint(0, s - 1) for s, d, w in zip(size, extent, whole)]
        text.append("pad=" + "x".join(map(str, pad)))
    remainder, mode, fill = "shift", "reflect", 0
    if draw.random() < 0.7:
        remainder = draw.choice(("shift", "drop", "pad"))
        text.append("remainder=" + remainder)
    if draw.random() < 0.8:
        mode = draw.choice(MODES)
        text.append("pad_mode=" + mode)
    if mode == "constant":
        fill = draw.randint(0, 100)
        text.append("fill=%d" % fill)
    draw.shuffle(text)  # the order of parameters changes nothing
    starts = [axis_starts(*a, remainder) for a in zip(extent, size, stride, pad)]
    return ",".join(text), size, starts, mode, fill


def product(starts):
    """Row-major, the last axis fastest."""
    boxes = [[]]
    for axis in starts:
        boxes = [box + [a] for box in boxes for a in axis]
    return boxes


def patches(mount):
    draw = random.Random(2)
    for scan, (nd, fields) in arrays().items():
        extent = next(iter(fields.values())).shape[:nd]
        for _ in range(12):
            view, size, starts, mode, fill = draw_patches(draw, extent)
            directory = os.path.join(mount, "patches", view, scan)
            starts = product(starts)
            stops = [[a + s for a, s in zip(start, size)] for start in starts]
            check_csv(directory, scan, starts, stops)
            inside = [draw.randrange(-s + 1, d) for s, d in zip(size, extent)]
            outside = [draw.choice((-3 * d - 7, 2 * d + 5)) for d in extent]
            numbered = [(name_of(i, len(starts)), starts[i])
                        for i in {0, draw.randrange(len(starts)), len(starts) - 1}]
            for item, start in numbered + [("at=" + "x".join(map(str, p)), p) for p in (inside, outside)]:
                stop = [a + s for a, s in zip(start, size)]
                want = {f: box_of(a, start, stop, mode, fill) for f, a in fields.items()}
                check_item(draw, directory, item, scan, start, stop, want)


# --- numpy-style cuts --------------------------------------------------------------------------


def draw_index(draw, extent):
    """One index as text and as Python's: an integer or a slice, often out of range."""
    if draw.random() < 0.3:
        i = draw.randrange(-extent, extent)
        return str(i), i
    bound = lambda: draw.choice([None, None, draw.randint(-extent - 3, extent + 3)])
    start, stop = bound(), bound()
    step = draw.choice([None, None, 1, 2, 3, -1, -2, extent + 5, -extent - 5])
    show = lambda n: "" if n is None else str(n)
    text = "%s:%s" % (show(start), show(stop))
    if step is not None or draw.random() < 0.2:
        text += ":" + show(step)
    return text, slice(start, stop, step)


def draw_cut(draw, shape):
    indices = [draw_index(draw, n) for n in shape[:draw.randint(0, len(shape))]]
    if len(indices) == 0 or draw.random() < 0.3:
        at = draw.randint(0, len(indices))
        tail = [draw_index(draw, n) for n in shape[len(shape) - (len(indices) - at):]]
        indices = indices[:at] + [("...", Ellipsis)] + (tail if len(indices) > at else [])
    return ",".join(text for text, _ in indices), tuple(index for _, index in indices)


def cuts(mount):
    draw, empty, dropped, reverse = random.Random(3), 0, 0, 0
    volumes = [(scan, field, array) for scan, (_, fields) in arrays().items()
               for field, array in fields.items()]
    for n in range(300):
        scan, field, array = draw.choice(volumes)
        text, index = draw_cut(draw, array.shape)
        want = numpy.asarray(array[index])
        extensions = readers.EXTENSIONS if n % 5 == 0 else ["npy"]
        readers.check(os.path.join(mount, "scans", scan), field, want, name="%s[%s]" % (field, text),
                      extensions=extensions)
        empty += want.size == 0
        dropped += want.ndim < array.ndim
        reverse += "-" in text
    assert min(empty, dropped, reverse) > 20, (empty, dropped, reverse)


# --- affines -----------------------------------------------------------------------------------


def same_world(draw, path, scan_voxel):
    """Random voxels of the NIfTI at `path` lie where their voxels of the scan lie.
    scan_voxel: from a voxel of the item, as a list, to the scan's (i, j, k)."""
    image = nibabel.load(path)
    shape = image.shape[:3]
    scale = numpy.abs(AFFINE).max() * 50  # headers hold float32
    for _ in range(5):
        voxel = [draw.randrange(n) for n in shape]
        found = image.affine @ (voxel + [0] * (3 - len(voxel)) + [1])
        want = AFFINE @ (list(scan_voxel(voxel)) + [1])
        assert numpy.allclose(found, want, rtol=0, atol=scale * 1e-6), (path, voxel, found, want)
    assert abs(numpy.linalg.det(image.affine)) > 1e-3, "%s: the affine is singular" % path


def cut_voxel(index, shape):
    """From a voxel of the cut to the scan's voxel."""
    def voxel_of(voxel):
        voxel, result = list(voxel), []
        for i, n in zip(index, shape):
            if isinstance(i, slice):
                start, _, step = i.indices(n)
                result.append(start + step * voxel.pop(0))
            else:
                result.append(i % n)
        return result
    return voxel_of


def affines(mount):
    draw = random.Random(4)
    shape = arrays()["head"][1]["image"].shape
    for ext in "nii", "nii.gz":
        for _ in range(20):
            start = [draw.randint(-5, n) for n in shape]
            path = "%s/patches/size=6/%s/image/at=%dx%dx%d.%s"
            same_world(draw, path % (mount, "head", *start, ext), lambda v: [a + b for a, b in zip(start, v)])
            same_world(draw, path % (mount, "time", *start, ext), lambda v: [a + b for a, b in zip(start, v)])
        for axis in range(3):
            for i in range(shape[axis]):
                path = "%s/slices/axis=%d/head/image/at=%d.%s" % (mount, axis, i, ext)
                same_world(draw, path, lambda v: v[:axis] + [i] + v[axis:])
                path = "%s/slices/axis=%d,window=3/head/image/at=%d.%s" % (mount, axis, i, ext)
                same_world(draw, path, lambda v: v[:axis] + [i - 1 + v[2]] + v[axis:2])
        for _ in range(60):
            pairs = [draw_index(draw, n) for n in shape]
            index = [i for _, i in pairs]
            if 0 in numpy.empty(shape)[tuple(index)].shape or all(isinstance(i, int) for i in index):
                continue
            path = "%s/scans/head/image[%s].%s" % (mount, ",".join(t for t, _ in pairs), ext)
            same_world(draw, path, cut_voxel(index, shape))
    size, start = (4, 5, 6), (2, 3, 1)
    for text, scan_voxel in (
        ("flip:0", lambda v: [3 - v[0], v[1], v[2]]),
        ("flip:0:2", lambda v: [3 - v[0], v[1], 5 - v[2]]),
        ("permute:2:0:1", lambda v: [v[1], v[2], v[0]]),
        ("permute:1+flip:0", lambda v: [v[1], 4 - v[0], v[2]]),
        ("cast:float64+minmax", lambda v: v),
    ):
        path = "%s/patches/size=4x5x6,transforms=%s/head/image/at=2x3x1.nii" % (mount, text)
        same_world(draw, path, lambda v: [a + b for a, b in zip(start, scan_voxel(v))])


# --- transforms --------------------------------------------------------------------------------


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
