"""Which scans and fields a directory of files shows, worked out from the contract alone:
rule 5 of discovery, with the arrays as the formats' usual readers open them."""
import os
import re
import struct
import zlib

import h5py
import nibabel
import numpy
import PIL.Image
import tifffile

SUFFIXES = (".nii.gz", ".hdr.gz", ".hdr", ".nii", ".png", ".tiff", ".tif", ".npy", ".hdf5", ".h5")


def natural(text):
    """"2" before "10": runs of digits as numbers, ties by code point."""
    return [(0, int(t), "") if t.isdigit() else (1, 0, t)
            for t in re.findall(r"\d+|\D+", text)] + [(2, 0, text)]


class Array:
    """One array of one file: its name (None: unnamed), a way to read it, its affine."""

    def __init__(self, name, shape, dtype, read, affine=None, image=False):
        self.name, self.shape, self.dtype = name, tuple(shape), numpy.dtype(dtype)
        self.read, self.affine, self.image = read, affine, image


def h5_arrays(path):
    arrays = []

    def visit(name, item):
        # strings, compounds, references and arrays without a shape are not numbers
        if not isinstance(item, h5py.Dataset) or item.shape is None:
            return
        if item.dtype.kind in "biufc":
            arrays.append(Array(name, item.shape, item.dtype, lambda: read(name)))

    def read(name):
        with h5py.File(path, "r") as file:
            return file[name][()]

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    if len(arrays) == 1 and len(arrays[0].shape) == 2:
        arrays[0].image = True
    return arrays


def nifti_arrays(path):
    image = nibabel.load(path)
    if isinstance(image, nibabel.Cifti2Image):  # as plain NIfTI
        image = nibabel.Nifti2Image.from_filename(path)
    assert isinstance(image, (nibabel.Nifti1Pair, nibabel.Nifti2Pair)), type(image)
    data = image.dataobj
    dtype = numpy.asanyarray(data[(slice(0, 1),) * data.ndim]).dtype
    read = lambda: numpy.asanyarray(nibabel.Nifti1Image.dataobj.fget(image))
    array = Array(None, data.shape, dtype, read, image.affine)
    array.read()  # a header without its voxels does not open
    return [array]


