"""The bench's own data: deterministic, made once, under build/bench-data.

Images are a smooth wave under noise whose entropy makes gzip halve them; labels are blobs in
2 % of the voxels.  Sizes are those of the rows; --quick has an eighth of them or less.
Remove build/bench-data after a change here."""
import gzip
import io
import json
import mmap
import os
import shutil

import h5py
import nibabel
import numpy
from PIL import Image

from mounts import MIB, ROOT

NOISE_U8, NOISE_I16 = 2.0, 15.0  # standard deviations; with their waves, gzip -4 halves both
CHUNK = 64


class Sizes:
    def __init__(self, quick):
        self.name = "quick" if quick else "full"
        self.contiguous = (256 if quick else 2048, 512, 512)
        self.chunked = (256, 512, 512) if quick else (512, 1024, 1024)
        self.nifti = (256, 256, 100 if quick else 400)
        self.stack = (64 if quick else 256, 1024, 1024)
        self.listed = (100, 100, 100 if quick else 1000)  # one item per voxel
        self.found = (100, 100, 10 if quick else 100)
        self.scans = 1000 if quick else 10000
        self.registered = 1415 if quick else 4473  # in one group: a million pairs, or ten
        self.pieces = 10000 if quick else 100000


def _generator(*key):
    return numpy.random.Generator(numpy.random.PCG64(list(key)))


def image(shape, first, key, dtype="uint8", noise=NOISE_U8, middle=128, wave=20):
    """A slab whose first plane is plane `first` of the volume `key`."""
    z, y, x = (numpy.arange(n, dtype=numpy.float32) for n in shape)
    smooth = numpy.sin((z[:, None, None] + first) / 37) * numpy.sin(y[:, None] / 53)
    values = smooth * numpy.cos(x / 71) * wave + middle
    values += noise * _generator(key, first).standard_normal(shape, dtype=numpy.float32)
    return numpy.rint(values, out=values).astype(dtype)


