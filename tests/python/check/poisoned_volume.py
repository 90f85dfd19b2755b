"""An HDF5 volume of 8 GiB that takes a few MiB on disk: 2048 x 2048 x 2048 uint8 in gzip chunks of
64 x 64 x 64.  All chunks hold a few bytes that are no deflate data, but the eight under one box.

    poisoned_volume.py make FILE              writes it
    poisoned_volume.py compare MOUNT          reads the box through every encoding, cut and patch"""
import sys
import zlib

import h5py
import nibabel
import numpy
import tifffile
from PIL import Image

SIDE, CHUNK = 2048, 64
FIRST = (10, 5, 20)  # the first of 2 x 2 x 2 good chunks
BOX = (slice(650, 760), slice(330, 440), slice(1290, 1400))  # inside, touches all eight


def good():
    return numpy.random.default_rng(7).integers(0, 255, (2 * CHUNK,) * 3, "uint8")


def box():
    return good()[tuple(slice(s.start - f * CHUNK, s.stop - f * CHUNK) for s, f in zip(BOX, FIRST))]


def make(path):
    data = good()
    with h5py.File(path, "w", libver="latest") as file:
        volume = file.create_dataset("volume", (SIDE,) * 3, "u1", chunks=(CHUNK,) * 3,
                                     compression="gzip")
        for index in numpy.ndindex(*(SIDE // CHUNK,) * 3):
            inside = [i - f for i, f in zip(index, FIRST)]
            chunk = b"no deflate"
            if all(0 <= i < 2 for i in inside):
                part = data[tuple(slice(i * CHUNK, (i + 1) * CHUNK) for i in inside)]
                chunk = zlib.compress(part.tobytes(), 1)
            volume.id.write_direct_chunk(tuple(i * CHUNK for i in index), chunk)


def load(path):
    if path.endswith(".npy"):
        return numpy.load(path)
    if path.endswith((".nii", ".nii.gz")):
        return numpy.asarray(nibabel.load(path).dataobj)
    if path.endswith(".h5"):
        with h5py.File(path) as file:
            return file["volume"][...]
    if path.endswith(".raw"):
        return numpy.fromfile(path, "u1").reshape(box().shape)
    if path.endswith(".tif"):
        return tifffile.imread(path)
    return numpy.asarray(Image.open(path))


def compare(mount):
    expected = box()
    text = ",".join("%d:%d" % (s.start, s.stop) for s in BOX)
    cut = mount + "/scans/big/volume[" + text + "]."
    patch = mount + "/patches/size=110x110x110/big/volume/at=650x330x1290."
    for extension in ("npy", "nii", "nii.gz", "h5", "raw", "tif"):
        for path in (cut + extension, patch + extension):
            assert numpy.array_equal(load(path), expected), path
    png = mount + "/scans/big/volume[700," + text.split(",", 1)[1] + "].png"
    assert numpy.array_equal(load(png), expected[50]), png
    strided = mount + "/scans/big/volume[759:649:-7,330:440:3,1399:1289:-1].npy"
    assert numpy.array_equal(load(strided), expected[::-7, ::3, ::-1]), strided


dict(make=make, compare=compare)[sys.argv[1]](sys.argv[2])