def png_samples(path):
    """16-bit colour, which Pillow shows as 8-bit: inflated and unfiltered by hand."""
    data = open(path, "rb").read()
    at, idat, header = 8, b"", None
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at:at + 8])
        header = data[at + 8:at + 8 + size] if name == b"IHDR" else header
        idat += data[at + 8:at + 8 + size] if name == b"IDAT" else b""
        at += 12 + size
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    samples = {2: 3, 6: 4, 4: 2}[colour]
    assert depth == 16 and not interlace
    step, row = 2 * samples, 2 * samples * width
    raw, above, rows = zlib.decompress(idat), bytearray(row), []
    for y in range(height):
        kind, line = raw[y * (row + 1)], bytearray(raw[y * (row + 1) + 1:(y + 1) * (row + 1)])
        for x in range(row):
            a = line[x - step] if x >= step else 0
            c = above[x - step] if x >= step else 0
            b = above[x]
            nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            line[x] = (line[x] + (0, a, b, (a + b) // 2, nearest)[kind]) & 255
        rows.append(bytes(line))
        above = line
    return numpy.frombuffer(b"".join(rows), ">u2").reshape(height, width, samples)


def read_png(path):
    with PIL.Image.open(path) as image:
        mode, bits = image.mode, open(path, "rb").read()[24]
        shown = numpy.array(image)
    if bits == 16:
        return shown.astype("uint16") if shown.ndim == 2 else png_samples(path)
    assert mode in ("1", "L", "LA", "P", "RGB", "RGBA"), mode
    return shown


def png_arrays(path):
    shown = read_png(path)
    return [Array(None, shown.shape, shown.dtype, lambda: read_png(path), image=True)]


def tiff_series(path, i):
    """tifffile's; where it lacks a codec (LZW and others), Pillow's pages."""
    try:
        return tifffile.imread(path, series=i)
    except ValueError as problem:
        if "COMPRESSION" not in str(problem):
            raise
    with tifffile.TiffFile(path) as file:
        pages, shape = [p.index for p in file.series[i].pages], file.series[i].shape
    shown = []
    with PIL.Image.open(path) as image:
        for page in pages:
            image.seek(page)
            shown.append(numpy.array(image))
    return numpy.stack(shown).reshape(shape)


def tiff_arrays(path):
    with tifffile.TiffFile(path) as file:
        series = [(s.shape, s.dtype) for s in file.series]
    return [Array("image_%d" % i if i else "image", shape, dtype, lambda i=i: tiff_series(path, i),
                  image=True)
            for i, (shape, dtype) in enumerate(series)]


def npy_arrays(path):
    array = numpy.load(path)
    return [Array(None, array.shape, array.dtype, lambda: array, image=array.ndim == 2)]


OPENERS = {".nii.gz": nifti_arrays, ".nii": nifti_arrays, ".hdr": nifti_arrays,
           ".hdr.gz": nifti_arrays,
           ".png": png_arrays, ".tif": tiff_arrays, ".tiff": tiff_arrays, ".npy": npy_arrays,
           ".h5": h5_arrays, ".hdf5": h5_arrays}


def split_suffix(path):
    for suffix in SUFFIXES:
        if path.lower().endswith(suffix):
            return path[:-len(suffix)], suffix
    return path, None


def colour(shape):
    return len(shape) == 3 and shape[2] in (3, 4)


def is_stack(images):
    """All image files are single 2-D images (or colour ones) of one shape and dtype."""
    kinds = {(a[0].shape, a[0].dtype.newbyteorder("=")) for a in images.values()}
    flat = all(len(a) == 1 and (len(a[0].shape) == 2 or colour(a[0].shape))
               for a in images.values())
    return len(images) >= 2 and flat and len(kinds) == 1


def h5_scans(stem, arrays):
    """The HDF5 grouping rule: (scan, field, array) of each."""
    if len(arrays) == 1:
        groups = {None: arrays}
    else:
        groups = {}
        for array in arrays:
            if len(array.shape) >= 2:
                key = (min(3, len(array.shape)), array.shape[:3])
                groups.setdefault(key, []).append(array)
    main = max(groups.values(), default=[], key=lambda g: len(g))
    ties = [g for g in groups.values() if len(g) == len(main)]
    main = min(ties, default=[], key=lambda g: min(natural(a.name) for a in g))
    for array in arrays:
        group, _, name = array.name.rpartition("/")
        inside = stem + "/" + group if group else stem
        yield (inside if array in main else stem + "/" + array.name), name, array


class Model:
    """fields: {(scan, field): Array}; refused: {relative path: why} of files that give none;
    files: {relative path} of those that do."""

    def __init__(self, root, skip=()):
        self.root, self.fields, self.refused, self.files = root, {}, {}, set()
        for directory, dirs, names in os.walk(root):
            dirs[:] = [d for d in dirs if not d.startswith(".")
                       and os.path.relpath(os.path.join(directory, d), root) not in skip]
            self.add_directory(directory, names)

    def add(self, scan, field, array, path):
        assert (scan, field) not in self.fields, "two arrays are %s/%s" % (scan, field)
        self.fields[scan, field] = array
        self.files.add(path)

    def open(self, directory, names):
        """{relative path: arrays} of the files that their readers open."""
        opened = {}
        for name in sorted(names):
            path = os.path.join(directory, name)
            rel = os.path.relpath(path, self.root)
            stem, suffix = split_suffix(name)
            image = re.fullmatch(r"(.*)\.img(\.gz)?", name)
            if image and "%s.hdr%s" % (image[1], image[2] or "") in names:
                self.files.add(rel)  # read through its header
                continue
            try:
                arrays = OPENERS[suffix](path)
                assert arrays, "holds no array of numbers"
                opened[rel] = arrays
            except Exception as problem:
                self.refused[rel] = repr(problem)
        return opened

    def add_directory(self, directory, names):
        opened = self.open(directory, names)
        images = {rel: a for rel, a in opened.items() if any(x.image for x in a)}
        if is_stack(images):
            order = sorted(images, key=natural)
            read = lambda: numpy.stack([images[rel][0].read() for rel in order])
            first = images[order[0]][0]
            scan = os.path.relpath(directory, self.root)
            if scan == ".":
                scan = os.path.basename(os.path.realpath(directory))
            self.add(scan, "image", Array(None, (len(order),) + first.shape, first.dtype, read),
                     order[0])
            self.files.update(order)
            opened = {rel: a for rel, a in opened.items() if rel not in images}
        for rel, arrays in opened.items():
            stem, suffix = split_suffix(rel)
            if suffix in (".h5", ".hdf5"):
                for scan, field, array in h5_scans(stem, arrays):
                    self.add(scan, field, array, rel)
            else:
                for array in arrays:
                    self.add(stem, array.name or "image", array, rel)
