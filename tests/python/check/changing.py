"""Volumes whose voxels all have one value, so that a mixture of two contents is seen at once; and
what tests of a source that changes under a mount share."""
import errno
import io
import os
import time

import h5py
import nibabel
import numpy
import tifffile

SHAPE = (40, 128, 128)
WITHIN = 1.0  # seconds until a change must be seen


def volume(value, shape=SHAPE):
    return numpy.full(shape, value, "uint16")


def write_npy(path, value, shape=SHAPE):
    with open(path, "wb") as file:
        numpy.save(file, volume(value, shape))


def write_h5(path, value, shape=SHAPE):
    with h5py.File(path, "w") as file:
        file.create_dataset("image", data=volume(value, shape), chunks=(8, 64, 64),
                            compression="gzip", compression_opts=1)


def write_nii(path, value, shape=SHAPE):
    nibabel.save(nibabel.Nifti1Image(volume(value, shape), numpy.eye(4)), path)


def write_tif(path, value, shape=SHAPE):
    tifffile.imwrite(path, volume(value, shape), compression="zlib")


WRITERS = {"npy.npy": write_npy, "h5.h5": write_h5, "nii.nii": write_nii,
           "gz.nii.gz": write_nii, "tif.tif": write_tif}


def replace(directory, name, value, shape=SHAPE):
    """A new file in place of the old one, at once (rename)."""
    new = os.path.join(directory, ".new." + name)
    WRITERS[name](new, value, shape)
    os.rename(new, os.path.join(directory, name))


def rewrite(directory, name, value, shape=SHAPE):
    """Other bytes in the same file."""
    new = os.path.join(directory, ".new." + name)
    WRITERS[name](new, value, shape)
    with open(new, "rb") as file:
        data = file.read()
    os.remove(new)
    with open(os.path.join(directory, name), "r+b") as file:
        file.write(data)
        file.truncate()


def image(mount, name, extension="npy"):
    return os.path.join(mount, "scans", name.split(".")[0], "image." + extension)


def value_of(path):
    """The one value of a virtual .npy; a mixture is a failure."""
    # not numpy.load(path): it takes an error in the midst for the end of the file
    voxels = numpy.load(io.BytesIO(read_all(path)))
    values = numpy.unique(voxels)
    assert values.size == 1, (path, "a mixture of", values)
    return int(values[0])


def errno_of(action, *arguments):
    """Which error an action ends with; 0: none."""
    try:
        action(*arguments)
        return 0
    except OSError as error:
        return error.errno


def reads(path, value):
    """Can it be read, and is it all this value?"""
    try:
        return value_of(path) == value
    except OSError:
        return False


def wait_until(question, seconds=WITHIN):
    """Until question() is true; how long it took."""
    begin = time.monotonic()
    while not question():
        assert time.monotonic() - begin < seconds, "not seen within %g s" % seconds
        time.sleep(0.01)
    return time.monotonic() - begin


def read_all(path, offset=0):
    """Every byte, by pread, from a new descriptor."""
    fd = os.open(path, os.O_RDONLY)
    try:
        return read_descriptor(fd, offset)
    finally:
        os.close(fd)


def read_descriptor(fd, offset=0):
    data = b""
    while True:
        piece = os.pread(fd, 1 << 20, offset + len(data))
        if not piece:
            return data
        data += piece


def is_io_error(action, *arguments):
    number = errno_of(action, *arguments)
    assert number == errno.EIO, (action, arguments, os.strerror(number))
