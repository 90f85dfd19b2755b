"""cuts_model.py cuts|affines MOUNT: numpy's own indexing is what a cut shows; and every item lies
in the world where its scan lies.  Drawn from a fixed seed."""
import os
import random
import sys

import nibabel
import numpy

import readers
from volumes import AFFINE, arrays


# --- numpy-style cuts --------------------------------------------------------------------------


def draw_index(draw, extent):
    """One index as text and as Python's: an integer or a slice, often out of range."""
    if draw.random() < 0.3:
        i = draw.randrange(-extent, extent)
        return str(i), i
    bound = lambda: draw.choice([None, None, draw.randint(-extent - 3, extent + 3)])
    start, stop = bound(), bound()
    step = draw.choice([None, None, 1, 2, 3, -1, -2, extent + 5, -extent - 5])
    show = lambda n: "" if n is None else str(n)
    text = "%s:%s" % (show(start), show(stop))
    if step is not None or draw.random() < 0.2:
        text += ":" + show(step)
    return text, slice(start, stop, step)


def draw_cut(draw, shape):
    indices = [draw_index(draw, n) for n in shape[:draw.randint(0, len(shape))]]
    if len(indices) == 0 or draw.random() < 0.3:
        at = draw.randint(0, len(indices))
        tail = [draw_index(draw, n) for n in shape[len(shape) - (len(indices) - at):]]
        indices = indices[:at] + [("...", Ellipsis)] + (tail if len(indices) > at else [])
    return ",".join(text for text, _ in indices), tuple(index for _, index in indices)


def cuts(mount):
    draw, empty, dropped, reverse = random.Random(3), 0, 0, 0
    volumes = [(scan, field, array) for scan, (_, fields) in arrays().items()
               for field, array in fields.items()]
    for n in range(300):
        scan, field, array = draw.choice(volumes)
        text, index = draw_cut(draw, array.shape)
        want = numpy.asarray(array[index])
        extensions = readers.EXTENSIONS if n % 5 == 0 else ["npy"]
        readers.check(os.path.join(mount, "scans", scan), field, want, name="%s[%s]" % (field, text),
                      extensions=extensions)
        empty += want.size == 0
        dropped += want.ndim < array.ndim
        reverse += "-" in text
    assert min(empty, dropped, reverse) > 20, (empty, dropped, reverse)


# --- affines -----------------------------------------------------------------------------------


def same_world(draw, path, scan_voxel):
    """Random voxels of the NIfTI at `path` lie where their voxels of the scan lie.
    scan_voxel: from a voxel of the item, as a list, to the scan's (i, j, k)."""
    image = nibabel.load(path)
    shape = image.shape[:3]
    scale = numpy.abs(AFFINE).max() * 50  # headers hold float32
    for _ in range(5):
        voxel = [draw.randrange(n) for n in shape]
        found = image.affine @ (voxel + [0] * (3 - len(voxel)) + [1])
        want = AFFINE @ (list(scan_voxel(voxel)) + [1])
        assert numpy.allclose(found, want, rtol=0, atol=scale * 1e-6), (path, voxel, found, want)
    assert abs(numpy.linalg.det(image.affine)) > 1e-3, "%s: the affine is singular" % path


def cut_voxel(index, shape):
    """From a voxel of the cut to the scan's voxel."""
    def voxel_of(voxel):
        voxel, result = list(voxel), []
        for i, n in zip(index, shape):
            if isinstance(i, slice):
                start, _, step = i.indices(n)
                result.append(start + step * voxel.pop(0))
            else:
                result.append(i % n)
        return result
    return voxel_of


def affines(mount):
    draw = random.Random(4)
    shape = arrays()["head"][1]["image"].shape
    for ext in "nii", "nii.gz":
        for scan in ("head", "time") * 20:
            start = [draw.randint(-5, n - 1) for n in arrays()[scan][1]["image"].shape[:3]]
            path = "%s/patches/size=6/%s/image/at=%dx%dx%d.%s" % (mount, scan, *start, ext)
            same_world(draw, path, lambda v: [a + b for a, b in zip(start, v)])
        for axis in range(3):
            for i in range(shape[axis]):
                path = "%s/slices/axis=%d/head/image/at=%d.%s" % (mount, axis, i, ext)
                same_world(draw, path, lambda v: v[:axis] + [i] + v[axis:])
                path = "%s/slices/axis=%d,window=3/head/image/at=%d.%s" % (mount, axis, i, ext)
                same_world(draw, path, lambda v: v[:axis] + [i - 1 + v[2]] + v[axis:2])
        for _ in range(60):
            pairs = [draw_index(draw, n) for n in shape]
            index = [i for _, i in pairs]
            if 0 in numpy.empty(shape)[tuple(index)].shape or all(isinstance(i, int) for i in index):
                continue
            path = "%s/scans/head/image[%s].%s" % (mount, ",".join(t for t, _ in pairs), ext)
            same_world(draw, path, cut_voxel(index, shape))
    size, start = (4, 5, 6), (2, 3, 1)
    for text, scan_voxel in (
        ("flip:0", lambda v: [3 - v[0], v[1], v[2]]),
        ("flip:0:2", lambda v: [3 - v[0], v[1], 5 - v[2]]),
        ("permute:2:0:1", lambda v: [v[1], v[2], v[0]]),
        ("permute:1+flip:0", lambda v: [v[1], 4 - v[0], v[2]]),
        ("cast:float64+minmax", lambda v: v),
    ):
        path = "%s/patches/size=4x5x6,transforms=%s/head/image/at=2x3x1.nii" % (mount, text)
        same_world(draw, path, lambda v: [a + b for a, b in zip(start, scan_voxel(v))])


globals()[sys.argv[1]](sys.argv[2])
