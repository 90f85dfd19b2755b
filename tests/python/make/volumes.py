"""The scans that the models of views, cuts and transforms look at.  volumes.py SOURCE writes them."""
import sys

import h5py
import nibabel
import numpy
import PIL.Image

AFFINE = numpy.array([[-1.5, 0.2, 0.1, 30], [0.1, 2, -0.3, -20.5], [0.4, 0.25, 3, 11],
                      [0, 0, 0, 1]])


def noise(dtype, shape, seed):
    values = numpy.random.default_rng(seed).integers(-1000, 1000, shape)
    return (values if dtype != "uint8" else values % 256).astype(dtype)


def arrays():
    """{scan: (spatial axes, {field: array})}; label is a mask by its name."""
    return {
        "vol": (3, {"feat": noise("float32", (13, 11, 9, 2), 1), "image": noise("int16", (13, 11, 9), 2),
                    "label": noise("uint8", (13, 11, 9), 3)}),
        "head": (3, {"image": noise("float32", (10, 12, 8), 4)}),
        "time": (3, {"image": noise("int16", (6, 7, 5, 3), 5)}),
        "thin": (3, {"image": noise("uint8", (1, 2, 20), 6)}),
        "flat": (2, {"image": noise("uint16", (9, 14), 7)}),
        "colour": (2, {"image": noise("uint8", (8, 15, 3), 8)}),
        "line": (1, {"image": noise("int32", (30,), 9)}),
        "wide": (1, {"image": noise("int64", (40,), 10) * (2 ** 53 + 1)}),  # no double has them
        "wide_u": (1, {"image": noise("uint64", (40,), 11)}),
    }


def make(source):
    data = {scan: fields for scan, (_, fields) in arrays().items()}
    with h5py.File(source + "/vol.h5", "w") as file:
        for name, array in data["vol"].items():
            file.create_dataset(name, data=array, chunks=(4, 5, 3) + array.shape[3:], compression=4)
    nibabel.save(nibabel.Nifti1Image(data["head"]["image"], AFFINE), source + "/head.nii.gz")
    nibabel.save(nibabel.Nifti1Image(data["time"]["image"], AFFINE), source + "/time.nii")
    PIL.Image.fromarray(data["colour"]["image"]).save(source + "/colour.png")
    for scan in "thin", "flat", "line", "wide", "wide_u":
        numpy.save("%s/%s.npy" % (source, scan), numpy.asfortranarray(data[scan]["image"]))


if __name__ == "__main__":
    make(sys.argv[1])
