"""make_formats.py KIND DIRECTORY: files of one format in the forms that people have, written by
the format's usual libraries.  data_oracle.py then compares them through a mount."""
import os
import struct
import sys
import warnings
import zlib

import h5py
import nibabel
import numpy
import PIL.Image
import tifffile

RNG = numpy.random.default_rng(20)
INTEGERS = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
FLOATS = ["float32", "float64"]
COMPLEX = ["complex64", "complex128"]


def noise(dtype, shape):
    """Random bits within the dtype's range, its extremes included."""
    dtype = numpy.dtype(dtype)
    if dtype.kind in "iu":
        info = numpy.iinfo(dtype)
        array = RNG.integers(info.min, info.max, shape, dtype.newbyteorder("="), endpoint=True)
        array.ravel()[:2] = info.min, info.max
    elif dtype.kind == "b":
        array = RNG.integers(0, 2, shape).astype(bool)
    elif dtype.kind == "c":
        array = RNG.normal(size=shape) + 1j * RNG.normal(size=shape)
    else:
        array = numpy.asarray(RNG.normal(0, 1000, shape))
        if array.size > 3:
            array.ravel()[:3] = numpy.nan, numpy.inf, -numpy.inf
    return array.astype(dtype)


def h5_dtypes():
    """One file per dtype, contiguous, big-endian ones too."""
    for name in INTEGERS + FLOATS + COMPLEX + ["bool", "float16"]:
        for order in "<>" if name != "bool" else "<":
            dtype = numpy.dtype(name).newbyteorder(order)
            yield "dtype_%s_%s" % (name, "le" if order == "<" else "be"), noise(dtype, (7, 6, 5)), {}


def h5_layouts():
    chunked = {"chunks": (4, 3, 5)}
    for name, options in {
        "contiguous": {},
        "chunked": {},
        "gzip": {"compression": "gzip"},
        "gzip_shuffle_fletcher32": {"compression": 9, "shuffle": True, "fletcher32": True},
        "lzf": {"compression": "lzf"},
        "lzf_shuffle_fletcher32": {"compression": "lzf", "shuffle": True, "fletcher32": True},
        "szip": {"compression": "szip"},
        "scaleoffset": {"scaleoffset": 0},
        "shuffle": {"shuffle": True},
        "fletcher32": {"fletcher32": True},
    }.items():
        if name == "szip" and not h5py.h5z.filter_avail(h5py.h5z.FILTER_SZIP):
            continue
        yield name, noise("int16", (10, 9, 11)), {**options, **(chunked if name != "contiguous" else {})}


def make_h5():
    """Chunk edges do not divide the shapes; some chunks and some arrays are never written."""
    for libver in "earliest", "latest":
        for name, array, options in list(h5_dtypes()) + list(h5_layouts()):
            with h5py.File("%s_%s.h5" % (name, libver), "w", libver=libver) as file:
                file.create_dataset("data", data=array, **options)
    with h5py.File("scaleoffset_float.h5", "w") as file:
        file.create_dataset("data", data=RNG.normal(size=(20, 30, 2)), scaleoffset=3, chunks=(7, 7, 1))
    with h5py.File("scalar.h5", "w") as file:
        file["data"] = 2.5
    with h5py.File("empty.h5", "w") as file:
        file["data"] = numpy.zeros((0, 4), "int32")
    with h5py.File("one_axis.h5", "w") as file:
        file["data"] = numpy.arange(9)
    with h5py.File("holes.h5", "w") as file:
        data = file.create_dataset("holes", (10, 10, 10), "int16", chunks=(3, 3, 3), fillvalue=-7,
                                   compression="gzip", maxshape=(None, 10, 10))
        data[2:5, 4:8, 1:9] = noise("int16", (3, 4, 8))
        data.resize((12, 10, 10))
        file.create_dataset("never", (12, 10, 10), ">f4", fillvalue=numpy.nan)
        file.create_dataset("zeros", (12, 10, 10), "uint8", chunks=True)
    with h5py.File("compact.h5", "w") as file:
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_layout(h5py.h5d.COMPACT)
        array = noise("uint16", (5, 6, 7))
        space = h5py.h5s.create_simple(array.shape)
        h5py.h5d.create(file.id, b"data", h5py.h5t.NATIVE_UINT16, space, creation).write(
            h5py.h5s.ALL, h5py.h5s.ALL, array)


