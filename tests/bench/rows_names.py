"""Small files, listings, and the time from the command to the first byte."""
import os
import time

import numpy

from measure import Goal, Row, Side
from mounts import ceiling_command, first_byte, tesserafs_command
from readers import (beside_ceiling, ceilings, command, each_file, nothing, numpy_files,
                     ours)
from rows_patches import names_at, random_starts

BOX = 160  # voxels along each axis: 4 MiB
SMALL = 128  # of a slice: 16 KiB
SLICES = "slices/default/contiguous/image"


def slice_files(data):
    """Slices of the contiguous volume: one pread each, 256 KiB and a header."""
    count, height, width = data.sizes.contiguous
    names = ["%0*d.npy" % (len(str(count - 1)), i) for i in range(count)]
    return names[:1000], 128 + height * width


def files(data, warm):
    names, size = slice_files(data)
    work = each_file(SLICES, names, size)
    before = (lambda place: work(place, 0, 1)) if warm else None
    sides = [ours(data.contiguous(), work, warm=before),
             *ceilings(work, SLICES, size, warm=before, memory=len(names) * size),
             *beside_ceiling(work, SLICES, size, warm=before, memory=len(names) * size)]
    word = "warm" if warm else "cold"
    return Row("files-256k-" + word, "open + read + close of 256 KiB files, " + word, sides,
               [Goal("ceiling", at_least=0.9 if warm else 0.6)])


def small_again(data):
    """After what the kernel was told briefly is forgotten: an open is one request where it could
    be promised more (fs/kernel/promises.h)."""
    names = names_at(random_starts(data.sizes.contiguous, 4000, 7, SMALL))
    directory, size = "patches/size=1x%dx%d/contiguous/image" % (SMALL, SMALL), 128 + SMALL ** 2
    work = each_file(directory, names, size)
    shape = dict(warm=lambda place: (work(place, 0, 1), time.sleep(1)), memory=len(names) * size)
    sides = [ours(data.contiguous(), work, warm=shape["warm"]),
             *ceilings(work, directory, size, **shape),
             *beside_ceiling(work, directory, size, **shape)]
    return Row("small-again", "open + read + close of 16 KiB files, a second after the first",
               sides, [Goal("ceiling", at_least=0.7)], processes=(1, 2))


def listing(name, title, source, shape, words, repeat):
    count = int(numpy.prod(shape))
    scan = os.path.basename(source)[:-len(".npy")]
    directory = "patches/size=1x1x1/%s/image" % scan
    work = command(words, directory, count)
    sides = [ours(source, work), *ceilings(work, directory, 129, ("keep",), count=count,
                                           suffix=".npy")]
    return Row(name, title % format(count, ","), sides, [Goal("ceiling", at_most=1.3)],
               repeat=repeat)


def ls(data):
    return listing("ls", "ls -f of %s entries", data.listed(), data.sizes.listed,
                   ["ls", "-f", "{}"], 3)


def pairs(data):
    """All pairs of a group of images, in an order that is never written down."""
    images = data.sizes.registered
    count = images * (images - 1) // 2
    directory = ("pairs/sample_image_in_group=off,intra_group_option=forward/train/epoch-0/"
                 "moving_images")
    work = command(["ls", "-f", "{}"], directory, count)
    sides = [ours(data.registered(), work),
             *ceilings(work, directory, 129, ("keep",), count=count, suffix=".nii.gz")]
    return Row("ls-pairs", "ls -f of %s pairs" % format(count, ","), sides,
               [Goal("ceiling", at_most=1.3)], repeat=3)


def find(data):
    return listing("find", "find -size of %s", data.found(), data.sizes.found,
                   ["find", "{}", "-size", "+1k"], 2)


def mount_side(name, source, path):
    return Side(name, nothing, lambda place, rank, processes:
                first_byte(tesserafs_command(source), path), own_clock=True, forked=False)


def ceiling_mount(path):
    """The same for a server that has nothing to look at."""
    words = ceiling_command("keep", os.path.dirname(path), 129)
    return Side("ceiling", nothing, lambda place, rank, processes: first_byte(words, path),
                own_clock=True, forked=False)


