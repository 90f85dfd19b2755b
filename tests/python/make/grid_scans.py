"""grid_scans.py SOURCE writes scans whose fields share a grid or do not."""
import json
import sys

import h5py
import nibabel
import numpy
import PIL.Image


def some(*shape, dtype="int16"):
    return (numpy.arange(numpy.prod(shape)) * 7 % 251).reshape(shape).astype(dtype)


# {scan: (spatial axes, {field: array}, the fields that are elsewhere)}
SCANS = {
    "nifti": (3, {"image": some(20, 20, 20), "label": some(20, 20, 18)}, ["label"]),
    "first": (3, {"image": some(9, 10, 11), "label": some(8, 10, 11), "more": some(9, 10, 11)}, ["label"]),
    "time": (3, {"image": some(9, 10, 11, 4), "label": some(9, 10, 11)}, []),
    "flat": (2, {"image": some(12, 13, 3, dtype="u1"), "mask": some(12, 13, dtype="u1")}, []),
    "colour": (2, {"image": some(12, 13, 3, dtype="u1"), "mask": some(12, 14, dtype="u1")}, ["mask"]),
    "vector": (3, {"image": some(9, 10, 11), "where": some(5)}, ["where"]),
    "thin": (3, {"image": some(9, 10, 11), "label": some(9, 10)}, ["label"]),
    "channels": (3, {"image": some(9, 10, 11, 2), "label": some(9, 10, 11)}, []),
    "masks": (3, {"label": some(9, 10, 11), "label_b": some(9, 10, 12)}, ["label_b"]),
    "short": (2, {"image": some(9, 10, 11), "label": some(9, 10)}, []),
}
HDF5 = "vector", "channels", "masks", "short"


def make(root):
    said = []
    for scan, (_, fields, _) in SCANS.items():
        names = {}
        for field, array in fields.items():
            name = "%s_%s" % (scan, field)
            if scan in HDF5:
                name = scan + ".h5:" + field
                h5py.File("%s/%s.h5" % (root, scan), "a")[field] = array
            elif scan in ("flat", "colour"):
                name += ".png"
                PIL.Image.fromarray(array).save("%s/%s" % (root, name))
            else:
                name += ".nii"
                nibabel.save(nibabel.Nifti1Image(array, numpy.eye(4)), "%s/%s" % (root, name))
            names[field] = name
        said.append({"id": scan, "fields": names})
    json.dump({"scans": said}, open(root + "/tesserafs.json", "w"))


if __name__ == "__main__":
    make(sys.argv[1])