def make_h5_groups():
    """Which arrays of a file are one scan: see the contract's HDF5 rule."""
    with h5py.File("case.h5", "w") as file:
        file["volume"] = noise("float32", (8, 7, 6))
        file["seg"] = noise("uint8", (8, 7, 6, 3))
        file["thumbnail"] = noise("uint8", (4, 4, 2))
        file["spacing"] = numpy.array([1.0, 2.0, 3.0])
        file["name"] = "a string"
        file["when"] = 7
    with h5py.File("nested.h5", "w") as file:
        file["raw/main"] = noise("int16", (5, 4, 3))
        file["labels/neurons"] = noise("uint32", (5, 4, 3))
        file["labels/other"] = noise("uint32", (6, 4, 3))
    with h5py.File("two_slices.h5", "w") as file:
        file["a"], file["b"] = noise("uint8", (4, 5)), noise("uint8", (4, 5))
    with h5py.File("numbers.h5", "w") as file:
        file["b"], file["a"] = numpy.arange(3), numpy.arange(4)
    with h5py.File("unused.h5", "w") as file:
        file["text"] = ["a", "b"]
        file["pairs"] = numpy.zeros(3, [("x", "f4"), ("y", "i4")])
        file["array"] = noise("int8", (3, 3, 3))


AFFINE = numpy.array([[-1.5, 0.2, 0, 30], [0.1, 2, -0.3, -20.5], [0, 0.25, 3, 11], [0, 0, 0, 1]])


def save_nifti(name, kind, array):
    image = kind(array.astype(array.dtype.newbyteorder("=")), AFFINE, dtype=array.dtype)
    if array.dtype.byteorder == ">":
        image = kind(image.dataobj, AFFINE, header=kind.header_class(endianness=">"))
        image.set_data_dtype(array.dtype)
    nibabel.save(image, name)


def make_nifti():
    for name in INTEGERS + FLOATS + COMPLEX:
        for order in "<>":
            array = noise(numpy.dtype(name).newbyteorder(order), (5, 6, 7))
            save_nifti("%s_%s.nii" % (name, "le" if order == "<" else "be"), nibabel.Nifti1Image, array)
    for nd in range(1, 8):
        array = noise("int16", (6, 5, 4, 3, 2, 2, 2)[:nd])
        save_nifti("axes_%d.nii.gz" % nd, nibabel.Nifti1Image, array)
        save_nifti("axes_%d_nifti2.nii" % nd, nibabel.Nifti2Image, array)
    for order in "<>":
        array = noise(numpy.dtype("int16").newbyteorder(order), (9, 8, 7))
        tag = "le" if order == "<" else "be"
        save_nifti("pair_%s.img" % tag, nibabel.Nifti1Pair, array)
        save_nifti("pair2_%s.img" % tag, nibabel.Nifti2Pair, array)
        save_nifti("two_%s.nii.gz" % tag, nibabel.Nifti2Image, array)
    for dtype in "uint8", "int16", "int32", "float32":
        # by hand: nibabel would choose the slope itself
        path = "scaled_%s.nii" % dtype
        save_nifti(path, nibabel.Nifti1Image, numpy.arange(5 * 6 * 7).reshape(5, 6, 7).astype(dtype))
        data = bytearray(open(path, "rb").read())
        data[112:120] = struct.pack("<ff", 0.37, -12.25)
        open(path, "wb").write(data)
    zero = bytearray(open("int16_le.nii", "rb").read())
    zero[112:120] = struct.pack("<ff", 0, 99)  # a slope of 0 means: not scaled
    open("slope_zero.nii", "wb").write(zero)


def png(path, width, height, depth, colour, rows, extra=b"", interlaced=0):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def packed_rows(height, row):
    return b"".join(b"\0" + RNG.bytes(row) for _ in range(height))


def make_png():
    """Every mode; widths that leave bits over.  Sizes differ: no directory of slices here."""
    palette = struct.pack(">I", 768) + b"PLTE" + bytes(range(256)) * 3
    palette += struct.pack(">I", zlib.crc32(palette[4:]))
    names = {0: "grey", 2: "rgb", 3: "palette", 4: "grey_alpha", 6: "rgba"}
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
    depths = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    for colour, name in names.items():
        for depth in depths[colour]:
            width, height = 13 + depth, 5 + colour
            row = (width * depth * samples[colour] + 7) // 8
            extra = palette if colour == 3 else b""
            if depth == 16 and colour == 4:
                continue  # Pillow shows it as RGBA of 8 bits: tests/unit/ has it
            png("%s_%d.png" % (name, depth), width, height, depth, colour,
                packed_rows(height, row), extra)
    PIL.Image.fromarray(noise("uint8", (33, 29, 3))).save("filters.png", optimize=True)
    interlaced()