def mount_one(data):
    path = "scans/contiguous/image.npy"
    return Row("mount-1", "mount to first byte: 1 scan (HDF5)",
               [mount_side("tesserafs", data.contiguous(), path), ceiling_mount(path)],
               [Goal("tesserafs", seconds=0.050)], unit="s", repeat=15)


def mount_many(data):
    path = "scans/case%05d/image.npy" % (data.sizes.scans // 2)
    return Row("mount-many", "mount to first byte: %s NIfTI scans"
               % format(data.sizes.scans, ","),
               [mount_side("tesserafs", data.scans(), path), ceiling_mount(path)],
               [Goal("tesserafs", seconds=1.0)], unit="s")


def mount_flat(data):
    """Of one volume: the first byte of one of very many files, and of the only one."""
    count = int(numpy.prod(data.sizes.listed))
    path = "patches/size=1x1x1/listed/image/%0*d.npy" % (len(str(count - 1)), count // 2)
    return Row("mount-flat", "mount to first byte: 1 of %s files, or of one"
               % format(count, ","),
               [mount_side("tesserafs", data.listed(), path),
                mount_side("one file", data.listed(), "scans/listed/image.npy")],
               [Goal("one file", at_most=1.25)], unit="s", repeat=15)


def mount_pieces(data):
    """Of a volume in many files: beside a walk that only names them."""
    source = data.pieces()
    work = command(["find", "{}", "-type", "f"], "", 1)
    walk = Side("find", nothing, lambda place, rank, processes: timed(work, source),
                own_clock=True, forked=False)
    return Row("mount-pieces", "mount of a volume of %s slices"
               % format(data.sizes.pieces, ","),
               [mount_side("tesserafs", source, None), walk],
               [Goal("find", at_most=2)], unit="s")


def timed(work, place):
    start = time.monotonic()
    return work(place, 0, 1), time.monotonic() - start


def npload(data, warmed):
    """What most users do with them."""
    names, size = slice_files(data)
    work = numpy_files(SLICES, names)
    warm = (lambda place: work(place, 0, 1)) if warmed else None
    shape = dict(warm=warm, memory=len(names) * size, npy=True)
    title = "numpy.load of 256 KiB files, " + ("warm" if warmed else "cold")
    sides = [ours(data.contiguous(), work, warm=warm),
             *ceilings(work, SLICES, size, **shape), *beside_ceiling(work, SLICES, size, **shape)]
    return Row("npload-" + ("warm" if warmed else "cold"), title, sides)


def boxes(data, numpy_loads, again):
    """Files larger than one request: first direct, then cached (fs/kernel/serve_mode.c)."""
    names = names_at(random_starts(data.sizes.contiguous, 100, 6, BOX))
    directory, size = "patches/size=%d/contiguous/image" % BOX, 128 + BOX ** 3
    work = numpy_files(directory, names) if numpy_loads else each_file(directory, names, size)
    warm = (lambda place: (work(place, 0, 1), work(place, 0, 1))) if again else None
    shape = dict(warm=warm, memory=len(names) * size, npy=True)
    title = "%s of boxes of 4 MiB, the %s time" % (
        "numpy.load" if numpy_loads else "open + read + close", "third" if again else "first")
    sides = [ours(data.contiguous(), work, warm=warm),
             *ceilings(work, directory, size, **shape),
             *beside_ceiling(work, directory, size, **shape)]
    name = ("boxload-" if numpy_loads else "boxes-") + ("again" if again else "first")
    return Row(name, title, sides)


ROWS = {
    "files-256k-cold": lambda data: files(data, False),
    "files-256k-warm": lambda data: files(data, True),
    "small-again": small_again,
    "npload-cold": lambda data: npload(data, False),
    "npload-warm": lambda data: npload(data, True),
    "boxes-first": lambda data: boxes(data, False, False),
    "boxes-again": lambda data: boxes(data, False, True),
    "boxload-first": lambda data: boxes(data, True, False),
    "boxload-again": lambda data: boxes(data, True, True),
    "ls": ls,
    "ls-pairs": pairs,
    "find": find,
    "mount-1": mount_one,
    "mount-many": mount_many,
    "mount-flat": mount_flat,
    "mount-pieces": mount_pieces,
}
