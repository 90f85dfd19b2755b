"""Writes one small volume of every format that tesserafs reads into the directory argv[1].

The volumes differ in values, so that a file served in place of another is seen."""
import os
import sys

import h5py
import nibabel
import numpy
import tifffile
from PIL import Image

SHAPE = (12, 20, 28)


def volume(number):
    return numpy.random.default_rng(number).integers(0, 4000, SHAPE).astype("uint16")


def main(directory):
    os.makedirs(os.path.join(directory, "stack"), exist_ok=True)
    path = lambda name: os.path.join(directory, name)
    numpy.save(path("plain.npy"), volume(1))
    numpy.save(path("fortran.npy"), numpy.asfortranarray(volume(2)))
    with h5py.File(path("chunked.h5"), "w") as file:
        file.create_dataset("image", data=volume(3), chunks=(5, 8, 8), compression="gzip",
                            shuffle=True)
    with h5py.File(path("contiguous.h5"), "w") as file:
        file.create_dataset("image", data=volume(4))
    affine = numpy.diag([1.0, 2.0, 3.0, 1.0])
    nibabel.save(nibabel.Nifti1Image(volume(5), affine), path("affine.nii"))
    nibabel.save(nibabel.Nifti1Image(volume(6), affine), path("packed.nii.gz"))
    tifffile.imwrite(path("pages.tif"), volume(7), compression="zlib", rowsperstrip=4)
    for i, page in enumerate(volume(8)):
        Image.fromarray(page).save(path("stack/%d.png" % i))


main(sys.argv[1])
