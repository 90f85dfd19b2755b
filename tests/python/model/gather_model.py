"""Files in pieces, and what numpy makes of them.

    gather_model.py make PART SOURCE         writes the files of a part
    gather_model.py check PART SOURCE SCAN   compares a mounted scan with numpy's joining of
                                             what Pillow, h5py and numpy read from SOURCE
"""

import os
import sys

import h5py
import nibabel
import numpy
import tifffile
from PIL import Image

RANDOM = numpy.random.RandomState(4)
SLICES = {"a": (1, 2, 10), "b_1": (1, 3, 20, 100)}
ROWS, COLUMNS = (4, 4, 3), (5, 2)


def voxels(*shape, dtype="u1"):
    return RANDOM.randint(0, 250, shape).astype(dtype)


def write(path, array):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    if path.endswith(".npy"):
        numpy.save(path, array)
    else:
        Image.fromarray(array).save(path)


def png(path):
    return numpy.asarray(Image.open(path))


def make_slices():
    for case, numbers in SLICES.items():
        for z in numbers:
            write("raw/%s_%d.png" % (case, z), voxels(6, 5))
            write("raw/%s_%d_seg.npy" % (case, z), voxels(6, 5, dtype="i2"))
        write("vol/%s.npy" % case, voxels(6, 5, len(numbers)))


def make_tiles():
    for z in range(3):
        for row, height in enumerate(ROWS):
            for column, width in enumerate(COLUMNS):
                write("em/%d/%d_%d.png" % (z, row, column), voxels(height, width))
    for column in range(len(COLUMNS)):
        for row in range(len(ROWS)):
            assert png("em/0/%d_%d.png" % (row, column)).shape == (ROWS[row], COLUMNS[column])


def make_keys():
    with h5py.File("k.h5", "w") as file:
        for n in (1, 2, 10):
            file["part_%d/data" % n] = voxels(3, 4, dtype="i4")
            file["part_%d/other" % n] = voxels(2)
    for c in "rg":
        for z in range(3):
            for t in range(2):
                write("t/%s_%d_%d.npy" % (c, z, t), voxels(4, 3, dtype="f4"))
    for a in "xy":
        for b in range(3):
            write("j/%s%d.npy" % (a, b), voxels(2, 1 + b, dtype="u2"))


def make_raw():
    os.makedirs("r")
    for z in range(3):
        array = voxels(3, 4, dtype="<u2")
        write("r/%d.npy" % z, array)
        with open("r/%d.bin" % z, "wb") as file:
            file.write(b"head!" + array.astype(">u2").tobytes())


def isbi():
    names = sorted(os.listdir("em/image"), key=lambda name: int(name.split(".")[0]))
    return numpy.stack([png("em/image/" + name) for name in names])


def make_isbi():
    for z, plane in enumerate(isbi()):
        height, width = plane.shape[0] // 4, plane.shape[1] // 4
        for row in range(4):
            for column in range(4):
                tile = plane[row * height:(row + 1) * height, column * width:(column + 1) * width]
                write("tiles/%d/%d_%d.png" % (z, row, column), tile)


def expected_tiles():
    return numpy.stack([
        numpy.block([[png("em/%d/%d_%d.png" % (z, row, column)) for column in range(len(COLUMNS))]
                     for row in range(len(ROWS))]) for z in range(3)])


def expected_slices(case):
    numbers = SLICES[case]
    return {
        "image": numpy.stack([png("raw/%s_%d.png" % (case, z)) for z in numbers], 2),
        "label": numpy.stack([numpy.load("raw/%s_%d_seg.npy" % (case, z)) for z in numbers], 2),
        "whole": numpy.load("vol/%s.npy" % case),
    }


def expected_stacks():
    return numpy.stack([
        numpy.stack([
            numpy.stack([numpy.load("t/%s_%d_%d.npy" % (c, z, t)) for z in range(3)])
            for t in range(2)]) for c in "gr"], 4)


def expected(part, scan):
    slice_a = lambda z: png("raw/a_%d.png" % z)
    hole = lambda value: numpy.full((6, 5), value, "u1")
    with_holes = lambda value: numpy.stack([hole(value), slice_a(10), hole(value)])
    if part == "slices":
        return expected_slices(scan)
    if part == "tiles":
        return {"image": expected_tiles()}
    if part == "keys":
        with h5py.File("k.h5") as file:
            return {"image": numpy.stack([file["part_%d/data" % n][()] for n in (1, 2, 10)], 1)}
    if part == "stacks":
        return {"image": expected_stacks()}
    if part == "nested":
        return {"image": numpy.concatenate(
            [numpy.load("j/%s%d.npy" % (a, b)) for a in "xy" for b in range(3)], 1)}
    if part == "order":
        return {"image": numpy.stack([slice_a(z) for z in (10, 1, 2, 10)])}
    if part == "holes":
        # 300 does not fit uint8: the nearest that does
        return {"image": with_holes(7), "other": with_holes(255)}
    if part == "raw":
        whole = numpy.stack([numpy.load("r/%d.npy" % z) for z in range(3)])
        return {"image": whole, "said": whole}
    if part == "list":
        return {"image": numpy.stack([slice_a(z) for z in (10, 1, 10)])}
    if part == "wide":
        return {"image": numpy.concatenate([slice_a(1), slice_a(2)], 1)}
    if part == "isbi":
        return {"image": isbi()}
    raise KeyError(part)


def read_raw(path, like):
    return numpy.fromfile(path, like.dtype).reshape(like.shape)


READERS = {
    "npy": lambda path, like, field: numpy.load(path),
    "nii": lambda path, like, field: numpy.asarray(nibabel.load(path).dataobj),
    "nii.gz": lambda path, like, field: numpy.asarray(nibabel.load(path).dataobj),
    "h5": lambda path, like, field: h5py.File(path)[field][()],
    "tif": lambda path, like, field: tifffile.imread(path),
    "raw": lambda path, like, field: read_raw(path, like),
}


def same(got, want, what):
    assert got.dtype == want.dtype, (what, got.dtype, want.dtype)
    assert numpy.array_equal(got, want), (what, got.shape, want.shape)


def check(part, mounted):
    for field, want in expected(part, os.path.basename(mounted)).items():
        for ext, read in READERS.items():
            path = "%s/%s.%s" % (mounted, field, ext)
            same(read(path, want, field), want, path)
        middle = tuple(slice(n // 3, n // 3 + (n + 1) // 2) for n in want.shape)
        name = ",".join("%d:%d" % (s.start, s.stop) for s in middle)
        path = "%s/%s[%s].npy" % (mounted, field, name)
        same(numpy.load(path), want[middle], path)


def main():
    command, part, source = sys.argv[1:4]
    os.chdir(source)
    if command == "make":
        globals()["make_" + part]()
    else:
        check(part, sys.argv[4])


main()
