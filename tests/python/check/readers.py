"""The encodings of one array, each opened by the reader that people use for it.

`check(directory, field, array, ...)` compares every encoding of scans/<scan>/<field> or of an
item with a numpy array; nothing here knows how tesserafs makes its files.
"""
import os
import warnings

import h5py
import nibabel
import numpy
import PIL.Image
import tifffile

EXTENSIONS = ("npy", "raw", "h5", "nii", "nii.gz", "tif", "png")
warnings.simplefilter("error", UserWarning)


def native(array):
    """The same values in this machine's byte order, whatever the source's."""
    array = numpy.asarray(array)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def suitable(array):
    """The encodings that can hold the array: what their formats say."""
    fits = {"npy", "raw", "h5"}
    if array.size:
        fits.add("tif")
        if 1 <= array.ndim <= 7:
            fits |= {"nii", "nii.gz"}
        grey = array.ndim == 2
        colour = array.ndim == 3 and array.shape[2] in (2, 3, 4)
        if (grey and array.dtype.name in ("bool", "uint8", "uint16")
                or colour and array.dtype.name in ("uint8", "uint16")):
            fits.add("png")
    return fits


def read_npy(path, array, field):
    return numpy.load(path)


def read_raw(path, array, field):
    flat = numpy.fromfile(path, array.dtype.newbyteorder("<"))
    assert flat.size == array.size, "%d elements, expected %d" % (flat.size, array.size)
    return flat.reshape(array.shape)


def read_h5(path, array, field):
    with h5py.File(path, "r") as file:
        return file[field][()]


def read_nii(path, array, field):
    return numpy.asanyarray(nibabel.load(path).dataobj)


def read_tif(path, array, field):
    return tifffile.imread(path)


def read_png(path, array, field):
    with PIL.Image.open(path) as image:
        return numpy.array(image)


READERS = {"npy": read_npy, "raw": read_raw, "h5": read_h5, "nii": read_nii,
           "nii.gz": read_nii, "tif": read_tif, "png": read_png}


def as_shown(array, ext):
    """What the reader is expected to show.  NIfTI has no bool and no float16."""
    if ext in ("nii", "nii.gz"):
        if array.dtype == bool:
            return array.astype("uint8")
        if array.dtype == numpy.float16:
            return array.astype("float32")
    return array


def same(found, want, what):
    """Equal in shape, dtype and every value (NaN where NaN is)."""
    found = native(found)
    assert found.shape == want.shape, "%s: shape %s, expected %s" % (what, found.shape, want.shape)
    assert found.dtype == want.dtype, "%s: %s, expected %s" % (what, found.dtype, want.dtype)
    nan = want.dtype.kind in "fc"
    assert numpy.array_equal(found, want, equal_nan=nan), "%s: values differ" % what


def same_png(found, want, what):
    """Pillow has no 16-bit colour: it shows the high bytes; 16-bit grey is its own type."""
    if want.dtype != numpy.uint16:
        return same(found, want, what)
    if want.ndim == 3:
        if want.shape[2] == 2:  # and grey with alpha becomes RGBA
            return None
        want = (want >> 8).astype("uint8")
    assert numpy.array_equal(found, want), "%s: values differ" % what


def check_affine(path, affine):
    found = nibabel.load(path).affine
    scale = numpy.abs(affine).max()  # a header holds float32
    assert numpy.allclose(found, affine, rtol=0, atol=1e-6 * scale), (
        "%s: affine\n%s, expected\n%s" % (path, found, affine))


def check(directory, field, array, name=None, affine=None, extensions=EXTENSIONS):
    """Every encoding of <directory>/<name>.<ext> reads back as `array`; those that cannot hold
    it do not exist.  Returns how many were compared."""
    array = native(array)
    fits = suitable(array)
    for ext in extensions:
        path = os.path.join(directory, "%s.%s" % (name or field, ext))
        if ext not in fits:
            assert not os.path.exists(path), "%s: exists, but cannot hold %s %s" % (
                path, array.dtype, array.shape)
            continue
        try:
            found = READERS[ext](path, array, field)
        except Exception as problem:
            raise AssertionError("%s: %r" % (path, problem)) from problem
        (same_png if ext == "png" else same)(found, as_shown(array, ext), path)
        if affine is not None and ext in ("nii", "nii.gz"):
            check_affine(path, affine)
    return len(fits.intersection(extensions))
