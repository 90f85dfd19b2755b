"""augment_model.py make SOURCE | samples|cuts MOUNT: augmented pairs against numpy, from the matrix and the
field that are shown beside each of them."""
import os
import random
import sys

import nibabel
import numpy

from augment_vectors import grid, locations, sample

SHAPES = {"moving": (14, 12, 15), "fixed": (9, 11, 10)}
CASES = 4
AUGMENT = ",augment=affine:0.2+ddf:field_strength=3:low_res_size=4x3x5"


def make(source):
    rng = numpy.random.default_rng(3)
    for case in range(CASES):
        for side, shape in SHAPES.items():
            for what, array in (("images", rng.integers(0, 256, shape, "uint8")),
                                ("labels", rng.integers(0, 2, shape).astype("uint8"))):
                directory = "%s/train/%s_%s" % (source, side, what)
                os.makedirs(directory, exist_ok=True)
                nibabel.save(nibabel.Nifti1Image(array, numpy.eye(4)), "%s/%d.nii.gz" % (directory, case))


def view(mount, augment, border="compatible", epoch=0):
    sizes = ["%s_image_shape=%dx%dx%d" % (side, *(n + 2 for n in shape)) for side, shape in SHAPES.items()]
    return "%s/pairs/%s,border=%s%s/train/epoch-%d" % (mount, ",".join(sizes), border, augment, epoch)


def samples(mount):
    thetas = set()
    for border in "compatible", "kept":
        for epoch in 0, 7:
            plain, augmented = view(mount, "", border, epoch), view(mount, AUGMENT, border, epoch)
            for item in range(CASES):
                for side in SHAPES:
                    theta = numpy.load("%s/%s_theta/%d.npy" % (augmented, side, item))
                    ddf = numpy.load("%s/%s_ddf/%d.npy" % (augmented, side, item))
                    thetas.add(theta.tobytes())
                    for what in "images", "labels":
                        want = numpy.load("%s/%s_%s/%d.npy" % (plain, side, what, item))
                        want = sample(want, locations({"theta": theta}, want.shape), border == "kept")
                        want = sample(want, grid(want.shape) + ddf, border == "kept")
                        found = numpy.load("%s/%s_%s/%d.npy" % (augmented, side, what, item))
                        assert found.dtype == numpy.float32 and numpy.array_equal(found, want), (side, what, item)
    # two epochs of moving and fixed sides, whatever the border
    assert len(thetas) == 2 * 2 * CASES, len(thetas)


def cuts(mount):
    rng = random.Random(1)
    for role in "moving_images/2.npy", "fixed_labels/1.nii.gz", "moving_ddf/0.npy", "fixed_theta/3.npy":
        path = "%s/%s" % (view(mount, AUGMENT), role)
        with open(path, "rb") as file:
            whole = file.read()
        with open(path, "rb") as file:
            for _ in range(100):
                start = rng.randrange(len(whole))
                stop = rng.randrange(start, len(whole) + 1)
                assert os.pread(file.fileno(), stop - start, start) == whole[start:stop], (role, start, stop)


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
