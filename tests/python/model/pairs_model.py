"""pairs_model.py WHAT DIRECTORY|MNT ...: made datasets for pairs/, and what numpy and nibabel make of
them (spec: DeepReg's loaders).

    make DIRECTORY          train/ (9 pairs) and valid/ (3 pairs): scaled and plain NIfTI of many types,
                            1 to 3 labels
    values MNT DIRECTORY    every array of every item: scaling, 0..1, resize; missing channels
    epochs MNT              training: each pair once an epoch, another order in the next
    walk MNT OUT            an epoch, walked as DeepReg does, copied to OUT
    augmented MNT           images are their unaugmented selves, sampled where theta and ddf say
"""
import csv
import glob
import json
import os
import sys

import nibabel
import numpy

F = numpy.float32
STORED = ["i2", "u1", "f4", "i4", "u2", "f8", "i1", "i8", "i2"]
SCALE = [(0.0137, -3.3), (1 / 3, 0.1), (0.7, 11.13), (0.01, 5), (1, -0.1), (3.3, 0.3), None, (1, 0),
         (0.123, 0)]


def save(path, array, scale=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    image = nibabel.Nifti1Image(array, numpy.diag([1.5, 1, 2, 1]), dtype=array.dtype)
    if scale:
        image.header.set_slope_inter(*scale)
    nibabel.save(image, path)
    if scale:  # nibabel divides by the slope when it saves: the stored numbers are meant
        with open(path, "r+b") as file:
            header = image.header.copy()
            header.set_slope_inter(*scale)
            header["magic"] = b"n+1"
            header["vox_offset"] = 352
            file.write(header.binaryblock)
            file.seek(352)
            file.write(array.tobytes(order="F"))


def make(directory):
    rng = numpy.random.default_rng(5)
    for split, n in (("train", 9), ("valid", 3)):
        for case in range(n):
            labels = 1 + case % 3
            for side, shape in (("moving", (7, 6, 5)), ("fixed", (5, 8, 6))):
                top = "%s/%s/%s" % (directory, split, side)
                stored = numpy.dtype(STORED[case])
                array = (rng.random(shape) * 120).astype(stored)
                save("%s_images/case%d.nii" % (top, case), array, SCALE[case])
                label = (rng.random(shape + (labels,)) < 0.4).astype("u1")
                if case % 3 == 0:
                    label = label[..., 0]
                save("%s_labels/case%d.nii" % (top, case), label)


# --- the model ------------------------------------------------------------------------

def minmax(x, eps=0.0):
    low, high = x.min(), x.max()
    if eps:
        return (x - low + F(eps)) / (high - low + F(eps))
    return x * F(0) if low == high else (x - low) / (high - low)


def resize_axis(x, axis, m):
    n = x.shape[axis]
    if n == m:
        return x
    at = (numpy.arange(m, dtype=F) + F(0.5)) * (F(n) / F(m)) - F(0.5)
    low = numpy.floor(at)
    t = (at - low).astype(F)
    a = numpy.take(x, numpy.maximum(low, 0).astype(int), axis)
    b = numpy.take(x, numpy.minimum(numpy.ceil(at), n - 1).astype(int), axis)
    return a + (b - a) * t.reshape([-1 if d == axis else 1 for d in range(3)])


def resize(x, shape):
    for axis in (2, 1, 0):
        x = resize_axis(x, axis, shape[axis])
    return x


def sample(x, location, kept):
    """Spec 1.12: linear, zero outside."""
    weights, corners = [], []
    for axis in range(3):
        top = F(x.shape[axis] - 1)
        at = location[..., axis].astype(F)
        ceil = numpy.ceil(at)
        if kept:
            ceil = numpy.where(at == 0, F(1), ceil)
        floor = ceil - F(1)
        at, floor, ceil = (numpy.clip(v, F(0), top) for v in (at, floor, ceil))
        weights.append((ceil - at, at - floor))
        corners.append((floor.astype(int), ceil.astype(int)))

    def corner(a, b, c):
        return x[corners[0][a], corners[1][b], corners[2][c]]

    def along(axis, low, high):
        return low * weights[axis][0] + high * weights[axis][1]

    return along(2, *(along(1, *(along(0, corner(0, b, c), corner(1, b, c)) for b in (0, 1)))
                      for c in (0, 1)))


# --- reading --------------------------------------------------------------------------

def table(epoch):
    with open(epoch + "/items.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{key: value.strip() for key, value in row.items()} for row in rows]


def image(path):
    return numpy.asarray(nibabel.load(path).dataobj)


def item(epoch, role, number):
    path = sorted(glob.glob("%s/%s/*" % (epoch, role)))[number]
    return numpy.load(path) if path.endswith(".npy") else image(path)


def same(a, b, *where):
    assert a.dtype == b.dtype == F and a.shape == b.shape, (where, a.dtype, a.shape, b.shape)
    assert numpy.array_equal(a.view("u4"), b.view("u4")), (where, numpy.abs(a - b).max())


def source(directory, scan, kind):
    split, case, side = scan.split("/")
    path = "%s/%s/%s_%s/%s.nii" % (directory, split, side, kind, case)
    return nibabel.load(path).get_fdata(dtype=F)


def values(mnt, directory):
    views = {"default": (None, None, minmax),
             "normalize=none": (None, None, lambda x: x),
             "normalize=minmax_eps": (None, None, lambda x: minmax(x, 1e-6)),
             "moving_image_shape=9x4x5,fixed_image_shape=3": ((9, 4, 5), (3, 3, 3), minmax)}
    for view, (moving, fixed, normalize) in views.items():
        for split in ("train", "valid"):
            epoch = "%s/pairs/%s/%s/epoch-0" % (mnt, view, split)
            rows = table(epoch)
            assert len(rows) == (9 if split == "train" else 6)
            for i, row in enumerate(rows):
                for side, shape in (("moving", moving), ("fixed", fixed)):
                    x = normalize(source(directory, row[side], "images"))
                    same(item(epoch, side + "_images", i), resize(x, shape or x.shape), view, row)
                    label = source(directory, row[side], "labels")
                    if label.ndim == 4:
                        label = label[..., int(row["label"])]
                    assert row["label"] == "0" or label.shape
                    same(item(epoch, side + "_labels", i), resize(label, shape or label.shape),
                         view, row)
                indices = item(epoch, "indices", i)
                assert indices.tolist() == [int(row["index_0"]), int(row["label"])], row


def epochs(mnt):
    seen = []
    for epoch in ("0", "1", "7", "1000000000007"):
        rows = table("%s/pairs/default/train/epoch-%s" % (mnt, epoch))
        order = [int(row["index_0"]) for row in rows]
        assert sorted(order) == list(range(9)), order
        assert order not in seen, order
        seen.append(order)
    padded = table("%s/pairs/default/train/epoch-0007" % mnt)
    assert [int(row["index_0"]) for row in padded] == seen[2]
    # which of three labels is drawn changes with the epoch
    drawn = {(row["index_0"], row["label"]) for e in range(20)
             for row in table("%s/pairs/default/train/epoch-%d" % (mnt, e))}
    assert drawn == {(str(i), str(k)) for i in range(9) for k in range(1 + i % 3)}, drawn
    other = table("%s/pairs/seed=1/train/epoch-0" % mnt)
    assert [int(row["index_0"]) for row in other] not in seen
    one = json.load(open("%s/pairs/default/train/epoch-7/3.json" % mnt))
    assert one["indices"][0] == seen[2][3] and one["epoch"] == 7 and one["items"] == 9, one


def walk(mnt, out):
    """DeepReg's NiftiFileLoader: all .nii.gz below, sorted; images 3-D, labels beside them."""
    epoch = mnt + "/pairs/default/train/epoch-2"
    names = {}
    for role in ("moving_images", "fixed_images", "moving_labels", "fixed_labels"):
        found = sorted(glob.glob("%s/%s/**/*.nii.gz" % (epoch, role), recursive=True))
        names[role] = [os.path.relpath(path, "%s/%s" % (epoch, role)) for path in found]
        os.makedirs("%s/train/%s" % (out, role))
        for path, name in zip(found, names[role]):
            array = nibabel.load(path).get_fdata()
            assert array.ndim == 3 and 0 <= array.min() and array.max() <= 1, path
            with open(path, "rb") as file, open("%s/train/%s/%s" % (out, role, name), "wb") as copy:
                copy.write(file.read())
    assert len(set(map(tuple, names.values()))) == 1 and len(names["fixed_images"]) == 9, names


def augmented(mnt):
    lists = {"affine:scale=0.3": ("theta",), "ddf:field_strength=2:low_res_size=2x3x2": ("ddf",)}
    shapes = "moving_image_shape=9x8x7,fixed_image_shape=6x7x8"
    for augment, roles in lists.items():
        for border in ("kept", "compatible"):
            top = "%s/pairs/%s,augment=%s,border=%s" % (mnt, shapes, augment, border)
            plain = "%s/pairs/%s" % (mnt, shapes)
            assert not glob.glob(top + "/valid/epoch-0/*_" + roles[0])
            for epoch in ("0", "5"):
                at = "/train/epoch-" + epoch
                drawn = set()
                for i in range(3):
                    for side in ("moving", "fixed"):
                        field = item(top + at, side + "_" + roles[0], i)
                        drawn.add(field.tobytes())
                        for kind in ("images", "labels"):
                            role = side + "_" + kind
                            x = item(plain + at, role, i)
                            grid = numpy.stack(numpy.meshgrid(*map(numpy.arange, x.shape),
                                                              indexing="ij"), -1).astype(F)
                            if roles[0] == "theta":
                                one = numpy.ones(x.shape + (1,), F)
                                where = numpy.concatenate([grid, one], -1).astype("f8") @ field
                            else:
                                where = grid + field
                            got = item(top + at, role, i)
                            want = sample(x, where, border == "kept")
                            assert got.dtype == F and got.shape == want.shape
                            assert numpy.abs(got - want).max() < 1e-4, (augment, border, role, i)
                assert len(drawn) == 6
            for split in ("valid",):  # never augmented
                same(item(top + "/valid/epoch-0", "moving_images", 1),
                     item(plain + "/valid/epoch-0", "moving_images", 1), split)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
