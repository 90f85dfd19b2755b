#!/usr/bin/python3
"""Makes the demo's dataset: three scans as three laboratories might store them.

    demo_data.py DIR

    images/head.nii.gz     labels/head.nii.gz     a head, int16, with an oblique affine
    images/em.h5           labels/em.h5           electron microscopy, chunked, gzip + shuffle
    images/cells/NN.png    labels/cells/NN.png    a stack of 16-bit slices

The shapes are drawn from formulas and a fixed seed: the same files every time.
"""
import os
import sys

import h5py
import nibabel
import numpy
from PIL import Image

rng = numpy.random.default_rng(2024)


def grid(shape):
    """The coordinates of all voxels, each axis from -1 to 1, ready to broadcast."""
    return numpy.ogrid[tuple(slice(-1, 1, n * 1j) for n in shape)]


def ellipsoid(axes, centre, radii):
    return sum(((x - c) / r) ** 2 for x, c, r in zip(axes, centre, radii)) <= 1


def head(root):
    """Nested ellipsoids as in the phantom of Shepp and Logan: scalp, skull, brain, ..."""
    shape = 96, 112, 80
    axes = grid(shape)
    image = numpy.zeros(shape)
    label = numpy.zeros(shape, numpy.uint8)
    parts = [  # tissue, intensity, centre, radii
        (1, 700, (0, 0, 0), (0.85, 0.95, 0.92)),
        (2, 60, (0, 0, 0), (0.79, 0.89, 0.86)),
        (3, 480, (0, 0, 0), (0.74, 0.84, 0.80)),
        (4, 120, (-0.16, 0.1, 0.05), (0.09, 0.32, 0.25)),
        (4, 120, (0.16, 0.1, 0.05), (0.09, 0.32, 0.25)),
        (5, 620, (0.3, -0.4, 0.1), (0.14, 0.12, 0.13)),
    ]
    for tissue, intensity, centre, radii in parts:
        inside = ellipsoid(axes, centre, radii)
        image[inside] = intensity
        label[inside] = tissue
    image += rng.normal(0, 12, shape)
    turn = numpy.deg2rad(9)
    affine = numpy.eye(4)
    affine[:3, :3] = [[numpy.cos(turn), -numpy.sin(turn), 0],
                      [numpy.sin(turn), numpy.cos(turn), 0],
                      [0, 0, 1]] @ numpy.diag([-2.0, 1.75, 2.2])
    affine[:3, 3] = 92.5, -98, -71.25
    for folder, array in ("images", image.astype(numpy.int16)), ("labels", label):
        nibabel.save(nibabel.Nifti1Image(array, affine), f"{root}/{folder}/head.nii.gz")


def em(root):
    """Cells of a Voronoi diagram that drifts from section to section; dark membranes."""
    shape = 32, 256, 256
    y, x = numpy.mgrid[:shape[1], :shape[2]]
    seeds = rng.uniform(0, shape[1], (60, 2))
    drift = rng.normal(0, 0.8, (60, 2))
    image = numpy.empty(shape, numpy.uint8)
    label = numpy.empty(shape, numpy.uint16)
    for z in range(shape[0]):
        away = numpy.stack([numpy.hypot(y - sy, x - sx) for sy, sx in seeds + z * drift])
        nearest = numpy.partition(away, 1, axis=0)
        membrane = nearest[1] - nearest[0] < 4
        label[z] = numpy.where(membrane, 0, away.argmin(axis=0) + 1)
        noise = rng.normal(0, 14, shape[1:])
        image[z] = numpy.clip(numpy.where(membrane, 70, 175) + noise, 0, 255)
    for folder, array in ("images", image), ("labels", label):
        with h5py.File(f"{root}/{folder}/em.h5", "w") as file:
            file.create_dataset("volume", data=array, chunks=(8, 64, 64),
                                compression="gzip", shuffle=True)


def cells(root):
    """Bright nuclei in a dim medium, one PNG a slice."""
    shape = 24, 160, 192
    axes = grid(shape)
    image = rng.poisson(900, shape).astype(float)
    label = numpy.zeros(shape, numpy.uint8)
    for i in range(1, 26):
        inside = ellipsoid(axes, rng.uniform(-0.8, 0.8, 3), rng.uniform(0.1, 0.25, 3))
        image[inside] += 9000 + 900 * i
        label[inside] = i
    for folder, stack in ("images", image.astype(numpy.uint16)), ("labels", label):
        os.mkdir(f"{root}/{folder}/cells")
        for z, plane in enumerate(stack):
            Image.fromarray(plane).save(f"{root}/{folder}/cells/{z:02}.png")


def main():
    root = sys.argv[1]
    for folder in "images", "labels":
        os.makedirs(f"{root}/{folder}")
    head(root)
    em(root)
    cells(root)


if __name__ == "__main__":
    main()
