#!/usr/bin/python3
"""Reads patches, slices and whole arrays of the demo through tesserafs, in several formats,
and compares them with what nibabel, h5py and Pillow read from the dataset itself.

    demo_compare.py DATA MOUNT                    through the mount
    demo_compare.py DATA --cat PROGRAM            where nothing can be mounted

Exit status 0 only if everything is equal.
"""
import csv
import glob
import os
import subprocess
import sys
import tempfile

import h5py
import nibabel
import numpy
from PIL import Image, ImageSequence

SIZE = 20, 32, 24  # of the patches, voxels
FORMATS = "npy", "nii.gz", "h5", "tif"
PILLOW_WIDE = numpy.int32  # how Pillow shows most 16-bit images


def load_source(data, scan, field):
    """The array as the usual reader shows it, and its affine (None: the file has none)."""
    base = f"{data}/{field}s/{scan}"
    if os.path.isdir(base):
        stack = numpy.stack([load(name, field)
                             for name in sorted(glob.glob(f"{base}/*.png"))])
        return stack.astype(numpy.uint16 if stack.dtype == PILLOW_WIDE else stack.dtype), None
    if os.path.exists(base + ".h5"):
        with h5py.File(base + ".h5") as file:
            return file["volume"][()], None
    nifti = nibabel.load(base + ".nii.gz")
    return numpy.asarray(nifti.dataobj), nifti.affine


def load(path, field):
    """Any of the formats, with the reader that people use for it."""
    if path.endswith(".npy"):
        return numpy.load(path, mmap_mode="r")
    if path.endswith(".nii.gz"):
        return numpy.asarray(nibabel.load(path).dataobj)
    if path.endswith(".h5"):
        with h5py.File(path) as file:
            return file[field][()]
    with Image.open(path) as image:
        pages = [numpy.array(page) for page in ImageSequence.Iterator(image)]
    return numpy.stack(pages) if len(pages) > 1 else pages[0]


class Mount:
    """Files of the mount, as they are."""

    def __init__(self, root):
        self.path = lambda name: f"{root}/{name}"


class Cat:
    """Files written by --cat to a temporary directory, for readers that want a path."""

    def __init__(self, program, data):
        self.program, self.data = program, data
        self.dir = tempfile.TemporaryDirectory()

    def path(self, name):
        out = os.path.join(self.dir.name, os.path.basename(name))
        with open(out, "wb") as file:
            subprocess.run([self.program, "--cat", self.data, name], stdout=file, check=True)
        return out


class Comparison:
    """One field of one scan: what was compared, and how much of it was equal."""

    def __init__(self, files, data, scan, field):
        self.files, self.scan, self.field = files, scan, field
        self.source, self.affine = load_source(data, scan, field)
        self.count = self.equal = 0

    def note(self, name, problem):
        self.count += 1
        self.equal += not problem
        if problem:
            print(f"  DIFFERENT  {name}: {problem}")

    def array(self, name, expected):
        """The file holds this array: its shape, dtype and values."""
        try:
            found = load(self.files.path(name), self.field)
        except Exception as error:  # whatever a reader raises, the demo goes on
            return self.note(name, error)
        if found.shape != expected.shape:
            return self.note(name, f"shape {found.shape}, expected {expected.shape}")
        wide = name.endswith((".png", ".tif")) and found.dtype == PILLOW_WIDE
        if found.dtype != expected.dtype and not wide:
            return self.note(name, f"dtype {found.dtype}, expected {expected.dtype}")
        different = int((found != expected).sum())
        return self.note(name, different and f"{different} voxels differ")

    def place(self, name, start):
        """A patch knows where in the world it lies."""
        expected = self.affine.copy()
        expected[:3, 3] += self.affine[:3, :3] @ start
        found = nibabel.load(self.files.path(name)).affine
        good = numpy.allclose(found, expected, atol=1e-4)
        self.note(name, None if good else f"affine {found}, expected {expected}")

    def whole(self):
        base = f"scans/{self.scan}/{self.field}"
        self.array(f"{base}.npy", self.source)
        self.array(f"{base}[::-2,5:40,-1].npy", self.source[::-2, 5:40, -1])

    def patches(self):
        view = "patches/size=" + "x".join(map(str, SIZE)) + f"/{self.scan}"
        with open(self.files.path(f"{view}/items.csv"), newline="") as file:
            items = list(csv.DictReader(file, skipinitialspace=True))
        for item in items[0], items[len(items) // 2], items[-1]:
            box = tuple(slice(int(item[f"start_{d}"]), int(item[f"stop_{d}"]))
                        for d in range(3))
            name = f"{view}/{self.field}/{item['item'].strip()}"
            for ext in FORMATS:
                self.array(f"{name}.{ext}", self.source[box])
            if self.affine is not None:
                self.place(f"{name}.nii.gz", [axis.start for axis in box])
        box = tuple(slice(start, start + size) for start, size in zip((3, 4, 6), SIZE))
        self.array(f"{view}/{self.field}/at=3x4x6.npy", self.source[box])

    def slices(self):
        ext = "png" if self.source.dtype.kind == "u" else "tif"
        for axis, length in enumerate(self.source.shape):
            item = f"{length // 2:0{len(str(length - 1))}}"
            self.array(f"slices/axis={axis}/{self.scan}/{self.field}/{item}.{ext}",
                       self.source.take(length // 2, axis))

    def run(self):
        self.whole()
        self.patches()
        self.slices()
        shape = "x".join(map(str, self.source.shape))
        print(f"  {self.scan:6} {self.field:6} {shape:>11} {self.source.dtype!s:7} "
              f"{self.equal} of {self.count} equal")


def main():
    data, rest = sys.argv[1], sys.argv[2:]
    files = Cat(rest[1], data) if rest[0] == "--cat" else Mount(rest[0])
    all_of = [Comparison(files, data, scan, field)
              for scan in ("head", "em", "cells") for field in ("image", "label")]
    for one in all_of:
        one.run()
    equal, count = sum(one.equal for one in all_of), sum(one.count for one in all_of)
    print(f"{equal} of {count} comparisons equal")
    return 0 if equal == count and count else 1


if __name__ == "__main__":
    sys.exit(main())