def label(shape, first):
    """Columns of 8 x 8 voxels, 2 % of each plane."""
    z, y, x = (numpy.arange(n) // 8 for n in shape)
    return ((y[:, None] * 7 + x * 13 + (z[:, None, None] + first // 8)) % 50 == 0).astype("u1")


def slabs(depth):
    return range(0, depth, CHUNK)


def make_contiguous(path, sizes):
    with h5py.File(path, "w") as file:
        data = file.create_dataset("image", sizes.contiguous, "u1")
        for z in slabs(sizes.contiguous[0]):
            data[z:z + CHUNK] = image((CHUNK, *sizes.contiguous[1:]), z, 1)


def make_chunked(path, sizes):
    with h5py.File(path, "w") as file:
        chunked = dict(chunks=(CHUNK,) * 3, compression="gzip", compression_opts=4)
        data = file.create_dataset("image", sizes.chunked, "u1", **chunked)
        mask = file.create_dataset("label", sizes.chunked, "u1", **chunked)
        for z in slabs(sizes.chunked[0]):
            data[z:z + CHUNK] = image((CHUNK, *sizes.chunked[1:]), z, 2)
            mask[z:z + CHUNK] = label((CHUNK, *sizes.chunked[1:]), z)


def make_chunk_list(path, chunked):
    """For inflate_rate: where the chunks of the image are."""
    with h5py.File(chunked, "r") as file:
        data = file["image"]
        infos = [data.id.get_chunk_info(i) for i in range(data.id.get_num_chunks())]
    rows = [(info.byte_offset, info.size, CHUNK ** 3) for info in infos]
    numpy.array(rows, "<i8").tofile(path)


def make_nifti(path, sizes):
    """Slabs along the last axis, which varies slowest in the file."""
    x, y, z = sizes.nifti
    parts = [image((min(50, z - k), y, x), k, 3, "int16", NOISE_I16, 1000, 100)
             for k in range(0, z, 50)]
    volume = numpy.concatenate(parts).transpose(2, 1, 0)
    out = io.BytesIO()
    plain = nibabel.Nifti1Image(volume, numpy.eye(4))
    plain.file_map["image"] = plain.file_map["header"] = nibabel.FileHolder(fileobj=out)
    plain.to_file_map()
    with open(path, "wb") as file:
        file.write(gzip.compress(out.getvalue(), 6, mtime=0))


def make_gzip_list(path, nifti, sizes):
    stored = os.path.getsize(nifti)
    decoded = 352 + 2 * int(numpy.prod(sizes.nifti))
    numpy.array([(0, stored, decoded)], "<i8").tofile(path)


def make_stack(directory, sizes):
    os.mkdir(directory)
    for z in range(sizes.stack[0]):
        page = image((1, *sizes.stack[1:]), z, 4)[0]
        Image.fromarray(page).save(os.path.join(directory, "%04d.png" % z))


def make_tiles(directory, stack):
    """The stack's pages cut into 4 x 4 tiles."""
    os.mkdir(directory)
    for name in sorted(os.listdir(stack)):
        page = numpy.asarray(Image.open(os.path.join(stack, name)))
        height, width = page.shape[0] // 4, page.shape[1] // 4
        for i in range(16):
            row, column = divmod(i, 4)
            tile = page[row * height:(row + 1) * height, column * width:(column + 1) * width]
            name_of_tile = "%s_%d_%d.png" % (name[:-4], row, column)
            Image.fromarray(tile).save(os.path.join(directory, name_of_tile))


def make_countable(path, shape):
    values = numpy.arange(numpy.prod(shape)) % 251
    with open(path, "wb") as file:
        numpy.save(file, values.astype("u1").reshape(shape))


def make_registered(path, count):
    """A group of DeepReg's: the same tiny volume under every name."""
    group = os.path.join(path, "train", "images", "group")
    os.makedirs(group)
    first = os.path.join(group, "image0.nii")
    nibabel.save(nibabel.Nifti1Image(numpy.arange(24, dtype="u1").reshape(2, 3, 4),
                                     numpy.eye(4)), first)
    for number in range(1, count):
        shutil.copyfile(first, os.path.join(group, "image%d.nii" % number))


def make_scans(directory, sizes):
    os.mkdir(directory)
    small = nibabel.Nifti1Image(image((16, 16, 16), 0, 5), numpy.eye(4)).to_bytes()
    for i in range(sizes.scans):
        with open(os.path.join(directory, "case%05d.nii" % i), "wb") as file:
            file.write(small)


def make_pieces(directory, sizes):
    """A volume stored in very many slices."""
    os.makedirs(os.path.join(directory, "z"))
    for i in range(sizes.pieces):
        with open(os.path.join(directory, "z", "%06d.bin" % i), "wb") as file:
            file.write(bytes([i % 256]) * 64)
    field = {"raw": "z/{z}.bin", "shape": [8, 8], "dtype": "u1"}
    scan = {"id": "em", "fields": {"image": field}, "gather": {"z": {"axis": 0}}}
    with open(os.path.join(directory, "tesserafs.json"), "w") as file:
        json.dump({"scans": [scan]}, file)


class Data:
    """Paths of the data; each is made at its first use, or never."""

    def __init__(self, quick):
        self.sizes = Sizes(quick)
        self.directory = os.path.join(ROOT, "build", "bench-data", self.sizes.name)
        self._used = set()
        os.makedirs(self.directory, exist_ok=True)

    def used(self):
        """The paths that were asked for since the last call."""
        used, self._used = self._used, set()
        return used

    def _made(self, name, make, *arguments):
        path = os.path.join(self.directory, name)
        self._used.add(path)
        if not os.path.exists(path):
            print("making %s ..." % os.path.relpath(path, ROOT), flush=True)
            part = path + ".part"
            shutil.rmtree(part, ignore_errors=True)
            make(part, *arguments)
            os.rename(part, path)
        return path

    def contiguous(self):
        return self._made("contiguous.h5", make_contiguous, self.sizes)

    def chunked(self):
        return self._made("chunked.h5", make_chunked, self.sizes)

    def chunk_list(self):
        return self._made("chunked.list", make_chunk_list, self.chunked())

    def nifti(self):
        return self._made("brain.nii.gz", make_nifti, self.sizes)

    def gzip_list(self):
        return self._made("brain.list", make_gzip_list, self.nifti(), self.sizes)

    def stack(self):
        return self._made("stack", make_stack, self.sizes)

    def tiles(self):
        return self._made("tiles", make_tiles, self.stack())

    def listed(self):
        return self._made("listed.npy", make_countable, self.sizes.listed)

    def found(self):
        return self._made("found.npy", make_countable, self.sizes.found)

    def registered(self):
        return self._made("registered", make_registered, self.sizes.registered)

    def scans(self):
        return self._made("scans", make_scans, self.sizes)

    def pieces(self):
        return self._made("pieces", make_pieces, self.sizes)


def load_into_page_cache(path):
    """Cold rows are cold in the mount, never in the source."""
    paths = [path]
    if os.path.isdir(path):
        paths = [os.path.join(up, name) for up, _, names in os.walk(path) for name in names]
    for each in paths:
        with open(each, "rb", buffering=0) as file:
            while file.read(MIB):
                pass


def touch_free_memory():
    """Free pages, up to 4 GiB of them, whose first touch is behind them, by huge pages."""
    with open("/proc/meminfo") as file:
        free = {line.split(":")[0]: int(line.split()[1]) << 10 for line in file}
    size = min(4096 * MIB, free["MemAvailable"] // 4)
    room = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    room.madvise(mmap.MADV_HUGEPAGE)
    numpy.frombuffer(room, "u1")[::mmap.PAGESIZE] = 1
