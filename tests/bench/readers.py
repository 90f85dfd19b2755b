"""How each side reads: the same few calls of Python around every one of them.

Items are read by open, preadv into a buffer that is already there, close; libraries read
into the same kind of buffer where they can.  A whole volume is read into fresh memory, by
every side, as numpy.load and h5py return it: the pages' first touch is in the time."""
import contextlib
import os
import subprocess

import h5py
import nibabel
import numpy
from PIL import Image

from mounts import CACHE_MIB, POLICIES, TOOLS, ceiling, policy_reason, tesserafs
from measure import Side

PAGE = 4096


def touched(size):
    """A buffer whose pages are there."""
    return numpy.full(size, 1, "u1")


def share(items, rank, processes):
    return items[rank::processes]


@contextlib.contextmanager
def nothing():
    yield None


# --- files, of whatever mount ---

def whole_file(path):
    """work: the file by one read, to fresh memory, as numpy.load does it; bytes."""
    def work(place, rank, processes):
        name = os.path.join(place, path)
        size = os.stat(name).st_size
        buffer, done = memoryview(numpy.empty(size, "u1")), 0
        with open(name, "rb", buffering=0) as file:
            while done < size:
                done += file.readinto(buffer[done:])
        return done
    return work


def each_file(directory, names, size):
    """work: every file opened, read whole, closed; files."""
    def work(place, rank, processes):
        base = os.path.join(place, directory)
        buffer = [touched(size)]
        mine = share(names, rank, processes)
        for name in mine:
            fd = os.open(os.path.join(base, name), os.O_RDONLY)
            if os.preadv(fd, buffer, 0) != size:
                raise RuntimeError("%s: short" % name)
            os.close(fd)
        return len(mine)
    return work


def numpy_files(directory, names):
    """work: numpy.load of every file; files."""
    def work(place, rank, processes):
        base = os.path.join(place, directory)
        mine = share(names, rank, processes)
        for name in mine:
            numpy.load(os.path.join(base, name))
        return len(mine)
    return work


def pages_at(path, offsets):
    """work: 4 KiB at each offset of one file; reads."""
    def work(place, rank, processes):
        fd = os.open(os.path.join(place, path), os.O_RDONLY)
        buffer = [touched(PAGE)]
        for offset in offsets:
            os.preadv(fd, buffer, offset)
        os.close(fd)
        return len(offsets)
    return work


def command(words, path, amount):
    """work: a program run on the mount's directory, its output thrown away."""
    def work(place, rank, processes):
        full = [word.replace("{}", os.path.join(place, path)) for word in words]
        subprocess.run(full, check=True, stdout=subprocess.DEVNULL)
        return amount
    return work


# --- libraries ---

def h5_whole(path):
    """work: the image to fresh memory; bytes."""
    def work(place, rank, processes):
        with h5py.File(path, "r") as file:
            data = file["image"]
            out = numpy.empty(data.shape, data.dtype)
            data.read_direct(out)
            return out.nbytes
    return work


def h5_boxes(path, boxes, cache_bytes=None):
    """work: boxes of the image; boxes.  cache_bytes: of the chunk cache, with its table's
    size as libhdf5's manual advises (100 slots a chunk, a prime)."""
    words = {} if cache_bytes is None else dict(rdcc_nbytes=cache_bytes, rdcc_nslots=204803,
                                                rdcc_w0=0.0)

    def work(place, rank, processes):
        mine = share(boxes, rank, processes)
        with h5py.File(path, "r", **words) as file:
            data, out = file["image"], None
            for box in mine:
                if out is None:
                    out = numpy.zeros([s.stop - s.start for s in box], data.dtype)
                data.read_direct(out, box)
        return len(mine)
    return work


def nifti_boxes(path, boxes):
    """work: slices of dataobj, the image opened once; boxes."""
    def work(place, rank, processes):
        proxy = nibabel.load(path).dataobj
        for box in share(boxes, rank, processes):
            numpy.asarray(proxy[box])
        return len(share(boxes, rank, processes))
    return work


def nifti_in_memory(path, boxes):
    """work: the volume loaded whole, then sliced; boxes."""
    def work(place, rank, processes):
        volume = numpy.asarray(nibabel.load(path).dataobj)
        for box in share(boxes, rank, processes):
            numpy.ascontiguousarray(volume[box])
        return len(share(boxes, rank, processes))
    return work


def png_boxes(directory, boxes):
    """work: the pages of each box opened by Pillow and cut; boxes."""
    def work(place, rank, processes):
        mine = share(boxes, rank, processes)
        for planes, rows, columns in mine:
            box = (columns.start, rows.start, columns.stop, rows.stop)
            numpy.stack([
                numpy.asarray(Image.open(os.path.join(directory, "%04d.png" % z)).crop(box))
                for z in range(planes.start, planes.stop)])
        return len(mine)
    return work


def tile_boxes(directory, boxes, tile):
    """work: the same from 4 x 4 tiles a page; boxes."""
    def crop(z, rows, columns):
        first = rows.start // tile, columns.start // tile
        grid = [[numpy.asarray(Image.open(os.path.join(directory, "%04d_%d_%d.png" % (z, i, j))))
                 for j in range(first[1], (columns.stop - 1) // tile + 1)]
                for i in range(first[0], (rows.stop - 1) // tile + 1)]
        top, left = first[0] * tile, first[1] * tile
        return numpy.block(grid)[rows.start - top:rows.stop - top,
                                 columns.start - left:columns.stop - left]

    def work(place, rank, processes):
        mine = share(boxes, rank, processes)
        for planes, rows, columns in mine:
            numpy.stack([crop(z, rows, columns) for z in range(planes.start, planes.stop)])
        return len(mine)
    return work


def inflate(kind, path, rows, threads, amount):
    """work: libdeflate alone, timed by itself; amount."""
    def work(place, rank, processes):
        words = [os.path.join(TOOLS, "inflate_rate"), kind, path, rows, str(threads)]
        return amount, float(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
    return work


# --- sides ---

def ours(source, work, cache_mib=CACHE_MIB, options=(), name="tesserafs", **words):
    return Side(name, lambda: tesserafs(source, cache_mib, options), work, **words)


def ceilings(work, directory, size, policies=POLICIES, group="ceiling", warm=None, **shape):
    """A side for each policy that can be run here."""
    def side(policy):
        return Side("%s:%s" % (group, policy),
                    lambda: ceiling(policy, directory, size, **shape), work, group, warm)
    return [side(policy) for policy in policies if policy_reason(policy) is None]


def beside_ceiling(work, directory, size, **shape):
    """direct_io, that few files use: for comparison."""
    return ceilings(work, directory, size, ("direct",), "no ceiling", **shape)


def server_of(source, work, directory, size):
    """The ceiling's server with a file behind it, by pread and fstat: what it costs to have the
    bytes on a disk, its page cache warm, and not in one's own memory."""
    return ceilings(work, directory, size, ("keep",), "pread server", source=source)


def library(name, work, group=None, **words):
    return Side(name, nothing, work, group, **words)
