"""cuts_model.py cuts|affines|series MOUNT: numpy's own indexing is what a cut shows; and every item
lies in the world where its scan lies.  series_of SOURCE writes what `series` looks at.  Drawn from
a fixed seed."""
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


# --- axes that are not in space ----------------------------------------------------------------

TR, FIFTH = 2.5, 1.25
SERIES = {"four": (6, 7, 5, 4), "five": (6, 7, 5, 4, 3)}


def series_affine():
    a, b = 0.4, -0.7
    turn = numpy.array([[numpy.cos(a), -numpy.sin(a), 0], [numpy.sin(a), numpy.cos(a), 0], [0, 0, 1]])
    tilt = numpy.array([[1, 0, 0], [0, numpy.cos(b), -numpy.sin(b)], [0, numpy.sin(b), numpy.cos(b)]])
    affine = numpy.eye(4)
    affine[:3, :3] = turn @ tilt @ numpy.diag([-1.5, 2, 3.25])
    affine[:3, 3] = 30, -20.5, 11
    return affine


def series_of(source):
    for scan, shape in SERIES.items():
        image = nibabel.Nifti1Image(numpy.arange(numpy.prod(shape), dtype="int16").reshape(shape), series_affine())
        image.set_qform(series_affine(), 1)
        image.set_sform(series_affine(), 1)
        image.header.set_zooms(image.header.get_zooms()[:3] + (TR, FIFTH)[:len(shape) - 3])
        image.header.set_xyzt_units("mm", "sec")
        nibabel.save(image, "%s/%s.nii" % (source, scan))


def itk_takes(header):
    """ITK's SetImageIOOrientationFromNIfTI: spacings come from pixdim, which must be positive; the
    sform counts with orthonormal columns, and what the qform says must be the same."""
    sform, qform = header.get_sform(), header.get_qform()
    assert (header["pixdim"][1:5] > 0).all(), header["pixdim"]
    assert header["sform_code"] == 1 and header["qform_code"] == 1
    lengths = numpy.linalg.norm(sform[:3, :3], axis=0)
    cosines = sform[:3, :3] / lengths
    assert numpy.allclose(cosines @ cosines.T, numpy.eye(3), atol=1e-4), cosines
    assert numpy.allclose(header["pixdim"][1:4], lengths, rtol=1e-5), (header["pixdim"], lengths)
    assert numpy.allclose(sform, qform, atol=1e-3), (sform, qform)


def same_series(draw, path, source, scan_voxel, voxel_of):
    """The voxel with the array's value lies where the scan's voxel lies; further axes stand at 0."""
    image = nibabel.load(path)
    for _ in range(5):
        voxel = [draw.randrange(n) for n in image.shape]
        for d in range(len(voxel)):
            if scan_voxel[d] is None:
                voxel[d] = 0
        whole = voxel_of(voxel)
        assert image.dataobj[tuple(voxel)] == source.dataobj[tuple(whole)]
        found = image.affine @ (voxel[:3] + [0] * (3 - len(voxel[:3])) + [1])
        want = source.affine @ (list(whole[:3]) + [1])
        assert numpy.allclose(found, want, rtol=0, atol=1e-4), (path, voxel, found, want)
    itk_takes(image.header)
    assert image.header["xyzt_units"] == 10
    return image.header


def series(mount):
    """Cuts of 4-D and 5-D files: places, voxel sizes and TR, whichever axes were dropped."""
    draw = random.Random(5)
    for scan, cut in (("four", ":,:,3,:"), ("four", "3"), ("four", ":,4,:,2"), ("four", ":,:,:,1"),
                      ("four", "::-1,::-2,4"), ("four", "...,1:3"), ("four", "1:5,:,::-1,::2"),
                      ("four", "2,:,1"), ("five", ":,:,1"), ("five", "2,:,:,1"), ("five", "...,2"),
                      ("five", "::2,3,::-1,:,1"), ("five", ":,:,:,3"), ("five", "1,2")):
        source = nibabel.load("%s/scans/%s/image.nii" % (mount, scan))
        assert numpy.allclose(source.affine, series_affine(), atol=1e-5)
        index = eval("numpy.s_[%s]" % cut)
        index = list(index if isinstance(index, tuple) else (index,))
        if Ellipsis in index:
            at = index.index(Ellipsis)
            index[at:at + 1] = [slice(None)] * (len(SERIES[scan]) - len(index) + 1)
        index += [slice(None)] * (len(SERIES[scan]) - len(index))
        kept = [d for d, i in enumerate(index) if isinstance(i, slice)]
        in_space = [d if d < 3 else None for d in kept]
        for ext in "nii", "nii.gz":
            path = "%s/scans/%s/image[%s].%s" % (mount, scan, cut, ext)
            header = same_series(draw, path, source, in_space, cut_voxel(index, SERIES[scan]))
            size = [numpy.linalg.norm(series_affine()[:3, d]) if d < 3 else (TR, FIFTH)[d - 3] for d in range(5)]
            for place, d in enumerate(kept):
                if d < 3 or place >= 3:
                    step = abs(index[d].indices(SERIES[scan][d])[2])
                    assert abs(header["pixdim"][place + 1] - size[d] * step) < 1e-4, (path, header["pixdim"])
    # dropped or among the first three, time leaves TR where it was
    for cut in ":,:,3,:", ":,:,:,1", "3", ":,4,:,2":
        header = nibabel.load("%s/scans/four/image[%s].nii" % (mount, cut)).header
        assert header["pixdim"][4] == TR, (cut, header["pixdim"])
    source = nibabel.load(mount + "/scans/four/image.nii")
    for axis in range(3):
        kept = [d for d in range(4) if d != axis]
        path = "%s/slices/axis=%d/four/image/2.nii" % (mount, axis)
        same_series(draw, path, source, [d if d < 3 else None for d in kept],
                    lambda v: v[:axis] + [2] + v[axis:])
        itk_takes(nibabel.load("%s/slices/axis=%d,window=3/four/image/2.nii" % (mount, axis)).header)
    path = mount + "/slices/axis=1,transforms=flip:0/four/image/2.nii"
    same_series(draw, path, source, [0, 2, None], lambda v: [5 - v[0], 2] + v[1:])
    path = mount + "/patches/size=6x7x1,transforms=squeeze+permute:2/four/image/2.nii"
    same_series(draw, path, source, [None, 0, 1], lambda v: [v[1], v[2], 2, v[0]])


globals()[sys.argv[1]](sys.argv[2])
