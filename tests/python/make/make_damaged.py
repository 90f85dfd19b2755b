"""make_damaged.py DIRECTORY: one file of each format, made by its usual writer and then damaged
where a lenient reader may not look; and good.npy, which is as it should be."""
import gzip
import os
import sys

import h5py
import nibabel
import numpy
import PIL.Image
import tifffile

os.chdir(sys.argv[1])
volume = numpy.random.default_rng(1).integers(0, 1000, (40, 30, 20)).astype("int16")


def damage(path, change):
    data = bytearray(open(path, "rb").read())
    open(path, "wb").write(change(data))


def flip(at):
    def change(data):
        data[at] ^= 0x55
        return data
    return change


def cut(size):
    return lambda data: data[:size]


numpy.save("good.npy", volume)
numpy.save("short.npy", volume)
damage("short.npy", cut(-7))

image = nibabel.Nifti1Image(volume, numpy.eye(4))
nibabel.save(image, "short_nii.nii")
damage("short_nii.nii", cut(-1))
for name, change in ("short_gz", cut(-2000)), ("bits_gz", flip(20000)), ("crc_gz", flip(-8)):
    nibabel.save(image, name + ".nii.gz")
    damage(name + ".nii.gz", change)

PIL.Image.fromarray(volume[0].astype("uint8")).save("crc_png.png")
damage("crc_png.png", flip(60))
PIL.Image.fromarray(volume[:, 0].astype("uint8")).save("short_png.png")
damage("short_png.png", cut(-40))

tifffile.imwrite("short_tif.tif", volume[:2].astype("uint16"))
damage("short_tif.tif", cut(-100))

for name, options in (("fletcher_h5", {"fletcher32": True}), ("deflate_h5", {"compression": 9})):
    with h5py.File(name + ".h5", "w", libver="latest") as file:
        data = file.create_dataset("data", data=volume, chunks=(20, 15, 10), **options)
        chunk = data.id.get_chunk_info(3)
    damage(name + ".h5", flip(chunk.byte_offset + 100))
with h5py.File("short_h5.h5", "w") as file:
    file["data"] = volume
damage("short_h5.h5", cut(-500))

# bytes that are nothing, under each suffix
for suffix in "npy", "nii", "nii.gz", "h5", "png", "tif":
    with open("noise_%s.%s" % (suffix.replace(".", "_"), suffix), "wb") as file:
        file.write(gzip.compress(b"nothing") if suffix == "nii.gz" else b"nothing at all" * 99)
