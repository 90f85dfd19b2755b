"""Writes a NIfTI volume that takes seconds to decode to argv[1]: 256 MiB of noise as .nii.gz, made
in one second because a gzip file may consist of many members: the same 64 MiB, 4 times.

Voxel (i, j, k) is that of (i, j, k mod 64); argv[2], if given, gets those 64 slices as .npy."""
import gzip
import sys
import zlib

import nibabel
import numpy

SIDE, SLICES, REPEAT = 1024, 64, 4


def member(data):
    deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
    return deflate.compress(data) + deflate.flush()


def main(path, copy=None):
    # a few bits of noise a byte: neither stored nor trivial to inflate
    slices = numpy.random.default_rng(1).integers(0, 12, (SLICES, SIDE, SIDE), "uint8")
    header = nibabel.Nifti1Header()
    header.set_data_dtype("uint8")
    header.set_data_shape((SIDE, SIDE, SLICES * REPEAT))
    header["vox_offset"] = 352
    header.set_sform(numpy.eye(4), code=1)
    with open(path, "wb") as file:
        file.write(member(header.binaryblock + bytes(4)))
        file.write(member(slices.tobytes()) * REPEAT)
    if copy:
        numpy.save(copy, slices.T)


main(*sys.argv[1:])