def interlaced():
    """Adam7: seven small images, each of every n-th pixel; 8-bit grey."""
    image = noise("uint8", (21, 19))
    rows = b""
    for y, x, dy, dx in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2),
                         (0, 1, 2, 2), (1, 0, 2, 1)):
        rows += b"".join(b"\0" + line.tobytes() for line in image[y::dy, x::dx])
    png("interlaced.png", 19, 21, 8, 0, rows, interlaced=1)


def make_tiff():
    """What tifffile writes, and the compressions of libtiff by way of Pillow."""
    def write(name, array, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tifffile.imwrite(name + ".tif", array, **options)

    for name in INTEGERS + FLOATS + ["float16", "bool"]:
        write("dtype_" + name, noise(name, (12, 19)))
        if name != "bool":
            write("dtype_be_" + name, noise(name, (12, 19)), byteorder=">")
    write("pages", noise("uint16", (5, 20, 17)))
    write("hyper", noise("uint8", (2, 3, 20, 17)))
    write("big", noise("uint16", (3, 20, 17)), bigtiff=True)
    write("strips", noise("int16", (50, 17)), rowsperstrip=7)
    write("tiles", noise("uint16", (70, 50)), tile=(16, 32))
    write("rgb", noise("uint8", (20, 17, 3)), photometric="rgb")
    write("rgba_pages", noise("uint16", (4, 20, 17, 4)), photometric="rgb", extrasamples=[2])
    write("planar", noise("uint8", (3, 20, 17)), photometric="rgb", planarconfig="separate")
    write("imagej", noise("uint16", (4, 3, 20, 17)), imagej=True)
    write("deflate", noise("uint8", (30, 30)), compression="zlib")
    write("deflate_pages", noise("int32", (3, 40, 30)), compression="zlib")
    smooth = PIL.Image.fromarray(numpy.add.outer(numpy.arange(90), numpy.arange(70)).astype("uint8"))
    for compression in "tiff_lzw", "packbits", "tiff_deflate":
        smooth.save(compression + ".tif", compression=compression)
    smooth.save("lzw_predictor.tif", compression="tiff_lzw", tiffinfo={317: 2})
    smooth.convert("RGB").save("lzw_rgb_predictor.tif", compression="tiff_lzw", tiffinfo={317: 2})
    smooth.convert("1").save("group4.tif", compression="group4")
    with tifffile.TiffWriter("two_series.tif") as file:
        file.write(noise("uint8", (2, 20, 17)))
        file.write(noise("uint16", (9, 8)))


def make_npy():
    for name in INTEGERS + FLOATS + COMPLEX + ["bool", "float16"]:
        for order in "<>":
            array = noise(numpy.dtype(name).newbyteorder(order), (4, 5, 6))
            numpy.save("%s_%s" % (name, "le" if order == "<" else "be"), array)
            numpy.save("fortran_%s_%s" % (name, "le" if order == "<" else "be"), numpy.asfortranarray(array))
    numpy.save("scalar", numpy.array(1.25))
    numpy.save("one_axis", numpy.arange(11, dtype="int16"))
    numpy.save("empty", numpy.zeros((3, 0, 2), "float32"))
    numpy.save("ten_axes", noise("int16", (2,) * 10))
    numpy.lib.format.write_array(open("version2.npy", "wb"), noise("int32", (3, 4, 5)), version=(2, 0))


def make_stacks():
    """Directories of slices: natural order, not the order of the bytes of the names."""
    for directory, write in (
        ("png", lambda p, a: PIL.Image.fromarray(a).save(p + ".png")),
        ("tif", lambda p, a: tifffile.imwrite(p + ".tif", a)),
        ("npy", numpy.save),
        ("h5", lambda p, a: h5py.File(p + ".h5", "w").create_dataset("data", data=a).file.close()),
        ("rgb", lambda p, a: PIL.Image.fromarray(numpy.stack([a, 255 - a, a // 2], 2)).save(p + ".png")),
    ):
        os.mkdir(directory)
        for i in (1, 2, 3, 9, 10, 11, 20, 100):
            write("%s/z%d" % (directory, i), numpy.full((6, 7), i, "uint8"))
    os.mkdir("mixed")  # of two shapes: each is a scan of its own
    for i in (1, 2):
        PIL.Image.fromarray(numpy.full((4, 4 + i), i, "uint8")).save("mixed/%d.png" % i)
    os.mkdir("single")
    PIL.Image.fromarray(numpy.full((4, 5), 9, "uint8")).save("single/1.png")


os.chdir(sys.argv[2])
globals()["make_" + sys.argv[1]]()
