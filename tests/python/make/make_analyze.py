"""Analyze 7.5 files of every kind, and NIfTI whose vox_offset is 0, in argv[1]; argv[2]:
../shared/data."""
import gzip
import os
import shutil
import struct
import sys

import nibabel
import numpy
import scipy.io

rng = numpy.random.default_rng(5)
out, shared = sys.argv[1:]


def save(name, array, zooms=(1.5, 2, 3), swapped=False, packed=False, **fields):
    klass = nibabel.Spm2AnalyzeHeader
    header = klass(endianness=">" if swapped else "<")
    header.set_data_dtype(array.dtype)
    header.set_data_shape(array.shape)
    header["pixdim"][1:1 + len(zooms)] = zooms
    header["scl_slope"] = 0
    for key, value in fields.items():
        header[key] = value
    order = ">" if swapped else "<"
    voxels = array.astype(array.dtype.newbyteorder(order)).tobytes("F")
    put = gzip.open if packed else open
    end = ".gz" if packed else ""
    with put(f"{out}/{name}.hdr{end}", "wb") as file:
        file.write(header.binaryblock)
    with put(f"{out}/{name}.img{end}", "wb") as file:
        file.write(bytes(int(header["vox_offset"])) + voxels)


some = rng.integers(0, 200, (5, 6, 7))
for dtype in ("u1", "i2", "i4", "f4", "f8", "c8"):
    save(dtype, some.astype(dtype), swapped=dtype in ("i2", "f8"))
save("packed", some.astype("i2"), packed=True)
save("far", some.astype("i2"), vox_offset=1024, swapped=True)
save("slope", some.astype("u1"), scl_slope=0.25, scl_inter=3)
save("nan_inter", some.astype("i2"), scl_slope=2, scl_inter=numpy.nan)
save("ranges", some.astype("u1"), glmax=110, glmin=10, cal_max=0.8, cal_min=0.2)
save("origin", some.astype("u1"), origin=[3, 4, 5, 0, 0])
save("origin_out", some.astype("u1"), origin=[30, 4, 5, 0, 0], zooms=(-1.1, 0, 3.3))
save("four", rng.integers(0, 9, (4, 5, 1, 3)).astype("i2"), zooms=(1, 1, 2, 5))
save("flat", rng.integers(0, 9, (4, 5)).astype("u1"), zooms=(0.3, 0.7))
# SPM's matrix beside the image
affine = numpy.array([[-2, 0.1, 0, 3.5], [0.2, 3, 0.5, -7], [0, 0.25, 4, 11], [0, 0, 0, 1]])
nibabel.save(nibabel.Spm99AnalyzeImage(some.astype("i2"), affine), f"{out}/mat.img")
nibabel.save(nibabel.Spm2AnalyzeImage(some.astype("i2"), affine), f"{out}/only_m.img")
scipy.io.savemat(f"{out}/only_m.mat", {"other": numpy.eye(3), "M": affine}, format="4")
save("colours", some.astype("u1"), datatype=128)
# SPM's own, with voxels for the header
if os.path.isdir(shared):
    shutil.copy(f"{shared}/analyze/analyze.hdr", f"{out}/avg152.hdr")
    open(f"{out}/avg152.img", "wb").write(rng.integers(0, 200, 91 * 109 * 91, dtype="u1").tobytes())
    for end in ("hdr.gz", "img.gz"):
        shutil.copy(f"{shared}/analyze/minimal.{end}", f"{out}/minimal.{end}")
# vox_offset 0 in single files
for name, klass, at, form in (("zero1", nibabel.Nifti1Image, 108, "<f"), ("zero2", nibabel.Nifti2Image, 168, "<q")):
    nibabel.save(klass(some.astype("i2"), numpy.eye(4)), f"{out}/{name}.nii")
    data = bytearray(open(f"{out}/{name}.nii", "rb").read())
    data[at:at + struct.calcsize(form)] = struct.pack(form, 0)
    open(f"{out}/{name}.nii", "wb").write(data)
    with gzip.open(f"{out}/{name}_packed.nii.gz", "wb") as file:
        file.write(data)
