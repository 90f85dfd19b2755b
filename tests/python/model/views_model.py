"""views_model.py slices|patches|chunks MOUNT: what these kinds of views must show, by numpy and a few
lines of arithmetic, over parameters drawn from a fixed seed."""
import csv
import errno
import json
import os
import random
import sys

import numpy

import readers
from volumes import arrays

MODES = ("reflect", "edge", "symmetric", "constant")


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


def check_csv(directory, scan, starts, stops, names=None):
    """One line per item, all of one length, the unclipped boxes in row-major order."""
    path = os.path.join(directory, "items.csv")
    text = open(path).read()
    assert os.path.getsize(path) == len(text)
    lines = text.splitlines()
    axes = range(len(starts[0]))
    assert lines[0] == ",".join(["item", "scan", "split"] + ["start_%d" % d for d in axes]
                                + ["stop_%d" % d for d in axes])
    assert len({len(line) for line in lines[1:]}) <= 1, "lines of different lengths"
    rows = list(csv.reader(lines[1:]))
    assert [row[0] for row in rows] == (names or [name_of(i, len(starts)) for i in range(len(starts))])
    assert all(row[1:3] == [scan, "all"] for row in rows)
    numbers = [[int(x) for x in row[3:]] for row in rows]
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


def refused(path):
    """A box without a voxel of the volume is nothing."""
    try:
        os.stat(path)
    except OSError as error:
        assert error.errno == errno.EINVAL, (path, error)
    else:
        raise AssertionError(path)


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
            outside = list(inside)
            axis = draw.randrange(nd)
            outside[axis] = draw.choice((-size[axis], extent[axis], 2 * extent[axis] + 5))
            if outside not in [list(start) for start in starts]:
                refused(os.path.join(directory, "%s/at=%s.npy" % (next(iter(fields)), "x".join(map(str, outside)))))
            numbered = [(name_of(i, len(starts)), starts[i])
                        for i in {0, draw.randrange(len(starts)), len(starts) - 1}]
            for item, start in numbered + [("at=" + "x".join(map(str, inside)), inside)]:
                stop = [a + s for a, s in zip(start, size)]
                want = {f: box_of(a, start, stop, mode, fill) for f, a in fields.items()}
                check_item(draw, directory, item, scan, start, stop, want)


# --- chunks ------------------------------------------------------------------------------------


def draw_chunks(draw, extent):
    """Random parameters: text, (first, length, n, pad) of each axis, overlap, mode."""
    text, axes = [], []
    num = [draw.randint(1, d + 2) if draw.random() < 0.1 else draw.randint(1, min(d, 4)) for d in extent]
    text.append("num=" + "x".join(map(str, num)))
    pad = [draw.choice((0, 1, 3, d, 2 * d + 3)) for d in extent]
    text.append("pad=" + "x".join(map(str, pad)))
    ranges = [(0, d) for d in extent]
    if draw.random() < 0.4:
        ranges = [sorted(draw.sample(range(d + 1), 2)) for d in extent]
        text.append("range=" + "x".join("%s:%s" % (a or "", b if b < d else "")
                                        for (a, b), d in zip(ranges, extent)))
    overlap, mode = draw.random() < 0.5, draw.choice(MODES)
    text += ["overlap=%s" % ("on" if overlap else "off"), "pad_mode=" + mode]
    draw.shuffle(text)
    for (a, b), n, p in zip(ranges, num, pad):
        axes.append((a, b - a, n, p))
    return text, axes, overlap, mode


def chunk_box(index, axes, overlap):
    """PyTC's arithmetic: the floor of a product of doubles."""
    step = 2 if overlap else 1
    at = [[first + int(numpy.floor(k / (n + step - 1) * length)) for k in (i, i + step)]
          for i, (first, length, n, _) in zip(index, axes)]
    return ([a - axis[3] for (a, _), axis in zip(at, axes)],
            [b + axis[3] for (_, b), axis in zip(at, axes)])


def draw_share(draw, count):
    """Random only=, rank= and world=: their texts and the numbers of the chunks, ascending."""
    text, chosen = [], list(range(count))
    if draw.random() < 0.3:
        chosen = draw.sample(chosen, draw.randint(1, min(count, 6)))
        text.append("only=" + "+".join(map(str, chosen)))
    if draw.random() < 0.3:
        world = draw.randint(1, len(chosen) + 1)
        rank, each = draw.randrange(world), len(chosen) // world
        text.append("rank=%d,world=%d" % (rank, world))
        chosen = chosen[rank * each:] if rank == world - 1 else chosen[rank * each:(rank + 1) * each]
    return text, sorted(chosen)


def chunks(mount):
    draw = random.Random(3)
    for scan, (nd, fields) in arrays().items():
        extent = next(iter(fields.values())).shape[:nd]
        for _ in range(12):
            text, axes, overlap, mode = draw_chunks(draw, extent)
            num = [n for _, _, n, _ in axes]
            share, chosen = draw_share(draw, int(numpy.prod(num)))
            directory = os.path.join(mount, "chunks", ",".join(text + share), scan)
            indices = [numpy.unravel_index(c, num) for c in chosen]
            names = ["-".join("%0*d" % (len(str(n - 1)), i) for i, n in zip(index, num)) for index in indices]
            boxes = [chunk_box(index, axes, overlap) for index in indices]
            if not boxes:
                assert os.listdir(os.path.join(directory, "image")) == []
                continue
            check_csv(directory, scan, *zip(*boxes), names)
            field = draw.choice(list(fields))
            assert os.listdir(os.path.join(directory, field)) == [name + ".npy" for name in names]
            for i in {0, draw.randrange(len(boxes)), len(boxes) - 1}:
                start, stop = boxes[i]
                want = {f: box_of(a, start, stop, mode) for f, a in fields.items()}
                if min(b - a for a, b in zip(start, stop)):
                    check_item(draw, directory, names[i], scan, start, stop, want)
                else:  # empty: only some encodings have a way to say so
                    check_json(directory, names[i], scan, start, stop, {f: a.shape for f, a in want.items()})
                    found = numpy.load(os.path.join(directory, field, names[i] + ".npy"))
                    assert found.shape == want[field].shape and found.dtype == want[field].dtype


globals()[sys.argv[1]](sys.argv[2])
