"""make_medsegpy.py DIRECTORY [slices|volumes|separate|single]: MedSegPy's layouts, with the
volumes of golden/medsegpy_loaders.json: vol[i,j,k] = 10000 i + 100 j + k + 10^6 s (float32),
seg[i,j,k,c] = 1 where (i + 2j + 3k + 5c + s) % 4 == 0 (uint8), 6x5x7 voxels, 6 classes,
s = 0, 1."""
import os
import sys

import h5py
import numpy

SHAPE, CLASSES, SCANS = (6, 5, 7), 6, ("0000001_V00", "0000002_V00")


def volume(s, shape=SHAPE):
    i, j, k = numpy.indices(shape)
    return (i * 10000 + j * 100 + k + s * 1000000).astype("f4")


def seg(s, shape=SHAPE):
    i, j, k, c = numpy.indices(shape + (CLASSES,))
    return ((i + 2 * j + 3 * k + 5 * c + s) % 4 == 0).astype("u1")


def write(path, **arrays):
    with h5py.File(path, "w") as file:
        for key, array in arrays.items():
            file[key.replace("__", "/")] = array


def slices(root, flat=False, aug=0):
    """One .im (HxWx1) and one .seg (HxWx1xC) per slice; flat: HxW and HxWxC."""
    for s, scan in enumerate(SCANS):
        for k in range(SHAPE[2]):
            at = k if flat else slice(k, k + 1)
            name = os.path.join(root, "%s-Aug%02d_%03d" % (scan, aug, k + 1))
            write(name + ".im", data=volume(s)[:, :, at] + aug)
            write(name + ".seg", data=seg(s)[:, :, at])


def volumes(root):
    for s, scan in enumerate(SCANS):
        write(os.path.join(root, scan + ".h5"), volume=volume(s), seg=seg(s))


def separate(root):
    for s, scan in enumerate(SCANS):
        write(os.path.join(root, scan + ".im"), data=volume(s))
        write(os.path.join(root, scan + ".seg"), data=seg(s))


def single(root):
    arrays = {}
    for s, scan in enumerate(SCANS):
        arrays[scan + "__volume"], arrays[scan + "__seg"] = volume(s), seg(s)
    write(os.path.join(root, "all.h5"), **arrays)


if __name__ == "__main__":
    {"slices": slices, "volumes": volumes, "separate": separate, "single": single,
     "flat": lambda root: slices(root, flat=True)}[sys.argv[2]](sys.argv[1])
